"""Free text is matched to a type by its words, or stays unclassified; never guessed silently."""

import re
import time
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import ConfigError, PatrolError
from patrol.hazards.classify import _Finder, classify, confusable, load_keywords, urgent_words
from patrol.hazards.keywords import plain
from patrol.hazards.taxonomy import UNCLASSIFIED, load_types

TYPES = load_types()
WORDS = load_keywords()


def one(text, given="", types=TYPES, words=WORDS):
    return tuple(classify(pd.Series([text]), pd.Series([given]), types, words).iloc[0])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("城关线37-38号杆有鸟窝", "A01"), ("喜鹊在杆上搭窝", "A01"), ("Chengguan line poles 37-38 bird nest", "A01"),
        ("树枝碰线", "V01"), ("tree branch touching wire", "V01"), ("枯树要倒", "V02"),
        ("37号杆要倒了", "D02"), ("the pole is about to fall", "D02"), ("电杆歪了", "S01"),
        ("12号杆斜了", "S01"), ("烧秸秆", "F01"), ("有人烧荒", "F01"), ("地里着火了", "F01"), ("线下冒烟", "F01"),
        ("山上着火了,浓烟很大", "F03"), ("孩子放风筝", "E01"), ("flying kites near line", "E01"), ("地膜挂线", "E02"),
        ("塑料布缠在线上", "E02"), ("塑料薄膜", "E02"), ("吊车在线下作业", "E07"), ("a crane under the line", "E07"),
        ("断线", "D01"), ("线掉下来了", "D01"), ("线断了", "D01"), ("wire on the ground", "D01"), ("倒杆", "D02"),
        ("杆子倒了", "D02"), ("pole has fallen", "D02"), ("树压在电线上", "D03"), ("a tree fell on the line", "D03"),
        ("变压器漏油", "S10"), ("接头打火花", "S09"), ("有人在线下钓鱼", "E09"), ("被水淹了", "N01"),
        ("拉线断了", "S04"), ("导线断股", "S05"), ("横担上有鸟窝", "A01"), ("拉线三米处有人取土", "E05"),
        ("绝缘子", "S07"), ("偷电线的来了", "E11"), ("漏电了,麻手", "U06"), ("ＫＩＴＥ", "E01"), ("鸟 窝", "A01"),
        ("bird-nest", "A01"), ("two nests", "A01"), ("不是风筝是塑料布", "E02"), ("鸟窝未处理", "A01"),
        ("nest not removed", "A01"), ("fire service said there is a bird nest", "A01"), ("branch pole 5 kite", "E01"),
    ],
)  # fmt: skip
def test_villagers_words_in_both_languages(text, code):
    kind, by, candidates = one(text)
    assert (kind, candidates) == (code, "")
    assert by.startswith("keyword:")


@pytest.mark.parametrize(
    "text",
    [
        "没有鸟窝", "杆上无鸟窝", "未发现鸟窝", "没有看到任何鸟窝", "鸟窝:无", "鸟窝已清除", "鸟窝已被张师傅拆掉",
        "没有鸟窝、树障和风筝",
        "no nest", "no bird nest", "there is no visible nest", "did not see any nests", "nest has been removed",
        "nest: none",
        "no nest or kite", "isn't a kite", "收到", "", "   ", "🐦", "nestle", "skite", "线路正常",
    ],
)  # fmt: skip
def test_what_is_denied_or_not_said_is_not_matched(text):
    assert one(text) == (UNCLASSIFIED, "", "")


def test_equal_claims_stay_open_with_their_candidates():
    assert one("有鸟窝也有风筝") == (UNCLASSIFIED, "keyword:鸟窝|风筝", "A01|E01")
    assert one("塑料薄膜着火") == (UNCLASSIFIED, "keyword:塑料薄膜|着火", "E02|F01"), "no longer word outvotes a fire"
    assert one("烧秸秆冒烟")[0] == "F01", "two words of one type"
    assert one("森林火灾,冒烟")[0] == "F03", "a shorter word of a type as good as the same"


def test_the_sample_s_own_words_are_understood(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "scripts"))
    from sample.hazards import TOLD

    said = pd.Series([row[4] for row in TOLD])
    found = classify(said, pd.Series("", index=said.index), TYPES, WORDS)["type"]
    assert list(found) == [row[0] for row in TOLD]


@pytest.mark.parametrize("given_as", ["A01", "a01", "Ａ０１", "杆塔鸟窝", "bird nest on pole/CROSSARM", " 杆塔 鸟窝 "])
def test_a_given_code_or_name_wins(given_as):
    assert one("放风筝", given_as) == ("A01", "given", "")


def test_a_given_keyword_is_as_good_as_a_name():
    assert one("", "树障") == ("V01", "given:树障", "")


