"""Answers that only say that the text does not tell: they claim nothing."""

from __future__ import annotations

import re

from src.emulator.text import sentences

_SOURCE = (r"(?:the|this|that|these|those|your|its|any of the|none of the) (?:\w+ ){0,2}?(?:documents?|contexts?"
           r"|passages?|texts?|sources?|excerpts?|information|material|files?|pages?)"
           r"(?: (?:above|below|provided|given|itself))?")
_VERBS = (r"(?:tell|say|hold|state|mention|contain|include|give|provide|answer|specify|cover|indicate|describe|have|has"
          r"|reveal|know|address)s?")
_OBJECT = (r"(?: (?:it|that|this|so|us|an? answer|the answer|any answer|anything"
           r"|an answer to (?:the|this|your) question|(?:the|this|your) question"
           r"|(?:the|any|enough|such|this|that)(?: \w+)? (?:information|details?)))?"
           r"(?: about (?:it|this|that))?")
_NOTHING = re.compile(
    rf"(?:(?:sorry|unfortunately)\W+(?:but )?)?(?:{_SOURCE} "
    r"(?:do(?:es)? not|don't|doesn't|did not|didn't|cannot|can't|never)"
    rf" {_VERBS}{_OBJECT}|{_SOURCE} (?:says?|tells?|contains?|holds?) (?:nothing|no answer)(?: about (?:it|this|that))?"
    rf"|(?:it|that|this|the answer) is not (?:in|told in|stated in|mentioned in|said in|given in) {_SOURCE}"
    rf"|none of the (?:documents|passages|texts|sources|pages) (?:tells?|says?)(?: it| that| this)?)\s*[.!]?\s*$",
    re.IGNORECASE)
_LONGEST = 300


def tells_nothing(answer: str) -> bool:
    """Whether every sentence of an answer only says that the document, the context or the like does not tell it."""
    if not answer.strip() or len(answer) > _LONGEST:
        return False
    return all(_NOTHING.match(sentence.strip().replace("’", "'")) for sentence in sentences(answer))
