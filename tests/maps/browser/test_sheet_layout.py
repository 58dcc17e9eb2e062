"""Printed sheets in a browser: nothing runs over the edge of its cell, nothing is fetched, nothing runs."""

import copy

import pytest
from axe_playwright_python.sync_playwright import Axe

from hostile import HOSTILE
from paper_cases import drawn_of, hazard, known_of, made_hostile
from patrol.plan import Plan
from patrol.reports.sheets import sheet_page

pytestmark = pytest.mark.browser
A4_INSIDE = {"width": 703, "height": 1000}  # 186 mm at 96 dots an inch
OVER = """() => [...document.querySelectorAll(".sheet, .sheet *")].filter(e => !(e instanceof SVGElement))
    .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
    .map(e => e.className + ": " + e.textContent.slice(0, 60))"""


def page_of(plan):
    rows = [
        hazard(str(k), section, "A01", hazard_class="emergency", parties=("enterprise",), description="很长的描述" * 40)
        for k, section in enumerate(sorted({t["section_id"] for t in plan.tasks.values() if t.get("section_id")})[:9])
    ]
    known = known_of(plan, rows)
    return sheet_page(plan, range(5), drawn_of(plan, known), known, title="巡视单")


@pytest.mark.parametrize("hostile", [False, True])
def test_nothing_is_cut_fetched_or_run(chromium, world, tmp_path, hostile):
    document = copy.deepcopy(world.plan.document)
    if hostile:
        made_hostile(document, HOSTILE)
    file = tmp_path / "sheets.html"
    file.write_text(page_of(Plan(document)), "utf-8")
    page = chromium.new_page(viewport=A4_INSIDE)
    requests, errors = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: errors.append(message.text))
    page.emulate_media(media="print")
    page.goto(file.as_uri())
    assert page.evaluate(OVER) == []
    assert page.evaluate("window.pwned") is None
    assert requests == [file.as_uri()]
    assert errors == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_sheet_on_a_screen_has_no_axe_violation(chromium, world, tmp_path, scheme):
    file = tmp_path / "sheets.html"
    file.write_text(page_of(world.plan), "utf-8")
    page = chromium.new_page(viewport=A4_INSIDE, color_scheme=scheme)
    page.goto(file.as_uri())
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found] == []
    page.close()
