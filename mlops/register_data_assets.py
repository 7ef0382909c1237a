"""Register the files of data_config.yaml as data assets of the Foundry project; unchanged data is left alone.

An asset's version is the beginning of its file's SHA-256, so the same data has the same version wherever it is
registered from, and a run's record says which data it saw.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mlops.azure.client import as_yaml, ml_client
from mlops.azure.data_assets import chosen_assets, register, to_entity
from mlops.common.cli import command_parser, exit_status
from mlops.common.paths import DATA_CONFIG_FILE
from mlops.configuration.config import Configuration


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
