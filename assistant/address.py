"""Who the employee is in a draft, and how a clause about them becomes one spoken to them.

Knows English pronouns and verb endings, nothing of feedback. The manager is always "I".
Named grammar: second-person shift of subject, object and possessive with verb agreement.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from assistant.domain import Draft
from assistant.facts import OPENERS, dates, names


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


_YOU = re.compile(r"\b(?:you|your|yours|yourself|u|ur|you['’](?:re|ve|ll|d))\b", re.IGNORECASE)
_HE = re.compile(r"\b(?:he|him|his|himself|he['’](?:s|ll|d)|hes)\b", re.IGNORECASE)
_SHE = re.compile(r"\b(?:she|her|hers|herself|she['’](?:s|ll|d)|shes)\b", re.IGNORECASE)
_THEY = re.compile(r"\b(?:they|them|their|theirs|themselves|they['’](?:re|ve|ll|d))\b", re.IGNORECASE)
_GREETING = re.compile(
    r"^\s*(?:(?:hi|hey|hello|dear|good (?:morning|afternoon|evening)|morning|right|ok(?:ay)?|g['’]day|howya|"
    r"feedback(?: for)?|notes?(?: for| on)?|to)[\s,:]+)*(?P<name>[A-Z][\w'’-]+)\s*[,:.!\n–-]",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:talk(?:ing|ed)? (?:to|with)|tell|telling|told|feedback (?:for|to|on|about)|problem with|issue with|"
    r"out with|speak (?:to|with)|write (?:to|up for)|this up for|message (?:to|for)|note (?:to|for)|reports?, |"
    r"1:1 notes[^\n]{0,20}[–-]|warn|meeting with|review for)\s+(?P<name>[A-Z][a-zà-ÿ'-]+)"
)
_OTHER_PERSON = re.compile(
    r"\b(?:mr|mrs|ms|miss|dr|(?:the|a|an|one|his|her|their|our|my|new)\s+(?:\w+\s+){0,2}?(?:customer|client|"
    r"guest|patient|"
    r"resident|tenant|neighbou?r|caller|buyer|supplier|driver|nurse|doctor|daughter|son|mother|father|parent|"
    r"wife|husband|boss|manager|director|colleague|developer|author|girl|boy|lady|man|woman|student|pupil|child|"
    r"visitor|inspector|auditor|officer|trainee|apprentice|intern))\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"\b(?:mr|mrs|ms|miss|dr|prof|sir|sister|nurse)\.?\s+$", re.IGNORECASE)


def identify(draft: Draft) -> Employee:
    """Return how the draft speaks of the employee, from names, pronouns and its greeting."""
    text = _without_quotes(re.sub(r"<[^>]*>", " ", draft.text))
    greeted = _greeted(text)
    named = tuple(draft.context.to_whom.split()) or _named(text, greeted)
    you, he, she = (len(p.findall(text)) for p in (_YOU, _HE, _SHE))
    if greeted and (you or not (he or she or text.count(greeted) > 1)):
        direct = True
    elif not you:
        direct = not (he or she or named)
    elif he or she:
        spoken_about = _ABOUT.search(text) is not None or _named_subject(text, named)
        direct = not (spoken_about or he + she > 2 * you or _leads_third(text))
    else:
        direct = not _named_subject(text, named)
    if direct:
        return Employee(frozenset(named), None, direct=True)
    return Employee(frozenset(named), _pronoun(text, named, he, she), direct=False)


def _greeted(text: str) -> str:
    match = _GREETING.match(text)
    if not match or not match["name"][0].isupper() or match["name"].lower() in _NOT_GREETED:
        return ""
    return match["name"]


def _without_quotes(text: str) -> str:
    return re.sub(r"\"[^\"\n]{1,300}\"|“[^”\n]{1,300}”|«[^»\n]{1,300}»", " ", text)


def _pronoun(text: str, named: tuple[str, ...], he: int, she: int) -> Gender:
    """Return the employee's pronoun: the one that most often opens a sentence or follows the name.

    A pronoun after somebody else in the same sentence ("the customer says she ...") does not count.
    """
    if not (he or she):
        return Gender.THEY
    votes = {Gender.HE: 0, Gender.SHE: 0}
    for sentence in re.split(r"(?<=[.!?\n])\s+", text):
        for match in re.finditer(r"\b(?:(?P<he>he|his|him)|she|her)\b", sentence, re.IGNORECASE):
            if not _led_by_other(sentence[: match.start()], named):
                votes[Gender.HE if match["he"] else Gender.SHE] += 1 if sentence[: match.start()].strip() else 2
    if he and she:  # one of them may belong to a titled person: Mr Cole is "he"
        votes[Gender.HE] -= 2 * len(re.findall(r"\bMr\b", text))
        votes[Gender.SHE] -= 2 * len(re.findall(r"\b(?:Mrs|Ms|Miss)\b", text))
    if votes[Gender.HE] == votes[Gender.SHE]:
        return Gender.HE if he >= she else Gender.SHE
    return max(votes, key=lambda g: votes[g])


def _led_by_other(lead: str, named: frozenset[str] | tuple[str, ...]) -> bool:
    """Tell whether somebody other than the employee was the last person named in ``lead``."""
    last_other = max((m.start() for m in _OTHER_PERSON.finditer(lead)), default=-1)
    for name in names(lead, inside_only=True):
        if name not in named:
            last_other = max(last_other, lead.rfind(name))
    last_employee = max((lead.rfind(n) for n in named), default=-1)
    return last_other > last_employee


def _named(text: str, greeted: str) -> tuple[str, ...]:
    """Return the employee's name: greeted, spoken about, or the most frequent subject."""
    if greeted:
        return (greeted,)
    about = _ABOUT.search(text)
    if about and about["name"].lower() not in _NOT_GREETED:
        return (about["name"],)
    counts = Counter[str]()
    for name in names(text):
        if name.lower() in _NOT_GREETED:
            continue
        for match in re.finditer(rf"\b{re.escape(name)}\b", text):
            if _TITLE.search(text[: match.start()]):
                continue
            verb = re.match(r"(?:['’]s)?\s+(?!and\s+I\b)[a-z]+", text[match.end() :])
            counts[name] += (2 if verb else 1) + (0 if counts else 2)
    return (counts.most_common(1)[0][0],) if counts else ()


