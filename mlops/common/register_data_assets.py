"""Register the files of data_config.yaml as data assets of the Azure AI Studio project; unchanged data is left alone.

An asset's version is the beginning of its file's SHA-256, so the same data has the same version wherever it is
registered from, and a run's record tells which data it saw.
"""

from __future__ import annotations

import hashlib
import sys
from contextlib import suppress
from pathlib import Path

from mlops.common.azure import as_yaml, azure_errors, ml_client, plain_upload
from mlops.common.cli import command_parser
from mlops.common.config import Configuration, load_data_assets
from mlops.common.config_models import DataAsset
from mlops.common.data_files import check_jsonl
from mlops.common.errors import UserError, exit_status
from mlops.common.paths import DATA_CONFIG_FILE, shown

VERSION_DIGITS = 12  # of the SHA-256: 48 bits


def content_version(path: Path) -> str:
    """Return the version of a file's content: the first digits of its SHA-256."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()[:VERSION_DIGITS]


def chosen_assets(path: Path, only: list[str] | None) -> list[DataAsset]:
    """Return the configured assets, or those that are named, with their files checked.

    Raises:
        UserError: a name is not configured, or a file is missing or holds no JSONL.
    """
    assets = load_data_assets(path)
    names = [asset.name for asset in assets]
    if unknown := sorted(set(only or []) - set(names)):
        raise UserError(f"{shown(path)} has no data asset {', '.join(unknown)}; it has {', '.join(names)}")
    chosen = [asset for asset in assets if not only or asset.name in only]
    for asset in chosen:
        check_jsonl(asset.path)
    return chosen


def to_entity(asset: DataAsset):
    """Return the asset as the SDK takes it."""
    from azure.ai.ml.constants import AssetTypes
    from azure.ai.ml.entities import Data

    return Data(
        name=asset.name,
        version=content_version(asset.path),
        type=AssetTypes.URI_FILE,
        path=str(asset.path),
        description=asset.description,
    )


def register(client, asset: DataAsset) -> tuple[str, str, str]:
    """Register an asset unless its content is registered already.

    Returns:
        What was done (registered or unchanged), the version, and the asset's id.
    """
    from azure.core.exceptions import ResourceNotFoundError

    entity = to_entity(asset)
    with azure_errors(f"registering the data asset {asset.name}"):
        with suppress(ResourceNotFoundError):
            return "unchanged", entity.version, client.data.get(entity.name, version=entity.version).id
        with plain_upload():
            return "registered", entity.version, client.data.create_or_update(entity).id


def main() -> None:
    """Register what the command line says."""
    parser = command_parser(__doc__)
    parser.add_argument("--environment_name", default="dev", metavar="E", help="whose project; default: dev")
    parser.add_argument("--data_config_path", type=Path, default=DATA_CONFIG_FILE, metavar="FILE")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these assets alone")
    parser.add_argument("--dry_run", action="store_true", help="print what `az ml data create` takes; send nothing")
    arguments = parser.parse_args()
    assets = chosen_assets(arguments.data_config_path, arguments.only)
    if arguments.dry_run:
        print("---\n".join(as_yaml(to_entity(asset)) for asset in assets), end="")
        return
    client = ml_client(Configuration(arguments.environment_name).aistudio())
    for asset in assets:
        done, version, identifier = register(client, asset)
        print(f"{done}  {asset.name}  {version}  {identifier}")


if __name__ == "__main__":
    sys.exit(exit_status(main))
