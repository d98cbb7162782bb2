"""How assignments are worded in English: measures, who decides, news of progress, and what is too vague.

Knows patterns and word lists and nothing of what is done with them (``assignment``). What is listed is grammar
and closed classes of words; what any one person writes is not.
"""

from __future__ import annotations

import re

from assistant.preparing.assignment_dates import MONTH

_I = re.IGNORECASE

# --- measure --------------------------------------------------------------------------------------------

_NUMBER = (
    r"(?:[€$£]\s?)?(?:\d[\d.,]*|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"twenty|thirty|fifty|half|a third|a quarter|a dozen)"
)
_UNITS = (
    r"(?:\s?(?:%|per ?cent|percent|k|m|€|euros?|dollars?|pounds?|points?|minutes?|hours?|seconds?|days?)(?![a-z]))?"
)
MEASURES = tuple(
    re.compile(pattern, _I)
    for pattern in (
        r"\b(?:measured (?:by|in|on|against)|the measure is|measure:|kpi:?|target (?:is|of)|target:|we(?:'ll| "
        r"will| both)? know (?:it|that|by|when)|"
        r"(?:done|success|finished|good|great) (?:means|is when|looks like)|counts as (?:done|good)|acceptance:|"
        r"proof(?: is)?:?)\b[^.;!?\n]+",
        rf"\b(?:below|under|above|over|at least|at most|no more than|not more than|no less than|no fewer than|"
        rf"fewer than|less than|"
        rf"more than|a maximum of|a minimum of|max(?:imum)?\.?|min(?:imum)?\.?|up to|down to|not exceed(?:ing)?|"
        rf"exceed(?:s|ing)?) {_NUMBER}{_UNITS}(?: (?!by\b|before\b|until\b|and\b|on\b|from\b|or\b|in\b|"
        rf"at\b)[a-z-]+){{0,3}}",
        rf"\b(?:to|by|of|from|at) {_NUMBER}\s?(?:%|per ?cent|percent|points?)(?: to {_NUMBER}\s?(?:%|per ?cent|"
        rf"percent|points?)?)?(?: of (?:the |all |our )?[a-z-]+)?",
        rf"\b(?:reduce|cut|lower|shorten|raise|increase|grow|improve|bring|get|lift|halve|double|drop|keep)\w* "
        rf"[^.;!?\n]{{2,60}}? (?:to|by|at|from) {_NUMBER}{_UNITS}(?: (?:to|a|per|each) (?:{_NUMBER}{_UNITS}|"
        rf"[a-z]+))?(?![\d/:.]|(?:st|nd|rd|th)\b| (?:{MONTH}|o['’]clock|[ap]\.?m)\b)",
        r"\b\d[\d.,]*\s?(?:%|per ?cent|percent)(?: [a-z-]+){0,3}",
        r"\b(?:within|in) (?:\d+|an?|one|two|three|four|five|ten|fifteen|thirty|twenty-four|half an) (?:minutes?|"
        r"hours?|seconds?|hour)\b(?: of [a-z ]{2,30})?",
        r"\b(?:(?:with |and )?(?:zero|nil)|with no|with not a single|without (?:an?|any|a single)|has no|have "
        r"no|and no|there (?:are|is) no) (?!one\b|longer\b|later\b|matter\b|need\b|idea\b|doubt\b|fail\b|fuss\b|"
        r"delay\b|excuse|problem|issue|hassle|hesitation|question)(?:[a-z-]+ ){0,2}[a-z-]+",
        r"\b(?:every|each|all(?: of)?(?: the| our| my)?|no|not one|none of the) (?!one\b|other\b|day\b|week\b|"
        r"month\b|morning\b|shift\b|year\b|time\b|night\b|evening\b|quarter\b|of (?:this|that|it|you|us)\b|"
        r"this\b|that\b|these\b|longer\b|later\b|matter\b|step\b|single day)"
        r"[\w'-]+(?: [\w'-]+){0,6}? (?:is|are|has|have|gets?|must|should|will|can|carr(?:y|ies)|shows?|holds?|"
        r"leaves?|arrives?|goes|go|\w{2,}(?:ed|en))\b[^.;!?\n]*",
        r"\beach (?:of \w+ |one )?(?:can|is|has|knows|with|carries|shows)\b[^.;!?\n]*",
        r"\b(?:none|nobody|no one|nothing) (?:(?:of \w+ )?(?:is|are|has|have|should|must|may|waits?|sits?|stands?|"
        r"leaves?|goes|gets)\b|older|later|longer|more than|left|lost|missing|open|unanswered)[^.;!?\n]*",
        r"\b[\w-]+ that (?:match|agree with|add up|balance|pass)\b[^.;!?\n]*",
        rf"\b[^.;:!?\n]{{3,60}}? in (?:under|less than|at most) (?:an?|{_NUMBER}) (?:seconds?|minutes?|hours?|days?)\b",
        r"\b(?:pass(?:es)?|get through) (?:the |an? |our |its |every )?(?:\w+ )?(?:audit|inspection|test|tests|"
        r"review|check|exam|acceptance|certification)\b",
        r"\b(?:signed(?: off)?|approved|accepted|confirmed) by (?:the |our |an? )?(?!me\b|you\b|\d)[\w-]+(?: "
        r"(?:engineer|manager|officer|inspector|client|customer|team|board))?",
        r"\b(?:within|on|under|inside) (?:the )?budget\b(?: of [€$£]?\d[\d.,]*k?)?|\b(?:error|defect|accident|"
        r"fault|bug)-free\b|\bfirst[- ]time[- ]right\b|\bin full\b",
        r"\b(?:hears?|answer\w*|repl\w+|respon\w+|call\w*|return\w*|deliver\w*|out|closed|solved|"
        r"fixed)\b[^.;!?\n]{0,30}? "
        r"within (?:an?|one|two|three|\d+) (?:working |business )?(?:days?|hours?|minutes?)",
        rf"\b(?:a |an )?(?:score|rating|rate|average|nps|turnover|revenue|margin|uptime|budget) of {_NUMBER}{_UNITS}",
    )
)

