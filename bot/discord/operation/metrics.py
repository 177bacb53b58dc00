"""Counts in the text format of Prometheus (version 0.0.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
"""Upper bounds of the buckets, in seconds."""

HELP = {
    "strata_questions_total": "Questions by the way they were asked and what came of them.",
    "strata_refusals_total": "Questions that were not taken, by reason.",
    "strata_reply_seconds": "Seconds from taking a question to its reply, waiting included.",
    "strata_acknowledge_seconds": "Seconds from receiving an interaction to its acknowledgement.",
    "strata_presses_total": "Buttons and selects, by what they do.",
    "strata_composed_total": "Composed texts, by what came of them: composed, or why not.",
    "strata_composed_seconds": "Seconds from asking for a composed text to its end.",
    "strata_swaps_total": "New generations, by what came of them.",
    "strata_edits_total": "Replies that were corrected because a source had changed.",
    "strata_faults_total": "Faults that a person or an operator noticed, by kind.",
    "strata_starts_total": "Connections to Discord that were begun from scratch.",
}

Labels = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Histogram:
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0


class Counters:
    """What has happened since the start."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, Labels]] = Counter()
        self._times: dict[str, _Histogram] = {}

    def count(self, name: str, **labels: str) -> None:
        """Count one more."""
        self._counts[name, tuple(sorted(labels.items()))] += 1

    def of(self, name: str, **labels: str) -> int:
        """How often it was counted."""
        return self._counts[name, tuple(sorted(labels.items()))]

    def took(self, name: str, seconds: float) -> None:
        """Count a stretch of time."""
        histogram = self._times.setdefault(name, _Histogram())
        histogram.buckets[bisect_left(BOUNDS, seconds)] += 1
        histogram.total += seconds

    def text(self, gauges: Mapping[str, tuple[str, Sequence[tuple[Mapping[str, str], float]]]]) -> str:
        """Everything, with gauges (name to what it is and its values by labels) that are read now."""
        lines = []
        for name in sorted({name for name, _ in self._counts}):
            lines += [f"# HELP {name} {HELP.get(name, name)}", f"# TYPE {name} counter"]
            rows = sorted((labels, count) for (of, labels), count in self._counts.items() if of == name)
            lines += [f"{name}{_braced(dict(labels))} {count}" for labels, count in rows]
        for name, histogram in sorted(self._times.items()):
            lines += [f"# HELP {name} {HELP.get(name, name)}", f"# TYPE {name} histogram"]
            seen = 0
            for bound, count in zip((*map(str, BOUNDS), "+Inf"), histogram.buckets, strict=True):
                seen += count
                lines.append(f'{name}_bucket{{le="{bound}"}} {seen}')
            lines += [f"{name}_sum {histogram.total:.6f}", f"{name}_count {seen}"]
        for name, (what, values) in gauges.items():
            lines += [f"# HELP {name} {what}", f"# TYPE {name} gauge"]
            lines += [f"{name}{_braced(labels)} {value:g}" for labels, value in values]
        return "\n".join(lines) + "\n"


def _braced(labels: Mapping[str, str]) -> str:
    r"""Labels as Prometheus writes them.

    >>> _braced({"a": 'x"y'}), _braced({})
    ('{a="x\\"y"}', '')
    """
    if not labels:
        return ""
    quoted = (
        name + '="' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        for name, value in labels.items()
    )
    return "{" + ",".join(quoted) + "}"
