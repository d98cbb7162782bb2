"""Texts that try to be more than text, and every place of the page that shows one, drawn in a real browser.

    python tests/injected.py --times 1000 --out logs/evals/injected.json     # what `make soak` runs

The texts are combinations from a seeded generator. Each is put wherever a model's, a draft's or a document's words
stand in what the page draws, and reaches the browser the way an answer does: through an event of the page. What is
counted: requests to anywhere else, words that ran, and elements or attributes that plain words would not have made.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from served import DRAFT, REWRITE, coach_with, served, set_up  # noqa: E402
from visits import Visit, turn_to  # noqa: E402

from assistant.access.users import Role, User  # noqa: E402
from assistant.agreements import AgreementState, agree, follow_up  # noqa: E402
from assistant.coach import Coach  # noqa: E402
from assistant.domain import Citation, Origin, Passage, Route, RouteReason, RouteTo  # noqa: E402
from assistant.errors import InputError  # noqa: E402
from assistant.formats import prepare_text  # noqa: E402
from assistant.formats.agreements_text import listing  # noqa: E402
from assistant.keeping.store import Export, Hold, Saved, SavedKind  # noqa: E402
from assistant.library.ask import Answer  # noqa: E402
from assistant.library.organisation import Candidate, Preview, Refused  # noqa: E402
from assistant.library.own_documents import OwnDocument  # noqa: E402
from assistant.practising import own, saved  # noqa: E402
from assistant.practising.change import Change  # noqa: E402
from assistant.rewriting.card import card_of  # noqa: E402
from assistant.scene import Difficulty  # noqa: E402
from assistant.web import (  # noqa: E402
    ask_tab,
    blanks,
    card_view,
    findings_view,
    follow_view,
    knowledge_view,
    person,
    prepare_view,
    result_view,
    rewrite_tab,
    running,
    talk_view,
    today_part,
)
from assistant.web.words import Words  # noqa: E402

TODAY = date(2026, 5, 4)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
OUTSIDE = "outside.invalid"
BATCH = 20
"""Texts that are drawn by one event."""

# --- texts ----------------------------------------------------------------------------------------------

ADDRESSES = (
    "http://{out}/{n}", "//{out}/{n}", "https://{out}/{n}?a=1&b=2", "javascript:hacked({n})",
    "JaVaScRiPt:hacked({n})", "java\tscript:hacked({n})", "&#106;avascript:hacked({n})", " javascript:hacked({n})",
    "data:text/html,<script>hacked({n})</script>", "data:image/svg+xml,<svg onload=hacked({n})>",
    "data:text/html;base64,PHNjcmlwdD5oYWNrZWQoMSk8L3NjcmlwdD4=", "vbscript:hacked({n})", "blob:hacked({n})",
    "leak/{n}", "/leak/{n}.png", "\\\\{out}\\{n}", "ftp://{out}/{n}", "mailto:x@{out}?body={n}",
)  # fmt: skip
EVENTS = (
    "onerror", "onload", "onmouseover", "onfocus autofocus tabindex=0 onfocusin", "ontoggle open ontoggle",
    "onanimationstart style=animation-name:x onanimationstart", "onpointerenter", "onbeginevent", "ONERROR", "on\nload",
)  # fmt: skip
ELEMENTS = (
    "<img src={q}{url}{q} {event}={q}hacked({n}){q}>", "<svg/{event}={q}hacked({n}){q}><image href={q}{url}{q}></svg>",
    "<svg><script href={q}{url}{q}>hacked({n})</script></svg>", "<svg><a xlink:href={q}{url}{q}><text>x</text></a>",
    "<svg><animate onbegin=hacked({n}) attributeName=x dur=1s>", "<script>hacked({n})</script>",
    "<script src={q}{url}{q}></script>", "<script type=module>import {q}{url}{q}</script>",
    "<iframe src={q}{url}{q}></iframe>", "<iframe srcdoc={q}<script>parent.hacked({n})</script>{q}></iframe>",
    "<object data={q}{url}{q}></object>", "<embed src={q}{url}{q}>", "<link rel=stylesheet href={q}{url}{q}>",
    "<link rel=prefetch href={q}{url}{q}>", "<meta http-equiv=refresh content={q}0;url={url}{q}>",
    "<base href={q}{url}{q}>", "<style>@import {q}{url}{q}; *{{background:url({url})}}</style>",
    "<p style={q}background:url({url}){q}>x</p>", "<div style=background-image:image-set({q}{url}{q} 1x)>",
    "<form action={q}{url}{q}><button formaction={q}{url}{q}>x</button></form>",
    "<input type=image src={q}{url}{q} {event}=hacked({n})>", "<video poster={q}{url}{q}><source {event}=hacked({n})>",
    "<audio src={q}{url}{q} {event}=hacked({n})>", "<body {event}=hacked({n})>", "<details {event}=hacked({n})>x",
    "<a href={q}{url}{q} {event}=hacked({n})>x</a>", "<a ping={q}{url}{q} href=#>x</a>",
    "<math><mtext><a href={q}{url}{q}>x</a></mtext></math>", "<math><annotation-xml encoding=text/html><img src={url}>",
    "<template shadowrootmode=open><img src={q}{url}{q}></template>", "<portal src={q}{url}{q}>",
    "<noscript><p title={q}</noscript><img src=x onerror=hacked({n})>{q}>", "<table background={q}{url}{q}><tr><td>x",
    "<button data-press=own-save data-value={n}>x</button>", "<textarea id=draft autofocus {event}=hacked({n})>",
    "<select><option data-example={n}>x</select>", "<bc-x {event}=hacked({n})>", "<!--<img src={q}{url}{q}>-->",
)  # fmt: skip
MARKDOWN = (
    "![x]({url})", "[x]({url})", "[x]({url} {q}t{q})", "![x][{n}]\n\n[{n}]: {url}", "<{url}>", "[![x]({url})]({url})",
    "[x]: {url}", "**[x]({url})**", "`<img src={url}>`", "$$\\href{{{url}}}{{x}}$$", "$\\includegraphics{{{url}}}$",
    "```html\n<img src={url}>\n```", "| a |\n|---|\n| ![x]({url}) |", "- [ ] <img src={url} onerror=hacked({n})>",
    ":::html\n<script>hacked({n})</script>\n:::", "# <svg onload=hacked({n})>",
)  # fmt: skip
TEMPLATES = (
    "{{{{hacked({n})}}}}", "{{{{constructor.constructor({q}hacked({n}){q})()}}}}", "${{hacked({n})}}",
    "`${{hacked({n})}}`", "{{{{{{this}}}}}}", "{{{{#with this}}}}{{{{lookup . {q}constructor{q}}}}}{{{{/with}}}}",
    "<%= hacked({n}) %>",
    "#{{hacked({n})}}", "{{% import os %}}{{{{7*7}}}}", "[[${{7*7}}]]", "@(7*7)", "=HYPERLINK({q}{url}{q},{q}x{q})",
    "=cmd|'/c calc'!A{n}", "+1+cmd|' /c'!A1", "@SUM(1+1)*cmd|' /c'!A{n}", "=WEBSERVICE({q}{url}{q})",
    "{{@html {q}<img>{q}}}", "%s%n$(hacked {n})", "__proto__[hacked]={n}", "\u2028hacked({n})//",
)  # fmt: skip
STYLES = (
    "}}</style><img src={url}>", "*{{background:url({url})}}", "expression(hacked({n}))", "@import url({url});",
    "x:expression(hacked({n}))", "color:red;background:url({q}{url}{q})", "-moz-binding:url({url})",
)  # fmt: skip
BREAKS = (
    "", "", "\">", "'>", "`>", "</textarea>", "</script>", "</style>", "</title>", "-->", "]]>", "&quot;&gt;", "\" ",
    "' ", "</p></div></section>", "</bdi>", "</button>", "\\\">", "\x00", "\u202e", "%22%3E", "\\x3c", "\\u003c",
    "</summary></details>", "&lt;", "<", "<<",
)  # fmt: skip


def texts(times: int, seed: int = 1) -> list[str]:
    """Return so many different texts; each has a number of its own in what it tries to run or to fetch."""
    chance = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < times:
        found[_text(chance, len(found))] = None
    return list(found)


def _text(chance: random.Random, number: int) -> str:
    kinds = (ELEMENTS, MARKDOWN, TEMPLATES, STYLES)
    parts = []
    for _ in range(chance.choice((1, 1, 2))):
        made = chance.choice(chance.choices(kinds, (6, 3, 2, 1))[0])
        url = chance.choice(ADDRESSES).format(out=OUTSIDE, n=number)
        made = made.format(url=url, event=chance.choice(EVENTS), n=number, q=chance.choice(('"', "'", "")))
        parts.append(chance.choice(BREAKS) + _disguised(chance, made))
    at = chance.choice((0, 1, 2))
    said = ["On 3 May Sam joined at 9:20.", "You are lazy."]
    return " ".join([*said[:at], f"<!{number}!>", *parts, *said[at:]])


def _disguised(chance: random.Random, text: str) -> str:
    how = chance.randrange(8)
    if how == 0:
        return "".join(letter.upper() if chance.random() < 0.5 else letter for letter in text)
    if how == 1:
        return text.replace("<", "<\n", 1)
    if how == 2:
        return text.replace("<", "&lt;").replace(">", "&gt;")
    if how == 3:
        return text.replace(" ", "/")
    if how == 4:
        return text.replace("<", "\uff1c", 1)
    return text


# --- places ---------------------------------------------------------------------------------------------

SAME = {"speaker", "id", "framework", "tone", "framing", "pronoun", "move", "kind", "verdict", "added"}
"""Fields that choose what is drawn, and hold no words of anybody."""


def poisoned(value: Any, text: str, name: str = "") -> Any:
    """Return a value of the product with a text in place of all its words."""
    if isinstance(value, Enum) or name in SAME:
        return value
    if isinstance(value, str):
        return text
    if isinstance(value, InputError):
        return InputError(text, hint=text)
    if is_dataclass(value) and not isinstance(value, type):
        named = {f.name: poisoned(getattr(value, f.name), text, f.name) for f in fields(value) if f.init}
        return replace(value, **named)
    if isinstance(value, tuple | list | frozenset):
        return type(value)(poisoned(one, text) for one in value)
    if isinstance(value, Mapping):
        return {key: poisoned(one, text, str(key)) for key, one in value.items()}
    return value


@dataclass
class Stock:
    """One of everything that a view draws, made by the product itself from plain words."""

    coach: Coach
    words: Words = field(default_factory=Words.load)

    def __post_init__(self) -> None:
        coach = self.coach
        route = Route(RouteTo.HR, (RouteReason("x", "x"),), "x")
        self.rewrites = (REWRITE, replace(REWRITE, route=route), replace(REWRITE, origin=Origin.FALLBACK))
        self.reading = coach.check(DRAFT)
        talk = coach.practice.open(next(iter(coach.scenarios.values())), Difficulty.REALISTIC)
        for line in ("On 3 May the report came at 15:10. What happened?", "You never care.", "We agreed on 9:00."):
            talk = coach.practice.reply(talk, line).scene
        self.scene = talk
        self.debrief = coach.debriefer.of_scene(talk)
        made = agree("Sam", "Send the report", TODAY, on=TODAY, standard="All regions")
        self.agreement = follow_up(made, AgreementState.SLIPPED, on=TODAY, note="It came late.")
        prepare = coach.prepare
        said = "Own the launch by 12 May. It is measured by defects."
        self.sheets = [
            prepare_text.sheet(one(said)) for one in (prepare.standard, prepare.one_on_one, prepare.playbook)
        ]
        self.frameworks = coach.library.frameworks[:3]
        document = OwnDocument("x", "x", "x", "text", (Passage("x", "x", "x", "x"),), "x", "x", "2026-05-04")
        candidate = Candidate("x", document, "new", twins=(), left_out=(), notes=("x",))
        self.preview = Preview("x", (candidate,), (Refused("x", InputError("x", hint="x")),))
        self.answer = Answer("x", "x", True, (Citation("x", "x", "x", "x"),), notice="x", model="x", prompts=("x",))

    def views(self, text: str) -> dict[str, Callable[[], str]]:
        """Return every view with a text in all its words, by the name of the function that draws it."""
        w, bad = self.words, lambda value: poisoned(value, text)
        one, scene, debrief = bad(self.agreement), bad(self.scene), bad(self.debrief)
        rewrites = [bad(rewrite) for rewrite in self.rewrites]
        passage = bad(Passage("x", "x", "x", "x"))
        hold = Hold(NOW, text)
        export = Export(text, text, NOW, hold, (one,), (Saved(SavedKind.PLAN, text, {text: text}),), (text,))
        return {
            "spoken_html": lambda: "".join(result_view.spoken_html(r, w) for r in rewrites),
            "rest_html": lambda: "".join(result_view.rest_html(r, w) for r in rewrites),
            "account_html": lambda: "".join(result_view.account_html(r, w) for r in rewrites),
            "sides_html": lambda: result_view.account_html(bad(replace(REWRITE, say=text, message=text)), w),
            "rows_html": lambda: result_view.rows_html(rewrites[0].ledger, text, w),
            "citation_html": lambda: result_view.citation_html(bad(REWRITE.citations[0])),
            "copy_html": lambda: result_view.copy_html(text, text, w),
            "card_html": lambda: card_view.card_html(bad(card_of(REWRITE)), w),
            "findings_html": lambda: findings_view.findings_html(text, bad(self.reading), w),
            "problem_html": lambda: findings_view.problem_html(text),
            "answer_html": lambda: ask_tab.answer_html(bad(self.answer), w),
            "text_html": lambda: blanks.text_html(text),
            "blanks_html": lambda: blanks.blanks_html([text, f"[{text}]"], w),
            "list_html": lambda: follow_view.list_html(
                listing([one], hold, TODAY), w, first_use=True, retention="1 year"
            ),
            "chosen_html": lambda: follow_view.chosen_html(one, w),
            "reading_html": lambda: follow_view.reading_html(bad(self.reading), w),
            "export_html": lambda: follow_view.export_html(export, w),
            "found_html": lambda: knowledge_view.found_html([passage], False, w),
            "passage_html": lambda: knowledge_view.passage_html(passage, opened=True),
            "preview_html": lambda: knowledge_view.preview_html(bad(self.preview), w),
            "documents_html": lambda: knowledge_view.documents_html(
                [bad(self.preview.candidates[0].document)], [text], w
            ),
            "frameworks_html": lambda: knowledge_view.frameworks_html([bad(f) for f in self.frameworks], w),
            "prepared_html": lambda: "".join(self._prepared(bad(sheet), text) for sheet in self.sheets),
            "kept_html": lambda: prepare_view.kept_html([text], [text], text, w),
            "download_html": lambda: prepare_view.download_html(text, text),
            "brief_html": lambda: talk_view.brief_html(scene.scenario, w),
            "talk_html": lambda: talk_view.talk_html(scene, w, text),
            "debrief_html": lambda: talk_view.debrief_html(debrief, scene, w),
            "change_html": lambda: talk_view.change_html(Change(1, 1, ()), text, text, w),
            "states_html": lambda: talk_view.states_html([(text, scene)], w),
            "today_html": lambda: today_part.today_html([one], TODAY, w),
            "signed_in_html": lambda: person.signed_in_html(User("1", text, Role.ADMIN)),
            "trouble_html": lambda: running.trouble_html(text, text),
            "progress_html": lambda: running.progress_html(text, 1, 2),
        }

    def _prepared(self, sheet: Any, text: str) -> str:
        filled = {row.key: text for section in sheet.sections for row in section.rows}
        return prepare_view.prepared_html(sheet, filled, self.words, file=text, calendar=True)

    def gallery(self, number: int, some: Sequence[str]) -> str:
        """Return every view of every text of a batch, as one piece of markup."""
        shown = "".join(
            f'<div class="bc-view" data-view="{name}" data-text="{at}">{draw()}</div>'
            for at, text in enumerate(some)
            for name, draw in self.views(text).items()
        )
        return f'<div id="gallery-{number}">{shown}</div>'


# --- in the browser -------------------------------------------------------------------------------------

LISTEN = """
window.hacks = [];
window.hacked = (n) => window.hacks.push(n);
for (const name of ["alert", "confirm", "prompt", "open", "print"]) window[name] = () => window.hacks.push(name);
document.addEventListener("securitypolicyviolation", (e) => window.hacks.push(`blocked ${e.blockedURI}`));
"""
FORMS = """(place) => {
  const found = {};
  for (const element of document.querySelectorAll(place + ' *')) {
    const names = ['', ...[...element.attributes].map((one) => one.name)];
    for (const name of names) {
      const form = `${element.tagName.toLowerCase()} ${name}`;
      if (!(form in found)) found[form] = element.outerHTML.slice(0, 200);
      const value = name && element.getAttribute(name);
      if (/^(href|src|srcset|action|formaction|xlink:href|poster|style|class|background|ping|srcdoc)$/.test(name)
        && /hacked|leak|outside\\.invalid|javascript:|<!/i.test(value)) found[`${form} = ${value}`] = value;
    }
  }
  return found;
}"""
PLAIN = (
    "On 3 May Sam joined at 9:20. You are lazy.",
    "On 3 May Sam joined at 9:20. [day] and [who does what] come later.\nYou are lazy.\n\n- one\n- two",
    "x",
)


@dataclass
class Seen:
    """What a browser did with texts."""

    shown: int = 0
    drawn: int = 0
    outside: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


class Gallery:
    """The page, with whatever is to be drawn coming out of the button for a rewrite."""

    def __init__(self, url: str, stock: Stock) -> None:
        self.url = url
        self._stock = stock
        self._number = 0
        self._some: Sequence[str] = ()
        self._plain: set[str] = set()
        self.seen = Seen()

    def spoken(self, *_: object) -> str:
        """Stand in for what draws the words to say."""
        return self._stock.gallery(self._number, self._some)

    def learn(self, browser: Any) -> None:
        """Note which elements and attributes plain words are drawn with; there is nothing else afterwards."""
        self._plain = set(self._drawn(browser, PLAIN))
        assert len(self._plain) > 60, "plain words are drawn as well"
        self.seen = Seen()

    def show(self, browser: Any, some: Sequence[str]) -> None:
        """Draw a batch, and count what is not as it is with plain words."""
        forms = self._drawn(browser, some)
        self.seen.active += [f"{form}: {html}" for form, html in forms.items() if form not in self._plain]
        self.seen.shown += len(some)

    def figures(self) -> dict[str, Any]:
        """Return what is worth keeping of what was seen so far."""
        seen = self.seen
        counted = {"texts": seen.shown, "views": len(self._stock.views("x")), "elements": seen.drawn}
        return {**counted, "outside": seen.outside, "ran": seen.ran, "active": seen.active, "changed": seen.changed}

    def _drawn(self, browser: Any, some: Sequence[str]) -> dict[str, str]:
        self._number, self._some = self._number + 1, some
        with self._kept(some):
            visiting = Visit(browser)
            visiting.context.add_init_script(LISTEN)
            try:
                page = visiting.open(self.url)
                page.fill("#draft textarea", f"On 3 May Sam joined at 9:20. {some[0]}")
                page.click("#go")
                place = f"#gallery-{self._number}"
                page.wait_for_selector(place, timeout=90_000)
                page.wait_for_selector(".bc-progress:not(.bc-view *)", state="detached")
                forms = self._look(page, place, some)
                for tab in ("Practise", "Follow up"):
                    turn_to(page, tab)
                    page.wait_for_timeout(150)
                    forms |= page.evaluate(FORMS, "#bc-tabs")
                self.seen.ran += [f"{one}" for one in page.evaluate("window.hacks")] + visiting.complaints
                asked = [url for url in visiting.asked if "leak" in url or "hacked" in url]
                self.seen.outside += visiting.outside + asked
                return {form: html for form, html in forms.items() if not html.startswith("<option")}
            finally:
                visiting.context.close()

    def _look(self, page: Any, place: str, some: Sequence[str]) -> dict[str, str]:
        """Look at a gallery, and whether what stands in it is the text itself."""
        for element in page.query_selector_all(f"{place} summary")[:5]:
            element.dispatch_event("click")
        for at, text in enumerate(some):
            shown = page.text_content(f'{place} [data-view=problem_html][data-text="{at}"]')
            whole = text.replace("\x00", "")  # which no browser takes over
            if " ".join(whole.split()) not in " ".join(shown.split()):
                self.seen.changed.append(f"{text!r} is shown as {shown!r}")
        forms: dict[str, str] = page.evaluate(FORMS, place)
        self.seen.drawn += page.evaluate(f"document.querySelectorAll('{place} *').length")
        return forms

    @contextmanager
    def _kept(self, some: Sequence[str]) -> Iterator[None]:
        """Keep agreements and situations with these texts in them, for the lists and choices of the page."""
        store = self._stock.coach.store
        for text in some:
            store.add(poisoned(agree("x", "x", TODAY, on=TODAY, standard="x"), text))
            card = own.made(own.Sketch("A desk", ("On 3 May the desk was empty at 9:00.",)))
            saved.keep_situation(store, replace(card, title=text[:300], brief=text))
        yield
        store.erase()


@contextmanager
def opened(home: Path) -> Iterator[Gallery]:
    """Yield the page with a gallery in it, over a home of its own."""
    before = os.environ.get("BENCHCOACH_HOME")
    set_up(home)
    os.environ["BENCHCOACH_HOME"] = str(home)
    try:
        coach = coach_with()
        stock = Stock(coach)
        with served(coach) as url:
            gallery = Gallery(url, stock)
            with mock.patch.object(rewrite_tab, "spoken_html", gallery.spoken):
                yield gallery
    finally:
        os.environ.pop("BENCHCOACH_HOME")
        if before is not None:
            os.environ["BENCHCOACH_HOME"] = before


def main() -> int:
    from playwright.sync_api import sync_playwright
    from visits import CHROMIUM, FLAGS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("logs/evals/injected.json"))
    options = parser.parse_args()
    every = texts(options.times, options.seed)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as gallery, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        gallery.learn(browser)
        for at in range(0, len(every), BATCH):
            gallery.show(browser, every[at : at + BATCH])
            options.out.write_text(json.dumps(gallery.figures(), indent=2) + "\n", "utf-8")
        browser.close()
        seen = gallery.seen
    print(options.out.read_text("utf-8"))
    return int(bool(seen.outside or seen.ran or seen.active or seen.changed))


if __name__ == "__main__":
    sys.exit(main())
