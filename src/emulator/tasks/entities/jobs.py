"""Job titles: a head noun that names an occupation, the words before it that belong to it, and its field after it.

"The former senior vice president of engineering" has the head "vice president", the rank "senior" and the field
"of engineering"; "former" tells about the person.
"""

from __future__ import annotations

from functools import cache, lru_cache

from src.emulator.tasks.entities.gazetteers import last_names, words
from src.emulator.tasks.entities.tokens import Token

_SUFFIXES = (
    "ologist", "ographer", "ician", "onomist", "iatrist", "therapist", "ologists", "smith", "wright", "monger", "keeper",
    "fighter", "herder", "dresser", "woman", "person", "nomer", "trician", "metrist", "pathist", "archist")
_NOT_JOBS = frozenset(
    "woman person salesmen chairperson layperson apologist songsmith wordsmith timekeeper bookkeeper wicketkeeper kinswoman"
    " gentlewoman horsewoman frenchwoman englishwoman irishwoman welshwoman scotswoman dutchwoman businessperson"
    " birthright playwright outright upright bushfighter freedom-fighter noblewoman laywoman superwoman missing-person"
    " countrywoman anti-hero non-person first-person third-person one-person two-person hierarchist anarchist monarchist"
    " monetarist peacekeeper scorekeeper".split()) - {"peacekeeper", "bookkeeper", "wicketkeeper", "playwright"}
# Singular heads that are verbs, adjectives or things as often; they count after a determiner, an adjective or "as".
_AMBIGUOUS = frozenset(
    "coach cook nurse judge guard pilot model host anchor tailor doctor groom usher author intern tutor mentor referee"
    " umpire captain butcher engineer skipper principal executive academic specialist cardinal premier maid server driver"
    " minor conductor controller page commander dealer diver promoter buyer runner major hunter deputy".split())
_NOUNS_AFTER = frozenset(
    "shortage shortages strike strikes training union unions salaries salary pay wages recruitment association education"
    " certification services service project projects scheme programme program plant episode year years order orders board"
    " building licence license license licences appointment appointments visit visits car cars safety error errors"
    " exchange jobs vacancies vacancy conference workshop workshops academy school schools guild".split())
_DETERMINERS = frozenset(
    "a an the his her its their our my your this that every each another any some no one two three four five six seven eight"
    " nine ten as and or by of with from former new current retired young".split())
_VERB_MARKERS = frozenset(
    "to will would can could must should may might not i you we they don't didn't won't let helped help".split())
_SUBJECT_HEADS = frozenset("teacher professor tutor lecturer translator interpreter scholar student".split())
_LANGUAGES = frozenset("English French German Spanish Italian Latin Greek Arabic Chinese Japanese Russian".split())
_RANKS_ALONE = frozenset("first second third left right central full-time part-time new key star ice front back high middle"
                         " interim acting temporary seasonal independent national international global local".split())
_NOT_TITLES = frozenset({
    ("market", "leader"), ("key", "player"), ("star", "player"), ("business", "partner"), ("trading", "partner"),
    ("price", "leader"), ("union", "leader"), ("coalition", "partner"), ("family", "doctor's"), ("data", "controller"),
    ("web", "server"), ("film", "maker"), ("game", "controller"), ("mail", "server"), ("fashion", "model")}) - {
        ("union", "leader"), ("fashion", "model")}
_ADJECTIVE_ENDINGS = (
    "ed", "ly", "ing", "ous", "ful", "ive", "able", "ible", "ish", "less", "est", "ese", "ic", "al", "ian", "ean", "ant",
    "ary", "ent", "ier", "old", "some", "like", "based", "born", "en")
_LINKS = frozenset({"of", "for"})
_HEADS_WITH_FOR = frozenset(
    "secretary minister director president vice-president commissioner officer envoy spokesperson head state".split())
_LONGEST_FIELD = 4


