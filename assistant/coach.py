"""The wiring: what a front end may hold. Opens rules, library and model once, and closes them.

The linter needs no model and is there at once; the model is opened when words are first needed,
or by ``warm`` in the background.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from assistant import settings
from assistant.domain import Draft, Reading, Rewrite
from assistant.errors import InputError, ModelUnavailable, NotAllowed
from assistant.library.ask import Answer, Asker
from assistant.library.knowledge import Library, frameworks
from assistant.models import llm
from assistant.models.llm import Model
from assistant.reading.language import Language
from assistant.reading.orders import Orders
from assistant.rewriting.rewrite import Progress, Rewriter
from assistant.settings import Settings
from assistant.shelf import knowledge_folder

if TYPE_CHECKING:
    from assistant.keeping.store import Store
    from assistant.library.organisation import OwnKnowledge
    from assistant.practising.debrief import Debriefer
    from assistant.practising.moves import MoveReader
    from assistant.practising.own import Described
    from assistant.practising.practice import Practice
    from assistant.preparing.prepare import Prepare
    from assistant.scene import Scenario

__all__ = ["Coach", "Progress"]

TONES = ("plain", "softer", "firmer")


class Coach:
    """Everything Benchcoach can do for a person. Safe between threads."""

    def __init__(self, chosen: Settings, language: Language, library: Library | None, model: Model | None) -> None:
        self._settings = chosen
        self._language = language
        self._library = library
        self._opening_library = threading.Lock()
        self._orders = Orders(language)
        self.owner: Callable[[], str] | None = None
        """Whose work the page is asked for, where several people use it; it raises where nobody is signed in."""
        self._model = model = self._rationed(model)
        self._rewriter = Rewriter(language, self.library, model, chosen) if model else None
        self._rules: Rewriter | None = None
        self._opening = threading.Lock()
        self._scenarios: Mapping[str, Scenario] | None = None
        self._practice: Practice | None = None
        self._debriefer: Debriefer | None = None
        self._reader: MoveReader | None = None
        self._opening_practice = threading.RLock()
        self._kept: Store | None = None
        self._opening_store = threading.Lock()
        self._prepare: Prepare | None = None
        self._opening_prepare = threading.Lock()

    @classmethod
    def open(cls, chosen: Settings, model: Model | None = None) -> Coach:
        """Open the rules. Library and model are opened when they are first needed, unless a model is given."""
        folders = [knowledge_folder() / "language", settings.home() / "knowledge" / "language"]
        disabled = frozenset(part.strip() for part in chosen.disabled_rules.split(",") if part.strip())
        return cls(chosen, Language.load(folders, disabled), None, model)

    @property
    def model_name(self) -> str:
        """The model's name, or ``rules`` where there is none."""
        return self._model.name if self._model else {"none": "rules"}.get(self._settings.model, self._settings.model)

    @property
    def place(self) -> str:
        """Where text goes: ``this machine``, or the hosts of a model and of an embedding model elsewhere."""
        model = self._model.place if self._model else llm.place_of(self._settings)
        search = self._library.place if self._library else llm.place_of_search(self._settings)
        elsewhere = dict.fromkeys(place for place in (model, search) if place != llm.HERE)
        return " and ".join(elsewhere) or llm.HERE

    @property
    def frameworks(self) -> list[tuple[str, str]]:
        """Ids and titles of the frameworks that can shape a rewrite. Raises LibraryError."""
        known = self._library.frameworks if self._library else frameworks()  # a page is drawn before all is open
        return [(f.id, f.title) for f in known if f.shapes_a_rewrite]

    @property
    def library(self) -> Library:
        """The framework library, opened when it is first needed. Raises LibraryError."""
        with self._opening_library:
            if self._library is None:
                self._library = Library.load()
            return self._library

    @property
    def ready(self) -> bool:
        """Whether the next rewrite can begin at once."""
        return self._rewriter is not None

    @property
    def scenarios(self) -> Mapping[str, Scenario]:
        """The situations to practise, by id: there at once, unlike what reads a turn. Raises LibraryError."""
        with self._opening_practice:
            if self._scenarios is None:
                from assistant.practising import scenarios

                self._scenarios = {card.id: card for card in scenarios.load()}
            return self._scenarios

    @property
    def practice(self) -> Practice:
        """Conversations to practise; without a model their authored lines are said. Raises LibraryError."""
        with self._opening_practice:
            if self._practice is None:
                from assistant.practising.character import MoodReader
                from assistant.practising.practice import LARGE, SMALL, Practice

                cards = tuple(self.scenarios.values())
                moods = MoodReader.load(cards, self.library)
                small = self._settings.model == "embedded" and not self._settings.gguf
                share = SMALL if small else LARGE
                self._practice = Practice(cards, self._moves(), moods, self._model_if_any, share, self._orders)
            return self._practice

    def describe(self, draft: Draft) -> Described:
        """Return a manager's own words as a situation to practise, without anybody's name. Needs no model.

        Raises InputError for an empty or too long text.
        """
        from assistant.practising import own

        self._accept(draft, TONES[0])
        for step in self._by_rules().run(draft, framework="sbi", tone=TONES[0], cancel=None):
            if isinstance(step, Rewrite):
                return own.described(step, draft)
        raise ModelUnavailable("The description could not be read to its end.", hint="Try again.")

    @property
    def debriefer(self) -> Debriefer:
        """What looks back on conversations, with the criteria of the moment it was opened. Raises LibraryError."""
        with self._opening_practice:
            if self._debriefer is None:
                from assistant.practising import criteria
                from assistant.practising.debrief import Debriefer

                self._debriefer = Debriefer(criteria.load(), self._moves(), self.library, self._orders)
            return self._debriefer

    @property
    def store(self) -> Store:
        """What the person who asks has kept: nobody reaches another's. Raises StoreError or SettingsError."""
        return self.kept if self.owner is None else self.kept.owned_by(self.owner())

    @property
    def kept(self) -> Store:
        """What is kept on a machine for one person, opened when it is first needed; and the way to the database."""
        with self._opening_store:
            if self._kept is None:
                from assistant.keeping.store import Store

                self._kept = Store.open(self._settings)
            return self._kept

    @property
    def may_have_kept(self) -> bool:
        """Whether anything may be kept already. Makes no database, so that looking costs nothing."""
        from assistant.keeping import database

        return database.is_there(self._settings.database, settings.home())

    @property
    def own_knowledge(self) -> OwnKnowledge:
        """The organisation's own documents; after a change of them, ``refresh``."""
        from assistant.library.organisation import OwnKnowledge

        return OwnKnowledge(settings.home(), knowledge_folder(), max_megabytes=self._settings.max_document)

    def refresh(self) -> None:
        """Read the library anew. What is under way ends with the old one, whose index closes when nobody holds it."""
        fresh = Library.load()
        with self._opening_practice, self._opening:
            self._library = fresh
            self._debriefer = None
            self._rules = None
            if self._rewriter is not None and self._model is not None:
                self._rewriter = Rewriter(self._language, fresh, self._model, self._settings)

    @property
    def prepare(self) -> Prepare:
        """Standards, one-on-ones, the playbook and handing back, made when first needed. Needs no model."""
        with self._opening_prepare:
            if self._prepare is None:
                from assistant.preparing.plans import Plans
                from assistant.preparing.prepare import Prepare

                self._prepare = Prepare(Plans(self.library), self.check, self._by_rules, self._settings.max_draft)
            return self._prepare

    def check(self, text: str) -> Reading:
        """Read a text with the linter alone."""
        return Rewriter.reading(self._language, self._settings, text)

    def rewriting(
        self,
        draft: Draft,
        *,
        framework: str = "sbi",
        tone: str = "plain",
        cancel: threading.Event | None = None,
    ) -> Iterator[Progress | Rewrite]:
        """Yield progress and rows, and last the Rewrite. Always starts from the original draft.

        Raises InputError for an empty or too long draft or an unknown tone, LibraryError for an
        unknown framework, ModelError where the model fails, Cancelled once ``cancel`` is set.
        """
        self._accept(draft, tone)
        self.library.framework(framework)
        if not self.ready:
            yield Progress("Starting the model")
        yield from self._open().run(draft, framework=framework, tone=tone, cancel=cancel)

    def rewrite(
        self,
        draft: Draft,
        *,
        framework: str = "sbi",
        tone: str = "plain",
        cancel: threading.Event | None = None,
    ) -> Rewrite:
        """Return the Rewrite of a draft; raises as ``rewriting`` does."""
        for step in self.rewriting(draft, framework=framework, tone=tone, cancel=cancel):
            if isinstance(step, Rewrite):
                return step
        raise ModelUnavailable("The rewrite ended before it was done.", hint="Try again.")

    def ask(self, question: str, *, cancel: threading.Event | None = None) -> Answer:
        """Answer a question from the library, or say that it is not covered. The model is opened only if it is.

        Raises InputError for an empty or endless question, ModelError, Cancelled once ``cancel`` is set.
        """
        asker = Asker(self.library, self._opened_model, self._settings, self._orders)
        return asker.ask(question, cancel=cancel)

    def with_library(self, library: Library) -> Coach:
        """Return a coach with the rules and the model of this one, and another library. Close this one, not that."""
        return Coach(self._settings, self._language, library, self._opened_model())

    def warm(self) -> None:
        """Open the model and let it read the fixed part of its prompt."""
        self._open().warm()

    def close(self) -> None:
        """Stop the model and let go of the index."""
        with self._opening:
            if self._model is not None:
                self._model.close()
        with self._opening_library:
            if self._library is not None:
                self._library.close()
        with self._opening_store:
            if self._kept is not None:
                self._kept.close()

    def _by_rules(self) -> Rewriter:
        """Return the rewriter without a model: opening it costs seconds, so there is one for all who ask."""
        with self._opening:
            if self._rules is None:
                self._rules = Rewriter(self._language, self.library, None, self._settings)
            return self._rules

    def _moves(self) -> MoveReader:
        if self._reader is None:
            from assistant.practising.moves import MoveReader

            self._reader = MoveReader.load(self.library)
        return self._reader

    def _model_if_any(self) -> Model | None:
        self._open()
        return self._model

    def _open(self) -> Rewriter:
        with self._opening:
            if self._rewriter is None:
                self._model = self._model or self._rationed(self._outgoing(llm.open_model(self._settings)))
                self._rewriter = Rewriter(self._language, self.library, self._model, self._settings)
            return self._rewriter

    def _outgoing(self, model: Model | None) -> Model | None:
        """Put stand-ins and a budget before a model that is somebody else's."""
        if model is None or model.place == llm.HERE:
            return model
        from assistant.keeping.spending import Spending
        from assistant.privacy.outgoing import Budget, Outgoing
        from assistant.privacy.pseudonyms import Nobody, Pseudonyms

        own = self._settings
        people = Pseudonyms.load(own.roster, own.phone_region) if own.pseudonyms == "on" else Nobody()
        ledger = Spending(self.kept.database) if own.budget else None
        return Outgoing(model, people, Budget(ledger, own.budget, own.price_in, own.price_out))

    def _rationed(self, model: Model | None) -> Model | None:
        """Put a person's limit of tokens before a model, where one is set."""
        if model is None or not self._settings.tokens_per_day:
            return model
        from assistant.keeping.token_use import TokenUse
        from assistant.models.rationed import Rationed

        return Rationed(model, lambda: TokenUse(self.kept.database), self._settings.tokens_per_day, self._asking)

    def _asking(self) -> str:
        """Return who is asking; nobody where the program asks by itself, as when it warms the model."""
        if self.owner is None:
            return "local"
        try:
            return self.owner()
        except NotAllowed:
            return ""

    def _opened_model(self) -> Model | None:
        self._open()
        return self._model

    def _accept(self, draft: Draft, tone: str) -> None:
        if not any(c.isalnum() for c in draft.text):
            raise InputError("There is no text to rewrite.", hint="Write what happened; rough notes are fine.")
        if len(draft.text) > self._settings.max_draft:
            raise InputError(
                f"The draft has {len(draft.text):,} characters; {self._settings.max_draft:,} is the limit.",
                hint="Rewrite one conversation at a time.",
            )
        if tone not in TONES:
            raise InputError(f"There is no tone called {tone!r}.", hint="There are: " + ", ".join(TONES) + ".")
