"""Finds the facts that must survive a rewrite: numbers, dates, times, names, negations, quotes.

Works on surface forms only, so that it can hold one text against another. Two forms of the
same number ("3", "three") or month ("3 May", "May 3") are the same fact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.rewriting.given_names import GIVEN_NAMES

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()
_NUMBER_WORDS = {word: str(value) for value, word in enumerate(_UNITS)} | {
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80",
    "ninety": "90", "hundred": "100", "thousand": "1000", "dozen": "12", "once": "1", "twice": "2",
    "thrice": "3", "half": "half", "quarter": "quarter", "couple": "couple", "second": "2",
    "third": "3", "fourth": "4", "fifth": "5",
}  # fmt: skip
_TIMES = frozenset({"dozen", "hundred", "thousand"})
_SPELLED = re.compile(
    rf"\b(?:\d{{1,3}}[ ](?=(?:{'|'.join(sorted(_TIMES))})\b))?(?:{'|'.join(_NUMBER_WORDS)})"
    rf"(?:(?:[ ]and)?[ -](?:{'|'.join(_NUMBER_WORDS)}))*\b",
    re.IGNORECASE,
)
_MONTHS = "january february march april may june july august september october november december".split()
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_SHORT = {m[:3]: m for m in _MONTHS} | {d[:3]: d for d in _DAYS} | {"sept": "september", "tues": "tuesday",
    "thur": "thursday", "thurs": "thursday", "weds": "wednesday"}  # fmt: skip
_RELATIVE = frozenset("yesterday today tomorrow tonight morning afternoon evening night lunchtime noon midnight "
                      "week month quarter year weekend shift".split())  # fmt: skip
_AMBIGUOUS_DATES = frozenset({"may", "march", "mar", "sun", "sat", "second", "sec", "dec", "mon", "wed", "fri"})
_NUMBER = re.compile(
    r"(?<![\w.])[$€£₹]?\d+(?:[.,:/]\d+)*(?:\s?(?:[ap]\.?m\b\.?|%|k\b))?(?:st|nd|rd|th)?", re.IGNORECASE
)
# Letters first, then digits: a bay, a version, an order. Texting that sounds like words is no code.
_CODE = re.compile(
    r"(?<![\w.'’-])(?!(?:(?:some|any|every|no)1|2(?:day|nite|moro\w*)|b4|m8|l8r?|gr8|w8|h8|str8|4u|u2)\b)"
    r"[^\W\d_]{1,8}\d[^\W_]*(?:[.:/-]\d[^\W_]*)*",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_QUOTE = re.compile(r"\"([^\"\n]{2,300})\"|“([^”\n]{2,300})”|(?<![\w])['‘](?=\w)([^\n]{2,200}?)(?<=[\w.,!?])['’](?!\w)")
_NEGATION = re.compile(
    r"\b(?:not|no|nobody|none|nothing|never|without|neither|nor|cannot|failed to|refus\w+|forg[eo]t\w*|missing|"
    r"(?:did|do|does|is|was|were|are|has|have|had|would|could|should|ca|wo|ai|need|must|might|"
    r"ought|sha|dare)n['’]?t)\b",
    re.IGNORECASE,
)
# Capitalised words that are not names of people or things when they open a sentence.
OPENERS = frozenset(
    """a about after again all also although always an and another any anyone anything apparently are as ask at
    back basically because before besides both but by call can check clearly could dear despite did do does don
    during each either either even ever every everybody everyone everything finally first for frankly from get
    given go good great had has have having he hello hence her here hers hey hi his honestly how however i if in
    instead is isn it its just keep last lately later let like look lots make many maybe me meanwhile mine more
    most much my need never next no nobody none not nothing now of off ok okay on once one only or other otherwise
    our out over people per perhaps please plus really regarding same say second see seems send several she should
    since so some somebody someone something sometimes sorry stop still such sure take team thank thanks that the
    their them then there these they thing things third this those though through thus time to today together
    tomorrow tonight too under unfortunately unless until up us usually very was we well were what whatever when
    whenever where which while who whoever why will with without would yeah yes yesterday yet you your yours
    customers customer staff management guests clients colleagues patients everybody two three four five six
    seven eight nine ten mr mrs ms miss dr prof guys folks
    right anyway listen oh mate overall btw fyi tbh lol ah wow hmm yep nope fine true man lads secondly thirdly lastly
    generally hearing seeing being
    working coming leaving stop start show tell try keep come
    """.split()
)
_LETTERS = [chr(c) for c in range(0x41, 0x530)]
_UP, _LOW = ("".join(c for c in _LETTERS if test(c)) for test in (str.isupper, str.islower))
_NAME = re.compile(rf"[{_UP}][{_LOW}]+(?:[{_UP}][{_LOW}]+)?(?:-[{_UP}][{_LOW}]+)?|Mc[{_UP}][{_LOW}]+")
_COMMON_ENDING = re.compile(
    r"(?:ance|ence|tion|sion|ment|ity|ness|ship|age|ism|work|time|back|day|ing|ality|ware|ly|ed|ures?|ers|"
    r"ments|tions|ings|iness|ards?|ules?)$"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one text; ``dates`` are weekdays, months and relative words in full form."""

    numbers: frozenset[str]
    dates: frozenset[str]
    quotes: tuple[str, ...]
    negated: bool


