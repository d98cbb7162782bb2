"""Patterns for what a fair message does not hold, by category, and for what softens one. Data only.

Written for the evals from ordinary English; the product's rules in ``knowledge/language`` are not read here.
Each pattern is about a person or a claim, not about a bare word: "a lazy Sunday" is nobody's label.
"""

from __future__ import annotations

import re

_TRAITS = (
    "lazy|careless|sloppy|stupid|dumb|useless|incompetent|unprofessional|unreliable|irresponsible|rude|arrogant|"
    "selfish|childish|immature|negative|difficult|hopeless|pathetic|clueless|disorgani[sz]ed|unmotivated|"
    "untrustworthy|dishonest|aggressive|hostile|toxic|bossy|moody|emotional|oversensitive|over-sensitive|"
    "hysterical|dramatic|stubborn|inflexible|disrespectful|inconsiderate|thoughtless|reckless|ignorant|entitled|"
    "passive-aggressive|manipulative|cold|abrasive|condescending|defensive|uncooperative|insubordinate|"
    "slapdash|slack|shoddy|half-hearted|lackadaisical|feckless|gormless|thick|dim|bone idle|bone-idle|idle|"
    "insolent|cocky|petty|sneaky|two-faced|spineless|needy|clumsy|scatterbrained|absent-minded|weak|mediocre|"
    "impossible|unbearable|a joke|a disgrace|a disaster|a nightmare|a liability|a mess|an embarrassment|a clown|"
    "a cowboy|a slacker|a diva|a bully|an idiot|a fool|a moron|a loser|a child|a troublemaker|a prima donna|"
    "a burden|a control freak|a know-it-all|dead weight|deadwood|checked out|not a team player|"
    "not cut out for|not up to it|not leadership material"
)
_DEGREE = (
    r"(?:(?:so|very|really|just|too|quite|such|simply|clearly|being|completely|totally|utterly|a bit|rather|pretty|"
    r"often|still|basically|frankly|downright|plain|an?|the)\s+){0,3}"
)

