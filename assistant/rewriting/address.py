"""Turns a clause about the employee into one spoken to them.

Knows English pronouns and verb endings, nothing of feedback. Quoted speech, other people and what
other people say of themselves stay as they are. Who the employee is, ``employee`` tells.
Named grammar: second-person shift of subject, object and possessive with verb agreement.
"""

from __future__ import annotations

import re

from assistant.rewriting.employee import (
    HE,
    OTHER_PERSON,
    QUOTED,
    SHE,
    YOU,
    Employee,
    Gender,
    identify,
    led_by_other,
    without_quotes,
)
from assistant.rewriting.facts import OPENERS, dates

__all__ = ["Employee", "Gender", "by_pronoun", "identify", "speaks_of_employee", "to_you"]

_IRREGULAR = {"was": "were", "is": "are", "has": "have", "does": "do", "wasn't": "weren't", "isn't": "aren't",
              "hasn't": "haven't", "doesn't": "don't", "goes": "go", "wasnt": "weren't", "isnt": "aren't",
              "hasnt": "haven't", "doesnt": "don't", "focuses": "focus"}  # fmt: skip
_NOT_VERBS = frozenset("always this thus perhaps sometimes plus as his its less unless us besides yes across "
                       "afterwards towards minutes hours days times weeks years".split())  # fmt: skip
_ADVERB = (
    r"(?:(?:neither|either|both|ever|also|always|never|still|often|usually|then|just|only|really|even|again|now|already|simply|"
    r"clearly|regularly|sometimes|almost|nearly|\w+ly)\s+)"
)
_HER_OBJECT_NEXT = re.compile(
    r"\s*(?:$|[.,;:!?)\"]|(?:properly|personally|publicly|again|to|and|but|or|that|if|when|how|why|what|whether|on|in|at|for|with|about|from|by|before|"
    r"after|again|because|so|of|here|there|nothing|someone|something|out|up|down|off|back|not|twice|once|last|"
    r"well(?!-)|alone|this|yesterday|today|(?:\d+|two|three|four|five)\s+(?:times|\w+\s+(?:ago|late|later|early|earlier|before)))\b)",
    re.IGNORECASE,
)


# "I'd like her observed", "I saw her leave": what follows is done by or to her.
_HER_DOES_NEXT = re.compile(
    r"\s+(?:observed|moved|trained|checked|assessed|leave|go|do|take|come|put|sign)\b", re.IGNORECASE
)
_TAKES_PERSON = re.compile(
    r"\b(?:tell|told|tells|telling|give|gave|ask|asked|asking|explain\w*|show\w*|send|sent|write|wrote|remind\w*|let|"
    r"make|made|makes|making|help|helped|hurt|call|called|teach|taught|want|wanted|need|needed|like|get|got|have|had|"
    r"see|saw|watch\w*|hear|heard|of|leave|left|pay|paid|drove|took|take|bring|brought|offer\w*|owe|owed|lend|lent|"
    r"buy|bought|cost|hand|handed|pass|passed|promis\w+|allow\w*|found|kept|keep|warn\w*)\s+$",
    re.IGNORECASE,
)
_AFTER_PERSON = re.compile(
    r"\s+(?:nothing|something|anything|everything|someone|somebody|nobody|the|a|an|this|these|those|her|his|"
    r"their|our|"
    r"my|it|we|I|you|he|she|they|of|all|every|two|three|four|five|many|several|slow|late|leave|do|go|come|know|"
    r"see|be|think|feel|stop|start|more|about|over|into|here|there|home|please|some|any|no|both|first|already|to|"
    r"\d+)\b",
    re.IGNORECASE,
)
_PART_OF = re.compile(r"\bof\s+$", re.IGNORECASE)  # "3 of her 8 rooms", "three of her five"
_COUNT = re.compile(r"\s+(?:\d+|two|three|four|five|six|seven|eight|nine|ten)\b", re.IGNORECASE)


