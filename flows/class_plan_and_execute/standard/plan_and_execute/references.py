"""How the steps of a plan refer to each other: by #E1 and so on, exactly so. Near misses are told apart from text.

A model that writes "E1" or "# e1" means a step's result, which would not be put in. So these go back to the planner:

1. With a mark: "#", "E" or "e", and a number, in any script and width and with up to three signs between them:
   "# E1", "#e1", "#{E1}", "#E_1". Nothing else looks like this, whether or not there is such a step.
2. Without it: "E1", "e 1", "{E1}", "E-1", "step 1", "evidence 1" or "#1", as words of their own. They may be text,
   like "E10" in "E10 petrol". They are references only where the number is that of another step to which the step
   does not refer rightly as well, and where the question does not hold the same words.

In doubt it is a reference: a planner that is asked for other words can find some, but a wrong answer goes unnoticed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

REFERENCE = re.compile(r"#E[0-9]+(?!\d)")
E = "Ee\u0395\u0415\u0435"  # Latin, Greek and Cyrillic, which look alike: models write in the question's script
MARKED = re.compile(rf"#[\W_]{{0,3}}[{E}][\W_]{{0,3}}\d+")
UNMARKED = re.compile(
    rf"(?<!\w)(?:(?P<e>[{E}])[ _-]?|(?P<step>steps?|evidence)[\W_]{{0,3}}|(?P<mark>#)\s?)(?P<number>\d+)(?!\w|\.\d)",
    re.IGNORECASE,
)


def references_in(texts: Iterable[str]) -> list[str]:
    """Return the ids to which texts refer, each once."""
    return list(dict.fromkeys(found for text in texts for found in REFERENCE.findall(text)))


def with_results(text: str, results: Mapping[str, str]) -> str:
    """Return a text with the results of steps in the place of their ids."""
    return REFERENCE.sub(lambda found: results[found.group()], text)


def near_miss(text: str, candidates: Iterable[str], question: str = "") -> str | None:
    """Return the first words of a text that seem to refer to a step, though not in the way that is understood.

    Args:
        text: an argument of a step.
        candidates: the ids of those steps of which words without a mark may be meant.
        question: what the plan is for; its words are text.
    """
    numbers = {identifier.removeprefix("#E") for identifier in candidates}
    asked = {meant for _, meant in _mentions(question)}
    for part in REFERENCE.split(text):
        plain, places = _plain(part)
        if found := MARKED.search(plain):
            return _as_written(part, places, found)
        for found, (kind, number) in _mentions(part):
            if number in numbers and (kind, number) not in asked:
                return _as_written(part, places, found)
    return None


def _mentions(text: str) -> Iterator[tuple[re.Match, tuple[str, str]]]:
    """Yield what may refer to a step without the mark: its place in the plain text, and its kind and number."""
    for found in UNMARKED.finditer(_plain(text)[0]):
        kind = next(name for name in ("e", "step", "mark") if found[name])
        number = "".join(str(unicodedata.decimal(digit)) for digit in found["number"]).lstrip("0")
        yield found, (kind, number)


def _plain(text: str) -> tuple[str, list[int]]:
    """Return a text in its usual forms (NFKC) without invisible characters, and where each character comes from."""
    pieces = ["" if unicodedata.category(sign) == "Cf" else unicodedata.normalize("NFKC", sign) for sign in text]
    return "".join(pieces), [place for place, piece in enumerate(pieces) for _ in piece]


def _as_written(text: str, places: list[int], found: re.Match) -> str:
    return text[places[found.start()] : places[found.end() - 1] + 1]
