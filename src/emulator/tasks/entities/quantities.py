"""Amounts of money, percentages and times of day."""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_DIGITS = r"\d{1,3}(?:[,.'’ \u00a0\u202f]\d{3}){1,5}(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,]\d+)?"
_SCALE = r"(?:thousand|million|billion|trillion|crore|lakh|hundred|mn|bn|tn|[kmbt])"
_SPELLED = (r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
            r"|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand"
            r"|million"
            r"|billion|trillion|half|quarter|dozen)")
_SPELLED_NUMBER = rf"(?:a\s+)?{_SPELLED}(?:(?:-|\s+(?:and\s+)?(?:a\s+)?){_SPELLED}){{0,8}}"
_SIGN = (r"(?:(?:US|AU|CA|NZ|HK|SG|A|C|S|R|NT|MX)?\$|€|£|¥|₹|₽|₩|₺|₴|₦|₪|₱|฿|₫|₡|₵|₲|₸)")
_CODE = (r"(?:USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|AUD|CAD|NZD|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|RUB|UAH|TRY|ZAR|BRL|MXN"
         r"|ARS|CLP|COP|PEN|KRW|TWD|HKD|SGD|MYR|THB|IDR|PHP|VND|AED|SAR|QAR|KWD|ILS|EGP|NGN|KES|GHS|PKR|BDT|LKR|Rs\.?"
         r"|Fr\.|kr\.?|zł|Kč)")
_OF_COUNTRY = (
    r"(?:US|U\.S\.|American|Canadian|Australian|New Zealand|Hong Kong|Singapore|British|Swiss|Swedish|Danish|Norwegian"
    r"|Czech|Indian|Japanese|Chinese|Mexican|Polish|Egyptian|Turkish|Brazilian|Russian|Nigerian|South African"
    r"|South Korean|Kenyan|Saudi|Emirati)")
_UNIT = (rf"(?:{_OF_COUNTRY}\s+)?(?:dollars?|euros?|pounds?(?:\s+sterling)?|pence|penny|pennies|cents?|yen|yuan"
         r"|renminbi|rupees?|francs?|kron[ae]r?|kronor|crowns?|zlot(?:y|ys|ych|e|ies)|roubles?|rubles?|rand|reais|real"
         r"|pesos?"
         r"|lira|liras?|won|baht|dirhams?|riyals?|dinars?|shekels?|naira|shillings?|cedis?|forints?|hryvnias?|ringgit"
         r"|rupiah|dong|quid|bucks?|bitcoins?|marks?|grand)")
_MONEY = re.compile(
    rf"(?<![\w.,])(?:[-−])?(?:"
    rf"{_SIGN}\s?(?:{_DIGITS})(?:[\s-]?{_SCALE}\b)?(?:\s+(?:US|Canadian|Australian)\s+dollars)?(?:\s(?:USD|CAD|AUD)\b)?"
    rf"|{_CODE}\s?(?:{_DIGITS})(?:\s?{_SCALE}\b)?"
    rf"|(?:{_DIGITS})(?:[\s-]?{_SCALE}\b)?\s?(?:(?:{_SIGN})(?!\w)|(?:{_CODE}|{_UNIT})(?!\w))"
    rf")", re.IGNORECASE)
_SPELLED_MONEY = re.compile(
    rf"(?<![\w.,-])(?<!\d\s)(?:{_SPELLED_NUMBER}\s+(?:of\s+)?|a\s+){_UNIT}(?!\w)", re.IGNORECASE)
_WEIGHT_AFTER = re.compile(r"\s{1,3}(?:of\s(?!gold\b)\w+|lighter|heavier|in weight|overweight|sterling)", re.IGNORECASE)
_NUMBER = re.compile(r"\d[\d.,]*")
# A sign or a code with a blank in front of a number: "-AU$ ", "USD ".
_LONGEST_SIGN = 6
_LETTERS = re.compile(r"[a-z]+")
_UNIT_WORDS = frozenset(
    "dollar dollars euro euros pound pounds pence penny pennies cent cents yen yuan renminbi rupee rupees franc francs"
    " krone kroner krona kronor kronar kronas krones crown crowns zloty zlotys zlotych zlote zloties rouble roubles"
    " ruble rubles rand reais real peso pesos lira liras won baht dirham dirhams riyal riyals dinar dinars shekel"
    " shekels naira shilling shillings cedi cedis forint forints hryvnia hryvnias ringgit rupiah dong quid buck bucks"
    " bitcoin bitcoins mark marks grand".split())
_ONLY_UNIT = re.compile(r"a\s+(?!dollar|euro|pound|penny)", re.IGNORECASE)
_PERCENT = re.compile(
    rf"(?<![\w.,])(?:[+−-])?(?:(?:{_DIGITS})(?:\s?%|[\s-]?per\s?cent(?:age points?)?\b|\s?percentage points?\b)"
    rf"|{_SPELLED_NUMBER}\s+per\s?cent\b)", re.IGNORECASE)
_PER_CENT = re.compile(r"per\scent")
_TIME = re.compile(
    r"(?<![\w:.,])(?:(?:[01]?\d|2[0-3])[:.h][0-5]\d(?::[0-5]\d)?(?:\s?[ap]\.?m\b\.?)?|(?:1[0-2]"
    r"|0?[1-9])\s?[ap]\.?m\b\.?"
    r"|(?:1[0-2]|[1-9]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) o['’]clock|noon|midnight)"
    r"(?![\w%]|[.,:]\d)", re.IGNORECASE)
_TIME_HINT = re.compile(r"\d(?:[:.hH]\d|\s?[aApP]\.?[mM])")


def money(text: str) -> Iterator[Span]:
    """Where amounts of money stand, with their currency and their "million"."""
    for found in (*_in_digits(text), *_spelled(text)):
        if not _is_weight(text, found) and not _ONLY_UNIT.match(found.group()):
            yield found.span()


def _in_digits(text: str) -> Iterator[re.Match]:
    """Amounts around each number in digits: tried at the number and at the few places where its sign may start."""
    passed = 0
    for number in _NUMBER.finditer(text):
        for start in range(max(passed, number.start() - _LONGEST_SIGN), number.start() + 1):
            found = _MONEY.match(text, start)
            if found:
                passed = found.end()
                yield found
                break


def _spelled(text: str) -> Iterator[re.Match]:
    """Amounts in words, which only a text with a currency's name in it may have."""
    if not _UNIT_WORDS.isdisjoint(_LETTERS.findall(text.lower())):
        yield from _SPELLED_MONEY.finditer(text)


def _is_weight(text: str, found: re.Match) -> bool:
    """Whether pounds weigh something: "five pounds of butter"."""
    return found.group().lower().endswith(("pound", "pounds")) and bool(_WEIGHT_AFTER.match(text, found.end()))


def percentages(text: str) -> Iterator[Span]:
    """Where percentages stand, in digits or words."""
    lower = text.lower()
    if "%" in lower or "percent" in lower or _PER_CENT.search(lower):
        for found in _PERCENT.finditer(text):
            yield found.span()


def times(text: str) -> Iterator[Span]:
    """Where times of day stand: 14:30, 2 p.m., five o'clock, noon."""
    if not _TIME_HINT.search(text):
        lower = text.lower()
        if "clock" not in lower and "noon" not in lower and "midnight" not in lower:
            return
    for found in _TIME.finditer(text):
        written = found.group()
        # A full stop between the digits is also a decimal point; only "pm" makes 9.30 a time for certain.
        if "." in written.rstrip(".") and "m" not in written.lower():
            continue
        yield found.span()
