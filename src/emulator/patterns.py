"""The simplest string that a regular expression matches."""

from __future__ import annotations

import re
import sys

if sys.version_info >= (3, 11):
    from re import _constants as constants
    from re import _parser as parser
else:
    import sre_constants as constants
    import sre_parse as parser

_CATEGORY = {constants.CATEGORY_DIGIT: "0", constants.CATEGORY_SPACE: " ", constants.CATEGORY_WORD: "a",
             constants.CATEGORY_NOT_DIGIT: "a", constants.CATEGORY_NOT_SPACE: "a", constants.CATEGORY_NOT_WORD: "-"}
_CANDIDATES = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.:/"
_REPEATED_AT_LEAST = 1


def matching_string(pattern: str) -> str:
    """A short string that matches; where the pattern looks ahead, behind or back, perhaps one that doesn't."""
    return _sequence(parser.parse(pattern))


def valid_pattern(pattern: str) -> bool:
    """Whether Python can read a pattern."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _sequence(parts) -> str:
    return "".join(_part(operation, argument) for operation, argument in parts)


def _part(operation, argument) -> str:
    if operation is constants.LITERAL:
        return chr(argument)
    if operation is constants.NOT_LITERAL:
        return next(character for character in _CANDIDATES if ord(character) != argument)
    if operation is constants.ANY:
        return "a"
    if operation is constants.IN:
        return _member(argument)
    if operation is constants.BRANCH:
        return _sequence(argument[1][0])
    if operation is constants.SUBPATTERN:
        return _sequence(argument[-1])
    if operation in (constants.MAX_REPEAT, constants.MIN_REPEAT):
        least, most, repeated = argument
        return _sequence(repeated) * max(least, min(most, _REPEATED_AT_LEAST))
    return ""


def _member(choices) -> str:
    """A character of a class such as [a-z_] or [^0-9]."""
    if choices[0][0] is constants.NEGATE:
        return next((character for character in _CANDIDATES if not _contains(choices[1:], character)), "§")
    operation, argument = choices[0]
    if operation is constants.LITERAL:
        return chr(argument)
    return chr(argument[0]) if operation is constants.RANGE else _CATEGORY[argument]


def _contains(choices, character: str) -> bool:
    for operation, argument in choices:
        if operation is constants.LITERAL and chr(argument) == character:
            return True
        if operation is constants.RANGE and argument[0] <= ord(character) <= argument[1]:
            return True
        if operation is constants.CATEGORY and _in_category(argument, character):
            return True
    return False


def _in_category(category, character: str) -> bool:
    digit, space, word = character.isdigit(), character.isspace(), character.isalnum() or character == "_"
    return {constants.CATEGORY_DIGIT: digit, constants.CATEGORY_NOT_DIGIT: not digit,
            constants.CATEGORY_SPACE: space, constants.CATEGORY_NOT_SPACE: not space,
            constants.CATEGORY_WORD: word, constants.CATEGORY_NOT_WORD: not word}[category]
