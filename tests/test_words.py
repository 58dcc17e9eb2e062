"""Both languages say the same things, with the same gaps to fill."""

import string

import pytest

from patrol.routing.explain import CODES
from patrol.words import LANGUAGES, counted, crew_words, keys, say
from patrol.words import _messages as messages


def gaps(template):
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_both_languages_have_the_same_keys():
    assert keys("zh") == keys("en")
    assert keys("en")


@pytest.mark.parametrize("key", sorted(keys("en")))
def test_both_languages_fill_the_same_gaps(key):
    texts = {lang: messages(lang)[key] for lang in LANGUAGES}
    assert gaps(texts["zh"]) == gaps(texts["en"]), texts
    assert all(text.strip() for text in texts.values())
    filled = dict.fromkeys(gaps(texts["en"]), "1")
    assert all(say(key, lang, **filled) for lang in LANGUAGES)


def test_a_missing_word_is_our_bug():
    with pytest.raises(KeyError):
        say("reports.no_such_word", "en")


def test_every_reason_for_leaving_a_task_out_has_words():
    assert {f"reasons.{code}" for code in CODES} <= keys("en")


def test_one_thing_is_not_many():
    assert [counted(k, "row") + " read" for k in range(3)] == ["0 rows read", "1 row read", "2 rows read"]
    assert [counted(k, "line ends", "lines end") for k in (1, 4)] == ["1 line ends", "4 lines end"]


def test_crews_are_named_in_the_language_with_its_own_comma():
    shifts = [
        {"crew_id": "E1", "name": "Line crew", "name_zh": "线路一班"},
        {"crew_id": "G1", "name": "", "name_zh": ""},
    ]
    assert crew_words(["E1", "G1", "X"], shifts, "zh") == "线路一班 (E1)、G1、X"
    assert crew_words(["E1", "G1", "X"], shifts, "en") == "Line crew (E1), G1, X"
