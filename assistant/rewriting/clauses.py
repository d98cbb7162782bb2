"""Cuts a draft into clauses with exact offsets. Knows punctuation, not meaning.

Every letter and digit of the draft lies in exactly one clause. Markup stays inside the
clause it stands in; ``visible`` gives the words a reader of the clause would see.
Quoted speech is never cut.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from itertools import pairwise

from assistant.domain import Clause

_TAG = re.compile(r"<!--.*?(?:-->|$)|</?[A-Za-z][^<>]{0,500}>", re.DOTALL)
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,10});")
_QUOTED = re.compile(r"\"[^\"\n]{1,300}\"|“[^”\n]{1,300}”|(?<![\w])['‘](?=\w)[^\n]{1,200}?(?<=[\w.,!?])['’](?!\w)")
# Between two words of one sentence; any other mark-up stands between sentences.
_INLINE_TAG = re.compile(
    r"</?(?:a|b|i|u|o|s|em|strong|span|font|small|big|code|mark|sub|sup|del|ins|abbr|kbd|q|cite)\b[^<>]*>", re.I
)
_BULLET = re.compile(r"^[ \t>]*(?:[-*•–·]|\(?\d{1,2}[.)]|[a-z]\))[ \t]+", re.MULTILINE)
_EMOJI = r"[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B50\uFE0F\u200D]"
# Runs are matched from their first sign only, here and in _JOIN: a long one must not be tried at each of its places.
_SENTENCE_END = re.compile(rf"(?:(?<![.!?…])[.!?…]+(?:\s*{_EMOJI}+)??|(?<!{_EMOJI}){_EMOJI}+)[\"'”’)\]]*(?=\s|$)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|smt|shri|st|vs|approx|dept|nos?|nr|fig|inc|ltd|min|hrs?|tel|ext|est|incl|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|[a-z])|e\.g|i\.e|[ap]\.m)\.$",
    re.IGNORECASE,
)
_NEVER_ENDS = re.compile(r"\b(?:mr|mrs|ms|dr|prof|smt|shri|st|vs|approx|no|e\.g|i\.e)\.$", re.IGNORECASE)

_PRONOUN = (
    r"(?:you|u|he|she|they|it|we|i|i'm|i've|he's|she's|you're|they're|it's|we're|there|"
    r"(?:this|that)(?=['’]s\b|\s+(?:was|is|had|has|means?|meant|cost|led|would|will)\b))"
)
_HAS_VERB = (
    r"(?:was|were|is|are|had|has|have|did|does|do|got|went|came|can|could|will|would|must|should|needs?|"
    r"missed|left|lost|took|made|said|waited?|\w{2,}ed)"
)
_SUBJECT = (
    rf"(?:{_PRONOUN}\b|(?:nobody|no one|everyone|everybody|people|someone)\b|"
    rf"(?:the|my|our|his|her|your|their|a|an|one|two|three|\d+(?!\s+(?:{_HAS_VERB}\b|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|"
    rf"nov|dec)))\s+[\w'-]+(?:\s+[\w'-]+)?\s+{_HAS_VERB}\b|"
    rf"(?-i:[A-Z][a-z]+)\s+{_HAS_VERB}\b)"
)
_JOIN = re.compile(
    rf"(?:,\s*|(?<!\s)\s+)(?=(?:and|but|so|because|cuz|coz|cos|since|although|though|yet|plus|whereas|while)\s+"
    rf"(?:(?:then|also|now|even|still|yesterday|today|honestly|frankly)\s+)?{_SUBJECT})"
    rf"|,\s*(?=which\b|because\b|(?:and|but)\s+(?:please|then|just|also|stop|get|don't|make sure)\b)"
    rf"|(?<!\s)\s+(?=(?:and|but)\s+please\b)|(?<!\s)\s+(?=otherwise\b|or else\b)"
    rf"|[;]\s*|(?<!\s)\s+(?:–|—|--|-)\s+|(?<=\w)—(?=\w)|(?<!\s)\s*(?:\.\.\.|…)\s*(?=\w)|"
    rf"(?<=[a-z])(?<!day):\s+(?=(?:\S+\s+){{3}})",
    re.IGNORECASE,
)
_COMMA_SPLICE = re.compile(rf",\s*(?={_PRONOUN}\s+(?!know|mean|guess|think|see)[\w']+|please\b|stop\b)", re.IGNORECASE)
_SUBORDINATE = re.compile(
    r"\s*(?:and |but |so )?(?:when|whenever|if|after|before|while|as|once|since|until|although|though|because|"
    r"unless|given|on|in|at|last|this|yesterday|today|during|for|despite)\b",
    re.IGNORECASE,
)
_RUN_ON = re.compile(
    r"(?P<before>[\w']+)\s+"
    r"(?=(?:you|u|he|she|they)\s+(?:were|was|are|is|have|has|had|did|didn'?t|don'?t|do|does|never|always|need|"
    r"can'?t|cannot|should|left|missed|forgot|came|said|told|just|keep|still|also|must)\b"
    r"|(?-i:i)\s+(?:think|feel|mean|guess|need|want|don'?t|told|asked|had|expect|am|have|was|can'?t|know|dunno)\b"
    r"|(?:he['’]?s|she['’]?s|you['’]?re|youre|ur)\b|(?:everyone|everybody|people)\s+(?:say|think|know|sees?)\w*\b"
    r"|(?:no idea|dunno|please)\b)",
    re.IGNORECASE,
)
# After these words a pronoun belongs to what stands before it: "the report that you left".
_LEANS_FORWARD = frozenset(
    "that if when what why how told tell ask asked think know said say than as whether where who and or but "
    "like because so sure hope wish feel cos bc since after before while until the report way thing "
    "thinks thought reckon reckons reckoned believe believes believed says knows knew feels felt guess suppose figure "
    "figured figures claim claims claimed swear swears imagine imagines".split()
)
_RUN_ON_WORDS = 14


def cut(text: str, isolate: Sequence[tuple[int, int]] = ()) -> tuple[Clause, ...]:
    """Return the clauses of ``text`` in order; each has at least one letter or digit.

    Around each span in ``isolate`` the nearest commas of its sentence cut too, so that an opinion
    between commas can be taken out without the facts beside it.
    """
    masked, hard = _mask(text)
    stops = {0, len(text), *hard}
    for start, end in _spans(sorted(stops)):
        for a, b in _sentences(masked, start, end):
            stops.add(a)
            places = _inner(masked, a, b)
            stops.update(_around(masked, sorted({a, b, *places}), isolate), places)
    return tuple(_trim(text, masked, sorted(stops)))


def visible(text: str) -> str:
    """Return the words of a clause without markup, bullets, emphasis marks and emoji."""
    text = html.unescape(_TAG.sub(" ", text))
    text = re.sub(_EMOJI, " ", _BULLET.sub("", text))
    text = re.sub(r"[\u200b-\u200f\u2060\ufeff]", "", text)
    text = re.sub(r"(?<!\w)(?:[*_`>]|#(?!\w))+|[*_`]+(?!\w)", "", text)
    text = re.sub(r"([!?])[!?]+", r"\1", text)
    return re.sub(r"\s+", " ", text).strip()


def ends_sentence(text: str) -> bool:
    """Tell whether a sentence is over where a clause ends, by its last mark or the end of a piece of code."""
    return _OVER.search(_INLINE_TAG.sub("", text)) is not None


_OVER = re.compile(r"[.!?…:]\s*[\"'”’)]*$|[>\]}=~`|]$|\n")


def _mask(text: str) -> tuple[str, set[int]]:
    """Return a copy of equal length without tags and quoted stops, and the hard boundaries."""
    hard: set[int] = set()

    def blank_tag(match: re.Match[str]) -> str:
        if not _INLINE_TAG.match(match.group()):
            hard.update((match.start(), match.end()))
        return " " * len(match.group())

    masked = _TAG.sub(blank_tag, text)
    masked = _ENTITY.sub(lambda m: (" " if m.group() == "&nbsp;" else "x") * len(m.group()), masked)
    masked = _QUOTED.sub(_fill_quote, masked)
    for match in re.finditer(r"\n[ \t]*\n", masked):
        hard.add(match.end())
    hard.update(m.start() for m in _BULLET.finditer(masked))
    for match in re.finditer(r"\n", masked):
        before = masked[: match.start()].rstrip()
        after = masked[match.end() :].lstrip(" \t")
        if not before or before[-1] in ".!?:;" or not after[:1].islower():
            hard.add(match.end())
    masked = _BULLET.sub(lambda m: " " * len(m.group()), masked)
    return masked, hard


def _fill_quote(match: re.Match[str]) -> str:
    """Hide what is quoted from the cutter; a sentence end just before the closing mark survives."""
    inside = match.group()
    end = inside[-2] if inside[-2] in ".!?" else "x"
    return inside[0] + "x" * (len(inside) - 3) + end + inside[-1] if len(inside) > 2 else inside


def _spans(stops: list[int]) -> list[tuple[int, int]]:
    return list(pairwise(stops))


# A capital where no name stands opens a sentence whose full stop is missing; so does one after a mark of code.
_UNSTOPPED = re.compile(
    r"(?<=[a-z0-9'’\"”)])\s+(?=(?:We|You|He|She|They|There|The|My|Our) [a-z0-9])|(?<=[\]}=~`|])\s+(?=[A-Z][a-z]*\s)"
)
_LAST_WORDS = 40  # characters before a stop in which an abbreviation is looked for
_DATE_GOES_ON = re.compile(
    r"\s*(?:of\b|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|floor|week|quarter|time|place)", re.IGNORECASE
)
_NEXT = re.compile(r"\s*(\S?)")
_OPENS_ANOTHER = re.compile(rf"\s*(?:{_PRONOUN}|ur|youre|hes|shes|im|pls|please|stop|dont|don['’]t)\b", re.IGNORECASE)


def _sentences(masked: str, start: int, end: int) -> list[tuple[int, int]]:
    cuts = [start]
    for match in _SENTENCE_END.finditer(masked, start, end):
        head = masked[max(start, match.end() - _LAST_WORDS) : match.end()]
        follows = _NEXT.match(masked, match.end(), end)[1]  # type: ignore[index]  # matches anything
        if _NEVER_ENDS.search(head) or not follows:
            continue
        if _ABBREVIATION.search(head) and not follows.isupper():
            continue
        numbered = head[-2:-1].isdigit() and _DATE_GOES_ON.match(masked, match.end(), end)  # "on the 3. may"
        soft = match.group() in ("...", "…") or numbered or match.group()[0] not in ".!?…"
        quoted = match.group()[-1] in "\"'”’"  # what was said has ended, the sentence around it has not
        another = match.group()[0] not in ".!?…" and _OPENS_ANOTHER.match(masked, match.end(), end)  # "late 😡 ur lazy"
        if follows.islower() and (soft or quoted) and not another:
            continue
        cuts.append(match.end())
    cuts += [
        match.end() for match in _UNSTOPPED.finditer(masked, start, end) if _may_stop(masked, start, match.start())
    ]
    return _spans(sorted({*cuts, end}))


def _may_stop(masked: str, start: int, end: int) -> bool:
    """Tell whether a sentence may be over here: no word leads on to what follows."""
    last = masked[max(start, end - _LAST_WORDS) : end].split()[-1:]
    return not last or last[0].strip("\"'”’)") not in _LEANS_FORWARD


def _inner(masked: str, start: int, end: int) -> set[int]:
    """Return the places inside one sentence where a new clause begins."""
    sentence = masked[start:end]
    places = {m.end() for m in _JOIN.finditer(sentence)}
    if _WHY_NOT_LIKE_HIM.match(sentence):
        places = set()
    places |= {
        m.end()
        for m in _COMMA_SPLICE.finditer(sentence)
        if not _SUBORDINATE.match(_piece_before(sentence, places, m.start()))
    }
    bounds = [0, *sorted(places), len(sentence)]
    for a, b in _spans(bounds):
        if len(sentence[a:b].split()) > _RUN_ON_WORDS:
            places |= {m.end() for m in _RUN_ON.finditer(sentence, a, b) if _runs_on(sentence[a : m.end()])}
    kept: set[int] = set()
    last = 0
    for place in sorted(places):
        left, right = sentence[last:place].split(), sentence[place:].split()
        enough = len(left) >= 3 or (len(left) == 2 and re.search(_SHORT_SUBJECT, sentence[last:place], re.I))
        if enough and len(right) >= 2:
            kept.add(start + place)
            last = place
    return kept


# "Why can Ana do it while you can't?" is one question about two people.
_WHY_NOT_LIKE_HIM = re.compile(
    r"\W*(?:(?:so|and|but)[\s,]+)?(?:why|how come|how is it)\b[^.!?]*\b(?:while|whereas|when|but)\b[^.!?]*\?\s*$",
    re.IGNORECASE,
)


def _runs_on(lead: str) -> bool:
    """Tell whether ``lead`` is a clause of its own, so that the pronoun after it opens another."""
    words = lead.split()
    told = re.split(r"[,;:(]|\b(?:plus|and|with|about|of)\b", lead)[-1]  # "..., plus the sheet he didn't fill out"
    return (
        len(words) >= 4
        and words[-1].lower() not in _LEANS_FORWARD
        and re.search(rf"\b(?:{_PRONOUN}|{_HAS_VERB})\b", told, re.IGNORECASE) is not None
    )


_SHORT_SUBJECT = r"\b(?:you|u|he|she|they|it|we|i|that)\b|['’]s\b|\b(?:please|stop)\b"


def _around(masked: str, bounds: list[int], isolate: Sequence[tuple[int, int]]) -> set[int]:
    """Return the commas next to each span inside its clause, where three words are left on the other side."""
    places: set[int] = set()
    for a, b in _spans(bounds):
        commas = [m.end() for m in re.finditer(r",\s+", masked[a:b])]
        for start, end in isolate:
            if not (start < b and end > a):
                continue
            before = [a + c for c in commas if a + c <= start]
            after = [a + c for c in commas if a + c > end]
            if before and len(masked[a : before[-1]].split()) >= 3 and len(masked[before[-1] : b].split()) >= 2:
                places.add(before[-1])
            if after and len(masked[after[0] : b].split()) >= 3:
                places.add(after[0])
    return places


def _piece_before(sentence: str, places: set[int], at: int) -> str:
    begin = max((p for p in places if p <= at), default=0)
    return sentence[begin:at]


def _trim(text: str, masked: str, stops: list[int]) -> list[Clause]:
    """Turn boundaries into clauses; pieces without a letter or digit join the clause before."""
    found: list[tuple[int, int]] = []
    waiting: int | None = None  # markup before the first words belongs to them
    for start, end in _spans(stops):
        empty = not any(c.isalnum() for c in text[start:end]) or _only_markup(text, masked, start, end)
        if empty and found and waiting is None and not _OPENING_TAG.match(text, start):
            found[-1] = (found[-1][0], end)
        elif empty:
            waiting = start if waiting is None else waiting
        else:
            found.append((start if waiting is None else waiting, end))
            waiting = None
    if waiting is not None and found:
        found[-1] = (found[-1][0], len(text))
    elif waiting is not None and any(c.isalnum() for c in text[waiting:]):
        found.append((waiting, len(text)))
    clauses = []
    for start, end in found:
        a = start + (len(text[start:end]) - len(text[start:end].lstrip()))
        b = start + len(text[start:end].rstrip())
        clauses.append(Clause(text[a:b], a, b))
    return clauses


_OPENING_TAG = re.compile(r"\s*<(?!/|br\b|hr\b|img\b)[A-Za-z]", re.IGNORECASE)


def _only_markup(text: str, masked: str, start: int, end: int) -> bool:
    return not masked[start:end].strip() and not text[start:end].lstrip().startswith("<!--")
