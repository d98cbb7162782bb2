"""Holds the wording of a clause against the clause: words gained or lost, persons swapped, length.

Knows English function words and verb forms. Facts (numbers, dates, names) are held in ``facts``.
"""

from __future__ import annotations

import re

from assistant.rewriting import facts, wording

_FUNCTION_WORDS = frozenset(
    """a about after again all also am an and any are as at be because been before being but by can could did do does
    done down for from get got had has have he her here him his how i if in into is it its just let like me more much my
    no nor not now of off on once one only or our out over own please same she should so some still than that the their
    them then there these they this those to too under until up us very was we were what when where which while who why
    will with without would you your yours yourself i'm i've you're you've you'd you'll it's that's don't didn't
    wasn't isn't weren't haven't hasn't doesn't won't can't couldn't shouldn't wouldn't need needs want
    make sure""".split()
)


# Past forms that share no stem with their verb: a wording may change the tense.
_BASE = dict(
    pair.split(":")
    for pair in """
        came:come went:go gone:go told:tell said:say took:take taken:take left:leave lost:lose kept:keep
        wrote:write written:write heard:hear saw:see seen:see gave:give given:give brought:bring
        thought:think bought:buy caught:catch taught:teach felt:feel found:find forgot:forget
        forgotten:forget knew:know known:know led:lead meant:mean met:meet paid:pay ran:run sent:send
        sold:sell spoke:speak spoken:speak spent:spend stood:stand threw:throw thrown:throw
        understood:understand wore:wear woke:wake broke:break broken:break began:begin begun:begin
        chose:choose drove:drive driven:drive drank:drink ate:eat fell:fall fallen:fall flew:fly held:hold
        hung:hang laid:lay rang:ring rose:rise sat:sit slept:sleep swore:swear tore:tear won:win hid:hide
        blew:blow drew:draw grew:grow built:build dealt:deal
    """.split()
)


def _stem(word: str) -> str:
    word = word.replace("’", "'").removesuffix("'s").removesuffix("s'")
    for ending in ("ing", "ied", "ies", "ed", "es", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def base(verb: str) -> str:
    """Return the present of a regular past ("arrived" is "arrive"), or nothing where spelling leaves it open."""
    if re.fullmatch(r"\w+[^aeiou]ied", verb):
        return verb[:-3] + "y"
    if re.fullmatch(r"\w*[aeiou]([bdgmnprt])\1ed", verb):
        return verb[:-3]
    if re.fullmatch(r"\w+(?:ss|ck|ll|rn|nt|st|lk|sk|sh|ch|rk|gn|er|en|it|et|ow|ay|ey|x|lp|mp|ai[ln])ed", verb):
        return verb[:-2]
    return verb[:-1] if re.fullmatch(r"\w+(?:[vcsz]|[^aeioul]l|[aeiou]g|ang|idg)ed", verb) else ""


def content(text: str) -> list[str]:
    """Return the stems of the words that carry what a text says; numbers are facts and counted elsewhere."""
    plain = (w.replace("’", "'") for w in wording.words(text))
    return [_stem(_BASE.get(w, w)) for w in plain if w not in _FUNCTION_WORDS and not facts.numbers(w)]


def strays(kept: str, base: str, text: str, turned: str, *, rough: bool, order: bool = False) -> list[str]:
    """Hold content words, persons and length of a wording against the clause.

    Only a ``rough`` clause (notes, shouting, broken grammar) may gain a word of its own. An ``order`` speaks to "you"
    without the word: "be at the gate at six".
    """
    found = []
    known = {*content(base), *content(turned)}
    new = [
        w
        for w in content(text)
        if not facts.numbers(w) and w not in known and not any(w[:4] == k[:4] for k in known if len(w) > 4)
    ]
    if len(new) > (max(1, len(content(text)) // 5) if rough else 0):
        found.append("Use the clause's own words; not: " + ", ".join(new[:4]))
    must = content(kept)
    gone = [w for w in must if w not in content(text)]
    if len(gone) > len(must) // 4:
        found.append("Say also: " + ", ".join(gone[:5]))
    mine = re.compile(r"\b(?:i|me|my|mine|i['’]\w+)\b", re.IGNORECASE)
    if bool(mine.search(_unquoted(text))) != bool(mine.search(_unquoted(kept))):
        found.append("I stays I, and nobody else becomes I")
    before, after = _persons(turned), _persons(text)
    if {"I", "you"} <= set(before) and (before[:1] != after[:1] or before.count("I") != after.count("I")):
        found.append("I and you are swapped")
    others = re.compile(r"\b(?:he|she|they|we|him|her|them|us|his|their|our)\b", re.IGNORECASE)
    swapped = {m.group().lower() for m in others.finditer(_unquoted(text))} - {
        m.group().lower() for m in others.finditer(f"{turned} {kept}")
    }
    unaddressed = _YOU.search(_unquoted(turned)) and not (_YOU.search(text) or order)
    if swapped or unaddressed:
        found.append('The employee is "you"; nobody else changes')
    if _CLUMSY.search(_unquoted(text)) and not _CLUMSY.search(base):
        found.append('After "you" the verb is were, are, have or do')
    if text.rstrip().endswith("?") and "?" not in base:
        found.append("A statement, not a question")
    if len(text) > 1.6 * len(base) + 20:
        found.append("Shorter")
    return found


_CLUMSY = re.compile(r"\byou,?\s+(?:has|was|is|does|hasn't|wasn't|isn't|doesn't)\b", re.IGNORECASE)
_YOU = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)


def _persons(text: str) -> list[str]:
    """Return the first and second persons of a text in order."""
    found = re.findall(r"\b(?:(i|me|my|mine)|you|your|yours)\b", _unquoted(text), re.IGNORECASE)
    return ["I" if first else "you" for first in found]


def _unquoted(text: str) -> str:
    return re.sub(r"\"[^\"\n]*\"|“[^”\n]*”", " ", text)
