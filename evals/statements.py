"""What a text states: its numbers, amounts, times and dates, by the evals' own reading.

Knows nothing of drafts, rewrites or verdicts, and shares no code with the product. A text is read
in one of two ways. *Strictly*, only what it surely states counts (for a message, which must not
state more than its draft). *Generously*, whatever it may be taken to state counts too (for a
draft, which supports the message).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from evals.numerals import (
    DAY_OF,
    DAYS,
    DIGITS_PATTERN,
    MONTH_OF,
    MONTH_PATTERN,
    MONTHS,
    ORDINALS,
    SCALES,
    WORDS_PATTERN,
    amount,
    spelled_value,
)
from evals.text import folded, starts_sentence

_CURRENCY = {
    "$": "$", "£": "£", "€": "€", "₹": "₹", "¥": "¥", "dollar": "$", "buck": "$", "usd": "$", "pound": "£",
    "quid": "£", "gbp": "£", "euro": "€", "eur": "€", "rupee": "₹", "inr": "₹", "rs": "₹", "yen": "¥",
}  # fmt: skip

_AMOUNT = rf"(?:{DIGITS_PATTERN}|\b(?:{WORDS_PATTERN})(?:\s(?:hundred|thousand|million|dozen))?)"
_NAMED = "|".join(w for w in _CURRENCY if w.isalpha())

_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_SLASHED = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})\b|\b(\d{1,2})/(\d{1,2})\b(?!\s*(?:of|the)\b)")
_DAYS_BEFORE = re.compile(
    rf"\b((?:\d{{1,2}}(?:st|nd|rd|th)?(?:\s*(?:,|and|&|-|to|or)\s*)+)*)(\d{{1,2}})(?:st|nd|rd|th)?"
    rf"(?:\s+of)?[\s-]+({MONTH_PATTERN})\b\.?",
    re.IGNORECASE,
)
_DAYS_AFTER = re.compile(
    rf"\b({MONTH_PATTERN})\b\.?\s+(?:the\s+)?(\d{{1,2}})(?:st|nd|rd|th)?\b(?!:|\s?%|\s?[ap]\.?m\b)"
    r"((?:(?:\s*,)?\s*(?:and|&|-|to|or)\s*\d{1,2}(?:st|nd|rd|th)?\b(?!:))*)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\b(\d{1,2})(?:[:h](\d{2})(?::\d{2})?|\.(\d{2})(?=\s?[ap]\.?m\b))(?:\s?([ap])\.?m\b\.?)?", re.I)
_HOUR = re.compile(rf"\b(\d{{1,2}}|{WORDS_PATTERN})\s?(?:([ap])\.?m\b\.?|o'clock\b)", re.IGNORECASE)
_SPOKEN = re.compile(rf"\b(half|quarter)\s(past|to)\s(\d{{1,2}}|{WORDS_PATTERN})\b", re.IGNORECASE)
_NAMED_TIME = re.compile(r"\b(noon|midday|midnight)\b", re.IGNORECASE)
_MILITARY = re.compile(r"\b([01]\d|2[0-3])([0-5]\d)\s?(?:hrs?|h)\b", re.IGNORECASE)
_PERCENT = re.compile(rf"({_AMOUNT})\s?(?:%|per\s?cent\b)", re.IGNORECASE)
_MONEY = re.compile(
    rf"([$£€₹¥])\s?({DIGITS_PATTERN})\s?(k|m)?\b|\b(usd|gbp|eur|inr|rs)\.?\s?({DIGITS_PATTERN})",
    re.IGNORECASE,
)
_MONEY_NAMED = re.compile(rf"({_AMOUNT})\s?(k)?\s?({_NAMED}|[$£€₹¥])(?:s\b|\b|(?<=[$£€₹¥]))", re.IGNORECASE)
_DIGITS = re.compile(rf"({DIGITS_PATTERN})(?:\s?(k)\b|\s(hundred|thousand|million|dozen)\b)?", re.IGNORECASE)
_SPELLED = re.compile(
    rf"\b(?:(a|{WORDS_PATTERN})\s)?(hundred|thousand|million|dozen)\b|\b({WORDS_PATTERN})\b", re.IGNORECASE
)
_ORDINAL = re.compile(rf"\b({'|'.join(ORDINALS[1:])})s?\b", re.IGNORECASE)
_BEFORE_MOMENT = re.compile(r"\b(?:at|till|until|by|around|before|after|since|past|between|the)\s$", re.IGNORECASE)
_AFTER_MOMENT = re.compile(r"(?:st|nd|rd|th)\b|\s?(?:,|and|to|or|-)\s?\d{1,2}\s?[ap]\.?m\b", re.IGNORECASE)
_TIMES_OVER = {"twice": 2, "thrice": 3}
_MAYBE = {
    "once": 1,
    "single": 1,
    "couple": 2,
    "both": 2,
    "pair": 2,
    "none": 0,
    "nothing": 0,
    "nobody": 0,
    "no": 0,
}
_IDIOM = re.compile(
    r"\bthe two of us\b|\btwo of us\b|\bone[- ](?:on|to)[- ]one\b|\btwo-way\b|\b24/7\b|^\s*\d{1,2}[.)]\s",
    re.IGNORECASE | re.MULTILINE,
)
_RELATIVE = re.compile(
    r"\b(?:yesterday|tomorrow|tonight|fortnight|"
    r"(last|next|past|coming|previous|following)\s"
    r"(?:week|month|quarter|year|night|weekend|sprint|shift|" + "|".join(DAYS) + r")\b|"
    r"end of (?:the\s)?(?:day|week|month|quarter|year)|(?:week|month|year) end)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Stated:
    """What a text states. Times are sets of minutes of the day: "9:15" may be two of them.

    ``moments`` are numbers that may be a day or an hour ("the 4th", "at 9"). A draft's dates and times
    support those, but no count: "4 June" does not support "4 times".
    """

    numbers: set[float] = field(default_factory=set)
    moments: set[float] = field(default_factory=set)
    percents: set[float] = field(default_factory=set)
    money: set[tuple[str, float]] = field(default_factory=set)
    times: dict[str, frozenset[int]] = field(default_factory=dict)
    dates: set[tuple[int, int]] = field(default_factory=set)
    months: set[int] = field(default_factory=set)
    weekdays: set[str] = field(default_factory=set)
    relative: set[str] = field(default_factory=set)


# -- what a text states ---------------------------------------------------------------------


def stated(text: str, *, generous: bool = False) -> Stated:
    """Return the numbers, amounts, times and dates of ``text``; ``generous`` is for drafts."""
    found = Stated()
    rest = folded(text)
    if not generous:
        rest = _IDIOM.sub(" ", rest)
    for read in (_read_relative, _read_dates, _read_money, _read_times, _read_percents, _read_days):
        rest = read(rest, found, generous)
    _read_numbers(rest, found, generous)
    if generous:
        _widen(found, folded(text))
    return found


def _take(pattern: re.Pattern[str], text: str, use: Callable[[re.Match[str]], bool]) -> str:
    """Blank out every match that ``use`` accepts, so that nothing is read twice."""
    return pattern.sub(lambda m: " ; " if use(m) else m[0], text)


def _read_relative(text: str, found: Stated, _generous: bool) -> str:
    def use(match: re.Match[str]) -> bool:
        said = " ".join(match[0].casefold().replace(" the ", " ").split())
        found.relative.add(said)
        return not any(day in said for day in DAYS)

    return _take(_RELATIVE, text, use)


def _read_dates(text: str, found: Stated, generous: bool) -> str:
    def add(day: str, month: int) -> bool:
        number = int(re.sub(r"\D", "", day))
        if not (1 <= number <= 31 and 1 <= month <= 12):
            return False
        found.dates.add((number, month))
        found.months.add(month)
        found.moments.add(float(number))
        return True

    def numeric(match: re.Match[str]) -> bool:
        first, second = (match[1], match[2]) if match[1] else (match[4], match[5])
        if match[3]:
            found.moments.update({float(match[3])} if generous else ())
        done = [add(first, int(second)), add(second, int(first))]
        if generous:
            found.numbers.update({float(first), float(second)})  # it may be a fraction: "3/5 done"
        return any(done)

    def several(days: str, month: str) -> bool:
        done = {day: add(day, MONTH_OF[month.casefold()]) for day in re.findall(r"\d{1,2}", days)}
        return all(done.values())

    text = _take(_ISO, text, lambda m: add(m[3], int(m[2])) and not generous)
    text = _take(_SLASHED, text, numeric)
    text = _take(_DAYS_BEFORE, text, lambda m: several(m[1] + m[2], m[3]))
    return _take(_DAYS_AFTER, text, lambda m: several(m[2] + " " + (m[3] or ""), m[1]))


def _read_days(text: str, found: Stated, generous: bool) -> str:
    """Weekdays and months that stand alone; short or double-meaning ones only where capitals say so."""
    for match in re.finditer(r"[^\W\d_]+", text):
        word, low = match[0], match[0].casefold()
        bare = low.removesuffix("s") if low.removesuffix("s") in DAYS else low
        clear = bare in DAYS or (low in MONTHS and low not in ("may", "march"))
        mid = not starts_sentence(text, match.start())
        if not (clear or generous or (word[0].isupper() and not word.isupper() and mid)):
            continue
        if bare in DAY_OF:
            found.weekdays.add(DAY_OF[bare])
        elif low in MONTH_OF:
            found.months.add(MONTH_OF[low])
    return text


def _read_times(text: str, found: Stated, generous: bool) -> str:
    def add(said: str, hour: int, minute: int, half: str) -> bool:
        if hour > 24 or minute > 59:
            return False
        hours = {hour % 24} if half or hour > 12 or hour == 0 else {hour % 24, (hour + 12) % 24}
        if half:
            hours = {hour % 12 + (12 if half.casefold() == "p" else 0)}
        found.times[said.strip()] = frozenset(h * 60 + minute for h in hours)
        if generous:
            found.moments.update({float(hour), float(hour % 12 or 12), float(minute)})
        return True

    def spoken(match: re.Match[str]) -> bool:
        hour, minute = int(amount(match[3])), 30 if match[1].casefold() == "half" else 15
        if match[2].casefold() == "to":
            hour, minute = hour - 1 or 12, 60 - minute
        return add(match[0], hour, minute, "")

    def named(match: re.Match[str]) -> bool:
        midnight = match[0].casefold() == "midnight"
        return add(match[0], 12, 0, "a" if midnight else "p")

    text = _take(_SPOKEN, text, spoken)
    text = _take(_MILITARY, text, lambda m: add(m[0], int(m[1]), int(m[2]), ""))
    text = _take(_CLOCK, text, lambda m: add(m[0], int(m[1]), int(m[2] or m[3]), m[4] or ""))
    text = _take(_HOUR, text, lambda m: add(m[0], int(amount(m[1])), 0, m[2] or ""))
    return _take(_NAMED_TIME, text, named)


def _read_percents(text: str, found: Stated, _generous: bool) -> str:
    def use(match: re.Match[str]) -> bool:
        found.percents.add(amount(match[1]))
        return True

    return _take(_PERCENT, text, use)


def _read_money(text: str, found: Stated, _generous: bool) -> str:
    def signed(match: re.Match[str]) -> bool:
        sign, said = (match[1], match[2]) if match[1] else (match[4], match[5])
        found.money.add((_CURRENCY[sign.casefold()], amount(said) * _scale(match[3])))
        return True

    def named(match: re.Match[str]) -> bool:
        found.money.add((_CURRENCY[match[3].casefold()], amount(match[1]) * _scale(match[2])))
        return True

    return _take(_MONEY_NAMED, _take(_MONEY, text, signed), named)


def _scale(letter: str | None) -> int:
    return {"k": 1000, "m": 1_000_000}.get((letter or "").casefold(), 1)


def _read_numbers(text: str, found: Stated, generous: bool) -> None:
    for match in _DIGITS.finditer(text):
        scale = SCALES.get((match[3] or "").casefold(), 1) * _scale(match[2])
        loose = not generous and _is_moment(text, match)
        (found.moments if loose else found.numbers).add(amount(match[1]) * scale)
        if generous:
            found.numbers.update(float(part) for part in re.findall(r"\d+", match[1]))
    rest = _DIGITS.sub(" ", text)
    for match in _SPELLED.finditer(rest):
        lead, scale_word, alone = match[1], match[2], match[3]
        if scale_word:
            ones = 1.0 if lead in (None, "a", "A") else spelled_value(lead)
            found.numbers.add(ones * SCALES[scale_word.casefold()])
        elif generous or alone.casefold() != "one":  # "this one", "one thing": not a fact
            found.numbers.add(spelled_value(alone))
    for match in _ORDINAL.finditer(rest):
        place = ORDINALS.index(match[1].casefold())
        if generous or place > 2:  # "first, ..." and "a second" are not facts
            found.numbers.add(float(place))
    for match in re.finditer(r"[a-z]+", rest.casefold()):
        if match[0] in _TIMES_OVER:
            found.numbers.add(float(_TIMES_OVER[match[0]]))
        elif generous and match[0] in _MAYBE:
            found.numbers.add(float(_MAYBE[match[0]]))


def _is_moment(text: str, match: re.Match[str]) -> bool:
    return bool(_BEFORE_MOMENT.search(text[: match.start()]) or _AFTER_MOMENT.match(text, match.end()))


def _widen(found: Stated, text: str) -> None:
    """Add what a draft may be taken to say: amounts as bare numbers, "till 3" as a time, "half an hour"."""
    found.numbers |= found.percents | {paid for _, paid in found.money}
    if re.search(r"\ban?\b", text, re.IGNORECASE):
        found.numbers.add(1.0)
    if re.search(r"\bhalf\b", text, re.IGNORECASE):
        found.numbers |= {0.5, 30.0}
    for match in re.finditer(r"\b(\d{1,2}) hours?(?: and)? (\d{1,2})\b", text, re.IGNORECASE):
        found.times.setdefault(match[0], frozenset({int(match[1]) % 24 * 60 + int(match[2])}))
    near = r"\b(?:at|till|until|by|from|to|and|around|about|before|after|since|past|than|of)\s"
    for match in re.finditer(rf"{near}(\d{{1,2}})(?:[.:](\d{{2}}))?\b(?!\s?%)", text, re.IGNORECASE):
        hour, minute = int(match[1]), int(match[2] or 0)
        if hour < 24 and minute < 60:
            hours = {hour, (hour + 12) % 24} if hour <= 12 else {hour}
            found.times.setdefault(match[0], frozenset(h % 24 * 60 + minute for h in hours))