def facts(text: str) -> Facts:
    """Return the facts that ``text`` holds, in a form that can be compared."""
    return Facts(numbers=numbers(text), dates=dates(text), quotes=quotes(text), negated=bool(_NEGATION.search(text)))


def numbers(text: str) -> frozenset[str]:
    """Return every number in canonical form: ``1,200`` is ``1200``, ``three`` is ``3``, ``5k`` is ``5000``."""
    if _TEXTING.search(text):
        text = _FOR_OR_TO.sub("", text)
    found = {_canonical(m.group()) for m in _CODE.finditer(text)}
    rest, at = [], 0
    for match in _SPELLED.finditer(text):
        found.update(_spelled(match, text))
        rest.append(text[at : match.start()])
        at = match.end()
    found.update(_canonical(m.group()) for m in _NUMBER.finditer(" ".join([*rest, text[at:]])))
    found.discard("1")  # "one" is mostly a pronoun; a digit 1 with a unit is held by its noun
    return frozenset(found | _digits_one(text))


# In texting "4 the" is "for the" and "2 go" is "to go".
_TEXTING = re.compile(r"(?<![\w'’])(?:u|ur|pls|plz|lol|thx|cuz|coz|dont|didnt|b4|n)(?![\w'’])", re.IGNORECASE)
_FOR_OR_TO = re.compile(
    r"(?<![\w.,:£$€])[24](?=\s+(?:the|a|an|u|ur|me|my|him|her|it|us|this|that|be|do|go|get|say|see|come|talk|work)\b)",
    re.IGNORECASE,
)


def _spelled(match: re.Match[str], text: str) -> list[str]:
    """Return the numbers of a run of number words: "one hundred and twenty" is one, "two three" are two."""
    found: list[str] = []
    total = group = 0
    last = ""  # the word before, where it may go on

    def flush() -> None:
        nonlocal total, group, last
        if last:
            found.append(str(total + group))
        total, group, last = 0, 0, ""

    joined = False
    for word in re.findall(r"\w+", match.group().lower()):
        if word == "and":
            joined = True
            continue
        value = _NUMBER_WORDS.get(word, word)
        if word in ("half", "quarter", "couple", "once", "twice", "thrice"):
            flush()
            found.append(value)
        elif word in _TIMES:
            if joined or (last in _TIMES and int(value) <= int(_NUMBER_WORDS[last])):
                flush()
            group = (group or 1) * int(value)
            if word == "thousand":
                total, group = total + group, 0
            last = word
        elif not (word == "second" and text[match.end() : match.end() + 9].lstrip()[:1] in (",", ".")):
            tens = int(_NUMBER_WORDS.get(last, "0"))
            goes_on = (20 <= tens <= 90 and 1 <= int(value) <= 9 and not joined) or last in ("hundred", "thousand")
            if not goes_on:
                flush()
            group, last = group + int(value), word
        joined = False
    flush()
    return found