CHANGES = MEASURES[1:4]
"""Measures that make an outcome of a change: "cut returns to 4 %", not "improve the returns"."""

# --- roles of clauses -----------------------------------------------------------------------------------

_TELL = (
    r"(?:tell|call|ring|phone|ping|text|email|e-mail|message|warn|alert|ask|come (?:to|and (?:see|find)|"
    r"back to)|let|get hold of|involve|speak to|talk to|contact)"
)
RAISE = re.compile(
    rf"\b(?:(?:if|when|whenever|as soon as|the moment|once|should|in case)\b[^.;!?\n]*?\b(?:stop\b|{_TELL} "
    rf"(?:me|us|my|your|the|dr|mr|mrs|ms|(?-i:[A-Z]\w+))\b|let me know|come to me|shout|say so|speak up|raise|"
    rf"escalate|flag|put your hand up|i want to "
    rf"(?:know|hear))"
    rf"|(?:{_TELL} me|let me know|shout|speak up|come to me|say so|flag it|raise (?:a|your|it)|i want to "
    rf"(?:know|hear)(?: about it)?)\b[^.;!?\n]*?\b(?:if|when|as soon as|the moment|early|straight away|at once|"
    rf"immediately|right away|before it|in time|the (?:same )?(?:day|minute|second|hour)|should)\b"
    r"|raise (?:a|your) hand|put your hand up|escalate\b)",
    _I,
)
WHEN_DONE = re.compile(
    r"\b(?:when|once|as soon as|after) (?:it|they|you|that|this|everything|all|the \w+)(?:['’]s|['’]re|['’]ve| "
    r"is| are| has| have| was)?(?: been| all)? (?:done|finished|ready|complete|completed|sorted|over(?=\W*$))\b",
    _I,
)
VISIBLE = re.compile(
    r"\b(?:(?:daily|weekly|fortnightly|monthly|short|brief|quick|regular|written|hourly) (?:\w+ )?(?:update|"
    r"note|report|e-?mail|mail|summary|check-?in|stand-?up|call|catch-?up|status|line)s?"
    r"|(?:update|brief|inform|show|send|text|email|e-mail|message|drop|give) me\b(?! a hand)|keep me (?:posted|"
    r"updated|informed|in the loop|up to date)|report (?:back )?(?:to me|on|back)"
    r"|(?:on|in|via) (?:the|our|a) (?:\w+ )?(?:board|tracker|dashboard|sheet|spreadsheet|shared \w+|list|"
    r"channel|wiki|log|jira|trello|whiteboard|kanban)\b"
    r"|(?:let['’]s|we(?:['’]ll| will| can| should)?|i(?:['’]ll| will| want to)?) (?:\w+ )?(?:look|review|meet|"
    r"check|catch up|go through|sit down|walk through|come by|drop (?:in|by)|talk|touch base|see where)"
    r"|i(?:['’]d| would)? (?:like|want) to see (?!at least|no |all |every |\d)"
    r"|(?:first|early|rough) (?:draft|version|look|batch|sketch|outline|piece|demo)|check-?ins?\b|milestones?|"
    r"progress\b|status)",
    _I,
)
LEVELS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, _I), levels)
    for pattern, levels in (
        (
            r"\bunless i (?:object|say|hear|stop|veto)|\btell me before you (?:go|do|start|act)|\blet me know "
            r"before you|\b(?:decide|choose)[^.;]* and (?:tell|inform) me first",
            ("unless",),
        ),
        (
            r"\b(?:decide|choose|pick|call|handle|approve|order|spend)[^.;]*\b(?:tell|inform|update|let me know|"
            r"report)\b[^.;]*\b(?:after|afterwards|later|once)|\bjust (?:tell|let) me (?:know )?(?:afterwards|"
            r"after|what you decided)",
            ("tell_after",),
        ),
        (
            r"\b(?:propose|suggest|recommend|bring me (?:a|your|two|three|some)?\s?(?:proposals?|options?|"
            r"suggestions?|ideas?|recommendations?)|make (?:me )?a (?:proposal|suggestion|recommendation)|come "
            r"(?:back )?(?:to me )?with (?:a |your )?(?:proposals?|options?|recommendations?))",
            ("propose",),
        ),
        (
            r"\btell me what you(?:['’]ve)? f(?:ind|ound)|\b(?:look into|find out|gather|investigate|"
            r"collect)\b[^.;]*\b(?:i(?:['’]ll| will)? decide|my (?:call|"
            r"decision)|report back|tell me what you f(?:ind|ound))",
            ("look_into",),
        ),
        (
            r"\b(?:i|we)(?:['’]ll| will| want to| have to| need to| must| should)? (?:\w+ )?(?:decide|approve|"
            r"sign(?: it| them| everything)? ?off|have the (?:last|final) (?:word|say)|make the (?:final "
            r")?(?:decision|call)|okay|ok)\b"
            r"|\b(?:needs?|with|without|wait for|get|gets) my (?:\w+ )?(?:approval|ok|okay|sign-?off|permission|"
            r"go-?ahead|consent)|\b(?:run|clear|check|pass) [^.;]{0,40}?(?:by|with|past) me|\b(?:ask|check with|"
            r"come to|consult|bring (?:it |them |that |this )?to) me (?:first|before)|\bbring [\w' ]{2,30}? to "
            r"me\b|\bshow (?:me|it to me)[^.;]{0,30} before\b|\bsigned? off by me|\bmy "
            r"(?:decision|call)\b|\bcomes? to me\b|\bgoes through me\b",
            ("look_into", "propose"),
        ),
        (
            r"\b(?:you|he|she|they)(?:['’]re| are| is)?(?: can| may| will| get to| could|['’]ll)? (?:\w+ "
            r")?(?:decides?|chooses?|picks?|free to|make the (?:call|decision)|have (?:a )?free (?:hand|rein)|"
            r"sign off|approve|spend|order|hire)\b"
            r"|\b(?:you|he|she|they)\b(?: [\w'’]+){1,5}? (?:and|also) (?:decides?|chooses?|picks?)\b"
            r"|\b(?:your|his|her|their) (?:call|decision|choice)\b|\bup to (?:you|him|her|them)\b|\b(?:without "
            r"asking(?: me| first| anyone)?(?= *$|[,;.])|on (?:your|his|her|their) own(?: authority)?|"
            r"(?!))\b(?=[^.;]*$)|\bdecide (?:for )?(?:yourself|alone)|"
            r"(?-i:\b[A-Z][a-z]+) (?:can |may |will )?(?:decides?|chooses?|approves?)\b",
            ("tell_after", "alone"),
        ),
    )
)
GOOD = re.compile(
    r"\b(?:(?:good|great|done|success|a good (?:result|job|outcome)|ideal) (?:means|is (?:when|that|an?|the|each|every|"
    r"nobody|no)\b|"
    r"looks like|would (?:be|look like|mean)|will (?:be|look like))|what i(?:['’]d)? (?:want|like) to see|"
    r"ideally)\b[^.;!?\n]+",
    _I,
)
NOT_GOOD = re.compile(
    r"\b(?:(?:not good|bad|poor|failure|what (?:isn['’]t|is not) good)(?: here)? (?:means|is|looks like|would "
    r"be)|what i (?:don['’]t|do not) want|i (?:don['’]t|do not) want(?! "
    r"to (?:hear|know|be|talk|discuss|deal|think|look|get))|rather than|instead of|not (?:just|only|"
    r"merely|simply)|not like (?:last|the)|what went wrong last|avoid)\b[^.;!?\n]+",
    _I,
)

