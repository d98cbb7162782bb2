"""``benchcoach practice`` and ``benchcoach debrief``: a hard conversation on the terminal, or without a person.

Knows typer's options and the exit codes. What is said and how it is judged is decided below.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant import settings
from assistant.domain import Draft
from assistant.domain import as_json as as_plain
from assistant.errors import InputError
from assistant.formats import debrief_text, intake, render
from assistant.practising import change, own, repeat, robots, saved, scenarios, transcript
from assistant.scene import Debrief, Difficulty, Scenario, Scene, Turn

if TYPE_CHECKING:
    from assistant.coach import Coach

LONGEST = 400_000
"""Characters of a script or a conversation in a file."""
END = ("/end", "/quit")
HELP = "Say something, as you would say it. /back N takes it back to turn N, /why explains the last answer, /end ends."

LACKS = {
    "fact": "There is no fact in it yet. Say one thing that happened.",
    "day": "No fact has a day or a number. With one, it is harder to wave away.",
    "standard": "Nothing says what was expected. Then begin with that.",
}

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def practice(  # noqa: PLR0913, PLR0917 - each option is one word on the command line
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="The id of a situation, or a file that --describe wrote.")
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="Show the situations there are.")] = False,
    difficulty: Annotated[str, typer.Option(help="easy, realistic or hard.")] = "realistic",
    script: Annotated[str | None, typer.Option(metavar="FILE", help="Your lines: one a line, or a JSON list.")] = None,
    robot: Annotated[str | None, typer.Option(help="skilled, vague, harsh or rescuing speaks for you.")] = None,
    robot_set: Annotated[str, typer.Option(help="Whose words the robot uses: a or b.")] = "a",
    seed: Annotated[int, typer.Option(help="The same seed gives the same authored lines.")] = 0,
    again: Annotated[
        bool, typer.Option("--repeat", help="Meet again after two and six weeks; what was agreed is kept or slips.")
    ] = False,
    out: Annotated[str | None, typer.Option(metavar="FILE.json", help="Keep the conversation in this file.")] = None,
    describe: Annotated[
        str | None, typer.Option(metavar="FILE", help="Make a situation of your own words, to look over and edit.")
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="Keep it in the store, line by line.")] = False,
    show_saved: Annotated[bool, typer.Option("--saved", help="Show the conversations that are kept.")] = False,
    resume: Annotated[str | None, typer.Option(metavar="ID", help="Go on with a kept conversation.")] = None,
    as_json: _Json = False,
    model: Annotated[str | None, typer.Option(help="embedded, none, or a model's name.")] = None,
) -> int:
    """Practise a hard conversation. Nothing is kept unless you say so."""
    if describe is not None:
        return _described(describe, save=save)
    if show_saved:
        return _saved(as_json)
    if resume is not None:
        return _resumed(resume, model, out, as_json=as_json)
    if show_list or scenario is None:
        return _list(as_json)
    with _coach(model) as coach:
        card = _card(coach, scenario)
        try:
            level = Difficulty(difficulty)
        except ValueError:
            raise InputError("There is no such difficulty.", hint="Choose easy, realistic or hard.") from None
        if script is not None and robot is not None:
            raise InputError("Give either --script or --robot.")
        scene = coach.practice.open(card, level, seed)
        said = _script(script) if script is not None else robots.lines(robot, card, robot_set) if robot else None
        keeping = _Keeping(coach) if save else None
        if keeping and card.own:
            saved.keep_situation(coach.store, card)
        scenes = list(_meetings(coach, scene, said, again=again, shown=not as_json, keeping=keeping))
        if keeping and not as_json:
            print(f"Kept. Go on with it: benchcoach practice --resume {keeping.id}\n")
        return _finished(coach, scenes, out, as_json=as_json, quiet=said is None)


def debrief(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A conversation as JSON, `-` for standard input.")],
    before: Annotated[
        str | None, typer.Option(metavar="FILE", help="An earlier conversation: what changed in your lines since then.")
    ] = None,
    as_json: _Json = False,
    model: Annotated[str | None, typer.Option(help="Not needed: a debrief asks no model.", hidden=True)] = None,
) -> int:
    """Show what a conversation did well, what it cost, and a better line for each."""
    with _coach(model or "none") as coach:
        done, turns = _debriefed(coach, file)
        if before is None:
            print(render.dumps(done, indent=2) if as_json else debrief_text.markdown(done, turns))
            return 0
        found = change.change(_debriefed(coach, before)[0].moves, done.moves)
        if as_json:
            print(render.dumps({**as_plain(done), "change": as_plain(found)}, indent=2))
        else:
            print(debrief_text.markdown(done, turns) + "\n" + debrief_text.changed(found))
    return 0


def _debriefed(coach: Coach, file: str) -> tuple[Debrief, Sequence[Turn]]:
    given = _conversation(file)
    if isinstance(given, dict) and (given.get("own") or given.get("scenario") in coach.practice.scenarios):
        scene = transcript.scene_from(given, coach.practice.scenarios)
        done, turns = coach.debriefer.of_scene(scene), scene.turns
    else:
        turns = transcript.turns_from(given)
        done = coach.debriefer.of_turns(turns)
    if not done.moves:
        raise InputError("No turn in this conversation is the manager's.", hint="A debrief needs at least one.")
    return done, turns


def _described(file: str, *, save: bool) -> int:
    """Print a situation made of somebody's own words, as a file to edit; keep it where that is asked."""
    text = intake.read_draft(file, LONGEST)
    with _coach("none") as coach:
        found = coach.describe(Draft(text))
        for line in render.route_lines(found.route) if found.route else ():
            print(line, file=sys.stderr)
        for name, stands in found.replaced:
            print(f"{name} is called {stands} now.", file=sys.stderr)
        if found.left:
            print(f"Still in it: {', '.join(found.left)}. Change what names somebody.", file=sys.stderr)
        for lack in found.lacks:
            print(LACKS[lack], file=sys.stderr)
        print(own.as_yaml(found.sketch), end="")
        if save:
            card = own.made(found.sketch)
            saved.keep_situation(coach.store, card)
            print(f"Saved. Practise it: benchcoach practice {card.id}", file=sys.stderr)
    return 0


