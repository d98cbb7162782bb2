"""Parts of a draft that are no feedback: greetings, notes to the coach, headings, loose phrases.

Knows forms of address and of asking for help with words. Decides nothing about the employee.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.rewriting import fidelity, parts
from assistant.rewriting.facts import dates, numbers

_FOR_THE_COACH = re.compile(
    r"^\W*(?:(?:so|and|but|ok(?:ay)?|guys|please|anyway|hi|hello|hey)[\s,]+)*(?:"
    r"(?:please\s+)?help me(?:\s+out)?(?:\W*$|\s+(?:please|(?:to\s+)?(?:say|tell|write|word|put|phrase|find|talk|"
    r"explain|draft|speak|with\s+(?:this|that|it|him|her|them|(?:the\s+|some\s+|my\s+|a\s+)?(?:words?|wording|message|"
    r"note|text|e-?mail|mail|draft|letter)))\b))|"
    r"how (?:do|can|should|would) i (?:tell|say|word|put|ease|get|phrase|bring|talk|explain|approach|make)\b|"
    r"what (?:do|should|can|would) i (?:write|say|tell|do)\b|"
    r"(?:i )?(?:need|want|would like|'d like)\s+(?:a|an|some|something|the right)\s+(?:\w+\s+){0,2}"
    r"(?:message|note|text|e-?mail|mail|line|words?|wording|letter|draft|write-?up|script)\b|"
    r"(?:i )?(?:need|want|have|got|'m going|am going|would like|'d like)\s+to\s+(?:have it out|talk|speak|"
    r"have a (?:word|talk|chat)|sit down)\b(?!\s+(?:to|with)\s+(?:you|u)\b.*(?:\d|day\b|morning|tomorrow|week))|"
    r"(?:i )?(?:need|want|have|got|'m going|am going|would like|'d like)\s+to\s+(?:"
    r"write (?:him|her|them|this|it|something)|send (?:him|her|them)|give (?:him|her|them) feedback)\b|"
    r"(?:i have |there is |got )?no idea how to\b|(?:i'?m |i am )?not sure how to (?:say|tell|put|word|bring)\b|"
    r"i (?:don'?t|do not) know how to (?:say|tell|put|word|bring)\b|"
    r"(?:can|could|would|will) you (?:please )?(?:put|word|rewrite|rephrase|draft|phrase|turn|help|polish|fix|"
    r"write)\b|"
    r"(?:1[:-]1|one-on-one|feedback|notes?|review|write-?up)\b[^.!?]{0,40}(?:for|on|about|:|–|"
    r"-)\s*[\w ,'’-]{0,40}:?$|"
    r"here(?:'s| is| are)\s+(?:what|my|the)\b[^.!?]{0,30}(?:happened|draft|notes?|e-?mail)\b|"
    r"(?:it |this )?needs? to (?:be|sound) (?:calm|short|polite|kind|firm|nice|professional|friendly|clear|"
    r"to the point)\b|"
    r"make it (?:short|polite|nice|friendly|firm|professional|sound|clear)\b"
    r")",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^\W*(?:(?:hi|hello|hey|ok|so)[\s,]+)*(?:i have|i['’]?ve got|i got|there is|there['’]s|we have|got|having)\s+"
    r"(?:a |an |some |big |real )*(?:problems?|issues?|situation|trouble|complaints?|concerns?)\s+(?:with|about|"
    r"around)\b",
    re.IGNORECASE,
)
_ORDER_TO_THE_COACH = re.compile(
    r"^\W*(?:(?:so|and|but|please|just|kindly)[\s,]+)*(?:write|draft(?!\s+(?:\d|of|is|was|went))|"
    r"word(?!\s+(?:from|of|is|was|has|came|got))|put|make(?!\s+sure)|give me|phrase|compose|"
    r"rewrite|prepare|"
    r"send|need(?!\s+to)|tell (?:me|him|her|them) (?:nicely|politely|that|to))\b",
    re.IGNORECASE,
)
# What an order to the coach is about; with a number or a date and none of these it is a request to the employee.
_WORDING = re.compile(
    r"\b(?:words?|wording|versions?|variants?|lines|sentences?|tone|politely|nicely|short|polite|friendly|firm|"
    r"(?:him|her|them)\s+(?:a|an|some|something|nicely|that|to|how|about|know))\b|\b(?:a|an|some)\s+(?:\w+\s+){0,2}"
    r"(?:message|note|text|e-?mail|mail|letter|script)\b",
    re.IGNORECASE,
)
_ABOUT_MYSELF = re.compile(
    r"^\W*(?:(?:and|but|so|honestly|frankly|because)[\s,]+)*(?:i\s+(?:really\s+|just\s+|honestly\s+)*(?:hate|"
    r"hope|guess|dread|"
    r"don'?t want|do not want|would rather|'d rather|wish|am not|have not said|haven'?t said|never said|don'?t know|"
    r"am (?:tired|sick|fed up|dead|done)|can'?t stand|was (?:in the middle|busy))|i'?m\s+(?:not a|so |dead |sick|"
    r"tired|fed up|done)|"
    r"it'?s (?:a bit |kind of )?awkward)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|morning|howya|g['’]day|greetings|hiya|yo)\b[\s,]*"
    r"(?:(?:mr|mrs|ms|miss|dr|prof)\b\.?\s*)?(?:[\w'’-]+(?:\s+(?!you\b|I\b)[A-Z][\w'’-]+)?)?\W*$",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(
    r"^\W*(?:(?:kind|best|warm|many|with)\s+)?(?:regards|wishes|best|cheers|thanks(?: and regards| in advance|"
    r" a lot| again)?|"
    r"sincerely|faithfully|yours(?: sincerely| truly| faithfully)?|thanking you|rgds|br|thx|ta)\b(?:"
    r"[\s,]*(?-i:[A-Z](?:[^\W\dA-Z_][\w'’-]*)?\b\.?)|,\s*[^\W\d_]+){0,3}\W*$",
    re.IGNORECASE,
)
_MAIL_HEAD = re.compile(r"^\W*(?:from|to|cc|bcc|subject|re|fwd?)\s*:\s*\S", re.IGNORECASE)
_LONGEST_HEAD = 14  # words
_PLEASANTRY = re.compile(
    r"^\W*(?:i\s+)?(?:hope|trust)\s+(?:you|this|all|everything|your)\b|^\W*how (?:are|is) (?:you|things|it)\b|"
    r"^\W*i am writing (?:with|in|to|about|regarding)\b",
    re.IGNORECASE,
)
_COMMENT = re.compile(
    r"^\W*(?:(?:and|so|but|well)\s+)*(?:(?:that|which|it) (?:explains|says) (?:it|it all|everything|a lot|things)|"
    r"no wonder|go figure|enough said|need i say more|say no more|you get the (?:idea|picture)|what can i say|"
    r"that['’]s (?:all|it|that)(?: from me)?|end of(?: story)?|make of that what you will|there you (?:go|have it)|"
    r"bear with me|long story short|for what it['’]s worth|just saying)\W*$",
    re.IGNORECASE,
)
_MENTION = re.compile(
    r"^\W*(?:please\s+)?(?:use|mention|point out|bring up|put in|include|stress|remind (?:him|her|them))\s+"
    r"(?:the fact\s+)?that\s+(?P<rest>\S.{12,})$",
    re.IGNORECASE | re.DOTALL,
)
_INTENT = re.compile(
    r"^(?P<joint>(?:and|but|so)\s+)?i(?:['’]d| would)?\s*(?:['’]m going to|['’]m gonna|am going to|will|want to|"
    r"wanna|"
    r"need to|have to|like to|would like to|just want to|just wanted to|wanted to|must)\s+"
    r"(?:tell|let|say to|inform|remind)\s+(?:him|her|them|you|[A-Z][a-z]+)\s+(?:know\s+)?"
    r"(?:(?P<to>to)\s+(?!me\b)|(?:that|about the fact that)\s+|(?=(?:he|she|they|you|the|it|we|"
    r"I)\b))(?P<rest>\S.{12,})$",
    re.IGNORECASE | re.DOTALL,
)


FAREWELL = "A greeting or a farewell; you say that yourself."
"""Why neither is a part of the message."""


def reason(said: str, *, direct: bool) -> str:
    """Return why a clause is no part of the feedback, or nothing where it may be."""
    if _GREETING.match(said) or _SIGN_OFF.match(said) or _PLEASANTRY.match(said):
        return FAREWELL
    if _MAIL_HEAD.match(said) and len(said.split()) <= _LONGEST_HEAD and not (numbers(said) or dates(said)):
        return "The head of a message, not what you say."
    if _FOR_THE_COACH.match(said) and not (direct and re.match(r"\W*(?:can|could|would|will) you\b", said, re.I)):
        return "A note to me, not to them."
    if not direct and (_orders_the_coach(said) or _OPENING.match(said)):
        return "A note to me, not to them."
    return _beside_the_point(said, direct=direct)


def signs_off(said: str) -> bool:
    """Tell whether a clause is a farewell, after which only a signature comes."""
    return _SIGN_OFF.match(said) is not None


def signature(said: str) -> bool:
    """Tell whether a clause after a farewell is a name, a title or a desk."""
    return len(said.split()) <= _LONGEST_NAME and not (has_verb(said) or numbers(said) or dates(said))


_LONGEST_NAME = 6  # words


def _beside_the_point(said: str, *, direct: bool) -> str:
    if not direct and _ABOUT_MYSELF.match(said):
        return "About you, not for them."
    if re.search(r":\s*$", said) and len(said.split()) <= 4 and not re.search(r"\d", said):
        return "A heading."
    if _COMMENT.match(said):
        return "A comment by the way; it says nothing that happened."
    if len(said.split()) == 1 and not re.search(r"\d", said):
        return "A single word without a fact."
    return ""


def _orders_the_coach(said: str) -> bool:
    order = _ORDER_TO_THE_COACH.match(said)
    if not order:
        return False
    return not (numbers(said) or dates(said)) or _WORDING.search(said, order.start()) is not None


def trails(said: str) -> bool:
    """Tell whether a clause hangs on the one before it ("so he gets the message")."""
    return re.match(r"\W*(?:so|because|that|without|but|which|in order)\b", said, re.IGNORECASE) is not None


def demand(said: str) -> bool:
    """Tell whether a clause asks for something to be done."""
    return (
        re.match(
            r"\W*(?:(?:and|but|so|from now on|then|next time|also)[\s,]+)*(?:please|kindly|send|do|make|get|call|"
            r"check|bring|"
            r"put|fill|write|let|keep|ask|tell|stop|start|use|give|show|take|bring|finish|update|come|be|read|follow|"
            r"(?:you|he|she|they)\s+(?:need|needs|must|should|have to|has to)|i(?:['’]d| would)? (?:need|want|"
            r"expect|like)\s+"
            r"(?:you|him|her|them|to see)|can you|could you|will you|would you)\b",
            said,
            re.IGNORECASE,
        )
        is not None
    )


# "She never heard about it" is one event; "she never updates it" is a generalization.
_NEVER_ONCE = re.compile(
    r"\bnever\s+(?P<even>even\s+)?(?P<verb>heard|came|got|gave|told|took|went|saw|said|made|left|sent|did|had|knew|wrote|"
    r"rang|put|brought|showed|\w{2,}ed)\b",
    re.IGNORECASE,
)
_AUXILIARY = re.compile(r"\b(?:has|have|had|'s|'ve|is|are|was|were|be|been|will)\s*$", re.IGNORECASE)
_PRESENT = {
    "heard": "hear", "came": "come", "got": "get", "gave": "give", "told": "tell", "took": "take", "went": "go",
    "saw": "see", "said": "say", "made": "make", "left": "leave", "sent": "send", "did": "do", "had": "have",
    "knew": "know", "wrote": "write", "rang": "ring", "put": "put", "brought": "bring", "showed": "show",
}  # fmt: skip


def once(said: str) -> str:
    """Return a clause with "never heard" as "didn't hear", where it tells of one time."""
    match = _NEVER_ONCE.search(said)
    if not match or re.search(
        r"\b(?:has|have|had|'s|'ve|is|are|was|were|be|been|will)\s*$", said[: match.start()], re.I
    ):
        return said
    verb = match["verb"].lower()
    base = _PRESENT.get(verb) or fidelity.base(verb)
    return f"{said[: match.start()]}didn't {base}{said[match.end() :]}" if base else said


def asks(said: str) -> bool:
    """Tell whether a clause asks the employee an open question, by its form alone."""
    return _OPEN_QUESTION.match(said) is not None and said.rstrip().endswith("?")


_OPEN_QUESTION = re.compile(
    r"\W*(?:(?:and|but|so)[\s,]+)?(?:what(?=['’]s\b|\s+(?:is|was|did|do|does|would|could|can|happened|got|went|made|"
    r"stopped|held|kept|has|have|else|time|will|should|was going|am|are we|may)\b)|"
    r"how(?!\s+(?:hard|difficult|dare|on earth|come|thick|stupid|many times)\b)|where|when(?!\s+will\s+you\s+finally)|"
    r"which|can you (?:tell|help|show|talk|walk)|could you|(?:is|was|were|are) there (?:something|anything|things)|"
    r"(?:did|do|does|has|have) (?:something|anything|you need|you have what)|can i (?:do|help))\b",
    re.IGNORECASE,
)


def without_intent(said: str) -> str:
    """Return what the manager wants said, without "I want to tell them that"."""
    if mention := _MENTION.match(said):
        return mention["rest"]
    match = _INTENT.match(said)
    if not match:
        return said
    rest = match["rest"]
    return ("Please " if match["to"] else "") + rest


def untidy(said: str) -> bool:
    """Tell whether a clause needs rewording for its form alone: shouting, texting, broken agreement."""
    letters = [c for c in said if c.isalpha()]
    shouting = len(letters) > 12 and sum(c.isupper() for c in letters) > 0.7 * len(letters)
    texting = re.search(
        r"(?<![\w'’])(?:u|ur|i|im|ive|dont|didnt|doesnt|wasnt|isnt|cant|wont|havent|hasnt|pls|plz|gonna|"
        r"gotta)(?![\w'’])",
        said,
    )
    broken = re.search(
        r"\b(?:you|they|we)\s+(?:has|was|is|does)\b|\b(?:he|she|it)\s+(?:have|are|were|do|don't)\b|"
        r"\b(?:is|was|are|were)\s+(?:not\s+)?(?:call|send|come|go|make|measure|think|know|do|clean|say|give|take)\b",
        said,
        re.IGNORECASE,
    )
    return bool(shouting or texting or broken)


def without_spans(sentence: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    """Return versions of a sentence without the given spans: by part, then by the words alone."""
    versions = []
    such = re.search(r"\b(?:so|such)\b.{0,60}?\bthat\s+(?P<rest>\S.*)$", sentence, re.IGNORECASE)
    if such and all(end <= such.start("rest") for _, end in spans):
        versions.append(such["rest"])
    versions.append(without_parts(sentence, spans))
    bare = sentence
    nameless = False
    for start, end in sorted(spans, reverse=True):
        before, after = bare[:start], bare[end:]
        nameless = nameless or bool(_LACKS_NOUN.search(before[-40:]) and not after.strip(" .,!?;:"))
        article = re.search(r"\ban?\s+$", before[-4:], re.IGNORECASE)
        if article and after.strip()[:1].isalpha():
            n = "n" if after.strip()[0].lower() in "aeiou" else ""
            before = f"{before[: len(before) - len(article.group())]}{article.group()[0]}{n} "
        bare = before + after
    bare = re.sub(r"\s+", " ", bare)
    bare = re.sub(r" ([.,!?;:])", r"\1", bare)
    bare = re.sub(r",(?:\s*,)+", ",", bare)
    if not spans or not (nameless or in_mid_air(bare)):
        versions.append(bare)
    return [v for v in versions if len(v.split()) >= 3 and not re.match(r"\W*to [a-z]", v, re.IGNORECASE)]


# "a walking" is left of "a walking ego".
_LACKS_NOUN = re.compile(r"\b(?:an?|such an?|the|some|total|complete|real)\s+(?:[\w-]+\s+){0,2}$", re.IGNORECASE)


def in_mid_air(sentence: str) -> bool:
    """Tell whether a sentence breaks off, or lacks what one of its words leads to ("it was so and late")."""
    return _MID_AIR.search(sentence) is not None


_MID_AIR = re.compile(
    r"\b(?:a|an|the|so|such|very|too|is|are|was|were|be|being|and|or|but|like|of|because|since|as|that|while|which|if|"
    r"to|with|than|really|just|quite|you['’]re|it['’]s|that['’]s)\s*(?:[.,!?;]|$)|^\W*$|"
    r"\b(?:so|such|such an?|too|very)\s+(?:that|to|for|and|or)\b|"
    r"\b(?:an?|the|is|are|was|were|being|you['’]re|it['’]s)\s+(?:and|but|or|because|that|when|while|to)\b|"
    r"^\W*(?:always|never)\s+(?:is|was|will|did|does|do|ha[sd]|have)(?:\s+(?:been|had|done|be))?\W*$|"
    r"\b(?:is|are|was|were|['’]s|['’]re) doing\W*$",
    re.IGNORECASE,
)


def tells(text: str) -> bool:
    """Tell whether ``text`` has a verb or a number, so that it can say something by itself."""
    return bool(numbers(text)) or has_verb(text)


def has_verb(text: str) -> bool:
    """Tell whether ``text`` has a finite verb of the commoner kind."""
    return any(_FINITE.match(text, found.start()) for found in re.finditer(r"\b\w", text))


PAST = (
    r"\w{2,}[^e]ed|had|did|left|came|went|took|made|got|gave|put|said|told|sent|forgot|lost|kept|wrote|ran|drove|broke|"
    r"cut|let|blew|spoke|threw|stood|built|found|held|knew|led|met|paid|read|rang|saw|sold|shut|spent|thought|wore|won|"
    r"hit|set|began|chose|hid|laid|rode|swung|tore|woke|brought|caught|taught|sat|fell|cost"
)
"""What tells that somebody did something, as a part of a pattern."""
_FINITE = re.compile(
    r"(?:(?:also|then|just|even|still|never|not)\s+)?(?:was|were|is|are|has|have|do|does|will|would|can|could|"
    rf"\w{{2,}}ed|{PAST})\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"^\W*(?P<subject>you|I|we|it|they|the \w+|your \w+)\b", re.IGNORECASE)


def without_parts(sentence: str, spans: Sequence[tuple[int, int]]) -> str:
    """Drop the parts between commas and joints that hold a span; lend the rest their subject."""
    cut = parts.spans(sentence)
    kept = [(a, b) for a, b in cut if not any(s < b and e > a for s, e in spans)]
    if not kept:
        return ""
    text = " ".join(sentence[a:b].strip() for a, b in kept)
    text = re.sub(r"^(?:and|but|because|so|which)\s+", "", text.strip(" ,;:–—-"), flags=re.IGNORECASE)
    lost_subject = kept[0] != cut[0] and _SUBJECT.match(sentence)
    if lost_subject and _FINITE.match(text):
        text = f"{lost_subject['subject']} {text}"
    return text.strip()
