"""The library in service: settings in, replies out, new generations swapped in under way."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from bot.answer import calibration
from bot.answer.pipeline import Outcome, answer
from bot.answer.policy import Policy
from bot.build import build, open_encoder, open_reranker
from bot.corpus.corpus import Corpus
from bot.corpus.links import Links
from bot.question.followup import follow
from bot.types import Reply
from index.errors import EncoderError, GenerationError, NoGenerationError
from index.models.encoder import cores

if TYPE_CHECKING:
    from bot.build import Note
    from bot.settings.settings import Settings
    from index.build.builder import Report
    from index.store.generation import Generation
    from index.store.store import Store
    from index.types import Encoder, Progress, Reranker

CONVERSION_SECONDS = 1.5
"""What the conversion of new PDF and Word files may add to a question, if the index can answer without them."""


class Library:
    """A library that answers questions. Safe to use from several threads.

    No more questions are answered at a time than there are cores: the others wait, for to switch between them costs more.
    A question is answered from the generation that is current when its turn comes; `refresh` and `rebuild` swap in a
    new one for the questions after it. The old one is closed when the last question that reads it is done.
    """

    def __init__(
        self,
        settings: Settings,
        encoder: Encoder,
        store: Store,
        generation: Generation,
        policy: Policy | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        """Serve an open generation.

        Args:
            settings: The settings of the deployment.
            encoder: The encoder that the generation was built with.
            store: The generations on disk, for newer ones.
            generation: The generation that answers first.
            policy: How replies are made; the settings' own policy if None.
            reranker: Scores the best passages again, if there is one.
        """
        self.settings = settings
        self.policy = policy or _policy(settings)
        self.encoder = encoder
        self.store = store
        self.reranker = reranker
        self.corpus = self._corpus(generation)
        """What the generation that serves knows."""
        self._swapping = threading.Lock()
        self._turns = threading.Semaphore(cores())

    @classmethod
    def open(cls, settings: Settings, encoder: Encoder | None = None) -> Library:
        """The library as it was last built, with this encoder or the one that the settings name.

        Raises NoGenerationError where it has not been built, GenerationError where no generation can be read,
        EncoderError where the encoder or the reranker is missing, or the encoder is not the one that the current
        generation was built with.
        """
        from index.store.store import Store

        encoder = encoder or open_encoder(settings)
        store = Store(settings.index_folder())
        generation = store.current()
        _same_encoder(generation, encoder)
        return cls(settings, encoder, store, generation, reranker=open_reranker(settings))

    def replace(
        self,
        *,
        settings: Settings | None = None,
        encoder: Encoder | None = None,
        store: Store | None = None,
        generation: Generation | None = None,
        policy: Policy | None = None,
        reranks: bool = True,
    ) -> Library:
        """Another library, like this one but for what is given; without its reranker if it shall not rerank."""
        return Library(
            settings or self.settings,
            encoder or self.encoder,
            store or self.store,
            generation or self.generation,
            policy or self.policy,
            self.reranker if reranks else None,
        )

    @property
    def generation(self) -> Generation:
        """The generation that serves."""
        return self.corpus.generation

    def ask(self, question: str, layers: Collection[str] = (), *, today: date | None = None) -> Reply:
        """The reply to a question, from documents of these layers (of any, where none is given)."""
        return self.outcome(question, layers, today=today).reply

    def outcome(
        self, question: str, layers: Collection[str] = (), *, today: date | None = None, top: int = 10
    ) -> Outcome:
        """Return the reply to a question with everything that led to it; `top` passages are listed."""
        with self._turns:
            return answer(question, self.corpus, self.policy, today or date.today(), layers, top)

    def follow(self, question: str, before: str) -> str:
        """Return a follow-up as a question that stands alone."""
        return follow(question, before, self.corpus)

    def _corpus(self, generation: Generation) -> Corpus:
        return Corpus(
            generation,
            self.encoder,
            weights=self.policy.ranking,
            links=self.link(generation),
            reranker=self.reranker,
            reranked=self.settings.reranked,
        )

    def link(self, generation: Generation) -> Links:
        """Return the maker of links into the content that a generation was built from."""
        return Links(self.settings.base_url, generation.manifest.commit, self.settings.branch)

    def refresh(self) -> bool:
        """Serve the newest generation on disk; True where it is another one than before.

        A damaged one is not taken: the error is raised, and the old one goes on serving.
        """
        with self._swapping:
            newest = self.store.current()
            if newest.manifest.id == self.generation.manifest.id:
                newest.close()
                return False
            _same_encoder(newest, self.encoder)
            self.corpus = self._corpus(newest)
            return True

    def is_stale(self) -> bool:
        """Whether the content folder has changed since the generation that serves was built."""
        from index.build.changes import changed

        return changed(self.settings.content, self.generation)

    def rebuild(
        self,
        *,
        full: bool = False,
        progress: Progress | None = None,
        note: Note | None = None,
        conversion_seconds: float | None = None,
    ) -> Report:
        """Bring the index up to date with the content folder (see index.build.builder), and use it."""
        report = build(
            self.settings,
            full=full,
            progress=progress,
            note=note,
            encoder=self.encoder,
            conversion_seconds=conversion_seconds,
        )
        self.refresh()
        return report


def _policy(settings: Settings) -> Policy:
    """How replies are made under these settings, with the threshold that the library's calibration gives."""
    found = calibration.read(settings.content, settings.tolerance)
    policy = Policy(sentences=settings.sentences)
    return policy if found is None else replace(policy, threshold=found)


