"""What a rewrite is worth, verdict by verdict, from a data-set row and the rewrite's JSON alone.

Knows the field names of the contract and the evals' own reading of texts. Imports nothing of the
product, so that the product cannot mark its own work. ``clean`` is the contract's definition;
the other verdicts are reported beside it and never change it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.statements import Stated, stated
from evals.text import (
    has_question_or_blank,
    holds,
    holds_for_any_person,
    holds_same,
    names_beyond,
    sentences,
    starts_sentence,
    stem,
    unmarked,
    without_blanks,
    words,
)
from evals.words import CORPORATE, FEEDBACK, FUNCTION

Row = Mapping[str, Any]
Result = Mapping[str, Any]

CLEAN = ("keeps", "drops", "numbers", "dates", "names", "asks", "route")
"""The verdicts that together make a rewrite clean."""
BESIDE = ("pattern", "say", "addressed", "claims", "quotes", "corporate", "spoken")
"""The verdicts that are reported and do not make a rewrite unclean."""

SAY_WORDS = 80
SAY_SENTENCE = 20
SPOKEN_EASE = 50.0
_NEW_SHARE = 0.6
_NEW_LEAST = 2


class UnreadableResultError(ValueError):
    """What a subject gave back is no rewrite: it is unscored, never zero."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One yes or no with its reasons; ``passed`` is None where the row says nothing about it."""

    name: str
    passed: bool | None
    reasons: tuple[str, ...] = ()


def read_result(value: object) -> Result:
    """Return ``value`` as a rewrite, or raise UnreadableResultError saying what is missing."""
    if not isinstance(value, Mapping):
        raise UnreadableResultError("no rewrite came back")
    message = value.get("message")
    if not isinstance(message, str) or not message.strip():
        raise UnreadableResultError("the rewrite has no message")
    route = value.get("route")
    if route is not None and not (isinstance(route, Mapping) and isinstance(route.get("to"), str)):
        raise UnreadableResultError("the route cannot be read")
    return value


def judge(row: Row, result: Result) -> dict[str, Verdict]:
    """Return every verdict on ``result``, the clean ones first."""
    source, message = _source(row), str(result["message"])
    told, known = stated(without_blanks(message)), stated(source, generous=True)
    verdicts = (
        _keeps(row, message),
        _drops(row, message),
        _verdict("numbers", _numbers_beyond(told, known)),
        _verdict("dates", _dates_beyond(told, known)),
        _verdict("names", [f"“{name}” is not in the draft" for name in names_beyond(message, source)]),
        _asks(row, message),
        _route(row, result),
        _pattern(row, result),
        _say(result),
        Verdict("addressed", None) if result.get("route") else _addressed(message),
        _claims(_to_employee(message, result), source),
        _quotes(message, source),
        _verdict("corporate", [f"“{phrase}”" for phrase in CORPORATE if holds(message, phrase)]),
        _spoken(result),
    )
    return {verdict.name: verdict for verdict in verdicts}


def is_clean(verdicts: Mapping[str, Verdict]) -> bool:
    """Say whether every verdict of the contract's definition holds."""
    return all(verdicts[name].passed is not False for name in CLEAN)


def failures(verdicts: Mapping[str, Verdict], names: Sequence[str] = CLEAN) -> dict[str, tuple[str, ...]]:
    """Return the reasons of the failed verdicts among ``names``."""
    return {name: verdicts[name].reasons for name in names if verdicts[name].passed is False}


def _verdict(name: str, reasons: Sequence[str]) -> Verdict:
    return Verdict(name, not reasons, tuple(reasons))


def _source(row: Row) -> str:
    """Return everything the manager gave: the draft, without markup and with it, and its context."""
    context = row.get("context") or {}
    draft = str(row["draft"])
    return "\n".join(dict.fromkeys([unmarked(draft), draft, *(str(v) for v in context.values() if v)]))


# -- the contract's definition ----------------------------------------------------------------


def _keeps(row: Row, message: str) -> Verdict:
    missing = []
    for fact in row.get("must_keep", ()):
        spellings = [fact] if isinstance(fact, str) else list(fact)
        if not any(holds_same(message, spelling) for spelling in spellings):
            missing.append(f"“{spellings[0]}” is missing")
    return _verdict("keeps", missing)