def _saved(as_json: bool) -> int:
    with _coach("none") as coach:
        talks = saved.talks(coach.store) if coach.may_have_kept else ()
        if as_json:
            rows = [{"id": t.id, "title": t.title, "week": t.week, "lines": t.lines} for t in talks]
            print(render.dumps(rows, indent=2))
        elif not talks:
            print("Nothing is kept. `benchcoach practice SCENARIO --save` keeps a conversation.")
        for talk in () if as_json else talks:
            week = f", week {talk.week}" if talk.week else ""
            print(render.printable(f"{talk.id}  {talk.title}{week} ({talk.lines} lines of yours)"))
    return 0


def _resumed(id: str, model: str | None, out: str | None, *, as_json: bool) -> int:
    with _coach(model) as coach:
        scene, waiting = saved.talk(coach.store, id, coach.practice.scenarios)
        print(debrief_text.conversation(scene.turns, scene.scenario.persona.name))
        if waiting:
            print(f"This line of yours waited for its answer: {render.printable(waiting)}\n")
        scene = _talk(coach, scene, _Keeping(coach, id))
        return _finished(coach, [scene], out, as_json=as_json, quiet=True)


def _card(coach: Coach, named: str) -> Scenario:
    """Return a situation by its id, built in or kept, or from a file that ``--describe`` wrote."""
    if named.endswith((".yaml", ".yml")):
        return own.made(own.from_yaml(intake.read_draft(named, LONGEST), Path(named).name))
    if named not in coach.practice.scenarios and coach.may_have_kept:
        kept = saved.situations(coach.store)
        if named in kept:
            return kept[named]
    return coach.practice.scenario(named)


class _Keeping:
    """Keeps a conversation under one id while it goes on."""

    def __init__(self, coach: Coach, id: str = "") -> None:
        self._coach = coach
        self.id = id

    def __call__(self, scene: Scene, waiting: str = "") -> None:
        self.id = saved.keep(self._coach.store, scene, self.id, waiting)


@contextmanager
def _coach(model: str | None) -> Iterator[Coach]:
    from assistant.coach import Coach

    coach = Coach.open(settings.load(model=model))
    try:
        yield coach
    finally:
        coach.close()


def _list(as_json: bool) -> int:
    with _coach("none") as coach:
        yours = saved.situations(coach.store) if coach.may_have_kept else {}
    rows = [
        {"id": s.id, "title": s.title, "job": s.job, "rung": s.rung.value, "brief": s.brief.strip()}
        for s in (*yours.values(), *scenarios.load())
    ]
    if as_json:
        print(render.dumps(rows, indent=2))
    else:
        width = max(len(row["id"]) for row in rows)
        for row in rows:
            print(f"{row['id']:<{width}}  {row['title']} ({row['job']})")
    return 0


