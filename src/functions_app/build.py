"""Assemble what is deployed to Azure Functions, as a folder or a zip file."""

from __future__ import annotations

import argparse
import sys
import zipfile
from pathlib import Path

from mlops.common.cli import exit_status
from mlops.common.errors import UserError
from mlops.common.paths import REPOSITORY
from src.functions_app.files import served_files

HERE = REPOSITORY / "src" / "functions_app"
ROOT = {  # what the host expects at the root
    "function_app.py": HERE / "function_app.py",
    "host.json": HERE / "host.json",
    ".funcignore": HERE / ".funcignore",
    "requirements.txt": HERE / "requirements.lock",  # which is what the host's build installs, hashes and all
}
MODULES = ("src/functions_app/__init__.py", "src/functions_app/hosting.py")
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time that a zip file can hold


def deployed_files() -> dict[str, Path]:
    """Return the deployed files: sorted paths, each with its source."""
    files = {name: REPOSITORY / name for name in (*served_files(), *MODULES)}
    return dict(sorted({**files, **ROOT}.items()))


def write_folder(output: Path) -> None:
    """Write the files into a folder, which has to be new or empty.

    Raises:
        UserError: it is not empty, or can't be written to.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise UserError(f"{output} exists and is not an empty folder; choose another --output, or remove it")
    for name, source in deployed_files().items():
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        (output / name).write_bytes(source.read_bytes())


def write_zip(output: Path) -> None:
    """Write the files into a zip file, the same bytes for the same files: sorted, without times, owners and modes."""
    output.parent.mkdir(parents=True, exist_ok=True)
    part = output.with_suffix(".part")
    with zipfile.ZipFile(part, "w") as archive:
        for name, source in deployed_files().items():
            entry = zipfile.ZipInfo(name, ZIP_EPOCH)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, source.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    part.replace(output)


def main() -> None:
    """Build as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m src.functions_app.build", description=__doc__)
    parser.add_argument("--output", required=True, type=Path, metavar="PATH", help="a new folder, or a *.zip file")
    output = parser.parse_args().output
    try:
        (write_zip if output.suffix == ".zip" else write_folder)(output)
    except OSError as error:
        raise UserError(f"can't write {output}: {error.strerror or error}; choose another --output") from None
    print(output)


if __name__ == "__main__":
    sys.exit(exit_status(main))
