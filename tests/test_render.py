"""Claims about results as text: counted honestly; outside text is never markup or a terminal command."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.domain import (
    Category,
    Check,
    Citation,
    Fate,
    Finding,
    Kind,
    LedgerRow,
    Origin,
    Parts,
    Pattern,
    PatternName,
    Reading,
    Rewrite,
    Route,
    RouteReason,
    RouteTo,
)
from assistant.formats import render

DRAFT = "You were late on 3 May.\r\nYou are lazy."


def row(kind: Kind, fate: Fate, text: str = "words", becomes: str = "") -> LedgerRow:
    return LedgerRow(text, 0, len(text), kind, fate, becomes, "why so", Origin.MODEL)


REWRITE = Rewrite(
    id="r1",
    draft=DRAFT,
    message="On 3 May you were late.",
    say="On 3 May you were late. What happened?",
    after_they_answer="Agree on a start time.",
    topics=("lateness",),
    parts=Parts(behavior="You were late."),
    ledger=(row(Kind.OBSERVATION, Fate.KEPT), row(Kind.JUDGMENT, Fate.DROPPED, "You are lazy.")),
    questions=("What was the effect?",),
    findings=(),
    pattern=Pattern(),
    route=None,
    notices=(),
    citations=(Citation("sbi#behaviour", "Behaviour", "House", "Say what you saw."),),
    checks=(Check("Facts kept", True),),
    edit_share=0.2,
    origin=Origin.MODEL,
    model="some-model",
    prompts=("rewrite@1+00000000",),
)


def with_rows(*rows: LedgerRow) -> Rewrite:
    return replace(REWRITE, ledger=rows)


@pytest.mark.parametrize(
    ("rewrite", "said"),
    [
        (REWRITE, "1 fact kept, 1 opinion left out"),
        (with_rows(*[row(Kind.OBSERVATION, Fate.REWORDED)] * 3), "All 3 facts kept"),
        (
            with_rows(row(Kind.IMPACT, Fate.KEPT), row(Kind.REPORT, Fate.ASKED)),
            "1 of 2 facts kept, 1 point turned into a question",
        ),
        (
            with_rows(row(Kind.OBSERVATION, Fate.KEPT), row(Kind.BACKGROUND, Fate.ROUTED)),
            "1 of 2 facts kept, 1 part for a person to see first",
        ),
        (
            with_rows(*[row(Kind.JUDGMENT, Fate.DROPPED)] * 2),
            "No facts in the draft, 2 opinions left out",
        ),
        (
            replace(REWRITE, checks=(Check("Nothing invented", False, "“Tuesday” is not in the draft."),)),
            "1 fact kept, 1 opinion left out, 1 check failed",
        ),
        (with_rows(row(Kind.OBSERVATION, Fate.DROPPED)), "0 of 1 fact kept"),
        (with_rows(row(Kind.OBSERVATION, Fate.KEPT), row(Kind.BACKGROUND, Fate.DROPPED)), "1 fact kept"),
        (
            with_rows(
                row(Kind.OBSERVATION, Fate.KEPT), replace(row(Kind.BACKGROUND, Fate.DROPPED), text="I redid 3 of them.")
            ),
            "1 of 2 facts kept",
        ),
    ],
)
def test_the_summary_counts_what_happened(rewrite: Rewrite, said: str) -> None:
    assert render.summary(rewrite) == said


def test_an_outline_by_rules_is_never_called_a_rewrite() -> None:
    assert "Rules only" in render.origin_line(replace(REWRITE, model="rules", origin=Origin.FALLBACK))
    assert "could not be used" in render.origin_line(replace(REWRITE, origin=Origin.FALLBACK))


def test_a_reading_shows_line_and_column_words_reason_and_better_way() -> None:
    at = DRAFT.index("lazy")
    finding = Finding(at, at + 4, "lazy", Category.LABEL, "label.trait", "It names a person.", "Say what you saw.")
    text = render.reading_text(DRAFT, Reading((finding,)))
    assert text.splitlines() == [
        "Label",
        "  2:9  “lazy”  (label.trait)",
        "      why: It names a person.",
        "      try: Say what you saw.",
    ]


def test_a_route_comes_first_and_never_reads_as_cleared() -> None:
    route = Route(RouteTo.HR, (RouteReason("protected.pregnancy", "pregnant"),), "Dana in HR", entangled=True)
    pattern = Pattern(PatternName.ABDICATION, ("whatever you think",), "Agree on a date.")
    text = render.reading_text("x", Reading(pattern=pattern, route=route))
    assert text.startswith("Talk to Dana in HR before you say or send this.\n  because of “pregnant”")
    assert "Removing the words does not remove the reason.\nThis isn't a legal check." in text
    assert text.endswith("This reads like abdication: “whatever you think”.\nInstead: Agree on a date.")
    assert render.NOT_LEGAL in render.reading_text("x", Reading())


def test_danger_is_a_call() -> None:
    assert render.route_lines(Route(RouteTo.EMERGENCY, ()))[0].startswith("Call ")


def test_outside_text_cannot_steer_a_terminal() -> None:
    attack = "\x1b[2Jlate\x07\u202eabc\x9b31m\r\nnext"
    assert render.printable(attack) == "[2Jlateabc31m\nnext"
    assert render.quoted("two\nlines\t") == "“two lines”"


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "[click](https://evil.example)",
        "# Heading",
        "- item",
        "3. item",
        "| cell | cell |",
        "*bold* `code` _it_",
        "&lt;b&gt;",
    ],
)
def test_a_draft_cannot_become_markup_in_the_download(attack: str) -> None:
    import html

    from markdown_it import MarkdownIt

    rewrite = replace(REWRITE, message=attack, ledger=(row(Kind.REQUEST, Fate.KEPT, attack, attack),))
    page = MarkdownIt("commonmark").enable("table").render(render.to_markdown(rewrite))
    assert "<script" not in page
    assert "<a " not in page
    plain = html.unescape(page).replace("\u2060", "")
    assert f"<h2>Message</h2>\n<p>{attack}</p>" in plain
    assert plain.count(f"<td>{attack}</td>") == 2


def test_the_download_holds_every_part() -> None:
    page = render.to_markdown(
        replace(REWRITE, checks=(Check("No labels", False, "lazy"),), notices=("Read it aloud.",))
    )
    for part in ("## Say", "## After they answer", "## Message", "## Questions for you", "Read it aloud",
                 "FAILED: No labels. lazy", "“Say what you saw.”",
                 "| You are lazy. | Judgment | Dropped |"):  # fmt: skip
        assert part in page


def test_json_keeps_the_draft_as_it_was() -> None:
    assert '"draft": "You were late on 3 May.\\r\\nYou are lazy."' in render.dumps(REWRITE)
    assert "“é”" in render.dumps({"x": "“é”"})
