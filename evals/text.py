"""Texts as the scorers read them: folded, cut into sentences and words, searched for phrases and names.

Deliberately shares no code with the product, so that a fault of the product's reading is not
hidden by the same fault here. Knows nothing of drafts, rewrites or verdicts.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

from evals.numerals import DAY_OF, MONTH_OF, MONTH_PATTERN, MONTHS, WORDS_PATTERN, spelled_value
from evals.words import CAPITALS, FEEDBACK, FUNCTION, GIVEN_NAMES

_MARKS = str.maketrans(
    dict.fromkeys("‘’‛`´ʼ′", "'") | dict.fromkeys("“”„‟«»″", '"') | dict.fromkeys("‐‑‒–—―−", "-") | {"⁄": "/"}
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_BLANK = re.compile(r"\[[^\[\]\n]{0,120}\]|_{3,}")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\n+")
_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")


# Scorers look at one message many times over; a few hundred texts are all that one case needs.
_KEPT = 512


@lru_cache(maxsize=_KEPT)
def folded(text: str) -> str:
    """Return ``text`` with one spelling of quotes, dashes, widths and spaces; case and lines stay."""
    flat = unicodedata.normalize("NFKC", text.translate(_MARKS)).translate(_MARKS)
    return re.sub(r"[^\S\n]+", " ", flat)


def unmarked(text: str) -> str:
    """Return a draft without HTML tags and entities."""
    return html.unescape(_TAG.sub(" ", text))


def without_blanks(text: str) -> str:
    """Return ``text`` without its [blanks], which ask and state nothing."""
    return _BLANK.sub(" … ", text)


def has_question_or_blank(text: str) -> bool:
    """Say whether ``text`` asks something, by a question mark or by a [blank]."""
    return bool(re.search(r"\w[\"')\]]*\s?[?？؟]", text) or _BLANK.search(text))


def words(text: str) -> list[str]:
    """Return the words of ``text`` in order, as spelled."""
    return _WORD.findall(folded(text))


def sentences(text: str) -> list[str]:
    """Return the sentences of ``text``; a line break ends one."""
    guarded = re.sub(r"\b(Mr|Mrs|Ms|Dr|e\.g|i\.e|approx)\.\s", "\\1\u2024 ", folded(text), flags=re.I)
    return [s.strip().replace("\u2024", ".") for s in _SENTENCE.split(guarded) if _WORD.search(s)]


def holds(text: str, phrase: str) -> bool:
    """Say whether ``phrase`` stands in ``text`` as whole words, whatever the case, quotes and spaces."""
    return _holds(folded(text).casefold(), folded(phrase).casefold())


def holds_same(text: str, phrase: str) -> bool:
    """Like ``holds``, where "three" and "3", "3 May" and "May 3rd", "isn't" and "is not" are the same."""
    return holds(text, phrase) or _holds(_canonical(text), _canonical(phrase))


def holds_for_any_person(text: str, phrase: str) -> bool:
    """Like ``holds_same``, where "she doesn't care" and "you don't care" are the same too."""
    return holds_same(text, phrase) or _holds(_personless(text), _personless(phrase))


def _holds(text: str, phrase: str) -> bool:
    wanted = " ".join(phrase.split())
    return bool(wanted) and _whole(wanted).search(" ".join(text.split())) is not None


@lru_cache(maxsize=4096)
def _whole(wanted: str) -> re.Pattern[str]:
    before = r"(?<![^\W_])" if wanted[0].isalnum() else ""
    # A digit must not go on as a decimal or a time: "9" is not in "9.5" or "9:15".
    after = r"(?![^\W_])" + (r"(?![.,:]\d)" if wanted[-1].isdigit() else "") if wanted[-1].isalnum() else ""
    front = r"(?<!\d[.,:])" if wanted[0].isdigit() else ""
    return re.compile(before + front + re.escape(wanted) + after)


_NOT = (
    ("can't", "can not"),
    ("cannot", "can not"),
    ("won't", "will not"),
    ("shan't", "shall not"),
    ("n't", " not"),
)
_SHORT = (("'re", " are"), ("'ve", " have"), ("'ll", " will"), ("i'm", "i am"))


@lru_cache(maxsize=_KEPT)
def _canonical(text: str) -> str:
    flat = folded(text).casefold()
    for short, long in (*_NOT, *_SHORT):
        flat = flat.replace(short, long)
    flat = re.sub(rf"\b({MONTH_PATTERN})\.?\s+(?:the\s)?(\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)", r"\2 \1", flat)
    flat = re.sub(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?:\sof)?\s({MONTH_PATTERN})\b", _day_month, flat)
    flat = re.sub(r"\b(\d+)(?:st|nd|rd|th)\b", r"\1", flat)
    flat = re.sub(rf"\b(?:{WORDS_PATTERN})\b", lambda m: str(int(spelled_value(m[0]))), flat)
    flat = re.sub(r"\btwice\b", "2 times", flat)
    flat = re.sub(r"(\d),(\d{3})\b", r"\1\2", flat)
    flat = re.sub(r"\b(\d{1,2}):00\s?([ap])\.?m\b\.?|\b(\d{1,2})(:\d{2})?\s([ap])\.?m\b\.?", _clock, flat)
    flat = re.sub(r"([$£€])\s(?=\d)", r"\1", flat)
    return re.sub(r"\s?(?:per\s?cent\b)|\s(?=%)", lambda m: "%" if m[0].strip() else "", flat)


def _clock(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2]}m" if match[1] else f"{match[3]}{match[4] or ''}{match[5]}m"


def _day_month(match: re.Match[str]) -> str:
    return f"{int(match[1])} {MONTHS[MONTH_OF[match[2]] - 1]}"


_PERSONS = {
    "you": "i you he she they we him them me us it one",
    "your": "my your his her their our its hers yours theirs",
    "be": "am is are was were be been",
    "do": "do does",
    "have": "have has",
}
_SAME_PERSON = {word: one for one, several in _PERSONS.items() for word in several.split()}


@lru_cache(maxsize=_KEPT)
def _personless(text: str) -> str:
    flat = re.sub(r"\b(he|she|it|that|who|there)'s\b", r"\1 is", _canonical(text))
    return re.sub(r"[^\W\d_]+", lambda m: _SAME_PERSON.get(m[0], _without_s(m[0])), flat)


def _without_s(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return a crude stem: enough to see that "checking", "checked" and "checks" are one word."""
    low = word.casefold().replace("’", "'").removesuffix("'s")
    for ending in ("ingly", "edly", "ing", "ied", "ies", "ed", "es", "ly", "s", "er", "e"):
        if len(low) - len(ending) >= 3 and low.endswith(ending):
            low = low[: -len(ending)] + ("y" if ending in ("ied", "ies") else "")
            break
    return low[:-1] if len(low) > 3 and low[-1] == low[-2] else low