def test_an_unknown_given_type_is_said_and_the_text_decides():
    assert one("有鸟窝", "Z99") == ("A01", "unknown given:Z99;keyword:鸟窝", "")
    assert one("", "Z99\x00") == (UNCLASSIFIED, "unknown given:Z99", "")
    assert one("有鸟窝", "其他") == ("A01", "keyword:鸟窝", "")
    assert one("有鸟窝", UNCLASSIFIED) == ("A01", "keyword:鸟窝", "")


def test_every_type_has_words_in_both_languages():
    for code in TYPES.index.drop(UNCLASSIFIED):
        words = [word for word, codes in WORDS.codes.items() if code in codes and word not in WORDS.weak]
        assert any(word.isascii() for word in words), code
        assert any(not word.isascii() for word in words), code
    assert {code for codes in WORDS.codes.values() for code in codes} == set(TYPES.index) - {UNCLASSIFIED}
    assert all(plain(word) == word for word in WORDS.codes)


def test_each_word_finds_its_own_type():
    words = pd.Series([word for word, codes in WORDS.codes.items() if codes])
    found = classify(words, pd.Series("", index=words.index), TYPES, WORDS)
    for word, kind, candidates in zip(words, found["type"], found["candidates"], strict=True):
        assert {kind, *candidates.split("|")} & set(WORDS.codes[word]), word


def test_what_an_emergency_is_called_is_never_swallowed_by_a_longer_word():
    """Words of other types that hold a word of an emergency, each judged by hand: none hides one."""
    emergency = set(TYPES.index[TYPES["default_class"] == "emergency"])
    urgent = [word for word, codes in WORDS.codes.items() if emergency & set(codes)]
    pattern = re.compile("|".join(rf"\b{re.escape(w)}\b" if w.isascii() else re.escape(w) for w in urgent))
    others = [word for word, codes in WORDS.codes.items() if codes and not emergency & set(codes)]
    hides = {word for word in others if pattern.search(word)}
    assert hides == {
        "杆子断了一半", "拉线断", "拉线断了", "拉线断股", "拉线断一股", "斜拉线断",
        "拉线掉", "拉线掉了", "拉线被盗", "导线断股", "引下线断", "拉线被刮断", "拉线被撞断", "拉线被车撞断",
        "拉线被挂断", "拉线被车挂断", "拉线被拉断",
        "井积水", "电缆沟积水", "stay wire broken", "stay wire down", "guy wire broken", "earth wire broken",
        "pit flooded", "stealing electricity", "electricity theft", "power theft",
    }  # fmt: skip


def test_urgent_words_are_found_whatever_the_type():
    texts = pd.Series(
        [
            "电线那里冒烟",
            "没有着火",
            "火已扑灭,还在冒烟",
            "sparks at the pole",
            "有响声",
            "灭火器",
            None,
            "fire service",
        ]
    )
    found = urgent_words(texts, TYPES, WORDS)
    assert list(found["word"]) == ["冒烟", "", "冒烟", "spark", "", "", "", ""]
    assert not found["over"].any()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5号杆倒了,拉线松了", "D02"), ("断线了,导线断股", "D01"), ("导线对地距离不足,断线", "D01"),
        ("倒杆,电杆倾斜", "D02"), ("电杆裂纹,随后倒杆", "D02"), ("wire down, broken strands on conductor", "D01"),
        ("pole down beside the road, broken stay wire", "D02"), ("电线被大风刮断了", "D01"),
        ("线被车挂断了落在路上", "D01"), ("人被电了", "U06"), ("绝缘子破损,有火花", "S09"),
    ],
)  # fmt: skip
def test_no_milder_name_of_the_same_thing_hides_an_emergency(text, code):
    kind, by, candidates = one(text)
    assert (kind, candidates) == (code, "")
    assert by.startswith("keyword:")
    assert urgent_words(pd.Series([text]), TYPES, WORDS)["word"].iloc[0]


def test_what_is_dealt_with_is_no_hazard_but_stays_a_word_of_an_emergency():
    texts = pd.Series(
        ["王五报的5号杆倒杆已处理", "断线已修好", "倒杆已处理,又断线了", "没有倒杆", "拉线断了", "枯树要倒"]
    )
    found = urgent_words(texts, TYPES, WORDS)
    assert [bool(word) for word in found["word"]] == [True, True, True, False, False, False]
    assert list(found["over"]) == [True, True, False, False, False, False]
    assert one(texts[0]) == (UNCLASSIFIED, "", "")
    assert one(texts[2])[0] == "D01"


def test_the_index_stays_and_nothing_is_changed():
    texts = pd.Series(["鸟窝", None, "风筝"], index=[7, 3, 3])
    refs = pd.Series(["", None, "A01"], index=[7, 3, 3])
    before = texts.copy(), refs.copy()
    found = classify(texts, refs, TYPES, WORDS)
    assert list(found.index) == [7, 3, 3]
    assert list(found["type"]) == ["A01", UNCLASSIFIED, "A01"]
    pd.testing.assert_series_equal(texts, before[0])
    pd.testing.assert_series_equal(refs, before[1])
    assert classify(texts.iloc[:0], refs.iloc[:0], TYPES, WORDS).empty