@cache
def _heads() -> tuple[frozenset[str], dict[str, tuple[tuple[str, ...], ...]], frozenset[str]]:
    """Head nouns of one word, those of several by their first word, and those that need a word before them."""
    single, several = set(), {}
    for head in words("job_heads"):
        parts = tuple(head.split())
        if len(parts) == 1:
            single.add(head)
        else:
            several.setdefault(parts[0], []).append(parts)
    return frozenset(single), {first: tuple(sorted(found, key=len, reverse=True)) for first, found in several.items()}, (
        words("job_heads_modified"))


@cache
def _fields() -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(field.lower().split()) for field in words("job_fields"))


@lru_cache(maxsize=8192)
def _singulars(word: str) -> tuple[str, ...]:
    """What a word may be the plural of, itself first."""
    if word.endswith("men"):
        return word, word[:-3] + "man"
    if word.endswith("ies"):
        return word, word[:-3] + "y", word[:-1]
    if word.endswith(("ses", "xes", "ches", "shes", "sses")):
        return word, word[:-2], word[:-1]
    if word.endswith("s") and not word.endswith("ss"):
        return word, word[:-1]
    return (word,)


@lru_cache(maxsize=8192)
def _is_head_word(text: str) -> bool:
    """Whether a word is the head of a job title on its own, in the singular or plural."""
    single, _, _ = _heads()
    if text in single or (text.endswith("s") and text[:-1] in single and text[:-1].isupper()):
        return True
    if text.isupper() and len(text) < 5:
        return False
    for word in _singulars(text.lower()):
        last = word.rsplit("-", 1)[-1]
        if word in single or (last != word and last in single and last not in _AMBIGUOUS):
            return True
        if word.endswith(_SUFFIXES) and word not in _NOT_JOBS and len(word) > 6 and not text[0].isupper():
            return True
    return False


def _is_single_head(token: Token) -> bool:
    return _is_head_word(token.text)


def _multi_word_head(tokens: list[Token], index: int) -> int:
    """The index of the last token of a head of several words that starts here; -1 where none does."""
    _, several, _ = _heads()
    for first in _singulars(tokens[index].lower):
        for parts in several.get(first, ()):
            end = index + len(parts) - 1
            if end < len(tokens) and all(
                    part.lower() in _singulars(token.lower) for part, token in zip(parts, tokens[index:end + 1], strict=True)):
                return end
    return -1


def job_spans(tokens: list[Token]) -> list[tuple[int, int]]:
    """Where job titles stand, as indices of their first and last token; capitalised ones may still be names."""
    spans: list[tuple[int, int]] = []
    index = 0
    while index < len(tokens):
        end = _head_end(tokens, index)
        if end < 0:
            index += 1
            continue
        left_border = spans[-1][1] + 1 if spans else 0
        start = _left(tokens, index, left_border)
        last = _right(tokens, end)
        if _counts(tokens, start, index, end, last):
            # Two heads in a row are one title: "lawyer" in "patent lawyer judge" never ends one.
            spans.append((start, last))
            index = last
        index += 1
    return spans


def _head_end(tokens: list[Token], index: int) -> int:
    token = tokens[index]
    if not token.text[0].isalpha():
        return -1
    end = _multi_word_head(tokens, index)
    if end >= 0:
        return end
    if _is_single_head(token) and not _continues(tokens, index):
        return index
    _, _, modified = _heads()
    return index if any(word in modified for word in _singulars(token.lower)) and not _continues(tokens, index) else -1


def _continues(tokens: list[Token], index: int) -> bool:
    """Whether this head only modifies the next one, as "director" in "director general" or "nurse" in "nurse manager"."""
    if index + 1 >= len(tokens) or not tokens[index + 1].near or tokens[index].possessive:
        return False
    following = tokens[index + 1]
    if following.capital != tokens[index].capital or following.text.isupper() or not following.text[0].isalpha():
        return False
    if _multi_word_head(tokens, index + 1) >= 0:
        return tokens[index].lower in words("job_modifiers")
    if tokens[index].capital and following.text in last_names():
        return False
    _, _, modified = _heads()
    return (_is_single_head(following) or following.lower in modified) and tokens[index].lower not in ("spokesman",)