def _drops(row: Row, message: str) -> Verdict:
    kept = [phrase for phrase in row.get("must_drop", ()) if holds_for_any_person(message, phrase)]
    return _verdict("drops", [f"“{phrase}” is still there" for phrase in kept])


def _numbers_beyond(told: Stated, known: Stated) -> list[str]:
    loose = told.moments - known.moments - {float(day) for day, _ in told.dates}
    beyond = [f"{number:g}" for number in sorted((told.numbers | loose) - known.numbers)]
    beyond += [f"{share:g}%" for share in sorted(told.percents - known.percents)]
    beyond += [f"{sign}{amount:g}" for sign, amount in sorted(told.money - known.money)]
    return [f"{number} is not in the draft" for number in beyond]


def _dates_beyond(told: Stated, known: Stated) -> list[str]:
    # A time may be vaguer than the draft's ("3:42" for "15:42"), never more exact ("9 pm" for "9").
    beyond = [said for said, may in told.times.items() if not any(have <= may for have in known.times.values())]
    beyond += [f"{day}/{month}" for day, month in sorted(told.dates - known.dates)]
    beyond += [f"month {month}" for month in sorted(told.months - known.months)]
    beyond += sorted(told.weekdays - known.weekdays)
    beyond += sorted(told.relative - known.relative)
    return [f"{said} is not in the draft" for said in beyond]


def _asks(row: Row, message: str) -> Verdict:
    if not row.get("no_fact"):
        return Verdict("asks", None)
    return _verdict("asks", [] if has_question_or_blank(message) else ["no question and no [blank]"])


def _route(row: Row, result: Result) -> Verdict:
    wanted, route = row.get("route"), result.get("route")
    got = route["to"] if route else None
    accepted = wanted if isinstance(wanted, list) else [wanted]
    return _verdict("route", [] if got in accepted else [f"expected {wanted or 'none'}, got {got or 'none'}"])


# -- beside it ----------------------------------------------------------------------------------


def _pattern(row: Row, result: Result) -> Verdict:
    wanted = row.get("pattern")
    if wanted is None:
        return Verdict("pattern", None)
    found = result.get("pattern")
    got = found.get("name") if isinstance(found, Mapping) else found
    return _verdict("pattern", [] if got == wanted else [f"expected {wanted}, got {got or 'nothing'}"])


def _say(result: Result) -> Verdict:
    say = result.get("say")
    if not isinstance(say, str) or not say.strip():
        return Verdict("say", None)
    reasons = []
    if (count := len(words(say))) > SAY_WORDS:
        reasons.append(f"{count} words")
    for sentence in sentences(say):
        if (count := len(words(sentence))) > SAY_SENTENCE:
            reasons.append(f"a sentence of {count} words")
    if not _says_you(say):
        reasons.append("never says “you”")
    return _verdict("say", reasons)


def _says_you(text: str) -> bool:
    return any(word.casefold().split("'")[0] in ("you", "your", "yours", "yourself") for word in words(text))


_OTHERS = re.compile(
    r"\b(?:mr|mrs|ms|dr|customers?|clients?|guests?|patients?|residents?|pupils?|students?|parents?|mother|father|"
    r"callers?|tenants?|visitors?|drivers?|inspectors?|colleagues?|nurses?|doctors?|chefs?|apprentices?|trainees?|"
    r"suppliers?|users?|applicants?|candidates?|somebody|someone|people|person|man|woman|boy|girl|child|children|"
    r"neighbours?|neighbors?|owners?|buyers?|engineers?|designers?|managers?|operators?|technicians?|family)\b",
    re.IGNORECASE,
)


def _addressed(message: str) -> Verdict:
    """Spoken to the person, not about them. "She" may be a customer, so it counts only where nobody else was named."""
    outside = without_quotes(message)
    reasons = [] if _says_you(outside) else ["never says “you”"]
    third, others = [], False
    for match in re.finditer(r"[^\W\d_]+", outside):
        word = match[0]
        if word.casefold() in ("he", "she", "him", "his", "hers", "her"):
            third += [] if others else [word.casefold()]
        elif _OTHERS.fullmatch(word) or _is_named(outside, match):
            others = True
    if third:
        reasons.append("speaks of " + ", ".join(sorted(set(third))))
    return _verdict("addressed", reasons)