# --- the task -------------------------------------------------------------------------------------------

HELLO = re.compile(
    r"^\W*(?:(?:hi|hello|hey|dear|ok(?:ay)?|so|right|well|listen|morning|good morning|thanks|"
    r"also|and|then|now|next|plus)\b[\s,]*)+",
    _I,
)
REQUEST = re.compile(
    r"^\W*(?:(?:please|kindly|just|simply)\s+)*(?:(?:can|could|would|will) (?:you|someone|somebody|one of "
    r"you)(?: please| kindly| just)?\s+|(?:i(?:['’]d| would)? (?:like|love|want|need|expect|ask|trust|am asking|"
    r"['’]m asking))\s+(?:you|him|her|them|the team|everyone|everybody|someone|somebody|all of you|[A-Z]\w+)\s+to\s+"
    r"|(?:you|he|she|they|we|the team|everyone|somebody|someone)(?:['’]ll be(?= \w+ing)| will be(?= \w+ing)|"
    r"['’]ll| will| should| shall| need to| needs "
    r"to| have to| has to| must| are to| is to|['’]re going to| are going to| is going to| can| got "
    r"to)\s+(?:all |please )?"
    r"|(?:from (?:now on|today|\w+day)|going forward),?\s+(?:you|he|she|they)?\s?(?:will |are to |['’]ll )?|"
    r"let['’]s\s+|(?:your|his|her|their|the) (?:job|task|goal|mission|assignment|role) (?:is|will be|here "
    r"is)(?: to)?\s+|we need (?:you |someone |somebody )?to\s+|it(?:['’]s| is) (?:your job|on you|up to you) "
    r"to\s+|go ahead and\s+|try to\s+|be so kind (?:as )?to\s+"
    r"|i(?:['’]ve| have|['’]d| had)? (?:given|gave|handed|left|assigned|passed|delegated|entrusted) (?:over "
    r")?(?:with )?(?:[a-z]+ )?(?=(?:the|an?|our|my|his|her|their|all|every|this)\b)|i (?:want|need|expect|would "
    r"like|am asking for) (?=(?:zero|no|all|every|each|the|our|an?|at least|at most|under|over|less|more|fewer|\d+)\b)|"
    r"we need (?=[a-z])|(?:you|he|she|they)(?:['’]re| are| is|['’]s| will be) (?:responsible|accountable|in charge) "
    r"(?:for|of) |i(?:['’]m| am) (?:giving|"
    r"handing|asking|making|putting)\s+(?:you|him|her|them)\s+(?:to\s+|in charge of\s+|responsible "
    r"for\s+)?)?(?:please\s+|just\s+)*",
    _I,
)
ACTIVITY = frozenset(
    """own handle manage run lead coordinate oversee organise organize look take help support work deal drive steer do
    be become stay act behave think try show step communicate improve focus pay keep care watch mind follow own head
    sort figure get push chair supervise guide assist contribute join attend start begin continue carry represent cover
    champion spearhead facilitate tackle address own develop strengthen optimise optimize streamline rethink review
    explore investigate research consider analyse analyze monitor track maintain host assume see move
    responsible charge accountable drive boost enhance increase raise reduce speed cut lower""".split()
)
VAGUE_RESULT = re.compile(
    r"\b(?:sort(?:ed)? (?:it|this|that|things|\w+ \w+)? ?out|figure (?:it|this|that|things)? ?out|(?:do|give) "
    r"(?:your|it your) best|a good job|step up|take ownership|own it|make it (?:work|happen|better|nice)|get "
    r"(?:it|this|that) done|deal with it|handle it|be more \w+|more proactive|better|properly|"
    r"professional(?:ly)?|nice(?:ly|r)?|smooth(?:er|ly)|tidier|prettier|well|up to scratch|in good shape|in order|"
    r"up to speed|on top of|the \w+ "
    r"(?:thing|stuff)|stuff)\b",
    _I,
)
RESULT = re.compile(
    r"\b(?:so that|such that|in such a way that|until|to make sure(?: that)?|making sure(?: that)?|make sure(?: "
    r"that)?|ensure(?: that)?|see to it that|"
    r"have (?:it|them|this|that|(?:the|our|your) [\w-]+(?: [\w-]+)?) (?:up and )?(?:fully )?(?=\w+(?:ing|ed|"
    r"ready|live|done)\b|ready|live|open|online|in place|on))\s*(?P<what>[^.;!?\n]{3,})",
    _I,
)
STATE = re.compile(
    r"\b(?:must|has to|have to|should|need(?:s)? to|is to|are to|will|shall) (?:be|have|hold|"
    r"carry|show|stay|run|work|leave|arrive|reach|contain|stand|agree|pass)\b",
    _I,
)
STEP_WORD = re.compile(
    r"\b(?:first(?:ly)?|then|next|after that|afterwards|finally|lastly|second(?:ly)?|"
    r"third(?:ly)?|step \w+)\b",
    _I,
)
VERBS = frozenset(
    """open close copy paste send print save check call email fill type click write read count sort put take place
    move bring carry load unload pack unpack wrap label scan sign stamp file fold wash wipe mop sweep dust vacuum clean
    rinse dry cut chop peel slice stir mix heat cook fry bake plate serve set lay turn switch press pull push lift
    lower screw tighten loosen drill paint sand measure weigh mark draw note record log enter update download upload
    export import export compare list book order buy pay collect fetch pick drop deliver hand give ask tell show use
    go walk drive stop wait start restart reset plug unplug connect test run install remove delete replace attach
    format highlight underline change add insert rename cc forward reply answer confirm text lock unlock empty restock
    refill stack arrange greet offer invite prepare""".split()
)
SPLIT = re.compile(
    rf"(?:,\s*|;\s*|\s+)(?:and\s+|but\s+|then\s+|also\s+)?(?:please\s+|just\s+)?(?=(?:{_TELL} me|let me know|"
    rf"(?:if|when|whenever|as soon as|once|in case|the moment)\b[^.;!?\n]{{3,70}}?\b(?:{_TELL} (?:me|us|my|dr|"
    rf"(?-i:[A-Z]\w+))|stop|shout|escalate|raise)|bring [\w' ]{{2,30}}? to me|let['’]s (?:look|meet|talk|review|check)|"
    rf"(?:put|post|write|leave|send|give|share|drop) (?:me |us |the team )?(?:a |an |your )?(?:(?:short|brief|quick|"
    rf"weekly|daily) )+(?:status|update|note|line|summary)|keep me|update me|send me|show me|brief me|report "
    rf"(?:back|to me)|(?:a |an )?(?:(?:short|brief|quick) )?(?:weekly|daily|monthly|fortnightly) (?:note|update|"
    rf"report|call|summary|"
    rf"status|check-?in)\b|(?:(?<=, )|(?<=and ))(?:done|due|ready|finished|completed?|live) (?:by|on|before|until)\b|"
    rf"(?:(?<=, )|(?<=; )|(?<=and )|(?<=and just ))(?:(?:figure|sort|work) (?:it|this|"
    rf"that|things) out|make (?:it|this) happen|get (?:it|this) done|deal with it|get on with it|run with it|see where "
    rf"it goes)|(?:(?<=, )|(?<=; )|(?<=and ))(?:(?:not )?good (?:means|is|looks like)\b|(?:put|post|log|enter|share) "
    rf"[^.;,\n]{{3,60}}? (?:on|in) (?:the|our|a) (?:\w+ )?(?:board|tracker|dashboard|sheet|spreadsheet|shared \w+|"
    rf"channel|wiki)\b)|(?:(?<=, )|(?<=; )|(?<=and ))[\w' ]{{3,40}}? needs? my (?:ok|okay|approval|sign-?off|consent|"
    rf"permission|go-?ahead)\b|check with me|ask me|run (?:it|"
    rf"everything|them|anything|every \w+) by me|come to me|you (?:can |may )?(?:decide|choose)|i(?:['’]ll| "
    rf"will)? (?:decide|approve|sign|look|check|want to (?:see|approve))|escalate|raise (?:a|your) hand|flag)\b)",
    _I,
)
LEADS_CONDITION = re.compile(r"^\W*(?:and |but )?(?:if|when|whenever|as soon as|once|should|in case|the moment)\b", _I)
WITH_NEWS = re.compile(
    r"\b(?:with|and) (?:an? |the )?(?:(?:daily|weekly|fortnightly|monthly|short|brief|quick|regular|written) "
    r"(?:\w+ )?(?:update|note|report|e-?mail|mail|summary|check-?in|stand-?up|call|catch-?up|line)s?|"
    r"check-?ins?|milestones?)\b[^.;!?\n]*",
    _I,
)
LONGEST_WORK = 7
RHYTHMS = frozenset("daily weekly monthly quarterly".split())
DETERMINERS = frozenset("the a an our your my his her their this that these those all every each new both".split())
PARTICLES = frozenset(
    "out over up on off of for to in charge with after at care ownership responsibility "
    "responsible accountable lead more down back about into forward part are is am ['re] together please sure "
    "that".split()
)
STOPS = frozenset(
    """""like by before until till so but with without on in at to from is are was has have must should will can
    that which who
    while when if as up out off over under below above within after because for of and this next then myself yourself
    again running done ready between during about into tomorrow today asap soon weekly daily monthly properly better
    through back per every each gets get goes carries works work leaves shows i you we they he she it us me them than
    means needs does look looks feel nicer smoother down""".split()
)
EMPTY_WORK = frozenset(
    (
        "this",
        "that",
        "the end",
        "the day",
        "the way",
        "the time",
        "your best",
        "your job",
        "a good job",
        "the team",
        "the best",
        "a way",
        "the rest",
        "the lead",
    )
)
NO_WORK = frozenset(
    "why where whether who whom when it this that them him her me us you care charge ownership better more best what "
    "how everything anything things stuff sure it's first then".split()
)
NOT_PEOPLE = frozenset(
    "please hi hello hey dear ok okay so right well listen team folks all everyone guys "
    "also now next then first finally today tomorrow from after before by on in at if when excel word jira you "
    "they he she we i need try remember time make want how "
    "going ready free aim plan start continue responsible take keep get be do "
    "trello slack teams outlook salesforce sap crm hr it".split()
)

