"""Prometheus metrics of the bot."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The format that every version of Prometheus reads."""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
"""Upper bounds of the buckets; 3 s is Discord's limit for an acknowledgement."""


class Metrics:
    """Counters and durations since the start, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.questions = self._counter("questions", "Questions, by command and outcome.", "way", "outcome")
        self.refusals = self._counter("refusals", "Refused questions, by reason.", "reason")
        self.presses = self._counter("presses", "Uses of buttons and selects, by kind.", "act")
        self.composed = self._counter("composed", "Composed texts, by outcome.", "outcome")
        self.swaps = self._counter("swaps", "New generations of the index, by outcome.", "outcome")
        self.edits = self._counter("edits", "Replies corrected because a source changed.")
        self.faults = self._counter("faults", "Errors that a person or an operator noticed, by kind.", "kind")
        self.starts = self._counter("starts", "New sessions of the gateway.")
        self.reply_seconds = self._histogram("reply", "Time from a question to its reply, queueing included.")
        self.acknowledge_seconds = self._histogram("acknowledge", "Time to acknowledge an interaction.")
        self.composed_seconds = self._histogram("composed", "Time to compose a text.")

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(f"strata_{name}_total", description, labels, registry=self.registry)

    def _histogram(self, name: str, description: str) -> Histogram:
        return Histogram(f"strata_{name}_seconds", description, registry=self.registry, buckets=_SECONDS)

    def value(self, name: str, **labels: str) -> float:
        """Return the current value of a sample, 0 if it has not been counted yet.

        >>> metrics = Metrics()
        >>> metrics.refusals.labels(reason="busy").inc()
        >>> metrics.value("strata_refusals_total", reason="busy"), metrics.value("strata_refusals_total", reason="long")
        (1.0, 0.0)
        """
        return self.registry.get_sample_value(name, labels) or 0.0

    def text(self) -> str:
        """Return all metrics in the text format of Prometheus."""
        return generate_latest(self.registry).decode()
