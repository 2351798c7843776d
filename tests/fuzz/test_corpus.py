"""Every input of the fuzzer's corpus is read without an error, and becomes no HTML that a browser would execute."""

import pytest

from tests.fuzz.targets import CORPUS, TARGETS

pytestmark = pytest.mark.any_database

INPUTS = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


def test_every_target_has_a_corpus():
    assert {path.parent.name for path in INPUTS} == set(TARGETS)


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_input_of_the_corpus_is_read_safely(path):
    TARGETS[path.parent.name](path.read_bytes())
