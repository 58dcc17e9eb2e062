"""What people write into cells."""

import pytest

from patrol.layers.values import TOGETHER, words_of


@pytest.mark.parametrize("text", ["Z1;Z2", "Z2，Z1", "Z1 Z2", "Z1、Z2;Z1", " Z2|Z1；"])
def test_words_of_a_cell(text):
    assert words_of(text) == ("Z1", "Z2")


@pytest.mark.parametrize("empty", [None, "", " ; "])
def test_an_empty_cell_has_no_words(empty):
    assert words_of(empty) == ()


def test_parties_that_come_together_are_words_of_their_own_only_where_asked():
    assert words_of("fire+government") == ("fire+government",)
    assert words_of("fire+government", TOGETHER) == ("fire", "government")
