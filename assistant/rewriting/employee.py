"""Who the employee is in a draft: spoken to as you, or spoken about by name and pronoun.

Knows greetings, names and English pronouns, nothing of feedback and no sentence but the draft's.
The manager is always "I"; a titled person, a customer or a colleague lends the employee no pronoun.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from assistant.domain import Draft
from assistant.rewriting.asides import has_verb
from assistant.rewriting.facts import names
from assistant.rewriting.given_names import GIVEN_NAMES


class Gender(StrEnum):
    """The pronouns a draft uses for the employee."""

    HE = "he"
    SHE = "she"
    THEY = "they"


@dataclass(frozen=True, slots=True)
class Employee:
    """How a draft speaks of the employee: ``direct`` as you, else by name and pronoun."""

    names: frozenset[str] = frozenset()
    pronoun: Gender | None = None
    direct: bool = True


QUOTED = re.compile(
    r"(\"[^\"\n]{1,300}\"|“[^”\n]{1,300}”|«[^»\n]{1,300}»|(?<!\w)['‘](?=\w)[^\n]{1,200}?(?<=[\w.,!?])['’](?!\w))"
)
"""Quoted speech, which addresses nobody and is never changed."""
_NEAR = 300  # characters of a sentence in which somebody else may lead it
_NAMES = 40  # names that are weighed; more are a list, not a draft about one person
YOU = re.compile(r"\b(?:you|your|yours|yourself|u|ur|you['’](?:re|ve|ll|d))\b", re.IGNORECASE)
HE = re.compile(r"\b(?:he|him|his|himself|he['’](?:s|ll|d)|hes)\b", re.IGNORECASE)
SHE = re.compile(r"\b(?:she|her|hers|herself|she['’](?:s|ll|d)|shes)\b", re.IGNORECASE)
_THEY = re.compile(r"\b(?:they|them|their|theirs|themselves|they['’](?:re|ve|ll|d))\b", re.IGNORECASE)
_GREETING = re.compile(
    r"^\s*(?:(?:hi|hey|hello|dear|good (?:morning|afternoon|evening)|morning|right|ok(?:ay)?|g['’]day|howya|"
    r"feedback(?: for)?|notes?(?: for| on)?|to)[\s,:]+)*(?P<name>[A-Z][\w'’]+(?:-[A-Z][\w'’]+)?)\s*"
    r"(?:[,:.!\n–]|-(?!\w))",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:talk(?:ing|ed)? (?:to|with)|tell|telling|(?<=\bI )told|(?<=I have )told|(?<=I['’]ve )told|"
    r"feedback (?:for|to|on|about)|problem with|issue with|"
    r"out with|speak (?:to|with)|write (?:to|up for)|this up for|message (?:to|for)|note (?:to|for)|reports?, |"
    r"1:1 notes[^\n]{0,20}[–-]|warn|meeting with|review for)\s+(?P<name>[A-Z][a-zà-ÿ'-]+)"
)
OTHER_PERSON = re.compile(
    r"\b(?:mr|mrs|ms|miss|dr|(?:the|a|an|one|his|her|their|our|my|new)\s+(?:\w+\s+){0,2}?(?:customer|client|"
    r"guest|patient|"
    r"resident|tenant|neighbou?r|caller|buyer|supplier|driver|nurse|doctor|daughter|son|mother|father|parent|"
    r"wife|husband|boss|manager|director|colleague|developer|author|girl|boy|lady|man|woman|student|pupil|child|"
    r"visitor|inspector|auditor|officer|trainee|apprentice|intern))\b",
    re.IGNORECASE,
)
# Before a customer's or a family's name, or before a rank that is spoken to ("Madam Superintendent").
_NO_EMPLOYEE = re.compile(r"\b(?:mr|mrs|ms|miss|dr|prof|sir|madam|sister|nurse|shri|smt|the)\.?\s+$", re.IGNORECASE)


def identify(draft: Draft) -> Employee:
    """Return how the draft speaks of the employee, from names, pronouns and its greeting."""
    text = without_quotes(re.sub(r"<[^>]*>", " ", draft.text))
    called = _called_by_name(text)
    if called and not draft.context.to_whom:
        return Employee(frozenset((called,)), None, direct=True)
    greeted = _greeted(text)
    named = tuple(draft.context.to_whom.split()) or _titled_subject(text) or _named(text, greeted)
    you, he, she = (len(p.findall(text)) for p in (YOU, HE, SHE))
    if greeted and (you or not (he or she or text.count(greeted) > 1)):
        direct = True
    elif not you:
        direct = not (he or she or named)
    elif he or she:
        named_first = _named_subject(text, named) and not _leads_you(text, named)
        spoken_about = _ABOUT.search(text) is not None or named_first
        direct = not (spoken_about or he + she > 2 * you or (he + she >= you and _leads_third(text)))
    else:
        direct = not (_named_subject(text, named) and _leads_by_name(text, named))
    if direct:
        return Employee(frozenset(named), None, direct=True)
    return Employee(frozenset(named), _pronoun(text, named, he, she), direct=False)


_TITLED_SUBJECT = re.compile(
    r"(?:^|^[^.!?]{0,60}\b(?:that|about)\s+)(?P<title>Mr|Mrs|Ms|Miss|Madam|Sir|Dr|Sister|Nurse|Shri|Smt)\.?\s+(?P<name>[A-Z][\w'’-]+)\s+"
    r"(?!(?:has\s+)?(?:e-?mail|mail|writ|wrote|rang|rung|call|complain|said|says|told|report|ask|phon|com)\w*)[a-z]+"
)


def _titled_subject(text: str) -> tuple[str, ...]:
    """Return the name of a titled person whom the whole draft is about: named first, and he or she from then on."""
    match = _TITLED_SUBJECT.search(text.lstrip())
    if not match or YOU.search(text) or not (HE.search(text) or SHE.search(text)):
        return ()
    other = {"Mr": SHE, "Sir": SHE, "Shri": SHE}.get(
        match["title"], HE if match["title"] not in ("Dr", "Nurse") else None
    )
    return () if other is not None and other.search(text) else (match["name"],)


def _greeted(text: str) -> str:
    match = _GREETING.match(text)
    if not match or not match["name"][0].isupper() or match["name"].lower() in _NOT_GREETED:
        return ""
    return match["name"]


# "..., Stacey, so ..." calls somebody; "the clerk, Bethan, told" says who the clerk is.
_CALLED = re.compile(
    r"(?:^|[.!?\n])(?P<before>[^.!?\n]{8,160}),\s+(?P<name>[A-Z][a-zà-ÿ]+)(?=,\s+(?:so|and|but|because|I|we|the|which|please)"
    r"\b|[.!?])"
)


def _called_by_name(text: str) -> str:
    """Return the name that is called in the middle or at the end of a sentence, and nowhere else in the draft."""
    for match in _CALLED.finditer(text):
        name, before = match["name"], match["before"]
        other = OTHER_PERSON.search(before[-_ROLE_LONGEST:]) or re.search(r",|\b(?:and|with|like|of|by)\s*$", before)
        if name.lower() in GIVEN_NAMES and text.count(name) == 1 and not other and has_verb(before):
            whose = HE.search(text) or SHE.search(text)
            return name if not whose or OTHER_PERSON.search(text) else ""  # "Help me with him, Anna."
    return ""


_ROLE_LONGEST = 30


def without_quotes(text: str) -> str:
    """Return ``text`` without quoted speech."""
    return QUOTED.sub(" ", text)


def _pronoun(text: str, named: tuple[str, ...], he: int, she: int) -> Gender:
    """Return the employee's pronoun: the one that most often opens a sentence or follows the name.

    A pronoun after somebody else in the same sentence ("the customer says she ...") does not count.
    """
    if not (he or she):
        return Gender.THEY
    votes = {Gender.HE: 0, Gender.SHE: 0}
    titled: Gender | None = None  # whose title was the last of the sentence before
    theirs = 0
    for sentence in re.split(r"(?<=[.!?\n])(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)\s+", text):
        for match in re.finditer(r"\b(?:(?P<he>he|his|him)|she|her)\b", sentence, re.IGNORECASE):
            gender = Gender.HE if match["he"] else Gender.SHE
            lead = sentence[max(0, match.start() - _NEAR) : match.start()]
            if gender is titled and not any(n in lead for n in named):
                theirs += 1
            elif not led_by_other(lead, named):
                votes[gender] += 1 if lead.strip() else 2
        titled = _titled(sentence, named) or (titled if re.match(r"(?:he|she)\b", sentence, re.IGNORECASE) else None)
    if theirs and theirs >= he + she:
        return Gender.THEY
    if he and she:  # one of them may belong to a titled person: Mr Cole is "he"
        votes[Gender.HE] -= 2 * len(re.findall(r"\bMr\b", text))
        votes[Gender.SHE] -= 2 * len(re.findall(r"\b(?:Mrs|Ms|Miss)\b", text))
    if votes[Gender.HE] == votes[Gender.SHE]:
        return Gender.HE if he >= she else Gender.SHE
    return max(votes, key=lambda g: votes[g])


def _titled(sentence: str, named: tuple[str, ...]) -> Gender | None:
    """Return the pronoun of a titled person who opens the sentence and is not the employee."""
    match = re.match(r"\W*(?:(?P<mr>Mr)|Mrs|Ms|Miss)\b\.?\s+(?P<name>\w+)", sentence)
    if not match or match["name"] in named:
        return None
    return Gender.HE if match["mr"] else Gender.SHE


def led_by_other(lead: str, named: frozenset[str] | tuple[str, ...]) -> bool:
    """Tell whether somebody other than the employee was the last person named in ``lead``."""
    last_other = max((m.start() for m in OTHER_PERSON.finditer(lead)), default=-1)
    for name in names(lead, inside_only=True):
        if name not in named and name.lower() in GIVEN_NAMES:  # "the Braithwaite file" is nobody
            last_other = max(last_other, lead.rfind(name))
    last_employee = max((lead.rfind(n) for n in named), default=-1)
    return last_other > last_employee


def _named(text: str, greeted: str) -> tuple[str, ...]:
    """Return the employee's name: greeted, spoken about, or the most frequent subject."""
    if greeted:
        return (greeted,)
    for about in _ABOUT.finditer(text):
        by_them = _THIRD_SUBJECT.search(text[max(0, about.start() - 30) : about.start()])
        if about["name"].lower() not in _NOT_GREETED and not by_them:
            return (about["name"],)
    opens = _OPENS.match(text)
    if opens and opens["name"].lower() in GIVEN_NAMES and not _somebody_else(text, opens["name"]):
        return (opens["name"],)
    pronoun = min((m.start() for p in (HE, SHE) for m in [p.search(text)] if m), default=len(text))
    counts = Counter[str]()
    for name in names(text)[:_NAMES]:
        if name.lower() in _NOT_GREETED or _somebody_else(text, name):
            continue
        if text.find(name) > pronoun and not _named_subject(text, (name,)):
            continue  # "He asked Jess for the key": the employee came first, as a pronoun
        for match in re.finditer(rf"\b{re.escape(name)}\b", text):
            if _NO_EMPLOYEE.search(text[max(0, match.start() - 12) : match.start()]):
                continue
            if re.match(r"\s+\d", text[match.end() :]):  # "Quay 6", "Ward 4"
                continue
            verb = _DOES.match(text, match.end())
            counts[name] += (2 if verb else 1) + (0 if counts else 2)
    return (counts.most_common(1)[0][0],) if counts else ()


