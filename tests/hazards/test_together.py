"""How people say that something terrible has happened, and how they say that nothing has: each is called in, or not."""

import tomllib
from pathlib import Path

import pandas as pd
import pytest

from patrol.config import PlanningSettings
from patrol.errors import ConfigError
from patrol.hazards.classify import classify, load_keywords, urgent_words
from patrol.hazards.emergency import call_now
from patrol.hazards.taxonomy import UNCLASSIFIED, load_types
from patrol.hazards.together import find_pairs

TYPES = load_types()
WORDS = load_keywords()

SAID = tomllib.loads((Path(__file__).parents[1] / "data" / "phrases.toml").read_text("utf-8"))
CALLED = [(code, text) for code, said in SAID["called"].items() for text in said]


def word(text):
    return urgent_words(pd.Series([text]), TYPES, WORDS).iloc[0]


@pytest.mark.parametrize(("code", "text"), CALLED)
def test_it_is_called_in(code, text):
    found = word(text)
    assert found["word"], text
    assert not found["over"]
    assert call_now(pd.DataFrame({"description": [text]}), TYPES, PlanningSettings().emergency_numbers, "zh")
    kind = classify(pd.Series([text]), pd.Series([""]), TYPES, WORDS).iloc[0]
    assert not code or kind["type"] == code or code in kind["candidates"].split("|"), kind.to_dict()


@pytest.mark.parametrize("text", SAID["left"])
def test_nobody_is_called_for_it(text):
    assert not word(text)["word"], word(text)["word"]


@pytest.mark.parametrize(
    ("text", "over"), [("电线被刮下来了,已经接好", False), ("倒了一根电线杆已处理", True), ("电线被刮断已修好", True)]
)
def test_what_is_dealt_with_is_called_in_too(text, over):
    found = word(text)
    assert found["word"]
    assert bool(found["over"]) == over


@pytest.mark.parametrize(
    ("text", "code"),
    [("70号杆断线了", "D01"), ("012B03号杆断线了", "D01"), ("70号杆断了", "D02"), ("37#杆断线落地", "D01"),
     ("70号杆倒了", "D02"), ("5号杆倒杆", "D02"), ("杆断线落", "")],
)  # fmt: skip
def test_the_pole_of_a_pole_number_is_no_broken_pole(text, code):
    kind = classify(pd.Series([text]), pd.Series([""]), TYPES, WORDS)["type"].iloc[0]
    assert kind == (code or UNCLASSIFIED)


def test_a_project_adds_to_the_tables_replaces_them_and_is_told_what_is_wrong(tmp_path):
    own = tmp_path / "words.toml"
    more = """[together.conductor_down]
zh.what = ["明线"]
[together.bridge]
type = ""
zh = { what = ["桥"], does = ["塌"] }
"""
    own.write_text(more, "utf-8")
    words = load_keywords(own, codes=list(TYPES.index))
    assert {one.code for one in find_pairs("明线刮断了,桥面塌了", words.pairs)} == {"D01", ""}
    assert find_pairs("电线刮断了", words.pairs), "the package's stay"
    own.write_text('[together.conductor_down]\nreplace = true\nzh = { what = ["明线"], does = ["断"] }\n', "utf-8")
    assert not [one for one in find_pairs("导线跌落", load_keywords(own).pairs) if one.code == "D01"]
    wrong = """[together]
x = 3
[together.y]
type = "Q9"
zh = { what = "线", apart = 99, who = [] }
de = {}
"""
    own.write_text(wrong, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_keywords(own, codes=list(TYPES.index))
    names = ("x", "y.type", "y.zh.what", "y.zh.apart", "y.zh.who", "y.de")
    assert {one.field for one in caught.value.findings} == {f"together.{name}" for name in names}