_NOT_GREETED = frozenset(
    """all team everyone everybody guys folks so well ok okay right honestly look listen monday tuesday wednesday
    thursday friday saturday sunday yesterday today feedback notes thanks please also again anyway sorry help need
    great good nice no yes hello hi hey sir madam mon tue weds wed thu fri sat sun item topic point points""".split()
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


def _leads_third(text: str) -> bool:
    first_third = min((m.start() for p in (_HE, _SHE) for m in [p.search(text)] if m), default=len(text))
    first_you = _YOU.search(text)
    return first_you is not None and first_third < first_you.start()


# --- shifting a clause -----------------------------------------------------------------

_IRREGULAR = {"was": "were", "is": "are", "has": "have", "does": "do", "wasn't": "weren't", "isn't": "aren't",
              "hasn't": "haven't", "doesn't": "don't", "goes": "go", "wasnt": "weren't", "isnt": "aren't",
              "hasnt": "haven't", "doesnt": "don't"}  # fmt: skip
_NOT_VERBS = frozenset("always this thus perhaps sometimes plus as his its less unless us besides yes across "
                       "afterwards towards minutes hours days times weeks years".split())  # fmt: skip
_ADVERB = (
    r"(?:(?:also|always|never|still|often|usually|then|just|only|really|even|again|now|already|simply|"
    r"clearly|regularly|sometimes|almost|nearly|\w+ly)\s+)"
)
_HER_OBJECT_NEXT = re.compile(
    r"\s*(?:$|[.,;:!?)\"]|(?:to|and|but|or|that|if|when|how|why|what|whether|on|in|at|for|with|about|from|by|before|"
    r"after|again|because|so|of|here|there|nothing|someone|something|out|up|down|off|back|not|twice|once|last|"
    r"this|yesterday|today|\d+)\b)",
    re.IGNORECASE,
)


_TAKES_PERSON = re.compile(
    r"\b(?:tell|told|tells|telling|give|gave|ask|asked|asking|explain\w*|show\w*|send|sent|write|wrote|remind\w*|let|"
    r"make|made|makes|making|help|helped|hurt|call|called|teach|taught|want|wanted|need|needed|like|get|got|have|had|"
    r"see|saw|watch\w*|hear|heard|of)\s+$",
    re.IGNORECASE,
)
_AFTER_PERSON = re.compile(
    r"\s+(?:nothing|something|anything|everything|someone|somebody|nobody|the|a|an|this|these|those|her|his|"
    r"their|our|"
    r"my|it|we|I|you|he|she|they|of|all|every|two|three|four|five|many|several|slow|late|leave|do|go|come|know|"
    r"see|be|think|feel|stop|start|more|about|over|into|here|there|please|some|any|no|both|first|already|to)\b",
    re.IGNORECASE,
)


def to_you(text: str, employee: Employee, lead: str = "") -> str:
    """Return ``text`` spoken to the employee; quoted speech and other people stay as they are.

    ``lead`` is what stands before ``text`` in the same sentence: where it is led by somebody
    else of the same pronoun, pronouns are left alone.
    """
    if employee.direct or _YOU.search(text):
        text = _drop_vocative(text, employee)
    if employee.direct:
        return text
    if (
        employee.pronoun is not Gender.THEY
        and _led_by_other(lead, employee.names)
        and _same_gender_lead(lead, employee)
    ):
        employee = Employee(employee.names, None, direct=False)
    parts = re.split(r"(\"[^\"\n]*\"|“[^”\n]*”|«[^»\n]*»)", text)
    return "".join(part if i % 2 else _shift(part, employee) for i, part in enumerate(parts))


def _same_gender_lead(lead: str, employee: Employee) -> bool:
    """Somebody else leads the sentence and nothing says that they have the other pronoun."""
    other = r"\b(?:mrs|ms|miss|daughter|mother|wife|lady|woman|girl)\b"
    if employee.pronoun is Gender.SHE:
        other = r"\b(?:mr|son|father|husband|man|boy|guy)\b"
    own = _HE if employee.pronoun is Gender.HE else _SHE
    return not re.search(other, lead, re.IGNORECASE) and not own.match(lead.lstrip())


def by_pronoun(text: str, employee: Employee) -> str:
    """Return ``text`` with the employee's name replaced by the pronoun: no name has to reach a model."""
    if employee.direct or employee.pronoun is None:
        return text
    for name in employee.names:
        text = _without_role(text, name)
        his = {Gender.HE: "his", Gender.SHE: "her", Gender.THEY: "their"}[employee.pronoun]
        text = re.sub(rf"\b{re.escape(name)}['’]s(?=\s+(?!(?:been|had|got|a|the|not|so|very)\b|\w+ing\b)\w)", his, text)
        text = re.sub(rf"\b{re.escape(name)}\b", employee.pronoun.value, text)
    return text


def speaks_of_employee(text: str, employee: Employee) -> bool:
    """Tell whether ``text`` still speaks of the employee in the third person."""
    if employee.direct:
        return False
    text = _without_quotes(text)
    if any(re.search(rf"(?<!\w){re.escape(n)}(?!\w)", text) for n in employee.names):
        return True
    pattern = {Gender.HE: _HE, Gender.SHE: _SHE}.get(employee.pronoun or Gender.THEY)
    return bool(pattern and pattern.search(text))


def _drop_vocative(text: str, employee: Employee) -> str:
    for name in employee.names:
        text = re.sub(rf",\s*{re.escape(name)}(?=\s*[,.!?;:]|\s*$)", "", text)
        text = re.sub(rf"^\s*(?:(?:hi|hey|hello|dear|right|ok)[\s,]+)?{re.escape(name)}\s*[,:!–-]+\s*", "", text,
                      flags=re.IGNORECASE)  # fmt: skip
    return text


def _shift(text: str, employee: Employee) -> str:
    for name in sorted(employee.names, key=len, reverse=True):
        text = _without_role(text, name)
        text = _shift_name(text, name)
    if employee.pronoun is Gender.HE:
        text = _subject(text, r"he")
        text = _swap(text, r"himself", "yourself")
        text = _swap(text, r"him", "you")
        text = _swap(text, r"his", "your")
    elif employee.pronoun is Gender.SHE:
        text = _subject(text, r"she")
        text = _swap(text, r"herself", "yourself")
        text = _swap(text, r"hers", "yours")
        text = _her(text)
    elif employee.pronoun is Gender.THEY and employee.names and not _SEVERAL.search(text):
        text = _swap(text, r"they(?=['’\s])", "you")
        text = _swap(text, r"themselves|themself", "yourself")
        text = _swap(text, r"them", "you")
        text = _swap(text, r"their", "your")
    return text


# Where several others stand in the clause, "they" is more likely them.
_SEVERAL = re.compile(
    r"\b(?:the|our|my|some|other|two|three|four|five|both|many|several|\d+)\s+(?:\w+\s+)?(?!this|his|us\b)\w{2,}s\b|"
    r"\b(?:customers|clients|guests|people|patients|parents|children|staff|nobody|no one|everyone|everybody)\b",
    re.IGNORECASE,
)


def _without_role(text: str, name: str) -> str:
    """Return "Apprentice Tane wired" and "Our junior, Tane, wired" as "Tane wired"."""
    text = re.sub(
        rf"\b(?:our|my|the)(?:\s+[\w-]+){{1,3}},?\s+{re.escape(name)}(?:,(?=\s+[a-z])|(?=\s+(?:has|was|is|had|did)\b))",
        name,
        text,
        flags=re.IGNORECASE,
    )
    match = re.match(rf"\s*(?P<role>[A-Z][a-z]+)\s+(?={re.escape(name)}\s+[a-z])", text)
    if match and match["role"].lower() not in OPENERS and not dates(f"on {match['role']}"):
        return text[match.end() :]
    return text


def _shift_name(text: str, name: str) -> str:
    n = re.escape(name)
    text = re.sub(rf"\b{n}['’]s\b(?=\s+(?:been|had|got|done|not|just|only|never|always|also|still|\w+ing|\w+ed|a|an|the"
                  rf"|late|very|so|too|really|on|in|at|out|off)\b)", "\x00's", text)  # fmt: skip
    text = re.sub(rf"\b{n}['’]s?(?!\w)", lambda m: _cased("your", text, m.start()), text)
    text = re.sub(rf"\b{n}\b", "\x00", text)
    return _subject(text, "\x00")


def _subject(text: str, subject: str) -> str:
    """Replace a third-person subject and make the verb after it agree with "you"."""
    edge = r"\b" if subject != "\x00" else ""
    pattern = re.compile(
        rf"{edge}{subject}(?P<short>['’]s|['’]d|['’]ll|s(?=\s))?{edge if subject != chr(0) else ''}"
        rf"(?P<gap>\s+(?:{_ADVERB})*)?(?P<verb>[A-Za-z]+(?:['’]t)?)?",
        re.IGNORECASE,
    )
    return pattern.sub(lambda m: _agree(m, text), text)


def _agree(match: re.Match[str], text: str) -> str:
    you = _cased("you", text, match.start())
    short = (match["short"] or "").replace("’", "'").lower()
    gap, verb = match["gap"] or "", match["verb"] or ""
    if short in ("'s", "s"):
        been = re.fullmatch(r"been|had|got|done|made|taken|gone|left|missed|\w{3,}ed", verb, re.IGNORECASE)
        passive = re.search(r"\b(?:late|by)\b", text[match.end() : match.end() + 12])
        return f"{you}'{'ve' if been and not passive else 're'}{gap}{verb}"
    if short:
        return f"{you}{short}{gap}{verb}"
    return f"{you}{gap}{_second_person(verb)}"


def _second_person(verb: str) -> str:
    low = verb.lower().replace("’", "'")
    if low in _IRREGULAR:
        return _IRREGULAR[low].upper() if verb.isupper() and len(verb) > 2 else _IRREGULAR[low]
    if not low.endswith("s") or low in _NOT_VERBS or low.endswith(("ss", "us", "is")):
        return verb
    if low.endswith("ies") and len(low) > 4:
        return verb[:-3] + "y"
    if re.search(r"(?:ss|sh|ch|x|zz|o)es$", low):
        return verb[:-2]
    return verb[:-1]


def _her(text: str) -> str:
    def repl(match: re.Match[str]) -> str:
        after = text[match.end() :]
        object_ = _HER_OBJECT_NEXT.match(after) or (
            _TAKES_PERSON.search(text[: match.start()]) and _AFTER_PERSON.match(after)
        )
        word = "you" if object_ else "your"
        return _cased(word, text, match.start())

    return re.sub(r"\bher\b", repl, text, flags=re.IGNORECASE)


def _swap(text: str, pattern: str, word: str) -> str:
    return re.sub(rf"\b(?:{pattern})\b", lambda m: _cased(word, text, m.start()), text, flags=re.IGNORECASE)


def _cased(word: str, text: str, at: int) -> str:
    """Capitalise where a sentence begins; keep capitals in a text written in capitals."""
    opens = not text[:at].strip() or text[:at].rstrip()[-1] in ".!?"
    capital = text[at].isupper() or text[at] == "\x00"
    return word[0].upper() + word[1:] if opens and capital else word