def _somebody_else(text: str, name: str) -> bool:
    """Tell whether a name is a place's, a firm's, a customer's or a witness's: who is never spoken to here.

    A name that nobody bears as a given name is a person's only where something shows it: it is the whole of
    the name, and does something.
    """
    places = [match.span() for match in re.finditer(rf"\b{re.escape(name)}\b", text)]
    around = [(text[max(0, start - _BEFORE) : start], text[end : end + _AFTER]) for start, end in places]
    if any(_ROLE_BEFORE.search(before) or _OTHERS_AFTER.match(after) for before, after in around):
        return True
    if all(_WITNESS.match(after) and not _OPENS_SENTENCE.search(before) for before, after in around):
        return True
    if name.lower() in GIVEN_NAMES:
        return False
    return any(
        _THING_BEFORE.search(before) or _MORE_NAME_BEFORE.search(before) or _MORE_NAME_AFTER.match(after)
        for before, after in around
    )


_DOES = re.compile(r"(?:['’]s)?\s+(?!(?:and|or|on|in|at|to|of|for|with|from|by|but|since|until|before|after)\b)[a-z]+")
_BEFORE, _AFTER = 40, 40  # characters that tell what a name is the name of
_OPENS = re.compile(r"\W*(?P<name>[A-Z][a-zà-ÿ]+)\b")
_ROLE_BEFORE = re.compile(
    r"\b(?:clients?|customers?|guests?|patients?|buyers?|suppliers?|contractors?|tenants?|residents?|parents?|mum|mom|dad|"
    r"pupils?|students?|learners?|vendors?|supervisor|managers?|mgr|director|c[efot]o|boss|foreman|inspector|auditor|"
    r"colleagues?|councillor|mayor|solicitor|lawyer|owner|landlord|landlady|neighbou?r|unlike|than)\s+"
    r"(?:(?-i:[A-Z][a-z]+)\s+)?$",
    re.IGNORECASE,
)
_OTHERS_AFTER = re.compile(
    r"(?:\s+[A-Z][a-z]+)?(?:['’]s\s+(?:mum|mom|dad|mother|father|wife|husband|parents?|family|manager|daughter|son)\b|"
    r",?\s+(?:the|a|an|our|their)\s+(?:client|customer|buyer|supplier|landlord|owner|auditor|inspector)\b|"
    r"\s+&|\s+(?:Ltd|GmbH|Inc|plc|AG|Bros|Co|Group|House|Street|St|Road|Rd|Avenue|Ave|Close|Lane|Drive|Court|Park|Hotel|"
    r"Homes|Traders)\b)"
)
_WITNESS = re.compile(
    r"\s+(?:(?:then\s+)?had\s+to\b(?!\s+be\b)|would\s+(?:of|have|never)\b|"
    r"(?:just\s+)?(?:found|spotted|caught|noticed|saw|heard)\s+(?:it|him|her|them|this|out)\b)"
)
_OPENS_SENTENCE = re.compile(r"(?:^|[.!?\n])\s*$")
_THING_BEFORE = re.compile(
    r"\b(?:[Tt]he|[Aa]n?|[Aa]t|off|near|outside|[Ii]n|into|to|[Oo]n|via|towards|behind|[Ff]rom|"
    r"[Bb]etween(?: [A-Z]\w+ and)?|\d+)\s+(?:[a-z]+\s+)?$"
)
_MORE_NAME_BEFORE = re.compile(r"\b(?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b)[A-Z][a-z]*\s+$")
_MORE_NAME_AFTER = re.compile(  # "Golden Wok", and "Toe boards missing", where a noun looks like a verb
    r"\s+(?:[A-Z][a-z]+|[a-z]+s\s+(?:missing|left|not|still)\b)"
)