RESIDUE = {
    "label": (
        rf"\b(?:are|is|was|were|be|being|been|seem|seems|seemed|look|looks|sound|sounds|act|acts|acted|'re|'s)\s+"
        rf"{_DEGREE}(?:{_TRAITS})\b(?!\s+(?:to\s+(?:reach|find|hear|read|lift)|water|room))",
        r"\b(?:lazy|sloppy|careless|shoddy|slapdash|unprofessional|childish|rude|pathetic|disrespectful|lousy|"
        r"appalling|disgraceful|unacceptable|terrible|awful|half-hearted|lackadaisical)\s+"
        r"(?:work|attitude|behaviou?r|manner|effort|tone|person|worker|colleague|performance|mistake|conduct|job)\b",
        r"\b(?:bad|poor|wrong|negative|terrible|awful) attitude\b",
        r"\byour (?:laziness|carelessness|incompetence|arrogance|attitude|unprofessionalism|sloppiness|stupidity|"
        r"rudeness|negligence|stubbornness|immaturity)\b",
        r"\black of (?:commitment|professionalism|care|respect|interest|motivation|discipline|common sense)\b",
        r"\b(?:team player|people person|problem child|weak link|bad apple|loose cannon)\b",
    ),
    "generalization": (
        r"\b(?:you|he|she|they)(?:'re|\s+are|\s+is|'s|\s+have|'ve|\s+has)?\s+(?:always|never|constantly|forever|"
        r"invariably)\b",
        r"\b(?:always|constantly|forever)\s+(?:late|missing|complaining|making|leaving|forgetting|ignoring|the same)\b",
        r"\b(?:every single time|time after time|all the time|each and every time|as usual|yet again you|"
        r"nothing you do|everything you do|not once have you|without fail you|day in,? day out|"
        r"one thing after another|whenever I look)\b",
    ),
    "mind_reading": (
        r"\byou (?:obviously |clearly |simply |just |evidently |plainly )*(?:don't|do not|didn't|did not|couldn't|"
        r"could "
        r"not) (?:really |even |actually )?(?:care|want to|bother|give a|respect|value|take (?:this|it|your|"
        r"us) serious)",
        r"\byou (?:obviously|clearly|evidently|apparently|surely|plainly) (?:think|thought|believe|felt|feel|wanted|"
        r"want|hate|assume|assumed|consider|regard|resent|decided|hoped)\b",
        r"\byou (?:think|thought|believe|assume|feel) (?:you're|you are|you were|that you|the rules|rules|we|nobody|"
        r"no one|"
        r"it's|it is|it was|this is|everyone)\b",
        r"\b(?:on purpose|deliberately|you (?:just |really |clearly |obviously |simply )*(?:couldn't|could not|"
        r"can't|cannot) be (?:bothered|arsed)|couldn't care less|could not care less|just to spite|"
        r"out of spite|to annoy|to make (?:me|us) look|to get attention|you're (?:trying|hoping) to|"
        r"you were (?:trying|hoping) to|your heart isn't in|you've (?:given up|lost interest|stopped caring)|"
        r"you have (?:given up|lost interest|stopped caring)|you enjoy|you don't like being)\b",
    ),
    "hearsay": (
        r"\b(?:people|everyone|everybody|they|some|others|colleagues|folks) (?:say|says|are saying|have said|think|"
        r"thinks|"
        r"are talking|talk|have noticed|have complained|are complaining|complain|feel|know|have told me)\b",
        r"\b(?:I(?:'ve| have)? (?:heard|been told)|rumou?r has it|word is|apparently|supposedly|it is said|"
        r"a little bird|from what I hear|the talk is)\b",
    ),
    "comparison": (
        r"\b(?:unlike|compared (?:to|with)|not like) (?:your|the other|everyone|everybody|[A-Z]\w+)\b",
        r"\b(?:why can't you be (?:more )?like|be more like|look at how|take a leaf|learn from|as good as|"
        r"better than you|worse than|the (?:best|worst|slowest|weakest|only one) (?:of|in|on) (?:the|my|our) "
        r"(?:team|group|shift|department)|everyone else (?:manages|can|does|is able)|the others? (?:all )?(?:manage|"
        r"can|"
        r"do(?:es)? it)|nobody else (?:has|needs|does)|no one else (?:has|needs|does))\b",
    ),
    "threat": (
        r"\b(?:or else|or you(?:'re| are| will be|'ll be) (?:out|gone|fired|finished|done)|you(?:'ll| will) regret|"
        r"don't (?:bother|even think about) coming|start (?:looking|packing)|pack your (?:things|bags)|"
        r"find (?:yourself )?another job|(?:your|the) days (?:here )?are numbered|last chance|final chance|"
        r"make your life|watch your (?:back|step)|be very careful|you know where the door is|"
        r"there (?:will|'ll) be (?:consequences|trouble)|I(?:'ll| will) (?:make sure|see to it) (?:that )?you|"
        r"you won't (?:be here|last)|replace you|easy to replace|easily replaced|hit the road|show you the door)\b",
    ),
    "profanity": (
        r"\b(?:damn|damned|bloody|hell of a|what the hell|crap|crappy|shit\w*|fuck\w*|arse\w*|ass|asshole|bullshit|"
        r"bollocks|bastard|wtf|piss\w*|sod(?:ding)?|bugger\w*|goddamn|screwed up)\b",
    ),
    "sarcasm": (
        r"\b(?:nice one|well done,? (?:genius|einstein|champ)|thanks for nothing|how nice of you|what a surprise|"
        r"congratulations on (?:missing|being|managing|yet)|bravo|good luck with that|slow clap|oh,? great|"
        r"surprise,? surprise|in case you (?:forgot|haven't noticed)|must be nice|lucky us|so kind of you|"
        r"if it's not too much (?:trouble|to ask)|your majesty|sorry to (?:disturb|interrupt) your)\b",
    ),
    "stereotype": (
        r"\b(?:for (?:a|an) (?:woman|man|girl|boy|lady|mother|mum|mom|father|foreigner|immigrant|older|elderly|young|"
        r"disabled|person of|someone (?:your|her|his|of your) age)\b)",
        r"\b(?:(?:women|men|girls|boys|millennials|boomers|gen[- ]?z|young people|old people|older people|"
        r"older workers|"
        r"foreigners|immigrants|mothers|mums|moms|fathers|single people|part-timers|your generation|people your age|"
        r"your people|people like you|your kind|your sort|people from your) (?:are|is|always|never|just|tend|do|don't|"
        r"can't|cannot|have|think|get|will|all|like|lack|usually|seldom|rarely))\b",
        r"\b(?:at your age|too old|too young|past it|long in the tooth|over the hill|like a girl|man up|"
        r"maternal|motherly|hormonal|time of the month|kids these days|digital native|where you come from|"
        r"in your (?:culture|country)|your (?:accent|culture|religion|background|age|gender|condition)|"
        r"a woman's touch|boys will be|typical (?:of )?(?:a |an )?(?:woman|man|girl|bloke|millennial|foreigner))\b",
    ),
    "dismissal": (
        r"\b(?:you(?:'re| are) (?:fired|sacked|dismissed)|we(?:'re| are) letting you go|terminate your)\b",
    ),
}  # fmt: skip
"""What is disrespectful or unfair, by the contract's categories."""