def _digits_one(text: str) -> set[str]:
    return {"1"} if re.search(r"(?<![\w.,:])1(?![\w.,:])", text) else set()


def _canonical(token: str) -> str:
    token = token.lower().replace(" ", "").lstrip("$€£₹").rstrip(".")
    meridian = re.search(r"([ap])\.?m$", token)
    if meridian:
        clock = re.sub(r"[ap]\.?m$", "", token).replace(".", ":").removesuffix(":00")
        return f"{clock}{meridian[1]}m"
    token = token.removesuffix("%")
    if token.endswith("k") and token[:-1].replace(".", "").isdigit():
        return str(int(float(token[:-1]) * 1000))
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", token):
        token = token.replace(",", "")
    return re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", token)


def dates(text: str) -> frozenset[str]:
    """Return weekdays, months and relative time words, written out in lower case."""
    found = set()
    for match in _WORD.finditer(text):
        word = match.group()
        low = word.lower().removesuffix("'s").removesuffix("’s")
        full = _SHORT.get(low, low)
        if low in _AMBIGUOUS_DATES and not _is_date(text, match, full):
            continue
        if low in _RELATIVE and _NO_TIME.match(text, match.end()):
            continue
        if full in _MONTHS or full in _DAYS or full.removesuffix("s") in _DAYS or low in _RELATIVE:
            found.add(full.removesuffix("s") if full.removesuffix("s") in _DAYS else full)
    return frozenset(found)


_NO_TIME = re.compile(
    r"[ -](?:lead(?:er)?s?|managers?|supervisors?|planner|planning|swaps?|log|book|pattern|work|workers?|report|desk|"
    r"team|crew|porter|nurse)\b",
    re.IGNORECASE,
)
"""What makes no time of "shift", "night" or "quarter": a shift lead, the night porter."""


def _is_date(text: str, match: re.Match[str], full: str) -> bool:
    """Tell whether a word that may be a date ("may", "sat") is one, by what stands around it."""
    before = text[max(0, match.start() - 40) : match.start()].lower().split()
    after = text[match.end() : match.end() + 12]
    led = before[-1].strip(",.") if before else ""
    leads = led in _LEADS_DATE
    if match.group()[0].isupper():
        return after.lstrip(" .")[:1].isdigit() or led[:1].isdigit() or leads
    if full not in _MONTHS:
        return False
    day = before[-2:-1] if led == "of" else before[-1:]
    if day and re.fullmatch(r"(?:[12]?\d|3[01])(?:st|nd|rd|th)?", day[0]):
        return not re.match(r"\s+(?:have|be|not|need|take|go|come|leave|get|do|want)\b", after)
    return (leads or not before) and re.match(r"\s(?:[12]?\d|3[01])(?:st|nd|rd|th)?\b", after) is not None


_LEADS_DATE = frozenset(
    "in on since by until last next this of and every from to before after for during early late mid between".split()
)


THE_WORDS = "[the words]"
"""Stands between quotation marks for what somebody said that speaks to the software: a blank, and no fact."""


def quotes(text: str) -> tuple[str, ...]:
    """Return what stands between quotation marks, without the marks."""
    found = (next(g for g in m.groups() if g).strip(" .,!?") for m in _QUOTE.finditer(text))
    return tuple(quote for quote in found if quote != THE_WORDS)