_THIRD_SUBJECT = re.compile(
    r"(?:\b(?:he|she|they|who)|(?-i:\b[A-Z][a-z]+))\s+(?:has\s+|had\s+|then\s+|also\s+)?$", re.IGNORECASE
)
_NOT_GREETED = frozenset(
    """all team everyone everybody guys folks so well ok okay right honestly look listen monday tuesday wednesday
    thursday friday saturday sunday yesterday today feedback notes thanks please also again anyway sorry help need
    great good nice no yes hello hi hey mr mrs ms miss dr sir madam sister nurse superintendent manager
    mon tue weds wed thu fri sat sun item topic point points""".split()
)


def _named_subject(text: str, named: tuple[str, ...]) -> bool:
    """Tell whether the employee's name is the subject of a verb somewhere (so spoken about)."""
    return any(
        re.search(
            rf"(?:^|[.!?\n,;:]\s*|\b(?:and|but|because|since|that|when|if)\s+){re.escape(n)}(?:['’]s)?\s+"
            rf"(?!and\b|you\b|I\b|on\b|for\b|the\b|your\b|this\b|thanks\b|please\b)[a-z']+",
            text,
        )
        for n in named
    )


def _leads_by_name(text: str, named: tuple[str, ...]) -> bool:
    """Tell whether the draft names somebody before it says you, and no less often: you are the reader then."""
    you = list(YOU.finditer(text))
    first = min((at for at in map(text.find, named) if at >= 0), default=len(text))
    return first < you[0].start() and sum(map(text.count, named)) >= len(you) - 1


def _leads_you(text: str, named: tuple[str, ...]) -> bool:
    """Tell whether a draft says "you" before it names anybody or says he or she."""
    you = YOU.search(text)
    others = [at for at in map(text.find, named) if at >= 0]
    others += [found.start() for pattern in (HE, SHE) if (found := pattern.search(text))]
    return you is not None and you.start() < min(others, default=len(text))


def _leads_third(text: str) -> bool:
    first_third = min((m.start() for p in (HE, SHE) for m in [p.search(text)] if m), default=len(text))
    first_you = YOU.search(text)
    return first_you is not None and first_third < first_you.start()
