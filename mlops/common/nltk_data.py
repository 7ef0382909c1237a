"""NLTK's data for promptflow-evals, made on the spot: its evaluators otherwise download it when they are imported.

Two of NLTK's data packages are needed, and both follow from public knowledge:

- `perluniprops`, for the tokenizer of texts that are not Latin: the characters of some Unicode properties. Python's
  `unicodedata` knows them. (NLTK's own copy is of an older version of Unicode.)
- `punkt_tab`, for the tokenizer of Latin texts: where sentences end. NLTK's is a trained model; here it is a list of
  English abbreviations, since all that BLEU, GLEU and METEOR take from it is whether a full stop belongs to its word.

METEOR also needs WordNet, which cannot be derived from anything: install it with `python -m nltk.downloader wordnet`.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import unicodedata
from pathlib import Path

from mlops.common.paths import REPOSITORY

NLTK_DATA = REPOSITORY / ".cache" / "nltk_data"

# Names of files of perluniprops, and what Unicode's general category begins with in the characters that they list.
# These are the ones that a tokenizer of NLTK reads (nltk/tokenize/nist.py) and their like.
_CATEGORIES = {
    "Close_Punctuation": "Pe", "Currency_Symbol": "Sc", "IsN": "N", "IsSc": "Sc", "IsSo": "So", "Line_Separator": "Zl",
    "Number": "N", "Open_Punctuation": "Ps", "Punctuation": "P", "Separator": "Z", "Symbol": "S",
}
_ABBREVIATIONS = (
    "adm a.m apr assn aug ave bros capt cf co col corp dec dept dr e.g est etc feb fig gen gov hon inc i.e jan jr jul "
    "jun lt ltd maj mar mr mrs ms mt no nov oct p.m ph.d prof rep rev sen sep sept sgt sr st u.k u.n u.s u.s.a vol vs"
).split()
# The files of a punkt_tab model; those without content are what only training could tell.
_PUNKT_FILES = {
    "abbrev_types.txt": "\n".join(_ABBREVIATIONS) + "\n",
    "collocations.tab": "",
    "ortho_context.tab": "",
    "sent_starters.txt": "",
}


def prepare_nltk_data(folder: Path = NLTK_DATA) -> None:
    """Make NLTK find its data in a folder, and write the data there if it isn't there yet.

    Call it before `promptflow.evals.evaluators` is imported. The folder comes before all others where NLTK looks, so
    that a score is the same on every machine, whatever has been downloaded there. Nothing is fetched.

    Args:
        folder: where the data is; it appears as a whole or not at all, so several processes may prepare it at once.
    """
    folder = Path(folder).resolve()
    if not folder.exists():
        _write(folder)
    import nltk.data

    if str(folder) not in nltk.data.path:
        nltk.data.path.insert(0, str(folder))


def _write(folder: Path) -> None:
    """Write the data next to the folder and move it into place; of several processes the first one's stays."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        _write_files(unfinished / "misc" / "perluniprops", _character_lists())
        _write_files(unfinished / "tokenizers" / "punkt_tab" / "english", _PUNKT_FILES)
        os.replace(unfinished, folder)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not folder.exists():
            raise


def _write_files(folder: Path, contents: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")


def _character_lists() -> dict[str, str]:
    """The files of perluniprops: each the characters of a property, in their order and without anything between."""
    category = unicodedata.category
    wanted = tuple(set(_CATEGORIES.values()))
    listed = [(category(character), character) for character in map(chr, range(sys.maxunicode + 1))
              if category(character).startswith(wanted)]
    return {f"{name}.txt": "".join(character for found, character in listed if found.startswith(beginning))
            for name, beginning in _CATEGORIES.items()}
