"""Hostile text becomes harmless text."""

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostile import HOSTILE
from patrol import text


@pytest.mark.parametrize("raw", [*HOSTILE, None, float("nan")])
def test_html_has_no_live_marks(raw):
    out = text.html(raw)
    assert not set("<>{}$`\"'") & set(out)


def test_the_corpus_is_large_and_repeats_nothing():
    assert len(HOSTILE) == len(set(HOSTILE)) >= 60


@given(st.text())
def test_html_never_has_live_marks(raw):
    assert not set("<>{}$`\"'") & set(text.html(raw))


@given(st.text())
def test_cells_never_start_a_formula_and_come_back(raw):
    out = text.cell(raw)
    assert not out.startswith(("=", "+", "-", "@", "\t", "\r"))
    buffer = io.StringIO()
    csv.writer(buffer).writerow([out])
    assert next(csv.reader(io.StringIO(buffer.getvalue()))) == [out]
    if not text.clean(raw).startswith("'"):
        assert text.uncell(out) == text.clean(raw)


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_in_page_is_the_same_json_and_inert(value):
    out = text.json_in_page(value)
    assert json.loads(out) == value
    strings = "".join(re.findall(r'"(?:[^"\\]|\\.)*"', out))
    assert not set("<>&{}$`") & set(strings)


@given(st.text())
def test_clean_is_stable_and_bounded(raw):
    out = text.clean(raw)
    assert text.clean(out) == out
    assert len(out) <= text.MAX_CHARS


def test_file_names_keep_chinese_and_lose_paths():
    assert text.file_name("../../etc/城关 线.csv") == "etc-城关-线.csv"
    assert text.file_name("///") == "unnamed"


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("打13812345678", "打[phone]"),
        ("周一13812345678或13912345678", "周一[phone]或[phone]"),
        ("１３８ １２３４ ５６７８", "[phone]"),
        ("138-1234-5678, 138.123.45678, 1381234 5678", "[phone], [phone], [phone]"),
        ("1\u200b38\u200b12345678", "[phone]"),
        ("13\u202e812345678", "[phone]"),
        ("1 3 8 1 2 3 4 5 6 7 8", "[phone]"),
        ("一三八一二三四五六七八", "[phone]"),
        ("+86 138 1234 5678, 0086-13812345678", "[phone], [phone]"),
        ("+977 1-4412345, 9841234567", "[phone], [phone]"),
        ("+44 (0)20 7946 0958; (555) 123-4567", "[phone]; [phone]"),
        ("0952-2012345 (0952)2012345 010-62345678", "[phone] [phone] [phone]"),
        ("电话:2012345 QQ 123456", "电话:[phone] QQ [phone]"),
        ("身份证640221198001011234, 64022119800101123x", "身份证[id], [id]"),
        ("联系zhang.san@qq.com", "联系[email]"),
        ("卡号6222021234567890123", "卡号[phone]"),
    ],
)
def test_what_tells_who_someone_is_is_masked(raw, masked):
    assert text.mask_identity(raw) == masked


@pytest.mark.parametrize(
    "raw",
    [
        "城关线37-38号杆有鸟窝", "10kV城关线012B03杆", "37#杆 2024-08-16 09:12 20240816 202408160912",
        "106.13812345678,38.9123456789", "106.5423817,38.9112334", "pole 135 2024-08-16 kite", "pole 012 20240816",
        "拨打95598或119", "10号杆", "181-182-183", "", "鸟窝🐦",
    ],
)  # fmt: skip
def test_poles_dates_and_places_are_left_alone(raw):
    assert text.mask_identity(raw) == raw


def test_the_name_given_is_masked_as_people_write_it():
    assert text.mask_identity("我是张三,张 三丰的邻居", "张三") == "我是[name],[name]丰的邻居"
    assert text.mask_identity("JOHN  SMITH saw it, Johnsmithy too", "John Smith") == "[name] saw it, Johnsmithy too"
    assert text.mask_identity("online nature", "Li Na") == "online nature"
    assert text.mask_identity("李庄支线5号杆", "李") == "李庄支线5号杆"
    assert text.mask_identity("a.b (x)", "(x") == "a.b [name])"


@pytest.mark.parametrize(
    ("name", "raw", "masked"),
    [
        ("张三、李四", "张三看到鸟窝,李四也看到", "[name]看到鸟窝,[name]也看到"),
        ("Li Si / Wang Wu", "Li Si and Wang Wu", "[name] and [name]"),
        ("张三(村主任)", "张三说村主任知道", "[name]说村主任知道"),
        ("张三和李四", "李四在37号杆", "[name]在37号杆"),
        ("张和平", "张和平在家,和平里3号杆", "[name]在家,和平里3号杆"),
        ("Hari Sharma", "Sharma saw it", "[name] saw it"),
        ("", "我是赵六,37号杆倒了", "我是[name],37号杆倒了"),
        ("", "发现人:赵六 鸟窝", "发现人:[name] 鸟窝"),
        ("", "我是李庄村民", "我是李庄村民"),
        ("", "我叫王小二。", "我叫[name]。"),
    ],
)
def test_each_of_several_people_is_masked_and_who_says_himself_who_he_is(name, raw, masked):
    assert text.mask_identity(raw, name) == masked


@given(
    st.text(),
    st.text(max_size=8),
    st.integers(13_000_000_000, 19_999_999_999),
    st.text(alphabet="号杆a ,。", min_size=1),
)
def test_a_mobile_number_never_survives(before, name, number, after):
    assert str(number) not in text.mask_identity(f"{before} {number}{after}", name)


def test_masking_a_long_hostile_text_takes_no_longer_than_reading_it():
    for raw in ("1 " * 200_000, "a" * 300_000 + "@", "+1 2" * 100_000, "电话" * 100_000, "(" * 300_000):
        text.mask_identity(raw, "张三")


def test_what_has_no_width_is_nothing_at_the_ends():
    assert text.clean("\ufeffabc\u200b") == "abc"
    assert text.cell("\ufeff=1+1") == "'=1+1"
    assert text.clean("👨\u200d👩") == "👨\u200d👩"