def names(text: str, *, inside_only: bool = False) -> tuple[str, ...]:
    """Return capitalised words that look like names, in order of appearance, each once.

    A sentence's first word counts where it also appears inside a sentence, or where it is a known
    given name or the text speaks of a he or she, and it carries a possessive or stands before a verb
    in the third person and is no ordinary opener, or before what only people do; never with ``inside_only``.
    A text in capitals has none.
    """
    letters = [c for c in text if c.isalpha()]
    if letters and sum(c.isupper() for c in letters) > 0.6 * len(letters):
        return ()
    inside: dict[str, re.Match[str]] = {}
    opening: dict[str, re.Match[str]] = {}
    for match in _NAME.finditer(text):
        word = match.group()
        if match.start() and (text[match.start() - 1].isalnum() or text[match.start() - 1] in "_#@/"):
            continue
        if re.match(r"-[a-z]", text[match.end() : match.end() + 2]):  # "Put-away", "Follow-up"
            continue
        if word.lower() in OPENERS or dates(f"on {word}") or len(word) < 2:
            continue
        lead = text[max(0, match.start() - 20) : match.start()]
        first = not re.search(r"(?:[\w,;)'’]|\b(?:mr|mrs|ms|dr|prof)\.)\s*$", lead, re.IGNORECASE)
        (opening if first else inside).setdefault(word, match)
    found = dict(inside)
    # Without a "he" or "she" anywhere "Food leaves" is far more likely than a name that nobody knows.
    of_somebody = re.search(r"\b(?:he|she|him|his|hers?)\b", text, re.IGNORECASE) is not None
    for word, match in () if inside_only else opening.items():
        if word in found:
            continue
        after = text[match.end() : match.end() + 40]
        verb = re.match(
            r"(?:['’]s\b|\s+(?:and\s+[A-Z]|is|was|has|had|does|did|doesn|didn|isn|wasn|hasn|can|could|will|"
            r"would|should|must|never|always|just|still|also|(?!was)[a-z]{2,}(?:ed|es|[^s']s)\b|(?:came|left|"
            r"went|took|"
            r"told|said|made|got|gave|put|sent|forgot|lost|kept|wrote|ran|drove|broke|cut|let|blew|spoke|threw|sat|"
            r"stood|swore|hung|fell|slept|built|found|held|knew|led|met|paid|read|rang|saw|sold|shut|spent|taught|"
            r"thought|wore|won|hit|set|did|began|chose|hid|laid|rode|rose|shook|stole|swung|tore|woke)\b))",
            after,
        )
        led = verb or re.match(r"\s*,", after)
        acts = led and _PEOPLE_DO.match(after) and word.lower() not in _OFFICES
        if led and (word.lower() in GIVEN_NAMES or ((of_somebody or acts) and not _COMMON_ENDING.search(word.lower()))):
            found[word] = match
    return tuple(sorted(found, key=text.find))


_PEOPLE_DO = re.compile(
    r"\s+(?:admitted|agreed|answered|apologi[sz]ed|approved|asked|checked|claimed|cleaned|counted|delivered|drove|"
    r"e-?mailed|entered|explained|filed|forgot|forwarded|gave|handed|ignored|insisted|interrupted|joined|lied|locked|logged|"
    r"noticed|offered|ordered|packed|parked|phoned|pretended|promised|quoted|ran|rang|refused|replied|reported|said|sent|"
    r"shouted|signed|skipped|snapped|spoke|swore|texted|thanked|told|took|typed|walked|wrote|yelled)\b"
)
_OFFICES = frozenset(
    "accounts compliance dispatch finance head hr it legal logistics payroll press quality reception sales security "
    "support".split()
)


def lost(before: str, after: str, but: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the facts of ``before`` that ``after`` does not hold; names in ``but`` may go."""
    a, b = facts(before), facts(after)
    folded = _fold(after)
    gone = [n for n in sorted(a.numbers) if n not in b.numbers]
    gone += [d for d in sorted(a.dates) if d not in b.dates]
    gone += [q for q in a.quotes if _fold(q) not in folded]
    gone += [n for n in names(before) if n not in but and _fold(n) not in folded]
    return tuple(gone)


def added(before: str, after: str) -> tuple[str, ...]:
    """Return numbers, dates, quotations and names of ``after`` that ``before`` does not hold."""
    a, b = facts(before), facts(after)
    new = [n for n in sorted(b.numbers) if n not in a.numbers]
    new += [d for d in sorted(b.dates) if d not in a.dates]
    folded = _fold(before)
    new += [q for q in b.quotes if _fold(q) not in folded]
    new += [n for n in names(after) if _fold(n) not in folded]
    return tuple(new)


def _fold(text: str) -> str:
    text = text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    return re.sub(r"\s+", " ", text).lower()
