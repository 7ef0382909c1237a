"""Units that measure the same, and how they are converted."""

from __future__ import annotations

from src.emulator.tasks.planning.grammar import singular

_UNITS = {
    "length": {"millimetre": "0.001", "mm": "0.001", "centimetre": "0.01", "cm": "0.01", "metre": "1", "meter": "1",
               "m": "1", "kilometre": "1000", "kilometer": "1000", "km": "1000", "mile": "1609.344", "foot": "0.3048",
               "feet": "0.3048"},
    "mass": {"gram": "1", "g": "1", "kilogram": "1000", "kg": "1000", "tonne": "1000000", "ton": "1000000",
             "t": "1000000"},
    "time": {"second": "1", "minute": "60", "hour": "3600", "h": "3600", "day": "86400", "week": "604800"},
    "area": {"square metre": "1", "square meter": "1", "m²": "1", "hectare": "10000", "ha": "10000",
             "square kilometre": "1000000", "square kilometer": "1000000", "km²": "1000000",
             "square mile": "2589988.11"},
    "power": {"watt": "1", "kilowatt": "1000", "megawatt": "1000000", "gigawatt": "1000000000"},
}
_KNOWN = {name: (dimension, factor) for dimension, names in _UNITS.items() for name, factor in names.items()}


def factor(unit: str, wanted: str) -> str:
    """What to multiply with to come from one unit to another, as " * 1000" or " / 60"; empty where nothing is to do."""
    given, target = _known(unit), _known(wanted)
    if given is None or target is None or given[0] != target[0] or given[1] == target[1]:
        return ""
    ratio = float(given[1]) / float(target[1])
    if ratio >= 1:
        return f" * {_plain(ratio)}"
    return f" / {_plain(1 / ratio)}"


def _known(unit: str) -> tuple[str, str] | None:
    lower = unit.lower()
    return _KNOWN.get(lower) or _KNOWN.get(singular(lower))


def _plain(number: float) -> str:
    return str(round(number)) if abs(number - round(number)) < 1e-9 * number else f"{number:.9g}"