def to_you(text: str, employee: Employee, lead: str = "") -> str:
    """Return ``text`` spoken to the employee; quoted speech and other people stay as they are.

    ``lead`` is what stands before ``text`` in the same sentence: where it is led by somebody
    else of the same pronoun, pronouns are left alone.
    """
    if employee.direct or YOU.search(text):
        text = _drop_vocative(text, employee)
    if employee.direct:
        return text
    if employee.pronoun is not Gender.THEY and led_by_other(lead, employee.names) and _same_gender_lead(lead, employee):
        employee = Employee(employee.names, None, direct=False)
    parts = QUOTED.split(text)
    return "".join(part if i % 2 else _shift_around(part, employee) for i, part in enumerate(parts))


# "The customer said she waited": what follows is about the customer.
_OTHER_SAYS = re.compile(
    rf"{OTHER_PERSON.pattern}\.?(?:\s+[^\W\d_]+){{0,2}}?\s+(?:sa(?:id|ys)|wrote|writes|claim(?:s|ed)|report(?:s|ed)|"
    r"complain(?:s|ed)|mention(?:s|ed)|explain(?:s|ed)|t(?:ells|old)\s+(?:me|us))(?:\s+to\s+(?:me|us))?(?:\s+that)?"
    r"(?=\s+(?:he|she)\b)",
    re.IGNORECASE,
)


def _shift_around(text: str, employee: Employee) -> str:
    """Shift ``text``, but no pronoun in what somebody else of the same pronoun says of themselves."""
    text = text.translate({0: None, 1: None, 2: None})  # marks of our own, below
    says = _OTHER_SAYS.search(text)
    if not says or employee.pronoun is Gender.THEY or not _same_gender_lead(text[: says.end()], employee):
        return _shift(text, employee)
    named = Employee(employee.names, None, direct=False)
    return _shift(text[: says.end()], employee) + _shift(text[says.end() :], named)


def _same_gender_lead(lead: str, employee: Employee) -> bool:
    """Somebody else leads the sentence and nothing says that they have the other pronoun."""
    other = r"\b(?:mrs|ms|miss|daughter|mother|wife|lady|woman|girl)\b"
    if employee.pronoun is Gender.SHE:
        other = r"\b(?:mr|son|father|husband|man|boy|guy)\b"
    own = HE if employee.pronoun is Gender.HE else SHE
    return not re.search(other, lead, re.IGNORECASE) and not own.match(lead.lstrip())


def by_pronoun(text: str, employee: Employee) -> str:
    """Return ``text`` with the employee's name replaced by the pronoun: no name has to reach a model."""
    if employee.direct or employee.pronoun is None:
        return text
    his = {Gender.HE: "his", Gender.SHE: "her", Gender.THEY: "their"}[employee.pronoun]
    for name in employee.names:
        text = _without_role(text, name)
        n = re.escape(name)
        text = re.sub(rf"\b{n}['’]s(?=\s+\w)(?!{_IS_OR_HAS})", his, text)
        text = _as_object(text, n, employee.pronoun)
        text = re.sub(rf"\b{n}\b", employee.pronoun.value, text)
    return text


def _as_object(text: str, name: str, pronoun: Gender) -> str:
    him = {Gender.HE: "him", Gender.SHE: "her", Gender.THEY: "them"}[pronoun]

    def repl(match: re.Match[str]) -> str:
        lead = text[max(0, match.start() - 30) : match.start()]
        return him if _TAKES_PERSON.search(lead) or _PREPOSITION.search(lead) else match.group()

    return re.sub(rf"\b{name}\b(?!['’]s\b)(?!{_FINITE})", repl, text)


_PREPOSITION = re.compile(
    r"\b(?:to|with|for|from|by|about|at|on|against|without|behind|between|beside|met|phoned|rang|emailed|texted|"
    r"spoke to|thanked|warned|reminded|invited|caught)\s+$",
    re.IGNORECASE,
)
_FINITE = (
    r"\s+(?:is|was|has|had|did|does|will|would|can|could|should|must|never|always|left|came|went|took|made|got|gave|"
    r"(?:isn|wasn|hasn|hadn|didn|doesn|won|can|couldn|wouldn)['’]t|[a-z]{2,}ed)\b"
)


def mentions_employee(text: str, employee: Employee) -> bool:
    """Tell whether ``text`` speaks of or to the employee at all."""
    return speaks_of_employee(text, employee) or YOU.search(text) is not None