def _same_encoder(generation: Generation, encoder: Encoder) -> None:
    built = generation.manifest.encoder
    if built != encoder.id:
        generation.close()
        raise EncoderError(
            f"the index was built with the encoder {built.name} ({built.sha256[:8]}), not {encoder.id.name} "
            f"({encoder.id.sha256[:8]}); run: strata build"
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """A library that is ready to answer, and what was done to make it so."""

    library: Library
    report: Report | None
    """The build that it needed; None where the index was up to date."""
    fault: str
    """Why the last good index serves although the content has changed since; empty where it is up to date."""
    damage: str = ""
    """What was wrong with the index on disk, so that it was built again; empty where nothing was."""


def ready(
    settings: Settings,
    *,
    progress: Progress | None = None,
    note: Note | None = None,
    conversion_seconds: float | None = CONVERSION_SECONDS,
) -> Opened:
    """Open the library; compile the encoder if it is missing, and build the index if it is missing or out of date.

    If bringing the index up to date fails, the last good index answers. If there is one, converting new PDF and
    Word files takes `conversion_seconds` at most (None: as long as it takes); `strata build` converts the rest.
    `progress` and `note` are those of `bot.build.build`.
    """
    from index.errors import IndexFault
    from index.store.manifest import NEXT_STEP

    encoder = open_encoder(settings, compile=True, note=note)
    encoder.warm()
    try:
        library = Library.open(settings, encoder)
    except (NoGenerationError, GenerationError) as error:
        if note is not None:
            note(f"building the index of {settings.content}")
        report = build(settings, progress=progress, note=note, encoder=encoder, wait=60.0)
        damage = str(error).partition(f"; {NEXT_STEP}")[0] if isinstance(error, GenerationError) else ""
        return Opened(Library.open(settings, encoder), report, "", damage)
    if not settings.content.is_dir():
        return Opened(library, None, f"{settings.content} is not a folder; the last index answers")
    damage = library.generation.warning.partition(f"; {NEXT_STEP}")[0]
    try:
        if damage or library.is_stale():
            report = library.rebuild(progress=progress, note=note, conversion_seconds=conversion_seconds)
            return Opened(library, report, "", damage)
    except IndexFault as fault:
        return Opened(library, None, str(fault))
    return Opened(library, None, "")