def _meetings(
    coach: Coach, scene: Scene, said: Sequence[str] | None, *, again: bool, shown: bool, keeping: _Keeping | None
) -> Iterator[Scene]:
    """Have one conversation, or all three of a repeat conversation; a script says the same each time."""
    while True:
        scene = _played(coach, scene, said) if said is not None else _talk(coach, scene, keeping)
        if keeping:
            keeping(scene)
        yield scene
        if not again or repeat.next_week(scene) is None or not any(turn.moves for turn in scene.turns):
            return
        scene = repeat.again(scene)
        if keeping:
            keeping.id = ""  # each meeting is kept as one of its own
        if shown and said is None:
            print(f"\n{_week(scene)}\n")


def _week(scene: Scene) -> str:
    return render.printable(f"Week {scene.week}. {repeat.told(scene)}".strip())


def _played(coach: Coach, scene: Scene, said: Sequence[str]) -> Scene:
    """Say the lines in order, until they end or the employee does."""
    for line in said:
        if scene.over:
            break
        scene = coach.practice.reply(scene, line).scene
    return scene


def _talk(coach: Coach, scene: Scene, keeping: _Keeping | None = None) -> Scene:
    """Let a person talk until they end it or the employee leaves."""
    card, name = scene.scenario, scene.scenario.persona.name
    print(render.printable(f"{card.title}\n\n{card.brief.strip()}\n\n{HELP}\n\n{name}: {scene.turns[-1].text}"))
    while not scene.over:
        try:
            line = input("You: ").strip()
        except EOFError:
            break
        if line in END:
            break
        if keeping and not line.startswith("/"):
            keeping(scene, line)  # before the answer: no line is lost with the engine
        scene = _step(coach, scene, line)
        if keeping:
            keeping(scene)
    return scene


def _step(coach: Coach, scene: Scene, line: str) -> Scene:
    """Return the scene after one line or one command; what is wrong with a line is told, and nothing is lost."""
    word, _, rest = line.partition(" ")
    if word == "/back":
        turn = int(rest) if rest.strip().isdigit() else len(scene.turns) - 2
        scene = scene.back_to(max(1, turn))
        print(f"(back to before turn {len(scene.turns)})\n{scene.scenario.persona.name}: {scene.turns[-1].text}")
        return scene
    if word == "/why":
        print(_why(scene.turns))
        return scene
    try:
        scene = coach.practice.reply(scene, line).scene
    except InputError as error:
        print(f"{error} {error.hint}")
        return scene
    print(f"{scene.scenario.persona.name}: {render.printable(scene.turns[-1].text)}")
    return scene


def _why(turns: Sequence[Turn]) -> str:
    """Return which moves the last manager turn was read as, and what each changed."""
    last = next((turn for turn in reversed(turns) if turn.steps), None)
    if last is None:
        return "Nothing that you said has been read as a move yet."
    lines = []
    for step in last.steps:
        changed = ", ".join(f"{part} {change:+.2f}" for part, change in step.change.items() if abs(change) >= 0.005)
        lines.append(f"- {step.move.value.replace('_', ' ')}: {changed or 'no change'}")
    return "\n".join(lines)


def _finished(coach: Coach, scenes: Sequence[Scene], out: str | None, *, as_json: bool, quiet: bool) -> int:
    """Print or keep what was said; the conversations of a repeat are one JSON list."""
    debriefs = [coach.debriefer.of_scene(scene) for scene in scenes]
    rows = [transcript.scene_json(scene, done.score) for scene, done in zip(scenes, debriefs, strict=True)]
    result = rows if len(rows) > 1 else rows[0]
    if out is not None:
        _keep(Path(out), render.dumps(result, indent=2) + "\n")
    if as_json:
        print(render.dumps(result, indent=2))
        return 0
    for scene, done in zip(scenes, debriefs, strict=True):
        if len(scenes) > 1:
            print(_week(scene) + "\n")
        if not quiet:
            print(debrief_text.conversation(scene.turns, scene.scenario.persona.name))
        if done.moves:
            print(debrief_text.markdown(done, scene.turns))
    return 0


def _keep(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(
            f"The file {path.name} cannot be written: {error.strerror}.", hint="Name another one."
        ) from None


def _script(file: str) -> list[str]:
    text = intake.read_draft(file, LONGEST)
    if text.lstrip().startswith("["):
        given = _parsed(text, file)
        if not isinstance(given, list) or not all(isinstance(line, str) for line in given):
            raise InputError("The script has to be a list of lines.")
        return given
    return [line.strip() for line in text.splitlines() if line.strip()]


def _conversation(file: str) -> object:
    return _parsed(intake.read_draft(file, LONGEST), file)


def _parsed(text: str, file: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        where = "Standard input" if file == intake.STDIN else f"{Path(file).name}"
        raise InputError(f"{where} is not JSON.", hint=str(error)) from None