def _is_named(text: str, match: re.Match[str]) -> bool:
    """Whether a name stands here that is not the greeting's: somebody else whom "she" may be."""
    if not match[0][0].isupper() or starts_sentence(text, match.start()) or match[0].casefold() in FUNCTION:
        return False
    return text[match.end() : match.end() + 1] != "," and not re.search(
        r"\b(?:hi|dear|hello)\s$", text[: match.start()], re.I
    )


def without_quotes(text: str) -> str:
    """Return ``text`` without what stands between quotation marks, which is evidence."""
    quoted = _quoted(text)
    for quote in quoted:
        text = text.replace(quote, " ")
    return text


def _quoted(text: str) -> list[str]:
    return re.findall(r"[\"“]([^\"“”\n]{3,400})[\"”]", text)


_ORDINARY = frozenset(stem(word) for word in FEEDBACK | FUNCTION)


def new_words(text: str, source: str) -> tuple[list[str], int]:
    """Return the content words of ``text`` that ``source`` lacks, and how many content words there are."""
    known = {stem(part) for word in words(source) for part in (word, *word.split("-"))}
    content = [
        word
        for word in words(without_blanks(text))
        if word.casefold() not in FUNCTION and not word[0].isdigit() and len(word) > 2
    ]
    return [word for word in content if stem(word) not in known | _ORDINARY], len(content)


def invented_share(row: Row, result: Result) -> float:
    """Return the share of the message's content words that neither the draft nor plain feedback has."""
    new, content = new_words(str(result["message"]), _source(row))
    return len(new) / content if content else 0.0


def _to_employee(message: str, result: Result) -> str:
    """Return a message without its first line where that is a note to the manager on whom to see first."""
    return message.partition("\n")[2] if result.get("route") and "\n" in message else message


def _claims(message: str, source: str) -> Verdict:
    """Flag statements most of whose content is new: a person has to read whether they are invented."""
    flagged = []
    for sentence in sentences(message):
        if sentence.endswith("?") or re.match(r"(?:\w+, )?(?:please|let us|let's)\b", sentence, re.IGNORECASE):
            continue  # a question or a request claims nothing
        new, content = new_words(sentence, source)
        if len(new) >= _NEW_LEAST and len(new) > _NEW_SHARE * content:
            flagged.append(f"“{sentence}” is mostly new: {', '.join(new)}")
    return _verdict("claims", flagged)


def _quotes(message: str, source: str) -> Verdict:
    return _verdict("quotes", [f"“{q}” is not in the draft" for q in _quoted(message) if not holds(source, q)])


def _spoken(result: Result) -> Verdict:
    text = str(result.get("say") or result["message"])
    ease = reading_ease(text)
    return _verdict("spoken", [] if ease >= SPOKEN_EASE else [f"reading ease {ease:.0f}"])


def reading_ease(text: str) -> float:
    """Return the Flesch reading ease of ``text``, capped to 0..121; 60 and more reads as plain speech."""
    spoken, parts = [word for word in words(text) if word[0].isalpha()], sentences(text)
    if not spoken or not parts:
        return 121.0
    syllables = sum(_syllables(word) for word in spoken)
    ease = 206.835 - 1.015 * len(spoken) / len(parts) - 84.6 * syllables / len(spoken)
    return max(0.0, min(121.0, ease))


def _syllables(word: str) -> int:
    low, count, before = word.casefold(), 0, False
    for char in low:
        vowel = char in "aeiouyäöüéèà"
        count += vowel and not before
        before = vowel
    if low.endswith("e") and not low.endswith("le") and count > 1:
        count -= 1
    return max(1, count)


# -- whose words ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Origins:
    """How many ledger rows are of each origin, and the message's own."""

    rows: Mapping[str, int]
    message: str

    @property
    def own(self) -> int:
        """Rows that are verbatim from the draft or the model's own words."""
        return self.rows.get("draft", 0) + self.rows.get("model", 0)


def origins(result: Result) -> Origins:
    """Return whose words the rows and the message of ``result`` are."""
    counts: dict[str, int] = {}
    for line in result.get("ledger") or ():
        origin = str(line.get("origin", "unknown"))
        counts[origin] = counts.get(origin, 0) + 1
    return Origins(counts, str(result.get("origin", "unknown")))
