"""Composes the gazetteer: an entry for every place, from the table of places and several wordings for each fact.

Which wording an entry gets follows from the name of its place, so that the same tables give the same text. An entry
never has a wording, nor the order of paragraphs, of the entry before it.
"""

import csv
import hashlib
import math
from dataclasses import dataclass, field
from pathlib import Path

import yaml

NEW_PAGE = "<!-- page -->"


@dataclass
class Chooser:
    """Chooses among alternatives by a key, never what it chose for the same purpose the time before."""

    last: dict[str, int] = field(default_factory=dict)

    def choose(self, purpose: str, key: str, alternatives: list):
        """Return one of the alternatives."""
        index = int(hashlib.sha256(f"{key}/{purpose}".encode()).hexdigest(), 16) % len(alternatives)
        if self.last.get(purpose) == index:
            index = (index + 1) % len(alternatives)
        self.last[purpose] = index
        return alternatives[index]


def gazetteer(folder: Path) -> str:
    """Return the Markdown of the gazetteer whose sources are in a folder."""
    with open(folder / "places.csv", encoding="utf-8", newline="") as file:
        places = list(csv.DictReader(file))
    islands = yaml.safe_load((folder / "islands.yaml").read_text(encoding="utf-8"))
    wordings = yaml.safe_load((folder / "sentences.yaml").read_text(encoding="utf-8"))
    chooser, parts = Chooser(), []
    for island, facts in islands.items():
        own = [place for place in places if place["island"] == island]
        parts += [NEW_PAGE, f"## The island of {island}", *_island(island, facts, own)]
        for place in own:
            parts += [NEW_PAGE, f"## {place['name']}", *_entry(place, own, wordings, chooser)]
    front = (folder / "front.md").read_text(encoding="utf-8").replace("{islands_table}", _islands(places, islands))
    return "\n\n".join([front.strip(), *parts, (folder / "back.md").read_text(encoding="utf-8").strip()])


def table(header: list[str], right: set[int], rows: list[list]) -> str:
    """Return a pipe table; `right` names the columns that are aligned to the right."""
    rule = ["---:" if column in right else "---" for column in range(len(header))]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in [header, rule, *rows])


def number(value: str | int) -> str:
    """Return a whole number with commas between thousands: 12,345."""
    return f"{int(value):,}"


def main_town(places: list[dict]) -> dict:
    """Return the place of an island at which its bus lines begin: the one that needs no bus."""
    return next(place for place in places if not place["bus_line"])


def _total(places: list[dict], column: str) -> int:
    return sum(int(place[column]) for place in places)


def _islands(places: list[dict], islands: dict) -> str:
    rows, everything = [], [("All islands", places)]
    for name, own in [(name, [p for p in places if p["island"] == name]) for name in islands] + everything:
        people = [number(_total(own, column)) for column in ("population_2014", "population_2024")]
        peak = f"{islands[name]['peak'][0]}, {islands[name]['peak'][1]} m" if name in islands else ""
        rows.append([name, len(own), *people, peak])
    return table(["Island", "Places", "People 2014", "People 2024", "Highest point"], {1, 2, 3}, rows)


def _island(name: str, facts: dict, places: list[dict]) -> list[str]:
    (peak, height), (lake, size) = facts["peak"], facts["lake"]
    people, town = _total(places, "population_2024"), main_town(places)
    summary = (
        f"{len(places)} places of {name} have an entry; together they had {number(people)} inhabitants in 2024. "
        f"The main town is {town['name']} (page {{page: {town['name']}}}). "
        f"The highest point is {peak}, {height} metres; the largest lake, {lake}, covers {size} square kilometres. "
        f"The district is headed by {facts['district_head']}, and its emblem is {facts['bird']}. "
        "Land of the places outside the common moors is given in hectares below."
    )
    rows = [
        [place["name"], place["kind"], place["water"], number(place["area_ha"]), f"{{page: {place['name']}}}"]
        for place in places
    ]
    rows.append(["Together", "", "", number(_total(places, "area_ha")), ""])
    return [facts["text"].strip(), summary, f"*Places of {name}*",
            table(["Place", "Kind", "Water", "Hectares", "Page"], {3, 4}, rows)]  # fmt: skip


def _entry(place: dict, places: list[dict], wordings: dict, chooser: Chooser) -> list[str]:
    values = _values(place, places)
    paragraphs = []
    for paragraph in chooser.choose("order", place["name"], wordings["orders"]):
        sentences = []
        for fact in wordings["paragraphs"][paragraph]:
            key = _variant(fact, place)
            alternatives = wordings["trades"][place["trade"]] if fact == "trade_detail" else wordings["facts"][key]
            sentence = chooser.choose(key, place["name"], alternatives).format_map(values)
            sentences.append(sentence[0].upper() + sentence[1:])
        paragraphs.append(" ".join(sentences))
    rows = [
        ["Post code", place["post_code"], "Rain in a year", f"{number(place['rainfall_mm'])} mm"],
        ["Households", number(place["households"]), "Mean of January", f"{place['january_c']} °C"],
        ["People in a household", _size(place), "Mean of July", f"{place['july_c']} °C"],
    ]
    return [*paragraphs, f"*{place['name']} in figures*", table(["Figure", "", "Climate", ""], {1, 3}, rows)]


def _variant(fact: str, place: dict) -> str:
    """Return the name under which the wordings of a fact are kept, which for some depends on the place."""
    grew = int(place["population_2024"]) > int(place["population_2014"])
    return {
        "event": f"event_{place['event']}",
        "landmark": f"landmark_{place['landmark_kind']}",
        "population": "population_up" if grew else "population_down",
        "bus": "bus" if place["bus_line"] else "bus_main",
    }.get(fact, fact)


def _size(place: dict) -> str:
    return f"{int(place['population_2024']) / int(place['households']):.1f}"


def _values(place: dict, places: list[dict]) -> dict[str, str]:
    """Return what the wordings of an entry may name: the columns of the place, and what is computed from them."""
    counts = "population_2014", "population_2024", "library_books", "output", "firm_staff", "pupils"
    values = place | {column: number(place[column]) for column in counts}
    before, after = int(place["population_2014"]), int(place["population_2024"])
    kind = ("the " if place["kind"].startswith(("capital", "main")) else "a ") + place["kind"]
    values |= {
        "a_kind": kind,
        "A_kind": kind[0].upper() + kind[1:],
        "Water": place["water"][0].upper() + place["water"][1:],
        "change": f"{100 * abs(after - before) / before:.1f}",
        "main_town": main_town(places)["name"],
    }
    others = sorted((_distance(place, other), other["name"]) for other in places if other is not place)
    for index, (distance, name) in enumerate(others[:2], 1):
        values |= {f"near{index}": name, f"near{index}_km": f"{distance:.1f}", f"near{index}_page": f"{{page: {name}}}"}
    return values


def _distance(one: dict, other: dict) -> float:
    return math.dist(*((float(place["x_km"]), float(place["y_km"])) for place in (one, other)))
