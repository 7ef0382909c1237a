"""E-mail addresses, URLs and telephone numbers, as they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_EMAIL = re.compile(
    r"(?<![\w.+%-])[^\W_](?:[\w.+%'-]{0,62}[\w+%-])?@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}(?![\w@])")

# Without a scheme only these endings make a host name: "end.Next" and "Node.js" are no addresses.
_TOP_LEVEL = (
    "com|org|net|edu|gov|mil|int|info|biz|io|ai|app|dev|co|me|tv|eu|uk|us|de|fr|es|it|nl|be|ch|at|pl|pt|se|no|dk|fi|ie"
    "|cz|sk|hu|ro|bg|gr|hr|si|lt|lv|ee|ru|ua|by|tr|il|ae|sa|eg|za|ng|ke|gh|in|cn|jp|kr|tw|hk|sg|my|th|vn|id|ph|au|nz"
    "|ca|mx|br|ar|cl|pe|is|lu|mt|cy|li|mc|museum|travel|example|test|blog|shop|online|site|store|news|tech|cloud|agency"
    "|health|bank|design|media|art|club|world|life|today|live|academy|foundation|company|email|page|xyz|jobs|events"
    "|eco")
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}"
_TAIL = r"(?::\d{2,5})?(?:[/?#][^\s<>\"“”„«»]*)?"
_URL = re.compile(
    rf"(?<![\w@.-])(?:(?:https?|ftps?|wss?)://[^\s<>\"“”„«»]+"
    rf"|www\d?\.[^\W_][^\s<>\"“”„«»/]*\.[^\W\d_]{{2,}}{_TAIL}"
    rf"|{_HOST}(?:{_TOP_LEVEL})(?![\w@-])(?!\.\w){_TAIL})", re.IGNORECASE)
_DOT = re.compile(r"\.[^\W\d_]")
_CLOSING = {")": "(", "]": "[", "}": "{"}

# A number as people write one: groups of digits with single separators, at most two characters between digits.
_PHONE = re.compile(
    r"(?<![\w.,/:#$€£¥@=-])(?<!\d\s)(?:(?:\+|00)\s?\d|\(\+?\d|\d)[\d\s().–‑/-]{5,28}\d"
    r"(?:\s?(?:ext\.?|x|extension)\s?\d{1,6})?(?![\w@]|[.,:/-]\d|\s?[%€£$])", re.IGNORECASE)
_DATE_LIKE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{4}\s?[-–]\s?\d{4}")
_DIGIT = re.compile(r"\d")
_ADDRESS_LIKE = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_THOUSANDS = re.compile(r"\d{1,3}(?: \d{3})+")
_OTHER_NUMBER = re.compile(
    r"(?:\b(?:isbn(?:-1[03])?|issn|iban|order|invoice|ticket|account|reference|ref|serial|tracking|case|policy|booking"
    r"|passport|licen[cs]e|vat|tax|customer|flight|id|code|card|number plate|patent|model|part|item|article|sku|barcode"
    r"|confirmation|registration|receipt|transaction|docket|version|file|parcel|shipment)\b"
    r"(?:\s(?:no|number|nr|id|code))?|\bno|№|#|\bip)\.?\s?[:#]?\s?(?:is |was )?$", re.IGNORECASE)
_COUNTED = re.compile(
    r"\s?(?:people|dollars|euros|pounds|yen|francs|units|copies|jobs|workers|employees|votes|voters|tonnes|tons|miles"
    r"|km"
    r"|kilometres|kilometers|metres|meters|years|visitors|customers|users|homes|shares|members|residents|m\b|kg)\b")
_PHONE_WORD = re.compile(
    r"\b(?:phone|telephone|tel|mobile|cell|fax|hotline|helpline|call(?:s|ed|ing)?|dial|ring|text|whatsapp|reach(?:ed"
    r"|able)?"
    r"|contact|number|switchboard|landline|line|on|at)\b", re.IGNORECASE)
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15
_FEWEST_PLAIN_DIGITS = 9


def emails(text: str) -> Iterator[Span]:
    """Where e-mail addresses stand."""
    if "@" in text:
        for found in _EMAIL.finditer(text):
            yield found.span()


def urls(text: str) -> Iterator[Span]:
    """Where URLs and bare host names stand, without the punctuation of the sentence around them."""
    if "://" not in text and not _DOT.search(text):
        return
    for found in _URL.finditer(text):
        yield found.start(), _trimmed_end(text, *found.span())


def _trimmed_end(text: str, start: int, end: int) -> int:
    """The end of an address without trailing punctuation; a closing bracket stays if its opening one is inside."""
    unclosed = {closing: text.count(closing, start, end) - text.count(opening, start, end)
                for closing, opening in _CLOSING.items()}
    while end > start:
        last = text[end - 1]
        if last in _CLOSING:
            if unclosed[last] <= 0:
                break
            unclosed[last] -= 1
        elif last not in ".,;:!?'’‘*_…":
            break
        end -= 1
    return end


def phones(text: str) -> Iterator[Span]:
    """Where telephone numbers stand: valid ones of any country, and others that read like one.

    Fictional numbers such as 555-0123 are not valid anywhere but are what a reader calls a phone number.
    """
    if not _DIGIT.search(text):
        return
    for found in _PHONE.finditer(text):
        number = found.group().strip()
        start = found.start()
        if number.count("(") < number.count(")"):
            continue
        if _reads_like_phone(number, text[max(0, start - 40):start], text[found.end():found.end() + 16]):
            yield start, start + len(number)


def _reads_like_phone(number: str, before: str, after: str) -> bool:
    digits = sum(character.isdigit() for character in re.split(r"(?i)\s?(?:ext|x)", number)[0])
    if not _FEWEST_DIGITS <= digits <= _MOST_DIGITS or "  " in number or "\n" in number:
        return False
    if number.startswith(("+", "00")):
        return True
    if _DATE_LIKE.match(number) or _ADDRESS_LIKE.match(number) or _OTHER_NUMBER.search(before) or _COUNTED.match(after):
        return False
    if number.isdigit():
        return _plain_digits_are_phone(number, before)
    if _THOUSANDS.fullmatch(number) and not number.startswith("0"):
        return bool(_PHONE_WORD.search(before)) and not number.endswith("000")
    return True


def _plain_digits_are_phone(number: str, before: str) -> bool:
    """Whether digits without a separator are a phone number: by a leading zero, the words before, or being valid."""
    if number.startswith("0"):
        return len(number) >= _FEWEST_PLAIN_DIGITS
    if _PHONE_WORD.search(before):
        return True
    return len(number) > _FEWEST_PLAIN_DIGITS and any(_is_valid(number, region) for region in ("US", "GB"))


def _is_valid(number: str, region: str) -> bool:
    # Imported here, as it takes long and few numbers need it.
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False
