"""Results of an evaluation inside an artifact that a pipeline left, which may come from anybody."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from mlops.common.errors import UserError
from mlops.evaluation.reports.reading import METRICS, RESULTS

LARGEST = 20_000_000  # bytes, of the archive and of each file in it
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what both systems use; the others unpack a block without bounds


def unpack_results(archive: bytes, folder: Path) -> None:
    """Write the results of an evaluation from a ZIP archive into a folder, and nothing else of what is in it.

    Raises:
        UserError: it is no archive, or the results are not in it, are there twice, or are too large.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            for name in (METRICS, RESULTS):
                (folder / name).write_bytes(_read(opened, name))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError) as error:
        raise UserError(f"the artifact cannot be unpacked: {error}") from error


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    found = [item for item in archive.infolist() if PurePosixPath(item.filename).name == name]
    if len(found) != 1:
        raise UserError(f"the artifact has {name} {len(found)} times; it has to have it once")
    if found[0].compress_type not in PACKINGS:
        raise UserError(f"{name} in the artifact is packed in a way that no pipeline packs")
    with archive.open(found[0]) as file:
        content = file.read(LARGEST + 1)  # what its directory says about sizes may be wrong
    if len(content) > LARGEST:
        raise UserError(f"{name} in the artifact is larger than {LARGEST:,} bytes")
    return content
