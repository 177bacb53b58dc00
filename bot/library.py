"""The library in service: it answers questions and changes to new generations while it runs."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from bot.answer import threshold
from bot.answer.pipeline import Outcome, answer
from bot.answer.policy import Policy
from bot.build import build, open_encoder, open_reranker
from bot.corpus.corpus import Corpus
from bot.corpus.links import Links
from bot.types import Reply
from index.errors import EncoderError, GenerationError, NoGenerationError, OtherAdapterError
from index.models.encoder import cores

if TYPE_CHECKING:
    from bot.build import Note
    from bot.settings.settings import Settings
    from index.build.builder import Report
    from index.store.generation import Generation
    from index.store.store import Store
    from index.types import Encoder, Progress, Reranker

CONVERSION_SECONDS = 1.5
"""The most time that converting new PDF and Word files may add to a question if there is an index without them."""


class Library:
    """A library that answers questions. Safe to use from several threads.

    At most as many questions are answered at the same time as there are cores; the rest wait, because switching between
    threads costs more than it gains. A question is answered from the generation that is current when its turn comes.
    `refresh` and `rebuild` change the generation for later questions; the old generation is closed when the last question
    that reads it is done.
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
            store: The store of generations, which is read for newer generations.
            generation: The first generation to answer from.
            policy: The options of replies; by default those of the settings.
            reranker: The reranker of the best passages; None without reranking.
        """
        self.settings = settings
        self.policy = policy or _policy(settings)
        self.encoder = encoder
        self.store = store
        self.reranker = reranker
        self.corpus = self._corpus(generation)
        """The vocabulary, names and figures of the current generation."""
        self._swapping = threading.Lock()
        self._turns = threading.Semaphore(cores())

    @classmethod
    def open(cls, settings: Settings, encoder: Encoder | None = None) -> Library:
        """Open the library as it was last built, with `encoder` or the encoder of the settings.

        Raises:
            NoGenerationError: The library has not been built.
            GenerationError: No generation can be read.
            EncoderError: The encoder or the reranker is missing, or the generation was built with another encoder.
        """
        from index.store.store import Store

        encoder = encoder or open_encoder(settings)
        store = Store(settings.index_folder())
        generation = store.current()
        _require_encoder(generation, encoder)
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
        """Return a copy of the library with these parts replaced, and without its reranker if `reranks` is False."""
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
        """Return the current generation."""
        return self.corpus.generation

    def ask(self, question: str, layers: Collection[str] = (), *, today: date | None = None) -> Reply:
        """Return the reply to a question, from documents of these layers; from all documents if `layers` is empty."""
        return self.outcome(question, layers, today=today).reply

    def outcome(
        self, question: str, layers: Collection[str] = (), *, today: date | None = None, top: int = 10
    ) -> Outcome:
        """Return the reply to a question with its `top` hits and its scores. The other arguments are those of `ask`."""
        with self._turns:
            return answer(question, self.corpus, self.policy, today or date.today(), layers, top)

    def follow(self, question: str, before: str) -> str:
        """Return a follow-up question, completed from the question `before` it."""
        from bot.question.followup import follow

        return follow(question, before, self.corpus)

    def _corpus(self, generation: Generation) -> Corpus:
        return Corpus(
            generation,
            self.encoder,
            weights=self.policy.ranking,
            links=self.link(generation),
            reranker=self.reranker,
            reranked=self.settings.reranked,
            earlier=self.store.before,
        )

    def link(self, generation: Generation) -> Links:
        """Return the links into the content that a generation was built from."""
        return Links(self.settings.base_url, generation.manifest.commit, self.settings.branch)

    def refresh(self) -> bool:
        """Change to the newest generation on disk. Returns True if there was a newer generation.

        If the newest generation is damaged, its error is raised and the old generation stays.
        """
        with self._swapping:
            newest = self.store.current()
            if newest.manifest.id == self.generation.manifest.id:
                newest.close()
                return False
            # A generation of another encoder would be searched with vectors that mean something else.
            _require_encoder(newest, self.encoder)
            self.corpus = self._corpus(newest)
            return True

    def is_stale(self) -> bool:
        """Return True if the content folder has changed since the current generation was built."""
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
        """Bring the index up to date with the content folder and change to it. The arguments are those of `bot.build.build`."""
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
    """Return the policy of the settings, with the threshold and the weights of the library's calibration if it has one."""
    found = threshold.read(settings.content, settings.tolerance)
    policy = Policy(sentences=settings.sentences)
    return policy if found is None else replace(policy, threshold=found[0], confidence=found[1])


def _require_encoder(generation: Generation, encoder: Encoder) -> None:
    """Raise EncoderError, and close the generation, if it was built with another encoder."""
    built = generation.manifest.encoder
    if built != encoder.id:
        generation.close()
        is_same_model = built.name.partition("+")[0] == encoder.id.name.partition("+")[0]
        kind = OtherAdapterError if is_same_model and built.name != encoder.id.name else EncoderError
        raise kind(
            f"the index was built with the encoder {built.name} ({built.sha256[:8]}), not {encoder.id.name} "
            f"({encoder.id.sha256[:8]}); run: strata build"
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """A library that is ready to answer, with the build and the problems on the way."""

    library: Library
    report: Report | None
    """The report of the build; None if the index was up to date."""
    fault: str
    """The reason why the index could not be brought up to date; empty if it is up to date."""
    damage: str = ""
    """The damage of the index on disk, which was built again; empty if the index was intact."""


def ready(
    settings: Settings,
    *,
    progress: Progress | None = None,
    note: Note | None = None,
    conversion_seconds: float | None = CONVERSION_SECONDS,
) -> Opened:
    """Open the library; compile the encoder if it is missing, and build the index if it is missing or out of date.

    If the index cannot be brought up to date, the last good index answers.

    Args:
        settings: The settings of the deployment.
        progress: As for `bot.build.build`.
        note: As for `bot.build.build`.
        conversion_seconds: The most time for converting new PDF and Word files if there is an index already; None for
            no limit. `strata build` converts the rest.
    """
    from index.errors import IndexFault
    from index.store.manifest import NEXT_STEP

    encoder = open_encoder(settings, compile=True, note=note)
    encoder.warm()
    try:
        library = Library.open(settings, encoder)
    except (NoGenerationError, GenerationError, OtherAdapterError) as error:
        if note is not None:
            note(f"building the index of {settings.content}")
        report = build(settings, progress=progress, note=note, encoder=encoder, wait=60.0)
        # The next step, strata build, has just been done, so only the damage is worth a message.
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
