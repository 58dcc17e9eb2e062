"""The brief of a plan: what stands on the page is what the plan, the register and the searches say."""

import dataclasses
import re
from collections import Counter
from html import unescape

import pytest

from hostile import HOSTILE
from patrol.plan import Plan
from patrol.reports.brief import brief_page
from patrol.reports.brief_style import STYLE
from patrol.reports.brief_where import worst_sections
from patrol.reports.tables import reason_words
from patrol.words import LANGUAGES, say


def words_of(page, lang):
    """Return the text of a language's article, one space between words."""
    article = re.search(rf'<article class="{lang}".*?</article>', page, re.DOTALL).group()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", article)).split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_figures_are_those_of_the_plan(brief_facts, lang):
    plan, told = brief_facts.plan, words_of(brief_page(brief_facts, lang), lang)
    figures = plan.figures
    lead = say(
        "brief.lead", lang, tasks=len(plan.tasks), planned=figures["planned"], dropped=figures["dropped"],
        must=figures["mandatory_due"], kept=figures["mandatory_planned"],
        needed=f"{figures['hours_needed']:,.1f}", available=f"{figures['hours_available']:,.1f}",
    )  # fmt: skip
    assert lead in told
    for reason, count in Counter(item["reason"] for item in plan.dropped).items():
        assert f"{reason_words(reason, lang)} {count}" in told
    worst = worst_sections(brief_facts.sections).iloc[0]
    assert f"{worst['customers_interrupted']:,.0f} {worst['customer_minutes'] / 60:,.0f}" in told
    assert say("reports.sheet.notice", lang) in told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_left_out_is_counted_by_reason(brief_facts, lang):
    names = sorted(brief_facts.plan.tasks)[:3]
    left = [
        {"task_id": name, "reason": reason}
        for name, reason in zip(names, ("outranked", "outranked", "costs_more"), strict=True)
    ]
    plan = Plan({**brief_facts.plan.document, "dropped": left})
    told = words_of(brief_page(dataclasses.replace(brief_facts, plan=plan), lang), lang)
    assert f"{reason_words('outranked', lang)} 2 {reason_words('costs_more', lang)} 1" in told
    assert say("brief.left_head", lang, count=3) in told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_was_reported_and_what_became_of_it_are_told(brief_facts, lang):
    told = words_of(brief_page(brief_facts, lang), lang)
    taken = brief_facts.taken[lang]
    for row in taken.reports.to_dict("records"):
        assert row["description"] in told
    assert taken.hazards.iloc[0]["deadline"] in told


def test_the_page_says_how_many_hazards_there_really_are(brief_facts):
    taken = brief_facts.taken["zh"]
    two = dataclasses.replace(taken, hazards=taken.hazards.iloc[[0, 0]])
    page = brief_page(dataclasses.replace(brief_facts, taken={**brief_facts.taken, "zh": two}), "zh")
    assert say("brief.taken_head", "zh", reports=4, hazards=2) in words_of(page, "zh")


def test_the_searches_are_told_and_a_loss_is_called_one(brief_facts):
    both = brief_facts.calendar
    turned = dataclasses.replace(both, pairs=tuple(pair[::-1] for pair in both.pairs))
    for made in (both, turned):
        told = words_of(brief_page(dataclasses.replace(brief_facts, calendar=made), "zh"), "zh")
        sums = [(one.sections_ecm, other.sections_ecm) for one, other in made.pairs]
        gains = [100 * (one - other) / other for one, other in sums]
        shown = {"mean": sum(gains) / len(gains), "low": min(gains), "high": max(gains)}
        shown["total"] = sum(100 * (one.total_ecm / other.total_ecm - 1) for one, other in made.pairs) / len(made.pairs)
        assert say("brief.calendar_gain", "zh", **{key: f"{value:+.1f}" for key, value in shown.items()}) in told
        means = [sum(pair[side].km_days for pair in made.pairs) / len(made.pairs) for side in (0, 1)]
        assert f"{means[0]:,.0f} {means[1]:,.0f}" in told


def test_the_counts_of_the_replan_are_those_of_its_changes(brief_facts):
    again = brief_facts.again
    told = words_of(brief_page(brief_facts, "zh"), "zh")
    for row in again.rows["crews"]:
        assert " ".join(str(len(row[name])) for name in ("came", "went", "shifted")) in told
    totals = again.rows["totals"]
    assert f"改派{totals['moved']}项，新增{totals['added']}项，不再安排{totals['gone']}项" in told


def test_a_day_with_nobody_to_replan_says_so(brief_facts):
    told = words_of(brief_page(dataclasses.replace(brief_facts, again=None), "zh"), "zh")
    assert say("brief.again_none", "zh", moment="10:30") in told


def test_the_page_is_the_same_bytes_and_asks_for_nothing(brief_facts):
    page = brief_page(brief_facts, "zh")
    assert page == brief_page(brief_facts, "zh")
    assert not re.search(r"https?://|src=|url\(|<script|style=|@import", page)
    assert "default-src 'none'" in page


def test_a_link_only_to_a_page_that_is_there(brief_facts):
    assert "href" not in brief_page(brief_facts, "zh")
    page = brief_page(brief_facts, "zh", crew_page=lambda shift: f"crews/{shift[:10]}.html")
    assert page.count(f'href="crews/{brief_facts.plan.document["from"]}.html"') == len(LANGUAGES)


def test_the_name_of_anything_is_only_text(brief_facts):
    plain = _tags(brief_page(brief_facts, "zh"))
    for words in HOSTILE:
        document = dict(brief_facts.plan.document)
        document["tasks"] = {
            key: {**task, "label": words, "label_zh": words} for key, task in document["tasks"].items()
        }
        document["project"] = {**document["project"], "name": words, "name_zh": words}
        document["shifts"] = [{**one, "name": words, "name_zh": words} for one in document["shifts"]]
        zones, sections = (
            frame.assign(name=words, name_zh=words) for frame in (brief_facts.zones, brief_facts.sections)
        )
        sections = sections.assign(label=words, label_zh=words)
        taken = {
            lang: dataclasses.replace(
                one, reports=one.reports.assign(description=words), hazards=one.hazards.assign(name=words, label=words)
            )
            for lang, one in brief_facts.taken.items()
        }
        facts = dataclasses.replace(brief_facts, plan=Plan(document), zones=zones, sections=sections, taken=taken)
        assert _tags(brief_page(facts, "zh")) == plain, words


def _tags(page):
    return Counter(tag.lower() for tag in re.findall(r"</?[A-Za-z!?][A-Za-z0-9]*", page.replace(STYLE, "")))


def test_a_household_in_care_is_a_code(brief_facts):
    page = brief_page(brief_facts, "zh") + brief_page(brief_facts, "en")
    assert "V:C1" in brief_facts.plan.tasks
    assert "张家" not in page
