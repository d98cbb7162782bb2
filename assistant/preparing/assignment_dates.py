"""How a manager says when: dates, clocks, spans, events, rhythms, and what only sounds like a day.

Knows patterns and nothing of what is done with them (``assignment``).
"""

from __future__ import annotations

import re

_I = re.IGNORECASE

_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_CLOCK = (
    r"(?:\d{1,2}(?::|\.)\d\d(?:\s?[ap]\.?m\b\.?)?|\d{1,2}\s?[ap]\.?m\b\.?|\d{1,2} o['’]clock|noon|midday|midnight|"
    r"close of business|cob|eod|end of (?:the )?(?:day|shift|business))"
)
_UNIT = r"(?:hour|day|week|fortnight|month|quarter|year|shift|term|season|sprint|semester|summer|winter|spring|autumn)"
_COUNT = (
    r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|the next|the next \w+|the coming \w+)"
)
_DATE = (
    rf"(?:(?:the )?(?:{_DAY}),?(?: (?:morning|noon|afternoon|evening|night))?"
    rf"(?:,? (?:the )?\d{{1,2}}(?!\s?[ap]\.?m|[:.]\d)(?:st|nd|rd|th)?(?: (?:of )?{MONTH}\b)?)?"
    rf"|(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}\b(?:,? \d{{4}})?|{MONTH} \d{{1,2}}(?:st|nd|rd|"
    rf"th)?\b(?:,? \d{{4}})?"
    rf"|(?:the )?\d{{1,2}}(?:st|nd|rd|th)\b(?! (?:working|business|day))|(?:early |mid-?|late |end of |the end "
    rf"of |mid )?{MONTH}\b(?: \d{{4}})?"
    rf"|\d{{4}}-\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}\.?(?:[./]?\d{{2,4}})?|q[1-4]\b(?: \d{{4}})?"
    rf"|(?:the )?(?:end|middle|start|beginning|close|first day|last day|first week|last week) of (?:the |this |next )?"
    rf"(?:{_UNIT}|q[1-4]|{MONTH}|business|play|school year|\w+ (?:week|month|quarter|year|season|term))(?: \d{{4}})?\b"
    rf"|(?:early |mid-?|late )?(?:next|this|coming) (?:{_UNIT}|{_DAY}|{MONTH}|weekend)\b"
    rf"|(?:the )?(?:first|second|third|fourth|fifth|last|\d{{1,2}}(?:st|nd|rd|th)?) (?:working |business "
    rf")?(?:day|{_DAY}|"
    rf"week)(?: (?:of|in) (?:the |each |every |next )?(?:month|week|quarter|year|{MONTH}))?\b"
    rf"|year[- ]end|month[- ]end|tomorrow(?: \w+)?|today|tonight|christmas|easter|new year|ramadan|diwali|"
    rf"thanksgiving|{_CLOCK})"
    rf"(?:,? (?:at|by|before|until|around)? ?{_CLOCK})?"
)
_EVENT = (
    r"(?:(?:before|in time for|ahead of|until) (?:the|our|his|her|their|your|my) (?:next |first |annual |new )?"
    r"(?!time\b|way\b|end\b|book\b|looks\b|team\b|customer|client|others?\b|board can\b)[\w-]+(?: (?:audit|"
    r"inspection|meeting|fair|launch|visit|season|review|opening|"
    r"deadline|conference|service|shift|handover|holidays?|break|party|event|trip|term|exam|exams|count|call|"
    r"rush|period|peak|closing|start))?"
    r"|(?:before|in time for|ahead of) (?!you|they|we\b|i\b|he\b|she\b|it\b|me\b|him|her|us\b|them|then|now|long|"
    r"that|this|\w+ing\b(?<!stocktaking)(?<!opening)(?<!closing)(?<!planning))[a-z-]{4,}(?=\s*(?:$|[.,;!?\n]))"
    r"|by (?:the|our) (?:next |first |annual )?(?:\w+ )?(?:audit|inspection|meeting|fair|launch|visit|season|"
    r"review|opening|deadline|conference|shift|handover|holidays?|term|exams?|summer|winter|spring|autumn|weekend))"
)
_RHYTHM = (
    rf"(?:(?:every|each) (?:single |other |second )?(?:{_DAY}|{_UNIT}|morning|evening|night|afternoon)s?(?: "
    rf"(?:morning|noon|evening|night|afternoon))?(?: "
    rf"(?:by|at|before) {_CLOCK})?"
    rf"|(?:on )?(?:{_DAY})(?<=s)(?: (?:by|at|before) {_CLOCK})?"
    r"|(?:once|twice|three times|\d+ times) (?:a|per|each|every) (?:day|week|month|shift|quarter|year)"
    rf"|(?:daily|weekly|fortnightly|monthly|quarterly|hourly)(?= (?:by|at|before)|[.,;!]|$)(?: (?:by|at|before) "
    rf"{_CLOCK})?)"
)
_SPAN = (
    rf"(?:(?:in|within|over|during|for) (?:the next |the coming )?(?:{_COUNT}) (?:working |business )?(?:days?|"
    rf"weeks?|fortnights?|months?|quarters?)\b"
    rf"|(?:within|in|over|during) (?:the|this|next) (?:{_UNIT})\b)"
)
BY_WHEN = re.compile(
    rf"\b(?:(?:(?:is |are |it's )?due|deadline(?: is)?:?)(?: (?:on|by|is|at|in|before))? {_DATE}"
    rf"|(?:not? later than|by|before|until|till|in time for|ahead of|on|no later than|from|starting|as of|at|"
    rf"for|in|to be ready for)"
    rf"(?: around| about| latest| the latest)? {_DATE}|{_SPAN}|{_RHYTHM}|{_EVENT}"
    rf"|(?:this|next) (?:{_UNIT}|weekend|{_DAY})\b|tomorrow(?: (?:morning|noon|afternoon|evening))?|today|tonight)"
    rf"(?: at the latest)?",
    _I,
)
VAGUE_WHEN = re.compile(
    r"\b(?:a\.?s\.?a\.?p\b\.?|as soon as (?:possible|you can|you get)|as quickly as possible|as fast as "
    r"(?:possible|you can)|"
    r"soon(?:ish|er rather than later)?\b|quickly|shortly|urgently|immediately|right away|straight away|at once|"
    r"when(?:ever)? (?:you|they|he|she) (?:can|get a (?:chance|minute|moment)|ha(?:ve|s) (?:a )?(?:time|moment|"
    r"minute)|gets? round to it|gets? around to it)|"
    r"at some point|some ?time|eventually|one of these days|when there(?:'s| is) time|in due course|in the near "
    r"future|going forward|"
    r"in (?:a|the) (?:few|couple of|next few|coming) (?:days|weeks|months)|over the (?:next|coming) (?:few "
    r")?(?:days|weeks|months))",
    _I,
)
NAMED_WHEN = re.compile(
    r"\b(?:Q[1-4]|H[12]|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|June|July|August|"
    r"September|October|November|December|Christmas|Easter|20\d\d)\b(?:['’]s)?"
)
