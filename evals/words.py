"""Word lists of the scorers: ordinary words, given names, corporate phrases. Data only.

Written for the evals; the product's own rules live in ``knowledge/language`` and are not read here.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION = _words(
    """
    a about above across actually after again against ago ahead all almost alone along already also
    although am among an and another any anybody anyone anything anyway are aren't around as ask at away
    back be because been before being below besides between both but by can can't cannot could couldn't
    did didn't do does doesn't doing don't done down during each either else enough even ever every
    everybody everyone everything except few for from get gets getting got had hadn't has hasn't have
    haven't having he he's her here here's hers herself hi hello hey dear him himself his how how's
    however i if in instead into is isn't it it's its itself just keep kept least less let let's like
    lot made make makes many may maybe me might mine more most much must my myself near need needs
    neither never next no nobody none nor not nothing now of off often on once one only onto or other
    others otherwise our ours ourselves out over own per perhaps please put rather really regarding
    right said same say says shall she she's should shouldn't since so some somebody someone something
    soon still such sure take taken takes than thank thanks that that's the their theirs them themselves
    then there there's these they they're thing things this those though through to today together too
    took toward towards under until unless up upon us use used using very via want wants was wasn't way
    we we're were weren't what what's whatever when whenever where where's whether which while who who's
    whole whom whose why will with within without won't would wouldn't yes yet you you'd you'll you're
    you've your yours yourself i'd i'll i'm i've regards best kind first second third last later early
    late
    """
)
"""Words that carry no claim of their own."""

FEEDBACK = _words(
    """
    able affect agree agreed agreement answer anything aware behavior behaviour bring call cause change
    check clear come conversation day describe detail discuss effect example exactly expect expectation
    explain fact feedback feel find fix forward give go going good great hand happen happened happening
    happens hear help helped hope idea impact know learn let listen look main mean meant meet mention
    mind minute moment move notice noticed open part plan point prevent problem question raise reason
    record repeat result see seen share show side sit situation specific specifically spoke start step
    stop support talk team tell think time told try understand view went whatever wish word work working
    agreeing agreeable arrange avoid effects matter matters important observation observed saw standard
    task tomorrow week people person colleague colleagues
    """
)
"""Words any piece of feedback may use without inventing an event."""

CAPITALS = _words(
    """
    hr ok okay fyi asap eap tbd tbc am pm mr mrs ms dr sir madam english internet n/a re ps hello hi
    dear thanks thank regards best kind sincerely cheers yours subject situation behavior behaviour
    impact expectation next question step request
    """
)
"""Capitalised words that name nobody."""

GIVEN_NAMES = _words(
    """
    aaron abdul adam adriana ahmed aisha akira alan alejandro alex alexander ali alice alicia aliyah
    amanda amara amelia amina amir amit amy ana andre andrea andrew angela anita anna anne anthony
    antonio anya arjun arthur asha ashley barbara beatriz ben benjamin bianca bob boris brandon brenda
    brian bruno carla carlos carmen carol caroline catherine cathy charles charlotte chen chloe chris
    christian christine claire clara colin craig dan daniel daniela darren dave david deborah declan
    deepa denise dennis derek diana diego dmitri dmitry donna dylan edward elena eleni elias elizabeth
    ella ellen emily emma eric erik erin esther ethan eva evan evelyn fatima felix fernando fiona
    francesca frances francis gabriel gary george gita giulia gloria gordon greg gustavo hana hannah
    hans harry hassan heather helen henry hiroshi hugo ian ibrahim imran ingrid irina isaac isabel
    isabella ivan jacob jacqueline jake jamal james jamie jane janet jason jasmine javier jean jeff
    jennifer jenny jeremy jerome jessica jill jim joan joanna joe joel johan john johnny jonas jonathan
    jordan jorge jose joseph joshua joyce juan julia julian julie karen karim kate katherine kathy katie
    kavita keith kelly ken kenneth kenji kevin khalid kim kyle lars laura lauren layla leah lee leila
    leo leon leonardo lena lewis liam linda lisa liz lorenzo louis louise lucas lucia lucy luis luke
    lynn maddie maggie mahmoud malik manuel marco marcus margaret maria marie marion marek mariam mario
    marta martha martin mary mateo matteo matthew maya megan mei melissa mia michael michelle miguel
    mike miriam mohamed mohammed monica morgan nadia nancy naomi natalia natalie natasha nathan neha
    neil nicholas nick nicole nigel nikhil nina noah nora oliver olivia olga omar oscar pablo pamela
    patricia patrick paul paula pavel pedro peter petra philip phil pierre pooja priya rachel rafael
    rahul raj rajesh ralph ramon ravi raymond rebecca rhys ricardo richard rita robert roberto robin
    rodrigo roger rohan ron rosa ruth ryan sabrina sally sam samantha samir samuel sandra sanjay sara
    sarah scott sean sebastian sergei sergio sharon sheila shirley shreya simon sofia sophia sophie
    stefan stephanie stephen steve steven sunita susan suresh sven sylvia tamara tanya tara tariq teresa
    theo theresa thomas tim timothy tom tomas tony tracy tyler valentina vanessa vera veronica victor
    victoria vijay viktor vincent vivian walter wei wendy xavier yasmin ying yolanda yuki yusuf zainab
    zara zoe
    """
)
"""Given names that are no ordinary English word, for a name that opens a sentence."""

CORPORATE = (
    "going forward", "moving forward", "touch base", "circle back", "opportunity", "opportunities",
    "growth mindset", "leverage", "synergy", "synergies", "align on", "alignment", "bandwidth",
    "low-hanging fruit", "take this offline", "deep dive", "value add", "value-add", "best practice",
    "best practices", "stakeholders", "action items", "action item", "deliverables", "key takeaways",
    "reach out", "at the end of the day", "think outside the box", "move the needle", "win-win",
    "paradigm", "proactive", "proactively", "impactful", "as per", "per my last",
    "it has come to my attention", "please be advised", "areas for improvement", "area for improvement",
    "developmental", "i wanted to take a moment", "i hope this message finds you well",
    "i hope this finds you well", "utilize", "utilise", "facilitate", "ensure that", "in order to",
    "foster", "collaborative environment", "positive impact", "negative impact", "professionalism",
    "constructive",
)  # fmt: skip
"""Phrases a decent manager would not speak."""
