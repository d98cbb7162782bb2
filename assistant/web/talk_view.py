"""A conversation and its debrief as HTML. Knows the values of practice and the page's words.

Every line of a person or a model is escaped; the drawing of a state is made of our own numbers alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from assistant.formats import debrief_text
from assistant.practising import repeat
from assistant.practising.change import Change
from assistant.scene import Debrief, Quote, Scenario, Scene, Speaker, State, Turn, Verdict
from assistant.web.words import Words

PARTS = ("trust", "openness", "defensiveness", "commitment")
FIRST = 3
"""Things to change that a debrief shows at once; the others are one tap away."""
_WIDTH, _HEIGHT, _EDGE = 320, 120, 8


def brief_html(scenario: Scenario, words: Words) -> str:
    """Return what the manager reads before the conversation: never what is behind it."""
    facts = "".join(f"<li>{escape(fact)}</li>" for fact in scenario.facts)
    known = scenario.standard
    when = words("practise.agreed_on", when=known.when) if known.when else ""
    standard = (
        words("practise.standard", standard=known.text, when=when) if known.agreed else words("practise.no_standard")
    )
    who = words("practise.who", name=scenario.persona.name, role=scenario.persona.role)
    return (
        f'<section class="bc-card bc-brief"><p>{escape(scenario.brief.strip())}</p>'
        f'<p class="bc-quiet">{escape(who)}</p><details><summary>{escape(words("practise.facts"))}</summary>'
        f"<ul>{facts}</ul><p>{escape(standard)}</p></details></section>"
    )


def talk_html(scene: Scene, words: Words, said: str = "") -> str:
    """Return the conversation; ``said`` is a line that waits for its answer."""
    name = scene.scenario.persona.name
    turns = [_turn(at, turn, scene, words) for at, turn in enumerate(scene.turns)]
    if said:
        turns.append(f'<li class="bc-mine"><p class="bc-text">{escape(said)}</p></li>')
        thinks = escape(words("practise.thinks", name=name))
        turns.append(f'<li class="bc-theirs"><p class="bc-quiet bc-living" role="status">{thinks}</p></li>')
    over = f'<p class="bc-notice">{escape(words("practise.over", name=name))}</p>' if scene.over else ""
    label = escape(words("practise.talk", name=name))
    week = ""
    if scene.week:
        met = f"{words('practise.meeting', n=scene.week)} {repeat.told(scene)}"
        week = f'<p class="bc-notice">{escape(met)}</p>'
    return f'{week}<ol class="bc-talk" aria-label="{label}" aria-live="polite">{"".join(turns)}</ol>{over}'


def _turn(at: int, turn: Turn, scene: Scene, words: Words) -> str:
    text = escape(turn.text)
    if turn.speaker is Speaker.MANAGER:
        again = escape(words("practise.again"))
        button = f'<button type="button" class="bc-link" data-press="again" data-value="{at}">{again}</button>'
        return f'<li class="bc-mine"><p class="bc-text">{text}</p>{button}</li>'
    name = escape(scene.scenario.persona.name)
    return f'<li class="bc-theirs"><strong>{name}</strong><p class="bc-text">{text}</p>{_why(at, scene, words)}</li>'


def _why(at: int, scene: Scene, words: Words) -> str:
    """Return how an answer came about: what the line before it was read as, and what that changed."""
    before = scene.turns[at - 1] if at else None
    if before is None or not before.steps:
        return ""
    rows = []
    for step in before.steps:
        changed = [
            words("practise.rose" if change > 0 else "practise.fell", part=words(f"parts.{part}"))
            for part, change in step.change.items()
            if abs(change) >= 0.01
        ]
        rows.append(
            f"<li>{escape(words(f'moves.{step.move}'))}: {escape(', '.join(changed) or words('practise.same'))}</li>"
        )
    origin = scene.turns[at].origin
    told = f'<li class="bc-quiet">{escape(words(f"practise.origin_{origin}"))}</li>' if origin else ""
    summary = f"<summary>{escape(words('practise.why'))}</summary>"
    return f'<details class="bc-why">{summary}<ul>{"".join(rows)}{told}</ul></details>'


# --- the debrief ----------------------------------------------------------------------------------------


def debrief_html(debrief: Debrief, scene: Scene, words: Words) -> str:
    """Return the debrief: one line that worked, one that cost, where to go back to, and then the proof."""
    blocks = [_opening(debrief, words)]
    blocks += [
        _verdicts("practise.change", debrief.failed[:FIRST], words),
        _verdicts("practise.more", debrief.failed[FIRST:], words, folded=True),
        _verdicts("practise.worked", debrief.said_well, words, folded=True),
        _verdicts("practise.kept_out", debrief.kept_out, words, folded=True),
    ]
    blocks += [_points(debrief, words), _behind(debrief, words)]
    title = words("practise.debrief_of", title=scene.scenario.title)
    text = (
        debrief_text.markdown(debrief, scene.turns, title)
        + "\n"
        + debrief_text.conversation(scene.turns, scene.scenario.persona.name)
    )
    tools = (
        f'<p class="bc-tools"><button type="button" class="bc-button" data-download="practice.md" '
        f'data-text="{escape(text)}">{escape(words("result.download"))}</button></p>'
    )
    return f'<section class="bc-debrief">{"".join(blocks)}{tools}</section>'


def _opening(debrief: Debrief, words: Words) -> str:
    lines = [
        f"<p><strong>{escape(words(path))}</strong> “{escape(line)}”</p>"
        for path, line in (("practise.line_worked", debrief.worked), ("practise.line_cost", debrief.cost))
        if line
    ]
    if debrief.again_from is not None:
        again, pressed = escape(words("practise.again_here")), f'data-press="again" data-value="{debrief.again_from}"'
        lines.append(f'<p><button type="button" class="bc-button" {pressed}>{again}</button></p>')
    return f'<div class="bc-card bc-main">{"".join(lines)}</div>'


def _verdicts(path: str, verdicts: Sequence[Verdict], words: Words, *, folded: bool = False) -> str:
    if not verdicts:
        return ""
    items = "".join(_verdict(verdict, words) for verdict in verdicts)
    heading = escape(words.count(path, len(verdicts)))
    if folded:
        return f'<details class="bc-how"><summary>{heading}</summary><ul class="bc-verdicts">{items}</ul></details>'
    return f'<div class="bc-card"><h2>{heading}</h2><ul class="bc-verdicts">{items}</ul></div>'


def _verdict(verdict: Verdict, words: Words) -> str:
    parts = [f"<p><strong>{escape(verdict.asks)}</strong> {escape(verdict.why)}</p>"]
    if verdict.better:
        parts.append(f'<p class="bc-better">{escape(words("practise.try"))} “{escape(verdict.better)}”</p>')
    cited = verdict.citation
    if cited is not None and verdict.met is False:
        source = f"{cited.title} · {cited.source}"
        parts.append(
            f'<details class="bc-source"><summary>{escape(source)}</summary>'
            f"<blockquote>{escape(cited.quote)}</blockquote></details>"
        )
    return f"<li>{''.join(parts)}</li>"


def _points(debrief: Debrief, words: Words) -> str:
    if not debrief.turning_points:
        return ""
    items = "".join(
        f"<li>{escape(words('practise.turn', n=point.turn))} {_quoted(point.quote)} {escape(point.says)}</li>"
        for point in debrief.turning_points
    )
    heading = escape(words("practise.points"))
    return f'<div class="bc-card"><h2>{heading}</h2><ul>{items}</ul>{_meter(debrief, words)}</div>'


def _quoted(quote: Quote) -> str:
    return f"“{escape(quote.text)}”"


def _meter(debrief: Debrief, words: Words) -> str:
    """Return where each turn leaned: towards vanishing, or towards taking the work back."""
    if not any(debrief.lean):
        return ""
    marks = "".join(_mark(number, lean, words) for number, lean in enumerate(debrief.lean, 1))
    ends = (
        f"<span>{escape(words('patterns.abdication'))}</span><span>{escape(words('patterns.micromanagement'))}</span>"
    )
    return (
        f'<h3>{escape(words("practise.meter"))}</h3><div class="bc-ends">{ends}</div><ol class="bc-meter">{marks}</ol>'
    )


def _mark(number: int, lean: float, words: Words) -> str:
    said = escape(words("practise.lean", n=number, lean=_lean(lean, words)))
    return f'<li style="--bc-at:{50 + 50 * lean:.0f}%"><span>{said}</span></li>'


def _lean(lean: float, words: Words) -> str:
    if abs(lean) < 0.2:
        return words("practise.lean_neither")
    return words("patterns.micromanagement" if lean > 0 else "patterns.abdication")


def _behind(debrief: Debrief, words: Words) -> str:
    parts = []
    if debrief.conversation and debrief.rung:
        said = f"{debrief_text.CONVERSATIONS[debrief.conversation]} {debrief_text.RUNGS[debrief.rung]}"
        parts.append(f"<h2>{escape(words('practise.which'))}</h2><p>{escape(said)}</p>")
    if debrief.concern:
        parts.append(f"<h2>{escape(words('practise.behind'))}</h2><p>{escape(debrief.concern)}</p>")
    if debrief.next_time:
        parts.append(f"<h2>{escape(words('practise.next'))}</h2><p>“{escape(debrief.next_time)}”</p>")
    return f'<div class="bc-card">{"".join(parts)}</div>' if parts else ""


# --- two conversations side by side -----------------------------------------------------------------------


def change_html(change: Change, before: str, after: str, words: Words) -> str:
    """Return which observable moves were made more or less often than in an earlier conversation."""
    parts = []
    for sought, path in ((True, "practise.compare.sought"), (False, "practise.compare.avoided")):
        rows = "".join(
            f'<tr><th scope="row">{escape(words(f"moves.{row.move}"))}</th>'
            f"<td>{escape(words('practise.compare.of', n=row.before, lines=change.lines_before))}</td>"
            f"<td>{escape(words('practise.compare.of', n=row.after, lines=change.lines_after))}</td></tr>"
            for row in change.moves
            if row.sought is sought
        )
        if rows:
            heads = "".join(
                f'<th scope="col">{escape(words(f"practise.compare.{when}"))}</th>' for when in ("was", "now")
            )
            parts.append(
                f'<table class="bc-change"><tr><th scope="col">{escape(words(path))}</th>{heads}</tr>{rows}</table>'
            )
    title = escape(words("practise.compare.title", before=before, after=after))
    alone = escape(words("practise.compare.alone"))
    return f'<div class="bc-card"><h2>{title}</h2>{"".join(parts)}<p class="bc-quiet">{alone}</p></div>'


# --- the state, drawn -----------------------------------------------------------------------------------


def states_html(scenes: Sequence[tuple[str, Scene]], words: Words) -> str:
    """Return the state of one or more conversations as lines, side by side, one picture for each."""
    pictures = "".join(_picture(name, scene, words) for name, scene in scenes if len(_states(scene)) > 1)
    if not pictures:
        return ""
    legend = "".join(f'<li class="bc-line-{part}">{escape(words(f"parts.{part}"))}</li>' for part in PARTS)
    return (
        f'<details class="bc-how"><summary>{escape(words("practise.states"))}</summary>'
        f'<ul class="bc-lines">{legend}</ul><div class="bc-pair">{pictures}</div></details>'
    )


def _states(scene: Scene) -> list[State]:
    return [turn.state for turn in scene.turns if turn.state is not None]


def _picture(name: str, scene: Scene, words: Words) -> str:
    states = _states(scene)
    across = (_WIDTH - 2 * _EDGE) / (len(states) - 1)
    lines = []
    for part in PARTS:
        points = " ".join(
            f"{_EDGE + at * across:.1f},{_HEIGHT - _EDGE - getattr(state, part) * (_HEIGHT - 2 * _EDGE):.1f}"
            for at, state in enumerate(states)
        )
        lines.append(f'<polyline class="bc-line-{part}" points="{points}"/>')
    said = escape(_in_words(states[0], states[-1], words))
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{said}">{"".join(lines)}</svg>'
        f"<figcaption>{escape(name)}</figcaption></figure>"
    )


def _in_words(first: State, last: State, words: Words) -> str:
    changes: Mapping[str, float] = {part: getattr(last, part) - getattr(first, part) for part in PARTS}
    told = [
        words("practise.rose" if change > 0 else "practise.fell", part=words(f"parts.{part}"))
        for part, change in changes.items()
        if abs(change) >= 0.01
    ]
    return ", ".join(told) or words("practise.same")
