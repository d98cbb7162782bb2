"""Turns a clause into a spoken sentence: capitals, joints, shouting, leftover signs. No model.

Knows the surface of English sentences. Nothing here adds or removes a fact.
"""

from __future__ import annotations

import re

_FILLER = (
    r"and|but|so(?! (?:far|long|much|many)\b)|plus|also|then|ok(?:ay)?|hey|honestly|frankly|anyway|seriously|btw|"
    r"by the way|generally|basically|"
    r"in fact|to be honest|tbh|fyi|oh|lol|ugh|uh|um|separately|secondly|thirdly|lastly|finally|kindly note that|"
    r"please note that|(?:right|well|look|listen|man|mate|like|hi)(?=\s*,)"
)
_LEAD = re.compile(rf"^\W*(?:(?:{_FILLER})\b(?!-)[\s,]*)+(?=\S)", re.IGNORECASE)
# "since Monday" tells when, "since you left" why.
_TIME = (
    r"(?<=since)\s+(?:the\s+)?(?:(?:last|this|early|late|mid|start of|end of|beginning of)\s+)*(?:(?:mon|tues?|"
    r"wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    r"aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|week|month|year|quarter|spring|summer|"
    r"autumn|winter|yesterday|today|morning|noon|lunch|then|christmas|easter)\b(?!\s+(?:is|was|are|were)\b)"
)
_LEAD_INSIDE = re.compile(
    rf"^\W*(?:(?:{_FILLER}|because|cuz|coz|cos|bc|since|although|though|yet|whereas|while)\b(?!-|(?<=since)\s*\d|{_TIME})[\s,]*)+(?=\S)",
    re.IGNORECASE,
)
_JOINT = re.compile(r"^(?:and|but|so|because|since|although|though|yet|plus|whereas|while|which)\b(?!-)", re.IGNORECASE)
_SPACE = " \t\r\n\f\v\u00a0\u2028\u2029"
_STOPS = _SPACE + ".!?…"
_LOOSE = _SPACE + ",;:–—-"
_HANGING = re.compile(
    r"\b(?:and|but|(?<=[,;–-] )so|because|which|or|lol|haha|honestly|frankly|seriously)$", re.IGNORECASE
)


def joint_of(text: str) -> str:
    """Return the word that joins a clause to the one before it ("and", "because"), or nothing."""
    match = _JOINT.match(text)
    return match.group().lower() if match else ""


def sentence(text: str, *, inside: bool = False) -> str:
    """Return ``text`` as one sentence that stands alone: no joint, capital first, stop last.

    ``inside``: it did not open its sentence, so "because" and "since" join and open nothing.
    """
    if joint_of(text) == "which" and not text.rstrip().endswith("?"):
        text = re.sub(r"^which\b", "That", text, flags=re.IGNORECASE)
    stripped = (_LEAD_INSIDE if inside else _LEAD).sub("", text.strip())
    return finish(stripped if len(stripped.split()) >= 2 else text)


def finish(text: str) -> str:
    """Return ``text`` with a capital first letter, "I" in capitals and one mark at its end."""
    text = quiet(text.strip())
    text = re.sub(r"(?<!\s)\s+([,.;:!?])(?=\s|$)", r"\1", text)
    mark = "?" if "?" in text[len(text.rstrip(_STOPS + "\"'”’)")) :] else "."
    if re.search(r"[.!?…][\"”’']$", text):
        return capital(text)
    text = _without_hanging(text.rstrip(_STOPS)).strip(" ,;:–—-")
    text = re.sub(r"(?<![\w'’])i(?=['’](?:m|ve|ll|d)\b|\s|$)", "I", text)
    return capital(text) + mark if text else ""


def _without_hanging(text: str) -> str:
    """Return ``text`` without the joints and fillers that hang at its end."""
    while True:
        text = text.rstrip(_LOOSE)
        last = _HANGING.search(text[-12:])
        if not last:
            return text
        text = text[: len(text) - len(last.group())]


def capital(text: str) -> str:
    """Return ``text`` with its first letter in upper case."""
    match = re.search(r"[^\W\d_]", text)
    if not match or re.match(r"\W*\d", text):
        return text
    at = match.start()
    return text[:at] + text[at].upper() + text[at + 1 :]


def lower_first(text: str, source: str = "") -> str:
    """Return ``text`` with its first letter in lower case, unless it is "I" or looks like a name.

    A word that ``source`` has in lower case is none.
    """
    first = re.match(r"[^\W\d_]+", text)
    if not first or first.group() in ("I", "I'm", "I've") or first.group().isupper():
        return text
    low = first.group().lower()
    common = low in _COMMON_FIRST or re.search(rf"(?<!\w){low}(?!\w)", source) is not None
    return text[0].lower() + text[1:] if common else text


_COMMON_FIRST = frozenset(
    "you your the this that there it we my our he she they his her their a an when if after before on in at please "
    "no nobody nothing two three four five both all some one then".split()
)


def quiet(text: str) -> str:
    """Return shouting in sentence case; codes with digits keep their capitals."""
    letters = [c for c in text if c.isalpha()]
    if len(letters) < 12 or sum(c.isupper() for c in letters) < 0.7 * len(letters):
        return re.sub(r"\b(?=[A-Z]{4,}\b)(?:NEVER|ALWAYS|AGAIN|TWICE|NOT|EVERY|STILL|VERY|THREE|FOUR|LATE|STOP|"
                      r"PLEASE|WITHOUT|NOTHING|NOBODY|ONLY|THIS|THAT|THESE|BEFORE|AFTER)\b",
                      lambda m: m.group().lower(), text)  # fmt: skip
    words = []
    for word in text.split(" "):
        code = any(c.isdigit() for c in word) and any(c.isalpha() for c in word) and not re.search(
            r"\d(?:AM|PM|KG|KM|CM|MM|TH|ST|ND|RD)\b", word)  # fmt: skip
        words.append(word if code else word.lower())
    lowered = re.sub(r"(?<![\w'’])i(?=['’](?:m|ve|ll|d)\b|\s|$)", "I", " ".join(words))
    return re.sub(rf"\b(?:{_CALENDAR})\b", lambda m: m.group().capitalize(), lowered)


_CALENDAR = (
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|april|june|july|august|"
    "september|october|november|december|(?<=\\d )may|(?<=\\d )march|may(?= \\d)|march(?= \\d)"
)


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, apostrophes kept."""
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)*", text.lower())