def speaks_of_employee(text: str, employee: Employee) -> bool:
    """Tell whether ``text`` still speaks of the employee in the third person."""
    if employee.direct:
        return False
    text = without_quotes(text)
    if any(re.search(rf"(?<!\w){re.escape(n)}(?!\w)", text) for n in employee.names):
        return True
    pattern = {Gender.HE: HE, Gender.SHE: SHE}.get(employee.pronoun or Gender.THEY)
    return bool(pattern and pattern.search(text))


def _drop_vocative(text: str, employee: Employee) -> str:
    for name in employee.names:
        text = re.sub(rf",\s*{re.escape(name)}(?=\s*[,.!?;:]|\s*$)", "", text)
        hail = r"(?:(?:hi|hey|hello|dear|right|ok|sister|nurse|mr|mrs|ms|miss|dr)[\s,.]+)*"
        text = re.sub(rf"^\s*{hail}{re.escape(name)}\s*[,:!–-]+\s*", "", text, flags=re.IGNORECASE)
    return text


def _shift(text: str, employee: Employee) -> str:
    for name in sorted(employee.names, key=len, reverse=True):
        text = _without_role(text, name)
        text = _shift_name(text, name)
    if employee.pronoun is Gender.HE:
        text = _subject(text, r"he")
        text = _swap(text, r"himself", "yourself")
        text = _swap(text, r"him", "you")
        text = _swap(text, r"his(?=\s*(?:$|[.,;:!?)])|\s+(?:is|was|and|or)\b)", "yours")
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


# After these "Marek's" is "Marek is" or "Marek has", and before anything else a possessive.
_IS_OR_HAS = (
    r"\s+(?:been|had|got|done|not|just|only|never|always|also|still|\w+ing|\w+ed|a|an|the|very|so|too|really|on|in|at|"
    r"out|off|ready|here|there|away|gone|ill|due|meant|supposed|(?:down|up|back)(?=\s+(?:for|to|on|at|in|from|as)\b)|"
    r"(?:made|taken|put|lost|broken|written|sent|told|run|kept|given|shown|forgotten)"
    r"(?=\s+(?:a|an|the|my|our|your|it|me|us|him|them|no|every|all|some|two|three|four|five|\d+)\b)|"
    r"late(?!\s+(?:shifts?|arrivals?|starts?|deliver\w+|reports?|nights?)\b))\b"
)


def _shift_name(text: str, name: str) -> str:
    n = re.escape(name)
    text = re.sub(rf"\b(?:Mr|Mrs|Ms|Miss|Madam|Sir|Dr|Sister|Nurse|Shri|Smt)\.?\s+(?={n}\b)", "", text)
    text = re.sub(rf"\b{n}['’]s\b(?={_IS_OR_HAS})", "\x00's", text)
    text = re.sub(rf"\b{n}['’]s?(?!\w)", lambda m: _cased("your", text, m.start()), text)
    text = re.sub(rf"\b{n}\b", "\x00", text)
    return _subject(text, "\x00")


def _subject(text: str, subject: str) -> str:
    """Replace a third-person subject and make its verbs, before and after it, agree with "you"."""
    edge = r"\b" if subject != "\x00" else ""
    text = re.sub(
        rf"(?P<lead>(?:^|[.!?,;:]\s+|\b(?:why|what|where|when|who|nor|neither|how(?:\s+\w+)?)\s+)[\W_]*)"
        rf"(?P<verb>(?:was|is|has|does)(?:n['’]?t)?)(?=\s+{edge}{subject}{edge})",
        lambda m: m["lead"] + _like(m["verb"], _second_person(m["verb"])),
        text,
        flags=re.IGNORECASE,
    )
    pattern = re.compile(
        rf"{edge}{subject}(?P<short>['’]s|['’]d|['’]ll|s(?=\s))?{edge}"
        rf"(?P<gap>(?:,\s[^,.;:!?]{{1,40}},)?\s+(?:{_ADVERB})*)?(?P<verb>[A-Za-z]+(?:['’]t)?)?",
        re.IGNORECASE,
    )
    return _AGREED.sub(_further_verbs, pattern.sub(lambda m: _agree(m, text), text))


def _like(old: str, new: str) -> str:
    return new[0].upper() + new[1:] if old[0].isupper() else new


