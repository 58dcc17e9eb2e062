"""The brief in a browser: nothing is fetched, no rule of accessibility broken, a sheet of A4 a language."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from patrol.reports.brief import brief_page

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PLAIN = {"java_script_enabled": False}  # the page has no script, so nothing may depend on one


@pytest.fixture(scope="module")
def brief(brief_facts, tmp_path_factory):
    path = tmp_path_factory.mktemp("brief") / "brief.html"
    path.write_text(brief_page(brief_facts, "zh", crew_page=lambda shift: f"crews/{shift[:10]}.html"), "utf-8")
    return path


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("screen", "scheme"), [("phone", "light"), ("desk", "dark")])
def test_no_accessibility_rule_is_broken(open_page, brief, screen, scheme, lang):
    with open_page(brief, screen, init=" ", color_scheme=scheme, bypass_csp=True) as (page, seen):
        page.locator(f"label[for=show-{lang}]").click()
        found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found.response["violations"]] == []
        assert (seen.requests, seen.errors) == ([], [])


@pytest.mark.parametrize("screen", ["phone", "desk"])
def test_each_language_is_shown_alone_without_script_and_fits(open_page, brief, screen):
    with open_page(brief, screen, **PLAIN) as (page, seen):
        for lang, other in (("zh", "en"), ("en", "zh"), ("zh", "en")):
            page.locator(f"label[for=show-{lang}]").click()
            assert page.locator(f"article.{lang}").is_visible()
            assert not page.locator(f"article.{other}").is_visible()
            for part in page.locator(f"article.{lang} table, article.{lang} svg, article.{lang} p").all():
                inside = part.bounding_box()
                assert inside["x"] + inside["width"] <= page.viewport_size["width"]
        assert (seen.requests, seen.errors) == ([], [])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_language_prints_on_one_sheet_of_a4(open_page, brief, lang):
    with open_page(brief, "desk", **PLAIN) as (page, _):
        page.locator(f"label[for=show-{lang}]").click()
        printed = page.pdf(prefer_css_page_size=True, print_background=True)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def test_the_arrow_keys_change_the_language(open_page, brief):
    with open_page(brief, "desk", **PLAIN) as (page, _):
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        assert page.locator("article.en").is_visible()
