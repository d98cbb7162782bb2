"""Numbers and the calendar as people spell them. Knows words and their values; reads no text."""

from __future__ import annotations

import re


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


UNITS = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
ORDINALS = _words("zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth")
_VALUES = {w: i for i, w in enumerate(UNITS)} | {w: 10 * i for i, w in enumerate(TENS, 2)}
SCALES = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 1_000_000}
MONTHS = _words("january february march april may june july august september october november december")
MONTH_OF = {m: i for i, m in enumerate(MONTHS, 1)} | {m[:3]: i for i, m in enumerate(MONTHS, 1)}
MONTH_OF["sept"] = 9
DAYS = _words("monday tuesday wednesday thursday friday saturday sunday")
DAY_OF = {d: d for d in DAYS} | {d[:3]: d for d in DAYS}
DAY_OF |= {"tues": "tuesday", "weds": "wednesday", "thur": "thursday", "thurs": "thursday"}
MONTH_PATTERN = "|".join(sorted(MONTH_OF, key=len, reverse=True))
DIGITS_PATTERN = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_TWO_WORDS = rf"(?:{'|'.join(TENS)})(?:[- ](?:{'|'.join(UNITS[1:10])}))?"
WORDS_PATTERN = f"{_TWO_WORDS}|{'|'.join(sorted(UNITS, key=len, reverse=True))}"


def amount(said: str) -> float:
    """Return the value of "1,200", "2.5", "a dozen", "three hundred" or "twenty-five"."""
    plain = said.casefold().replace(",", "").strip()
    if re.fullmatch(r"\d+(?:\.\d+)?", plain):
        return float(plain)
    *ones, last = plain.removeprefix("a ").split()
    if last in SCALES:
        return (spelled_value(" ".join(ones)) if ones else 1.0) * SCALES[last]
    return spelled_value(plain)


def spelled_value(said: str) -> float:
    """Return the value of a number in words below a hundred."""
    return float(sum(_VALUES[part] for part in re.split(r"[- ]+", said.casefold().strip()) if part))