def _left(tokens: list[Token], head: int, border: int) -> int:
    """The index of the title's first word: ranks, fields and trades before the head."""
    capital = tokens[head].capital
    start = head
    unknown = 0
    while start > border:
        before = tokens[start - 1]
        if not tokens[start].near or before.possessive and before.lower not in ("men", "women", "children"):
            break
        if before.text in ("and", "&") and _joins(tokens, start, border):
            start -= 2
            continue
        if not _agrees(before, tokens, head, capital):
            break
        if _belongs(before, tokens[head]):
            start -= 1
        elif not capital and not unknown and _is_trade(tokens, start - 1):
            unknown += 1
            start -= 1
        else:
            break
    return _without_sentence_start(tokens, start, head)


def _belongs(before: Token, head: Token) -> bool:
    """Whether a word before a head is a rank, a field or a trade: "senior", "sales", "consultant"."""
    if before.text.isupper() and len(before.text) > 1:
        return before.text in words("job_modifiers")
    return before.lower in words("job_modifiers") or _is_subject(before, head) or (
        _is_single_head(before) and before.lower not in words("job_not_modifiers"))


def _agrees(before: Token, tokens: list[Token], head: int, capital: bool) -> bool:
    """Whether the word before has a capital where the head has one; a sentence's first word always has."""
    if not before.text[0].isalpha():
        return False
    if before.text in words("job_modifiers") or before.first or tokens[head].text.isupper():
        return True
    return before.capital == capital or _is_subject(before, tokens[head])


def _is_subject(before: Token, head: Token) -> bool:
    return before.text in _LANGUAGES and any(word in _SUBJECT_HEADS for word in _singulars(head.lower))


def _joins(tokens: list[Token], start: int, border: int) -> bool:
    """Whether "and" joins two fields before a head, as in "health and safety officer"."""
    if start - 2 < border or not tokens[start - 1].near:
        return False
    modifiers = words("job_modifiers")
    left, right = tokens[start - 2], tokens[start]
    both = left.lower in modifiers and right.lower in modifiers
    fields = _fields()
    return both and (left.lower,) in fields and ((right.lower,) in fields or left.lower in ("health", "search"))


def _is_trade(tokens: list[Token], index: int) -> bool:
    """Whether an unknown word before a head is a noun that names the trade, as "toy" in "a toy designer"."""
    word = tokens[index].lower
    if word in words("job_not_modifiers") or word.endswith(_ADJECTIVE_ENDINGS) or not word.replace("-", "").isalpha():
        return False
    if (word.endswith("s") and not word.endswith("ss")) or len(word) < 3:
        return False
    if tokens[index].first:
        return True
    before = tokens[index - 1] if index else None
    return before is not None and (before.lower in _DETERMINERS or not before.text[0].isalnum()
                                   or before.lower.endswith(("ed", "ing")) and before.lower in words("job_not_modifiers"))


def _without_sentence_start(tokens: list[Token], start: int, head: int) -> int:
    """Skips a first word of a sentence that is a rank by chance, as "Second" or "General" alone never is."""
    while start < head and tokens[start].first and tokens[start].lower in ("first", "second", "third", "then", "call"):
        start += 1
    return start


def _right(tokens: list[Token], end: int) -> int:
    """The index of the title's last word: its field after "of" or "for"."""
    if end + 2 >= len(tokens) or tokens[end].possessive or tokens[end + 1].text not in _LINKS:
        return end
    if tokens[end + 1].text == "for" and tokens[end].lower not in _HEADS_WITH_FOR:
        return end
    start = end + 2
    field_end = _field_end(tokens, start)
    if field_end < 0:
        return end
    while field_end + 2 < len(tokens) and tokens[field_end + 1].text in ("and", "&") and not tokens[field_end].possessive:
        further = _field_end(tokens, field_end + 2)
        if further < 0 or _head_end(tokens, field_end + 2) >= 0 or tokens[field_end + 2].capital != tokens[start].capital:
            break
        field_end = further
    return field_end