# --- around the parts -----------------------------------------------------------------------------------

JOINT_BEFORE = re.compile(r"[\s,;:.!?•*–—-]*(?:(?:and|but|then|also)\s+(?=\w))?(?:\d{1,2}[.)]\s+)?", _I)
JOINT_AFTER = re.compile(r"(?:[\s,;:.!?–—-]|\s(?:and|but)(?: just| then| please)?)+$", _I)
APPROVES = re.compile(r"\b(?:approve|sign off)\b", _I)
NEWS_LEADS = re.compile(
    r"(?:let|i|we|there|put|post|share|leave|send me|show me|give me|keep|update|brief|report|inform|text|email|"
    r"message|drop|check)\b",
    _I,
)
STEP_JOINT = re.compile(r"((?:,|;)?\s+(?:and then|then|and|after that|finally|next)\s+|[,;]\s+)", _I)
STEP_LEAD = re.compile(
    r"^(?:(?:first(?:ly)?|then|next|after that|afterwards|finally|lastly|please|second(?:ly)?|third(?:ly)?|you|always)"
    r"[\s,:]+)+",
    _I,
)
AFTER_OWNER = (
    r"(?:\s*[,:–-]\s*|\s+(?=(?:opens|runs|takes|handles|covers|does|leads|closes|starts|manages|owns|looks)\b)"
    r"|\s+(?:should|will|needs? to|has to|is to|must|can|shall|to)\s+)"
)
ASIDE = re.compile(
    r"(?:while|when|if|after|before|until|although|whatever|i|we|you|it|that|this|they|he|she|"
    r"no (?:problem|worries|rush|idea|need|pressure|brief|budget (?:that|as)|clue|plan)|not|because|since|as|"
    r"thanks|there|(?:done|due|ready|finished|completed?|live) (?:by|on|before|until))\b|(?:the )?(?:deadline|due)\b",
    _I,
)
BARE_DATE = re.compile(r"(?:in|on|at|by|of|from|to) \d{1,4}(?:st|nd|rd|th)?", _I)
NO_DATE = re.compile(r"(?:for|from|at|in|to) (?:the )?(?:may|sun|mar)$|(?:within|in) (?:\w+ )?(?:minutes?|hours?)")
OPENS_WITH_NAME = re.compile(
    r"\W*(?:(?:Hi|Hello|Hey|Dear)\s+)?([A-Z][a-zé]+)(?=\s*[,:]| (?:to [a-z]+|should|needs to|will|is to|has to|must)\b)"
)
TITLE = r"(?:(?:Mr|Mrs|Ms|Dr|Prof|Sister|Nurse)\.? )?"
OWNER = (
    r"^\W*(?:(?:[Hh]i|[Hh]ello|[Hh]ey|[Dd]ear|[Oo]k|[Ss]o|[Mm]orning|[Tt]hanks)\b[\s,]*)?NAME\s*(?:,|:|–|-\s)",
    r"(?:^|[.!?\n;]\s*|\band )NAME (?:should|will|needs? to|has to|is to|must|can|shall|owns|takes|to)\b",
    r"\b(?:want|need|like|ask|asked|expect|let|have|get) NAME(?: to)?\b",
    r"\b(?:giv|gave|hand|pass|assign|delegat|leav|left|go|went|back|over)\w*\b[^.;!?\n]{0,60}? to NAME\b",
    r"\b(?:gave|give|handed|assigned) NAME (?=the|a|an|our|my|this|all|every)\b",
    r"(?:^|[.!?\n;]\s*|\b(?:[Ff]rom|[Ss]tarting|[Bb]y|[Oo]n) [\w ]{3,20}?,? )NAME (?:opens|runs|takes|handles|"
    r"covers|does|leads|"
    r"closes|starts|manages|owns|looks)\b",
    r",\s*NAME(?=\s*(?:[.!?:;]|$))",
    r"\b(?:is|are) NAME['’]s\b",
    r"\bNAME (?:is|will be) (?:in charge|responsible|accountable|the owner)",
)
"""Where the owner stands: NAME is a name that the text holds."""