def _agree(match: re.Match[str], text: str) -> str:
    """Return "you" and its verb, followed by a mark: \\x02 where the verb lost its ending, else \\x01."""
    you = _cased("you", text, match.start())
    short = (match["short"] or "").replace("’", "'").lower()
    gap, verb = match["gap"] or "", match["verb"] or ""
    if short in ("'s", "s"):
        has = re.fullmatch(r"been|had|got|done|made|taken|gone|left|missed|\w{3,}ed", verb, re.IGNORECASE)
        passive = verb != "been" and re.match(r"\s+by\b", text[match.end() : match.end() + 12])
        return f"{you}'{'ve' if has and not passive else 're'}{gap}{verb}\x01"
    if short:
        return f"{you}{short}{gap}{verb}\x01"
    agreed = verb if _BY.search(text, 0, match.start()) else _second_person(verb)
    return f"{you}{gap}{agreed}{chr(1) if agreed == verb else chr(2)}"


_BY = re.compile(r"\b(?:by|with|from|of|about)\s+\Z")  # "the note by Ana says": the verb is the note's
# What follows a verb that agrees, as far as its subject may reach.
_AGREED = re.compile(r"(?P<mark>[\x01\x02])(?P<rest>[^\x01\x02.;:!?]*)")
_ANOTHER_VERB = re.compile(
    rf"(?P<joint>\b(?:and|or|nor|but)\s+(?P<adverb>(?:{_ADVERB})*))(?P<verb>[A-Za-z]+(?:['’]t)?)", re.IGNORECASE
)
_NEW_SUBJECT = re.compile(
    r"\b(?:that|who|which|where|when|while|because|if|so|I|we|it|they|you|he|she|says?|said|thinks?|"
    r"(?:the|a|an|my|our|his|her|your)\s+\w+\s+(?:is|was|has|does|\w+ed))\b",
    re.IGNORECASE,
)


def _further_verbs(match: re.Match[str]) -> str:
    """Make the verbs joined to one that agrees ("is late and has no excuse") agree as well."""
    rest = match["rest"]
    stop = _NEW_SUBJECT.search(rest)
    reach = stop.start() if stop else len(rest)
    present = match["mark"] == "\x02"

    def repl(found: re.Match[str]) -> str:
        verb, after = found["verb"], rest[found.end() : found.end() + 12]
        known = verb.lower().replace("’", "'") in _IRREGULAR
        sure = found["adverb"] or (present and (not rest[: found.start()].strip() or _OBJECT_FOLLOWS.match(after)))
        if found.start() < reach and (known or sure):
            return found["joint"] + _second_person(verb)
        return found.group()

    return _ANOTHER_VERB.sub(repl, rest)


_OBJECT_FOLLOWS = re.compile(r"\s+(?:the|a|an|his|her|my|our|me|us|it|no|every)\b", re.IGNORECASE)


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
        before, after = text[max(0, match.start() - 30) : match.start()], text[match.end() : match.end() + 30]
        object_ = (
            _HER_OBJECT_NEXT.match(after)
            or _HER_DOES_NEXT.match(after)
            or (_TAKES_PERSON.search(before) and _AFTER_PERSON.match(after))
        )
        counted = _PART_OF.search(before) and _COUNT.match(after)
        hurt = before.endswith("with ") and re.match(r" back\b", after)  # "off with her back"
        opens = re.search(r"(?:^|[.!?]\s|\n)\W*$", text[: match.start()])  # an object stands after its verb
        word = "you" if object_ and not (counted or hurt or opens) else "your"
        return _cased(word, text, match.start())

    return re.sub(r"\bher\b", repl, text, flags=re.IGNORECASE)


def _swap(text: str, pattern: str, word: str) -> str:
    return re.sub(rf"\b(?:{pattern})\b", lambda m: _cased(word, text, m.start()), text, flags=re.IGNORECASE)


def _cased(word: str, text: str, at: int) -> str:
    """Capitalise where a sentence begins; keep capitals in a text written in capitals."""
    opens = not text[:at].strip() or text[:at].rstrip()[-1] in ".!?"
    capital = text[at].isupper() or text[at] == "\x00"
    return word[0].upper() + word[1:] if opens and capital else word
