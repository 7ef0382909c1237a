"""In which country something happened: texts mostly name a town, so the place comes first and then its country."""

from __future__ import annotations

import re

from src.emulator.tasks.planning.nodes import Fact, Nodes

REGIONS = frozenset("country nation state province region county canton kingdom republic continent".split())
_REQUEST = re.compile(rf"^in (?:which|what) (?P<region>{'|'.join(sorted(REGIONS))}) "
                      r"(?P<aux>is|are|was|were|did) (?P<rest>[^?]+)\??$", re.IGNORECASE)
_IN_WHICH = re.compile(r"^(?:the [a-z]+ in which|in (?:which|what) [a-z]+) ")


def by_way_of_its_place(fact: Fact, nodes: Nodes) -> Fact:
    """A fact such as "In which country was Q born?", asked of the place where Q was born; other facts as they are."""
    found = _REQUEST.match(fact.request)
    if found is None:
        return fact
    auxiliary, rest, region = found["aux"].lower(), found["rest"].strip(), found["region"].lower()
    query = " ".join(word for word in fact.query.split() if word.lower() != region)
    name = _IN_WHICH.sub("where ", fact.name)
    place = nodes.add(Fact(f"Where {auxiliary} {rest}?", query, name))
    return Fact(f"In which {region} does {place} lie?", f"{place} {region}", fact.name, head=fact.head,
                asked=fact.request)
