"""Sheets on paper: Chinese glyphs really there, the warning on every page, nothing cut; printed by a real browser."""

import os

import numpy as np
import pypdfium2 as pdfium
import pytest

from hostile import HOSTILE
from paper_cases import drawn_of, hostile_plan, known_of
from patrol.plan import plan_tag
from patrol.reports.pdf import find_browser, print_pdf
from patrol.reports.sheets import sheet_page

pytestmark = pytest.mark.browser
A4_POINTS = (595, 842)


@pytest.fixture(scope="module")
def browser():
    found = find_browser()
    if found is None:
        required = os.environ.get("PATROL_REQUIRE_BROWSER") == "1"
        (pytest.fail if required else pytest.skip)("no Chromium on this machine")
    return found


@pytest.fixture
def long_plan(make_plan):
    """A crew with twenty stops: a sheet of several pages."""

    def edit(doc):
        route = doc["shifts"][0]["route"]
        doc["shifts"][0]["route"] = [route[0], *[dict(route[1]) for _ in range(20)], route[-1]]

    return make_plan(edit)


def printed(plan, browser, folder):
    known = known_of(plan)
    page = folder / "sheet.html"
    page.write_text(sheet_page(plan, [0], drawn_of(plan, known), known, title="巡视单"), "utf-8")
    print_pdf(browser, page, folder / "sheet.pdf")
    return pdfium.PdfDocument(folder / "sheet.pdf")


def fonts_of(document):
    fonts = [o.get_font() for page in document for o in page.get_objects(max_depth=9) if hasattr(o, "get_font")]
    return {(font.get_base_name(), font.is_embedded) for font in fonts}


def test_hostile_text_is_printed_and_does_nothing(make_plan, browser, tmp_path):
    document = printed(hostile_plan(make_plan, HOSTILE), browser, tmp_path)
    raw = (tmp_path / "sheet.pdf").read_bytes()
    for act in (b"/JavaScript", b"/JS", b"/Launch", b"/URI", b"/SubmitForm", b"/EmbeddedFile"):
        assert act not in raw
    whole = "".join("".join(page.get_textpage().get_text_range() for page in document).split())
    assert "本计划不是工作票" in whole
    assert sum("".join(word.split()) in whole for word in HOSTILE if word.isascii() and 3 < len(word) < 40) > 10


def test_a_printed_sheet_reads_as_it_should(long_plan, browser, tmp_path):
    document = printed(long_plan, browser, tmp_path)
    assert len(document) >= 3
    texts = [page.get_textpage().get_text_range() for page in document]
    whole = "".join("".join(texts).split())
    for words in (
        "巡视单",
        "城东线10-19号杆",
        "完成",
        "未到",
        "先打电话",
        "新发现的隐患",
        "95598",
        plan_tag(long_plan),
    ):
        assert words in whole, words
    for number, page_text in enumerate(texts, start=1):
        flat = "".join(page_text.split())
        assert "本计划不是工作票" in flat
        assert f"{number}/{len(texts)}" in flat
    head = [("地点与任务" in "".join(page_text.split())) for page_text in texts]
    assert sum(head) >= 2  # the head of the table is repeated
    assert all(tuple(round(side) for side in page.get_size()) == A4_POINTS for page in document)
    assert all(embedded for _, embedded in fonts_of(document))
    inside_the_margins_and_with_ink(document)
    chinese_is_drawn(document)


def inside_the_margins_and_with_ink(document):
    """Nothing is cut at an edge: the margin is white all round, and there is ink inside."""
    for page in document:
        grey = np.asarray(page.render(scale=1).to_pil().convert("L"))
        rim = 18  # points, 6 mm of the 11 that the margin has
        edges = (grey[:rim], grey[-rim:], grey[:, :rim], grey[:, -rim:])
        assert min(int(part.min()) for part in edges) > 250
        assert (grey < 100).mean() > 0.002


def chinese_is_drawn(document):
    """Chinese letters have shapes of their own on paper: where glyphs are missing, boxes all look the same."""
    page = document[0]
    words = page.get_textpage()
    scale, seen = 6, {}
    image = np.asarray(page.render(scale=scale).to_pil().convert("L"))
    for index in range(words.count_chars()):
        letter = words.get_text_range(index, 1)
        left, bottom, right, top = words.get_charbox(index)
        if letter in "巡视单计划先打电话城东线" and right - left > 8:
            cut = image[int((842 - top) * scale) : int((842 - bottom) * scale), int(left * scale) : int(right * scale)]
            seen.setdefault(letter, round(float((cut < 128).mean()), 3))
    assert len(seen) >= 8
    assert all(0.05 < share < 0.8 for share in seen.values())
    assert len(set(seen.values())) >= len(seen) - 2
