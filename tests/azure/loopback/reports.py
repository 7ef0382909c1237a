"""Holds what the loopback answers against a report of a real subscription that `mlops.first_contact` has written."""

from __future__ import annotations

from typing import Any

ANY = "{}"


def differences(real: dict, loopback: dict) -> list[str]:
    """Return where the loopback answered a request in a way in which the subscription did not.

    A request counts if both have answered it in the same question: method, host and path are the same. Then one of the
    subscription's answers has to have the status and code of the loopback's, and all its keys, with the same types.
    What the loopback leaves out of an answer is no difference.
    """
    answered = {(number, *_request(each)): [] for number, each in _answers(real)}
    for number, each in _answers(real):
        answered[(number, *_request(each))].append(each)
    found = []
    for number, mine in _answers(loopback):
        theirs = answered.get((number, *_request(mine)))
        if theirs is None:
            continue
        place = f"question {number}, {' '.join(_request(mine))}"
        alike = [each for each in theirs if (each["status"], each["code"]) == (mine["status"], mine["code"])]
        if not alike:
            said = " or ".join(sorted({f"{each['status']} {each['code']}".strip() for each in theirs}))
            found.append(f"{place}: {mine['status']} {mine['code']}".strip() + f", where the subscription says {said}")
        elif all(wrong := [strange(mine["shape"], each["shape"]) for each in alike]):
            found.append(f"{place}: {min(wrong, key=len)}")
    return found


def strange(mine: Any, real: Any, place: str = "") -> list[str]:
    """Return the places of a shape that another one has not, or has with another type."""
    if mine in (None, [], {}, "null") or real is None and mine is None:
        return []
    if isinstance(mine, dict) and isinstance(real, dict):
        unknown = [f"{place}.{key}" for key in mine if key not in real and ANY not in real]
        known = [(key, real.get(key, real.get(ANY))) for key in mine if key in real or ANY in real]
        return unknown + [each for key, shape in known for each in strange(mine[key], shape, f"{place}.{key}")]
    if isinstance(mine, list) and isinstance(real, list):
        return strange(mine[0], real[0], f"{place}[]") if real else []
    if isinstance(mine, str) and isinstance(real, str):
        types = [{each.partition(":")[0] for each in shape.split(" | ")} - {"null"} for shape in (mine, real)]
        return [] if types[0] <= types[1] or not types[1] else [place]
    return [place]


def _answers(report: dict) -> list[tuple[int, dict]]:
    return [(question["number"], each) for question in report["questions"] for each in question["answers"]]


def _request(answer: dict) -> tuple[str, str, str]:
    return answer["method"], answer["host"], answer["path"]
