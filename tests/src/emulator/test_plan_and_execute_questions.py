"""Every ground truth is computed again from the sentences of the articles."""

import json
import re
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from src.emulator.encyclopedia.articles import SHIPPED, load_articles
from src.emulator.encyclopedia.library import Library

DATA = Path(__file__).parents[3] / "data"
ARTICLES = {article.title: article.prose for article in load_articles(SHIPPED)}
KINDS = {"look_up": 6, "comparison": 6, "sum": 4, "difference": 4, "percentage": 4, "chain": 4, "unanswerable": 2}


def rows(name):
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


EVALUATION = rows("plan_and_execute_eval_data.jsonl")


def fact(title, pattern):
    """What the one match of a pattern's group in an article is, with `N` for a number."""
    number = r"([0-9][0-9,]*(?:\.[0-9]+)?)"
    found = re.findall(pattern.replace("N", number, 1) if "(" not in pattern else pattern, ARTICLES[title])
    assert len(found) == 1, (title, pattern, found)
    return Decimal(found[0].replace(",", "")) if re.fullmatch(number, found[0]) else found[0]


def shown(value, places=0):
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,}"


def larger(unit, first, second):
    """The name with the larger number, and by how much it is larger."""
    (name, value), (_, other) = sorted((first, second), key=lambda pair: -pair[1])
    return f"{name}, {unit.format(shown(value - other))}"


def percent(part, whole):
    return f"{shown(100 * part / whole, 1)}%"


def computed():
    """The ground truths in the order of the file."""
    last = max((fact("University of Lumeth", "founded it in N with"), "the University of Lumeth"),
               (fact("University of Port Halsen", "founded in N as"), "the University of Port Halsen"),
               (fact("Tarnwick Institute of Technology", "founded in N in"), "Tarnwick Institute of Technology"))
    minutes = {"The Last Ferry": fact("The Last Ferry", "runs for N minutes"),
               "Winter at Pellory": fact("Winter at Pellory", "is N minutes")}
    born = {"Hanne Oriel": fact("Hanne Oriel", "born in Oskerby in N and"),
            "Edvin Sorrel": fact("Edvin Sorrel", "born in Caldmouth in N,")}
    assert "born in Skerrish" in ARTICLES["Lenka Morrow"] and "coast of Brannoch" in ARTICLES["Skerrish"]
    assert "The capital of Brannoch is Caldmouth." in ARTICLES["Brannoch"]
    assert "born in Dunvarrow" in ARTICLES["Petra Aldane"] and "Petra Aldane founded" in ARTICLES["Aldane Instruments"]
    assert "born in Gravenholt" in ARTICLES["Tomas Ekeval"] and "on the river Orva" in ARTICLES["Gravenholt"]
    assert "she joined Lumeth Athletic" in ARTICLES["Runa Castellan"]
    caldmouth = fact("Caldmouth", "population of Caldmouth at N[.]")
    orva = fact("Orva (river)", "measures N kilometres")
    return [
        shown(fact("Oskerby", "found N inhabitants in Oskerby")),
        f"{fact('Skerrish Viaduct', 'since N[.]')}",
        fact("Halsen Strait Bridge", r"(\w+ \w+) designed the Halsen Strait Bridge"),
        f"{fact('Lake Fennimore', 'bottom at N metres')} metres",
        f"{fact('The Salt Ledger', 'has N pages')}",
        fact("Bank of Kestria", r"The governor, (\w+ \w+),"),
        larger("{} kilometres", ("Orva", orva),
               ("Haldane", fact("Haldane (river)", "is N kilometres long"))),
        larger("{} metres", ("Greywether", fact("Greywether", "N metres high")),
               ("Ben Torrach", fact("Ben Torrach", "stands N metres tall"))),
        max(minutes, key=minutes.get),
        min(born, key=born.get),
        larger("{}", ("Harbour Park", fact("Halsen Rovers", "room for N spectators")),
               ("Crescent", fact("Lumeth Athletic", "with N seats"))),
        last[1],
        shown(fact("Ardenvoy", "had N inhabitants in 2024") + fact("Talvora", "home to N people")),
        shown(fact("Orva Dam", "capacity of N megawatts") + fact("Cape Vantry Wind Farm", "capacity of N megawatts")
              + fact("Pico Aural Geothermal Station", "capacity of N megawatts")) + " megawatts",
        shown(fact("Lake Orva", "surface of N square") + fact("Lake Meridel", "covers N square")
              + fact("Lake Fennimore", "just N square")) + " square kilometres",
        shown(fact("University of Lumeth", "had N students in")
              + fact("University of Port Halsen", "had N students")
              + fact("Caldmouth College of Mines", "had N students")
              + fact("Tarnwick Institute of Technology", "had N students")),
        shown(fact("Lumeth Chain Bridge", "opened in N and")
              - fact("Old Sabrel Bridge", "completed in N and")) + " years",
        shown(fact("The Last Ferry", "took in N million dorins")
              - fact("Winter at Pellory", "earned N million dorins")) + " million dorins",
        shown(fact("Lumeth Aldane Airport", "counted N million passengers")
              - fact("Halsen International Airport", "handled N million passengers"), 1) + " million",
        shown(fact("Cape Vantry Lighthouse", "is N metres high")
              - fact("Odra Head Light", "measures N metres")) + " metres",
        percent(caldmouth, fact("Brannoch", "stood at N[.]")),
        percent(fact("Corvane Prize", "N of them women"), fact("Corvane Prize", "were N winners")),
        shown(fact("Lume (river)", "flows for N kilometres")
              / fact("Sabrel (river)", "after N kilometres"), 2) + " times",
        percent(fact("Saint Odra", "area of N square"), fact("Issilune", "Issilune is N square")),
        shown(caldmouth),
        shown(fact("Aldane Instruments", "employed N people")),
        f"{orva} kilometres",
        f"{fact('Lumeth Athletic', 'founded in N by')}",
        "could not be found", "could not be found"]


@pytest.mark.parametrize("row, truth", zip(EVALUATION, computed(), strict=True), ids=range(len(EVALUATION)))
def test_a_ground_truth_follows_from_the_articles(row, truth):
    assert row["ground_truth"] == truth
    if row["kind"] != "unanswerable":
        words = re.findall(r"[0-9][\d,.]*[0-9]|[A-Z]\w+", row["ground_truth"])
        assert words and all(word in row["answer"] for word in words)


def test_the_kinds_are_spread_as_promised():
    assert Counter(row["kind"] for row in EVALUATION) == KINDS
    assert all(set(row) == {"question", "ground_truth", "answer", "kind", "number_of_steps"} for row in EVALUATION)
    least = {"look_up": 1, "unanswerable": 1, "comparison": 2, "percentage": 2, "chain": 2, "sum": 3, "difference": 3}
    assert all(row["number_of_steps"] >= least[row["kind"]] for row in EVALUATION)


def test_no_question_comes_twice():
    questions = [row["question"] for row in rows("plan_and_execute_data.jsonl") + EVALUATION]
    assert len(questions) == 50 == len({question.casefold() for question in questions})


def test_no_article_answers_the_unanswerable():
    shelf = Library(SHIPPED).shelf()
    assert not any("Vessmark" in prose for prose in ARTICLES.values())
    assert "revenue" not in ARTICLES["Millrace Brewery"] and shelf.find("Vessmark") is None
