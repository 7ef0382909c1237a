"""When two texts are the same: one form for all the ways of writing a text.

It makes no difference

- whether letters are large or small, by Unicode's full case folding: "ß" and "SS" are the same, and all sigmas. "I"
  folds to "i" while "ı" and "İ" stay what they are: the rules of Turkish are for those who know that a text is Turkish.
- how characters are encoded (NFKC): composed or not, full-width or half-width, as ligatures, as "№" or "℃".
- which script's digits are used: each is the decimal digit that Unicode says it is.
- whether there are characters that show nothing: soft hyphens, joiners, blanks without width, marks of direction,
  variation selectors; and the Arabic kashida.
- which apostrophes, single quotes or primes are used, which double quotes or double primes, and which hyphens, dashes
  or minus signs; nor whether a dash has blanks on both sides or on none. A minus sign counts: -5 is not 5.
- which blanks there are, and how many; whether there is one between a number and its percent, degree or currency sign,
  before ! ? ; : and inside of « » as in French, and beside writing that has none between words (Chinese, Thai).

The first two and the fourth are a compatibility caseless match (The Unicode Standard, section 3.13, D146) without what
NFKC_Casefold leaves out (D147). What NFKC would run together stays apart, though: where a raised, lowered, circled or
broken number meets a digit. 10⁶ is 10^6 and not 106; 12½ is 12 1/2 and not 121/2.

What a number means is not guessed, since that depends on the country: "1,000", "1.000", "1 000" and "1000" are four
texts, "3.5" and "3,5" are two, and so are "€5" and "5 EUR".
"""

import re
import unicodedata

# Default_Ignorable_Code_Point (DerivedCoreProperties.txt of the Unicode Character Database), and the kashida.
_IGNORED = re.compile(
    "[\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
LONG_DASH = "\u2014"  # stands between words, not inside of one
_SIGNS = {
    ord(each): sign
    for sign, alike in {
        # Letters that stand for an apostrophe, the Hebrew geresh and gershayim, and corner brackets are among them.
        "'": "`\u00b4\u2018-\u201b\u2032\u2035\u2039\u203a\u02b9\u02bb\u02bc\u275b\u275c\u055a\u05f3\uff07",
        '"': "\u00ab\u00bb\u201c-\u201f\u2033\u2036\u02ba\u275d\u275e\u301d-\u301f\u05f4\uff02\u300c-\u300f\uff62"
        "\uff63",
        "-": "\u2010-\u2013\u2212\u2043\u02d7\u058a\u05be\u2796\ufe63\uff0d",
        LONG_DASH: "\u2015\u2e3a\u2e3b\ufe58",
        "/": "\u2044\u2215",
        "%": "\u066a",
    }.items()
    for each in re.findall(f"[{alike}]", "".join(map(chr, range(0x10000))))
}
# Writing without blanks between words: ideographs, kana and bopomofo ...
IDEOGRAPHIC = (
    "\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf"
    "\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)
# ... and the scripts of South East Asia: line-breaking class SA (Unicode Standard Annex 14).
SOUTH_EAST_ASIAN = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ebd\u0ec0-\u0ece\u0edc-\u0edf\u1000-\u103f\u1050-\u108f\u109a-\u109f"
    "\u1780-\u17d3"
    "\u17d7\u17dc\u17dd\u1950-\u1974\u1980-\u19c9\u19de\u19df\u1a20-\u1a7c\u1aa0-\u1aad\ua9e0-\ua9ef\ua9fa-\ua9fe"
    "\uaa60-\uaac2\uaadb-\uaadf\U00011700-\U0001172b\U0001173a\U0001173b\U0001173f-\U00011746"
)
UNSPACED = IDEOGRAPHIC + SOUTH_EAST_ASIAN
_CURRENCY = "$\u00a2-\u00a5\u058f\u060b\u07fe\u07ff\u09f2\u09f3\u09fb\u0af1\u0bf9\u0e3f\u17db\u20a0-\u20cf\ua838"
_BLANKS_IN_QUOTES = re.compile(r"(?<!\w)([«‹])\s+([^«»‹›]*?)\s+([»›])(?!\w)")
_BLANK_BEFORE_MARK = re.compile(r" (?=[!?;:]+(?: |$))")
_BLANK_BEFORE_SIGN = re.compile(rf"(?<=\d) +(?=[%‰‱°{_CURRENCY}](?!\d))")
_BLANK_AFTER_SIGN = re.compile(rf"(?<!\d)([%§#±{_CURRENCY}]) +(?=\d)")
_BLANKS_IN_RANGE = re.compile(rf"(?<=\d) +([-{LONG_DASH}]) +(?=\d)")
_BLANKS_AROUND_DASH = re.compile(rf" *{LONG_DASH} *|(?<=\w) +- +(?=\w)")
_BLANK_BESIDE_UNSPACED = re.compile(f" +(?=[{UNSPACED}])|(?<=[{UNSPACED}]) +")


def canonical(text: str) -> str:
    """Return the form that all the ways of writing a text have in common: texts with the same form are the same."""
    return _BLANK_BESIDE_UNSPACED.sub("", _BLANKS_AROUND_DASH.sub("-", folded(text))).strip()


def folded(text: str) -> str:
    """Return the canonical form of a text, but with the blanks around dashes and beside writing without blanks.

    Long dashes are kept, as `LONG_DASH`, and between two numbers no dash has blanks.
    """
    text = _BLANKS_IN_QUOTES.sub(r"\1\2\3", _apart(_IGNORED.sub("", text))).translate(_SIGNS)
    for _ in range(2):
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    text = _IGNORED.sub("", text).translate(_SIGNS)
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else c for c in text)
    text = _BLANK_BEFORE_MARK.sub("", " ".join(text.replace("''", '"').split()))
    return _BLANKS_IN_RANGE.sub(r"\1", _BLANK_AFTER_SIGN.sub(r"\1", _BLANK_BEFORE_SIGN.sub("", text)))


def is_mark(character: str) -> bool:
    """Whether a character belongs to the one before it: an accent, a vowel sign, a virama."""
    return unicodedata.category(character).startswith("M")


def _apart(text: str) -> str:
    """Mark where a number of one kind meets one of another, which NFKC would make one number."""
    if text.isascii():
        return text
    parts, before = [], ""
    for character in text:
        kind = _kind_of_number(character)
        if kind and before and (kind != before or kind == " "):
            parts.append(kind if kind in "^_" and before == "digit" else " ")
        parts.append(character)
        before = kind
    return "".join(parts)


def _kind_of_number(character: str) -> str:
    """Return "digit", "^" of a raised digit or sign, "_" of a lowered one, " " of another number with digits, or ""."""
    category = unicodedata.category(character)
    if category == "Nd":
        return "digit"
    if category not in ("No", "Sm"):
        return ""
    form = unicodedata.decomposition(character).partition(" ")[0]
    if form in ("<super>", "<sub>"):
        return "^" if form == "<super>" else "_"
    return " " if category == "No" and any(map(str.isdecimal, unicodedata.normalize("NFKC", character))) else ""
