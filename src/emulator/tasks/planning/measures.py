"""What is asked of each thing that a question compares or adds up."""

from __future__ import annotations

from src.emulator.tasks.planning.grammar import (
    asked_adjective, base_form, compared, is_plural, measure_noun, past_form)
from src.emulator.tasks.planning.nodes import ENTITY, Calculation, Measure, Nodes

_PLACES = frozenset("city town village municipality capital settlement metropolis commune suburb".split())
_LIVING = frozenset("who person man woman people king queen author writer painter composer".split())
_OPENED = frozenset("bridge tunnel tower museum airport canal railway station line theatre theater hall stadium hotel "
                    "arena dam zoo".split())


def by_noun(noun: str, suffix: str = "") -> Measure:
    """The measure of a noun: of inhabitants how many there are, of an area how large it is."""
    suffix = f" {suffix}" if suffix else ""
    if noun.startswith("number of "):
        noun = noun.removeprefix("number of ")
    if is_plural(noun):
        return Measure(f"How many {noun} does {ENTITY} have{suffix}?", f"{ENTITY} {noun}",
                       f"the number of {noun} of {ENTITY}")
    return Measure(f"What is the {noun} of {ENTITY}{suffix}?", f"{ENTITY} {noun}", f"the {noun} of {ENTITY}")


def by_adjective(adjective: str, thing: str = "", names: str = "") -> tuple[Measure, int]:
    """The measure of an adjective, and 1 where more of it is more, -1 where it is less.

    Args:
        adjective: as it stands in the dictionary: "high".
        thing: the noun of what is compared, where the question has one: "city".
        names: the names that are compared.
    """
    asked, opposite = asked_adjective(adjective)
    sign = -1 if opposite else 1
    if asked == "old":
        return year_of(_beginning(thing, names)), -sign
    if adjective in ("early", "late"):
        return year_of("founded"), 1 if adjective == "late" else -1
    if asked in ("large", "great"):
        return by_noun("inhabitants") if thing in _PLACES else by_noun("area"), sign
    if asked in ("expensive",):
        return Measure(f"How much does {ENTITY} cost?", f"{ENTITY} price", f"the price of {ENTITY}"), sign
    if asked == "populous":
        return by_noun("inhabitants"), sign
    noun = measure_noun(asked) or asked
    return Measure(f"How {asked} is {ENTITY}?", f"{ENTITY} {noun}", f"the {noun} of {ENTITY}"), sign


def _beginning(thing: str, names: str) -> str:
    last = {name.split(" ")[-1].lower() for name in names.split(", ")} | {thing}
    if thing in _LIVING:
        return "born"
    return "opened" if last & _OPENED else "founded"


def year_of(participle: str) -> Measure:
    """The year in which something was founded, born, built."""
    return Measure(f"In which year was {ENTITY} {participle}?", f"{ENTITY} {participle}",
                   f"the year in which {ENTITY} was {participle}")


def year_did(verb: str, rest: str = "") -> Measure:
    """The year in which something opened, or somebody died."""
    rest = f" {rest}" if rest else ""
    return Measure(f"In which year did {ENTITY} {verb}{rest}?", f"{ENTITY} {past_form(verb)}{rest}",
                   f"the year in which {ENTITY} {past_form(verb)}{rest}")


def counted(noun: str, auxiliary: str, verb: str, suffix: str = "", many: str = "many") -> Measure:
    """How many of something an entity has, sold or carries."""
    auxiliary = {"do": "does", "have": "does", "has": "does", "had": "did", "are": "does"}.get(auxiliary, auxiliary)
    suffix = f" {suffix}" if suffix else ""
    verb = base_form(verb) if verb else "have"
    return Measure(f"How {many} {noun} {auxiliary} {ENTITY} {verb}{suffix}?",
                   f"{ENTITY} {noun}" + (f" {verb}" if verb != "have" else ""), f"the number of {noun} of {ENTITY}")


def lifespan(entity: str, nodes: Nodes) -> str:
    """The slot of the age at which somebody died."""
    born, died = nodes.add(year_of("born").of(entity)), nodes.add(year_did("die").of(entity))
    return nodes.add(Calculation("difference", f"the number of years from {born} to {died}",
                                 f"the age that {entity} reached"))


def rate(numerator: Measure, denominator: Measure, unit: str, entity: str, nodes: Nodes) -> str:
    """The slot of one measure of an entity divided by another."""
    upper, lower = nodes.add(numerator.of(entity)), nodes.add(denominator.of(entity))
    noun = numerator.name.removeprefix("the number of ").removeprefix("the ").replace(f" of {ENTITY}", "")
    instead = Measure(f"How many {noun} per {unit} does {ENTITY} have?", f"{ENTITY} {noun} per {unit}",
                      f"the {noun} per {unit} of {ENTITY}").of(entity)
    return nodes.add(Calculation("quotient", f"{upper} divided by {lower}", instead.name, instead))


def density(entity: str, nodes: Nodes) -> str:
    """The slot of the inhabitants for each square kilometre."""
    return rate(by_noun("inhabitants"), by_noun("area"), "square kilometre", entity, nodes)


def degree(words: list[str]) -> tuple[str, int, list[str]] | None:
    """The comparative that a list of words begins with: its adjective, 1 for more or -1 for less, and the rest.

    The adjective is "" for "more" and "fewer" with a noun behind them.
    """
    words = words[1:] if words and words[0] in ("the", "a") else words
    if not words:
        return None
    if words[0] in ("more", "most", "less", "least", "fewer", "fewest"):
        return "", 1 if words[0] in ("more", "most") else -1, words[1:]
    adjective = compared(words[0])
    return (adjective, 1, words[1:]) if adjective else None
