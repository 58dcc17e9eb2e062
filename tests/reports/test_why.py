"""The sum of a score in words: rows that multiply and add up, sources, what-ifs, in two languages."""

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest

from patrol.hazards.model import OPEN_STATES
from patrol.layers.calendar import Event
from patrol.planning.reasons import why_hazard, why_section
from patrol.reports.why import MAX_TYPES, hazard_words, section_words
from patrol.risk.alerts import CONDITIONS
from patrol.risk.reasons import Weather
from patrol.risk.witnesses import kind_priors
from patrol.words import LANGUAGES, keys


def number(cell):
    return Decimal(cell.replace(",", ""))


def place_of(scored, name):
    return scored.hazards["hazard_id"].tolist().index(name)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("place", [0, 4, 10])
def test_the_printed_parts_sum_to_the_printed_score(scored, place, lang):
    why = why_section(scored, place)
    words = section_words(why, lang, synthetic=True)
    hidden, worth = words.sheets
    assert len(worth.rows) == MAX_TYPES + 2, "and all others, and together"
    assert sum(number(row[-1]) for row in worth.rows[:-1]) == number(worth.rows[-1][-1])
    score = scored.sections["value_foot"].iloc[place]
    assert float(number(worth.rows[-1][-1])) == pytest.approx(score, rel=1e-4)
    for row in worth.rows[:MAX_TYPES]:
        growth, phi, weather, lead, found, *costs, value = (float(number(cell)) for cell in row[1:])
        assert growth * phi * weather * lead * found * sum(costs) == pytest.approx(value, rel=0.02)
    for row, part in zip(hidden.rows, why.parts.to_dict("records"), strict=False):
        if row[0] != worth.rows[-2][0]:
            rate, _, condition, hot = (float(number(cell)) for cell in row[1:5])
            assert rate * condition * hot / 365 == pytest.approx(part["rate_day"], rel=0.02)
    for sheet in words.sheets:
        assert {len(row) for row in sheet.rows} == {len(sheet.headings)}


def test_each_number_has_its_source(scored):
    said = "\n".join(section_words(why_section(scored, 0), "en", synthetic=True).sources)
    for part in (
        "table of hazard types, default (m)", "Summer peak (m)", "condition: not given", "no patrol is known to have",
        "recorded (2024-03-01)", "7 days from a find to its repair (m)", "not in the weather table",
        "fire weather is not known", "210 customers, counted", "180 minutes", "an injury 20,000,000 ECM (m)",
    ):  # fmt: skip
        assert part in said, part


def test_other_sources_are_told_apart(scored):
    usual = why_section(scored, 0)
    weather = Weather(True, (("wind", "table"), ("ice", "warning")), 25.0, 2.5)
    section = {**usual.section, "condition": 8.0, "assumed": True, "source_of_customers": "kva"}
    parts = usual.parts.assign(hot_spot=1.9, finds=3.0, finds_expected=1.2)
    mine = replace(usual.settings, consequence=replace(usual.settings.consequence, injury_ecm=5e6))
    why = replace(
        usual, section=section, parts=parts, weather=weather, burns=True, finds_known=True, settings=mine, seasons=(),
        own_types=(usual.parts["code"].iloc[0],), events=(Event("campaign", "Works", "", usual.on, usual.on),),
    )  # fmt: skip
    said = "\n".join(section_words(why, "en", synthetic=False).sources)
    for part in (
        "the project's own table for V01", "season: none", "health score 8.00, given", "found 3.00 against 1.20",
        "since the last patrol: Works", "assumed: no patrol", "wind (weather table), ice (warning)",
        "fire weather index 25.0",
        "estimated at 0.3 a kVA (m)", "a fire 10,000,000 ECM (m) (a zone", "an injury 5,000,000 ECM, settings",
    ):  # fmt: skip
        assert part in said, part


@pytest.mark.parametrize("lang", LANGUAGES)
def test_invented_data_are_called_so_and_real_data_not(scored, lang):
    why = why_section(scored, 0)
    marked, plain = (section_words(why, lang, synthetic=flag).title for flag in (True, False))
    assert marked.endswith(plain)
    assert marked != plain


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["HZ1", "HZ2", "HZ3"])
def test_credibility_and_cost_of_a_hazard_add_up(scored, name, lang):
    why = why_hazard(scored, place_of(scored, name))
    words = hazard_words(why, lang, synthetic=True)
    belief, loss = words.sheets
    steps = [float(row[-1]) for row in belief.rows]
    assert sum(steps[:-1]) == pytest.approx(steps[-1], abs=0.002)
    p, phi, weather, *costs, value = (float(number(cell)) for cell in loss.rows[0][1:])
    assert p * phi * weather * sum(costs) == pytest.approx(value, rel=0.02)
    assert len(words.what_if) == 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_a_day_s_delay_costs_is_said_of_the_step_that_is_next(scored, lang):
    why = why_hazard(scored, place_of(scored, "HZ1"))
    said = {}
    for state in OPEN_STATES:
        words = hazard_words(replace(why, hazard={**why.hazard, "state": state}), lang, synthetic=False)
        said.setdefault(words.facts[0], []).append(state)
    look, repair, confirm = said.values()
    assert look == ["reported"]
    assert repair == ["verified", "assigned", "ready", "in_rectification"]
    assert confirm == ["rectified"]


def test_nobody_s_name_and_no_words_of_a_report_are_in_it(scored):
    why = why_hazard(scored, place_of(scored, "HZ1"))
    row = {"report_id": "R-1", "reporter": "Zhang San", "description": "secret"}
    why = replace(why, reports=why.reports.assign(**row), hazard={**why.hazard, "description": "secret"})
    words = hazard_words(why, "en", synthetic=True)
    shown = repr(words)
    assert "Zhang" not in shown
    assert "secret" not in shown
    assert "a villager, 2024-08-10" in shown


def test_the_change_is_in_per_cent(scored):
    why = why_section(scored, 0)
    (longer,) = [line for line in section_words(why, "en", synthetic=True).what_if if "twice as long" in line]
    (one,) = [one for one in why.what_if if one.code == "longer"]
    assert f"({one.detail:.0f} days)" in longer
    assert f"({one.score / why.section['value_foot'] - 1:+.1%})" in longer


def test_every_code_has_words(scored):
    known = keys("en")
    assert {f"score.kind.{name}" for name in kind_priors(scored.project.settings.risk)} <= known
    assert {f"score.weather.{name}" for name in CONDITIONS} <= known
    assert {f"score.category.{name}" for name in scored.types["category"]} <= known
    assert {f"score.source.customers_{name}" for name in ("data", "kva", "length")} <= known


def test_a_section_without_value_has_no_per_cent(scored):
    why = why_section(scored, 0)
    none = replace(why, section={**why.section, "value_foot": 0.0}, parts=why.parts.iloc[:0])
    words = section_words(none, "en", synthetic=True)
    assert words.sheets[1].rows == (("together", *[""] * 8, "0"),)
    assert "%" not in "".join(words.what_if)
    little = replace(why, section={**why.section, "value_foot": 1e-6})
    assert "%" not in section_words(little, "en", synthetic=True).what_if[0]
    assert isinstance(none.parts, pd.DataFrame)