def starts_sentence(text: str, at: int) -> bool:
    """Say whether the word at ``at`` opens a sentence, a line, a quotation or a list item."""
    before = text[:at].rstrip(" \t\"'(*_#>~-•·")
    return not before or before[-1] in ".!?…:;\n" or bool(re.search(r"(?:^|\n)\s*\d{1,2}\)$", before))


def names_beyond(message: str, source: str) -> list[str]:
    """Return the names ``message`` has and ``source`` lacks: people, places, acronyms, addresses."""
    known = {part for word in words(source) for part in (word.casefold(), *re.split(r"['.&-]", word.casefold()))}
    text = without_blanks(folded(message))
    found = [m[0] for m in re.finditer(r"\S+@\S+\.\w+|https?://\S+|(?<!\w)[@#]\w+", text)]
    found = [name for name in found if not holds(source, name)]
    letters = [c for c in text if c.isalpha()]
    shouted = bool(letters) and sum(c.isupper() for c in letters) > 0.7 * len(letters)
    for match in _WORD.finditer(text):
        word = match[0].removesuffix("'s").removesuffix("'S")
        if not word[0].isupper() or _known(word, known):
            continue
        named = not shouted and not _ordinary_capital(word) and _stands_as_name(word, text, match, known)
        if named or word.casefold() in GIVEN_NAMES:
            found.append(word)
    return list(dict.fromkeys(found))


def _known(word: str, known: set[str]) -> bool:
    low = word.casefold()
    parts = re.split(r"['.&-]", low)
    return low in known or low.rstrip("s") in known or all(p in known or p in FUNCTION for p in parts)


def _ordinary_capital(word: str) -> bool:
    low = word.casefold()
    return low in CAPITALS | FUNCTION | FEEDBACK or low in MONTH_OF or low in DAY_OF or low.rstrip("s") in DAY_OF


def _stands_as_name(word: str, text: str, match: re.Match[str], known: set[str]) -> bool:
    if len(word) > 1 and word.isupper():
        return not any(char.isdigit() for char in word)  # with a digit it is a number's business
    if not starts_sentence(text, match.start()):
        return True
    # "Anna Lopez called": a first word counts only where a second capitalised word goes with it.
    after = re.match(r" ([A-Z][\w'-]*)", text[match.end() :])
    if not after or word.casefold() in FUNCTION:
        return False
    second = after[1].split("'")[0].casefold()
    return second not in known | CAPITALS | FUNCTION and not _ordinary_capital(second)