def _field_end(tokens: list[Token], start: int) -> int:
    """The index of the last word of the field that starts here; -1 where none does."""
    fields = _fields()
    best = -1
    for length in range(1, _LONGEST_FIELD + 1):
        end = start + length - 1
        if end >= len(tokens) or not tokens[end].text[0].isalpha():
            break
        if tuple(token.lower for token in tokens[start:end + 1]) in fields:
            best = end
    if best < 0:
        best = _field_by_form(tokens, start)
    return best


def _field_by_form(tokens: list[Token], start: int) -> int:
    """As `_field_end`, for words that aren't listed but name a science or an activity: "ornithology", "rural policy"."""
    end = start
    while end < len(tokens) and end < start + _LONGEST_FIELD and tokens[end].near and tokens[end].text[0].isalpha():
        word = tokens[end].lower
        if word.endswith(("ology", "ography", "onomy", "ics", "istry", "ing", "ment", "tion", "ture", "studies", "sciences")):
            return end if not tokens[end].possessive else -1
        if word not in words("job_modifiers") and not word.endswith(("al", "ic", "ern", "ary")):
            return -1
        end += 1
    return -1


def _counts(tokens: list[Token], start: int, head: int, end: int, last: int) -> bool:
    """Whether a head with what is around it is a title at all."""
    if end > head or last > end:
        return True
    token = tokens[head]
    pair = (tokens[head - 1].lower, token.lower) if head else ("", token.lower)
    following = tokens[head + 1] if head + 1 < len(tokens) else None
    if pair in _NOT_TITLES or (following and following.lower in _NOUNS_AFTER and not token.possessive and following.near):
        return False
    if not _is_single_head(token):
        if following and following.text in words("organisation_suffixes"):
            return False
        return start < head and any(word.lower not in _RANKS_ALONE for word in tokens[start:head])
    if token.lower in _AMBIGUOUS and start == head:
        return _is_noun_here(tokens, head, following)
    return not token.capital or _is_capital_title(tokens, start, head, following)


def _is_noun_here(tokens: list[Token], head: int, following: Token | None) -> bool:
    """Whether an ambiguous word is a person here: after a determiner or an adjective, or before a name."""
    if following and following.capital and following.near and not tokens[head].possessive:
        return True
    if following and following.near and following.text[0].isalpha() and following.lower.endswith(
            ("ship", "room", "station", "class", "rooms", "whales")):
        return False
    if head == 0:
        return False
    before = tokens[head - 1]
    if before.lower in _VERB_MARKERS:
        return False
    if tokens[head].capital:
        return before.lower in ("the", "a")
    nouns = before.lower in _DETERMINERS or before.lower in words("job_not_modifiers") or before.text in ",;(-–—"
    return nouns or before.lower.endswith(_ADJECTIVE_ENDINGS) or before.possessive


def _is_capital_title(tokens: list[Token], start: int, head: int, following: Token | None) -> bool:
    """Whether a capitalised head is a title and no surname: "Chef Ana Ruiz" but neither "Tim Cook" nor "Mr Baker"."""
    token = tokens[head]
    if following and following.near and following.text in (
            words("place_words") | words("organisation_words") | words("organisation_suffixes")):
        return False
    if head and tokens[head - 1].lower in ("the", "a", "as", "former", "then"):
        return True
    if token.text not in last_names() or token.text.isupper():
        return True
    if following and following.capital and following.near and (token.first or head == 0 or not tokens[head - 1].capital):
        return True
    return start < head and all(word.lower in words("job_modifiers") for word in tokens[start:head]) and start + 1 <= head
