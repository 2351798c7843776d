"""What a benchmark compares is said by name."""

from __future__ import annotations

import pytest

from benchmarks.measure import Case


def test_a_target_for_a_ratio_needs_a_baseline():
    with pytest.raises(ValueError, match="no baseline"):
        Case("home", None, ["/"], min_ratio=0.85)


def test_a_baseline_cannot_be_mistaken_for_another_value():
    with pytest.raises(TypeError):
        Case("home", None, ["/"], {}, "bare server")