def test_half_a_million_reports_take_seconds():
    texts = pd.Series(
        [f"城关线{n}号杆附近发现{w}" for n in range(2_000) for w in ("鸟窝", "风筝", "异响", "树枝碰线", "没有鸟窝")]
    )
    refs = pd.Series("", index=texts.index)
    start = time.process_time()
    found = classify(texts, refs, TYPES, WORDS)
    assert time.process_time() - start < 1.0, "10,000 texts; 500,000 take about 2 s"
    assert found["type"].value_counts()["A01"] == 2_000


@settings(max_examples=60)
@given(st.text(), st.text(max_size=20))
def test_any_text_gets_an_answer(text, given_as):
    kind, _, candidates = one(text, given_as)
    assert kind in TYPES.index
    assert set(candidates.split("|")) <= {*TYPES.index, ""}


@settings(max_examples=60)
@given(st.lists(st.sampled_from(sorted(WORDS.codes)), max_size=4), st.text(alphabet="的在 ,。a", max_size=3))
def test_found_words_are_in_the_text_and_none_lies_inside_another(words, between):
    text = plain(between.join(words))
    hits = _Finder(WORDS.codes).hits(text)
    for hit in hits:
        assert text[hit.start : hit.end].removesuffix("s") in {hit.word, hit.word.removesuffix("s")}
    assert all(a.start < b.start and a.end < b.end for a, b in pairwise(hits))


@pytest.fixture
def own(tmp_path):
    def write(content):
        path = tmp_path / "words.toml"
        path.write_text(content, "utf-8")
        return path

    return write


def test_a_project_adds_words_and_replaces_them(own):
    words = load_keywords(
        own('[A01]\nzh = ["麻雀搭的"]\n[E01]\nreplace = true\nzh = ["纸鸢"]\n[X01]\nen = ["washing"]\n')
    )
    assert one("麻雀搭的", words=words)[0] == "A01"
    assert one("鸟窝", words=words)[0] == "A01"
    assert one("纸鸢", words=words)[0] == "E01"
    assert one("风筝", words=words)[0] == UNCLASSIFIED
    more = pd.concat([TYPES, TYPES.loc[["V01"]].rename(index={"V01": "X01"})])
    assert one("washing", words=words, types=more)[0] == "X01"
    assert one("washing", words=words)[0] == UNCLASSIFIED, "a code that is no type decides nothing"


def test_a_word_of_two_types_never_decides(own):
    words = load_keywords(own('[A01]\nzh = ["怪东西"]\n[E02]\nzh = ["怪东西"]\n'))
    assert one("怪东西", words=words) == (UNCLASSIFIED, "keyword:怪东西", "A01|E02")


def test_a_word_with_a_number_is_found_too(own):
    words = load_keywords(own('[A02]\nzh = ["110报警"]\n'))
    assert one("打了110报警", words=words)[0] == "A02"


def test_every_fault_of_a_file_of_words_is_told_at_once(own):
    content = """A01 = 3
[Z9]
zh = ["x"]
[V01]
zh = "树"
en = ["", "a", "ok"]
de = []
replace = 1
[confusable]
groups = ["A01"]
"""
    with pytest.raises(ConfigError) as caught:
        load_keywords(own(content), codes=list(TYPES.index))
    assert sorted(f.field for f in caught.value.findings) == [
        "A01", "V01.de", "V01.en", "V01.en", "V01.replace", "V01.zh", "Z9", "Z9.zh", "confusable.groups",
    ]  # fmt: skip
    assert {f.source for f in caught.value.findings} == {"words.toml"}


@pytest.mark.parametrize("content", [b"[A01", b"\x00", b"\xff\xfe\xff", b"a=1\na=2"])
def test_a_broken_file_of_words_is_refused(tmp_path, content):
    (tmp_path / "w.toml").write_bytes(content)
    with pytest.raises(PatrolError):
        load_keywords(tmp_path / "w.toml")


def test_confusable_types_are_pairs_and_unclassified_goes_with_its_own_kind(own):
    pairs = confusable(TYPES)
    assert [pair for pair in pairs if len(pair) != 2] == [frozenset({UNCLASSIFIED})]
    assert frozenset({"F01", "F03"}) in pairs
    assert frozenset({"V01", "D03"}) in pairs
    assert frozenset({"S01", "D02"}) in pairs
    assert frozenset({"A01", "S10"}) not in pairs
    assert [pair for pair in pairs if UNCLASSIFIED in pair] == [frozenset({UNCLASSIFIED})]
    mine = confusable(TYPES, own('[confusable]\ngroups = [["A01", "S10", "Q1"]]\n'))
    assert mine - pairs == {frozenset({"A01", "S10"})}