SOFTENERS = (
    r"\b(?:a (?:tiny|wee|little|small|slight|bit of a) (?:bit|thing|slip|point|detail|matter|issue|hiccup|oversight|"
    r"mistake|glitch|note|niggle|wobble|delay)|a bit|a little|a tad|a touch|slightly|somewhat|minor|small (?:issue|"
    r"thing|"
    r"point|matter|slip)|no (?:big deal|biggie|worries|drama|harm done|rush)|not (?:a big deal|the end of the world|a "
    r"problem at all|that important|so bad|too bad|a huge)|nothing (?:serious|major|dramatic|to worry)|don't worry|"
    r"do not worry|kind of|sort of|more or less|I'm sure you (?:meant|did|tried|had)|I know you (?:meant|did your|"
    r"tried)|"
    r"we all (?:make|have)|it happens(?: to)?|happens to (?:all|everyone|the best)|just (?:a (?:quick|small|little)|"
    r"wanted)|only (?:a small|a minor|a few|slightly)|could perhaps|might perhaps|maybe (?:you|we) could|"
    r"perhaps (?:you|"
    r"we) could|if you (?:like|want|feel like it|get a chance|find the time|have a moment)|when(?:ever)? you (?:get|"
    r"have|"
    r"find) (?:a |the )?(?:chance|moment|time)|would be nice if|it'd be nice|not ideal|less than ideal|"
    r"room for improvement|could have gone (?:a little )?better|small hiccup|not perfect|a shame|unfortunate(?:ly)?|"
    r"keep up the|overall (?:a )?(?:great|good)|otherwise (?:great|good|fine|perfect|excellent)|never mind|"
    r"no need to change|it's fine|that's fine|it is fine|all good)\b",
)  # fmt: skip
"""Words that make a criticism smaller than the draft made it."""

CUSHIONS = (
    r"\b(?:great (?:job|work)|good (?:job|work)|well done|keep it up|you(?:'re| are) (?:doing (?:great|well|a)|"
    r"a valued|"
    r"such a|an? (?:great|valued|important|asset|fantastic|wonderful|amazing|key))|I (?:really )?(?:appreciate|value) "
    r"(?:all|your|you|everything|the)|thank you for (?:all|your (?:hard|dedication|effort|commitment|continued))|"
    r"thanks for (?:all|your (?:hard|dedication|effort|commitment))|we(?:'re| are) (?:so )?(?:lucky|glad|"
    r"happy) to have|"
    r"your (?:hard work|dedication|commitment|positive|enthusiasm))\b",
)  # fmt: skip
"""Praise put around a criticism; unfair to both where the draft holds none."""

HEDGES = (
    r"\b(?:maybe|perhaps|possibly|kind of|sort of|I (?:guess|suppose|was wondering|just wanted|just feel|feel like)|"
    r"just (?:wondering|thought|wanted)|it (?:seems|appears) (?:that|like|to me)|somehow|might (?:want|be able|"
    r"perhaps)|"
    r"could (?:perhaps|maybe|possibly)|a bit|a little|if possible|if that's ok(?:ay)?|sorry (?:to|for) (?:bring|"
    r"mention|"
    r"bother|ask)|not sure (?:if|whether|how)|or something|or whatever)\b",
)  # fmt: skip
"""Words behind which a criticism hides."""


def compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Return patterns ready to be looked for, whatever the case."""
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