SHORT = 20
SHORT_SAYING = 12

ENDS_IN_CONDITION = re.compile(
    r"(?:^|[,;]\s*|\s)(?:if|when|whenever|as soon as|once|in case|the moment)\b(?=\s)[^.;!?\n,]{3,70},\s*$", _I
)
"""A condition whose consequence follows: "as soon as one is missing, …"."""

GETS_DONE = re.compile(r"(?:get|have) .{2,60}? (?!done|sorted|handled)\w+(?:ed|en|shut|built|sent|ready)\b", _I)
"""An activity that leaves a state: "get the gates fixed"."""

ADJECTIVES = frozenset("accurate clean tidy safe happy full warm dry open closed ready stocked alive".split())
"""What may follow the thing that somebody keeps, gets or makes so: "keep the stock accurate"."""

LATER = re.compile(r"(?:from|within|in|for|at|over)\b", re.IGNORECASE)
"""A time that gives way to a plain "by …" in the same text: "the incident from Tuesday … by noon tomorrow"."""
DUE = re.compile(
    r"(?:by|before|until|till|due|no later than|not later than|deadline)\b(?! (?:\d{1,2}[:.]\d\d|\d{1,2} ?[ap]m|"
    r"noon|midnight)\b)",
    re.IGNORECASE,
)
