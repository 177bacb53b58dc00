"""Recent questions in memory, by the message that answers them, so that follow-ups and reports know them."""

from __future__ import annotations

from collections import OrderedDict

_MAX_QUESTIONS = 5_000


class QuestionMemory:
    """The newest questions of this process. They are never written to disk."""

    def __init__(self) -> None:
        self._questions: OrderedDict[int, tuple[str, bool]] = OrderedDict()

    def remember(self, id: int, question: str, *, private: bool = False) -> None:
        """Keep a question by the id of the message, or the thread, that it belongs to."""
        self._questions[id] = question, private
        self._questions.move_to_end(id)
        while len(self._questions) > _MAX_QUESTIONS:
            self._questions.popitem(last=False)

    def question(self, id: int, *, public: bool = False) -> str:
        """Return the question of a message or a thread; empty if it is unknown.

        With `public`, private questions are hidden. Set it for everything that other people than the asker can see.
        """
        question, private = self._questions.get(id, ("", False))
        return "" if public and private else question

    def forget(self, *ids: int) -> None:
        """Drop the questions of messages."""
        for id in ids:
            self._questions.pop(id, None)
