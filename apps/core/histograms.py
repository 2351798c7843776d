"""A Prometheus histogram that takes many observations at once.

prometheus_client's own histogram takes one observation at a time. With the files of its multiprocess mode one took 16
microseconds, while a cached page took 58. So workers write one counter for each bucket, and the process that serves
scrapes makes histograms of these counters. This module does not need Django.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import Counter, Histogram, Metric
from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.utils import floatToGoString

BOUNDS = tuple(Histogram.DEFAULT_BUCKETS)
"""The upper bound of each bucket in seconds; infinite for the last one."""

_BUCKETS, _SUM = "_by_bucket", "_added_up"


class CountedHistogram:
    """The counters of a histogram with these `labels` in a worker."""

    def __init__(self, name: str, documentation: str, labels: Sequence[str]) -> None:
        self._buckets = Counter(name + _BUCKETS, documentation, [*labels, "le"])
        self._sum = Counter(name + _SUM, documentation, labels)

    def add(self, labels: Sequence[str], buckets: Sequence[int], total: float) -> None:
        """Add observations: their number in each bucket of `BOUNDS` (not cumulative), and their sum."""
        # The sum comes first, so that a scrape between the two statements finds a sum for all buckets.
        self._sum.labels(*labels).inc(total)
        for bound, number in zip(BOUNDS, buckets, strict=True):
            if number:
                self._buckets.labels(*labels, floatToGoString(bound)).inc(number)


def with_histograms(metrics: Iterable[Metric]) -> Iterator[Metric]:
    """Return the metrics, with a histogram in place of the two counters of each `CountedHistogram`."""
    by_name = {metric.name: metric for metric in metrics}
    for name, metric in by_name.items():
        if name.endswith(_BUCKETS):
            histogram_name = name.removesuffix(_BUCKETS)
            yield _histogram(histogram_name, metric, by_name[histogram_name + _SUM])
        elif not name.endswith(_SUM):
            yield metric


def _histogram(name: str, buckets: Metric, sums: Metric) -> HistogramMetricFamily:
    """Return the histogram of two counters. Buckets of Prometheus are cumulative, the counters are not."""
    numbers = {frozenset(sample.labels.items()): sample.value for sample in buckets.samples}
    labels = list(sums.samples[0].labels)
    histogram = HistogramMetricFamily(name, buckets.documentation, labels=labels)
    for sample in sums.samples:
        added, cumulated = 0.0, []
        for le in map(floatToGoString, BOUNDS):
            added += numbers.get(frozenset({**sample.labels, "le": le}.items()), 0)
            cumulated.append((le, added))
        histogram.add_metric([sample.labels[label] for label in labels], cumulated, sample.value)
    return histogram
