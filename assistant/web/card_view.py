"""The card "They answer back" as HTML: folded under a result, small enough for a phone, alone on a printed page.

Knows the card's values and the page's words. Everything on it is escaped: the fact is a person's text.
"""

from __future__ import annotations

from html import escape

from assistant.rewriting.card import Answer, Card
from assistant.web.words import Words


def card_html(card: Card | None, words: Words) -> str:
    """Return the folded card, or nothing where a rewrite has none."""
    if card is None:
        return ""
    fact = escape(card.fact) if card.fact else f'<mark class="bc-blank">{escape(words("card.no_fact"))}</mark>'
    lines = [
        _line("card.opening", escape(card.opening), words),
        _line("card.fact", fact, words),
        _line("card.standard", escape(card.standard), words) if card.standard else "",
        _line("card.question", escape(card.question), words),
    ]
    answers = "".join(_answer(answer, words) for answer in card.answers)
    tools = (
        f'<p class="bc-tools"><button type="button" class="bc-button" data-print="answers-back">'
        f"{escape(words('card.print'))}</button></p>"
    )
    return (
        f'<details class="bc-how"><summary>{escape(words("card.title"))}</summary>'
        f'<div id="answers-back" class="bc-answers"><dl>{"".join(lines)}</dl>{answers}</div>{tools}</details>'
    )


def _line(path: str, said: str, words: Words) -> str:
    return f'<div><dt>{escape(words(path))}</dt><dd dir="auto">{said}</dd></div>'


def _answer(answer: Answer, words: Words) -> str:
    heard = " · ".join(answer.hears)
    replies = "".join(f'<li dir="auto">{escape(reply)}</li>' for reply in answer.replies)
    return (
        f"<section><h3>{escape(words('card.if', title=answer.title))}</h3>"
        f'<p class="bc-quiet">{escape(heard)}</p><ul>{replies}</ul></section>'
    )
