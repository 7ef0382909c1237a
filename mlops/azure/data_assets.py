"""Data assets of a Foundry project: what data_config.yaml names, versioned by content."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from mlops.azure.client import azure_errors, plain_upload
from mlops.common.errors import UserError
from mlops.common.paths import display_path
from mlops.configuration.config import load_data_assets
from mlops.configuration.sections import DataAsset
from mlops.data.files import check_data, sha256

VERSION_DIGITS = 12  # of the SHA-256: 48 bits


def content_version(path: Path) -> str:
    """Return the version of a file's content: the first digits of its SHA-256."""
    return sha256(path)[:VERSION_DIGITS]


def chosen_assets(path: Path, only: list[str] | None) -> list[DataAsset]:
    """Return the configured assets, or those that are named, with their files checked.

    Raises:
        UserError: a name is not configured, or a file is missing or holds no JSONL.
    """
    assets = load_data_assets(path)
    names = [asset.name for asset in assets]
    if unknown := sorted(set(only or []) - set(names)):
        raise UserError(f"{display_path(path)} has no data asset {', '.join(unknown)}; it has {', '.join(names)}")
    chosen = [asset for asset in assets if not only or asset.name in only]
    for asset in chosen:
        check_data(asset.path)
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
