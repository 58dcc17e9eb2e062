"""Hostile text becomes harmless text."""

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol import text

HOSTILE = [
    "{{ cycler.__init__.__globals__.os.getcwd() }}", "{% for x in y %}", "{# comment", "<script>alert(1)</script>",
    "${alert(1)}", "`x`", '"><img src=x onerror=alert(1)>', "</script><script>", "=cmd|' /C calc'!A0",
    "+1", "-1", "@SUM(A1)",
    "\x00nul", "\u202egnp.exe", "a\tb", "a\nb", "\ud800lone", "x" * 10_000, "鸟窝🐦", None, float("nan"),
]  # fmt: skip


@pytest.mark.parametrize("raw", HOSTILE)
def test_html_has_no_live_marks(raw):
    out = text.html(raw)
    assert not set("<>{}$`\"'") & set(out)


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
