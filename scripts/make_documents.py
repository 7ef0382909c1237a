"""Makes the PDFs of data/documents/ from what is in data/documents/source/, or checks whether they are up to date.

The status is 0, or 1 when --check found a PDF that is missing or is not what its source gives.
"""

import argparse
import sys
from pathlib import Path

from documents.gazetteer import gazetteer
from documents.layout import make_pdf

DOCUMENTS = Path(__file__).resolve().parents[1] / "data" / "documents"
SOURCE = DOCUMENTS / "source"


def documents() -> dict[str, bytes]:
    """Return the PDFs by the names of their files."""
    handbook = (SOURCE / "larkmoor_handbook.md").read_text(encoding="utf-8")
    return {
        "larkmoor_handbook.pdf": make_pdf(handbook, "A handbook of an invented observatory"),
        "varrow_gazetteer.pdf": make_pdf(gazetteer(SOURCE / "varrow_gazetteer"), "A gazetteer of an invented country"),
    }


def main(argv: list[str] | None = None) -> int:
    """Write or check the documents; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, compare with the files that are there")
    parser.add_argument("--folder", type=Path, default=DOCUMENTS, help="where the PDFs are (default: data/documents)")
    arguments = parser.parse_args(argv)
    status = 0
    for name, content in documents().items():
        path = arguments.folder / name
        if not arguments.check:
            path.write_bytes(content)
            print(f"{path}: {len(content):,} bytes")
        elif not path.is_file() or path.read_bytes() != content:
            print(f"{path} is not what its source gives: run python scripts/make_documents.py", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
