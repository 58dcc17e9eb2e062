"""Halved and doubled guesses: the short way round gives what scoring everything again gives."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from patrol.api import open_project
from patrol.planning.due import patrolled
from patrol.planning.picture import known_hazards, picture_of, traced
from patrol.planning.scene import Evidence
from patrol.planning.scored import score_day
from patrol.risk.ranking import ranked_hazards, ranked_sections
from patrol.studies.sensitivity import COLUMNS, changes, guesses, rescored, sensitivity
from patrol.words import keys
from tiny import write_tiny

DAY = date(2024, 8, 16)
TRIED = (
    "consequence.repair_min", "consequence.fire_ecm", "planning.fix_lead_days", "cycles.days", "patrol.foot_kmh",
    "risk.hot_spot_finds", "risk.report_villager", "types.p_ignition_given_fault", "types.detection", "types.season",
)  # fmt: skip


@pytest.fixture(scope="module")
def windy(tmp_path_factory):
    """A project with weather and finds."""
    folder = write_tiny(tmp_path_factory.mktemp("sensitivity") / "tiny")
    days = pd.date_range("2024-07-01", "2024-08-16").strftime("%Y-%m-%d")
    weather = pd.DataFrame({"date": days, "temp_c": 28, "rh_pct": 35, "wind_kmh": 30, "rain_mm": 0})
    weather.loc[len(weather) - 1, "wind_kmh"] = 45
    weather.to_csv(folder / "weather.csv", index=False)
    toml = (folder / "project.toml").read_text("utf-8")
    toml = toml.replace("[inputs]", '[inputs]\nweather = "weather.csv"')
    (folder / "project.toml").write_text(toml, "utf-8")
    patrols = pd.read_csv(folder / "patrols.csv", dtype=str).assign(finds=["2", "1", "0"])
    patrols.to_csv(folder / "patrols.csv", index=False)
    return score_day(open_project(folder), on=DAY)


def evidence(scored):
    walked = patrolled(scored.network, scored.layers.patrols, on=DAY)
    return Evidence(walked, known_hazards(scored.layers, scored.picture.sections), scored.testimony.alerts)


def test_the_short_way_is_the_long_way(windy):
    every = {change.name: change for change in changes(windy) if change.times == 2.0}
    assert set(TRIED) <= set(every)
    known, moved = evidence(windy), set()
    for name in TRIED:
        change = every[name]
        sections, hazards = rescored(windy, change, known)
        network, cut = traced(windy.layers, change.settings)
        whole = picture_of(
            network, cut, windy.layers, change.types, change.settings, on=DAY, days=1, testimony=windy.testimony
        )
        again = ranked_sections(whole.sections, change.settings.patrol)
        assert sections["section_id"].tolist() == again["section_id"].tolist(), name
        per_hour = again["value_per_hour"].to_numpy()
        assert sections["value_per_hour"].to_numpy() == pytest.approx(per_hour, rel=1e-9), name
        looks = ranked_hazards(whole.hazards, whole.setting.scene)
        assert hazards["worth_ecm_day"].to_numpy() == pytest.approx(looks["worth_ecm_day"].to_numpy(), rel=1e-9), name
        if per_hour != pytest.approx(windy.sections["value_per_hour"].to_numpy(), rel=1e-6):
            moved.add(name)
    assert set(TRIED) - moved == {"risk.report_villager"}, "that one bears on hazards"


def test_the_frame_is_tidy_and_repeatable(scored, monkeypatch):
    few = [change for change in changes(scored) if change.name in {"patrol.equipment_stop_s", "risk.report_villager"}]
    monkeypatch.setattr("patrol.studies.sensitivity.changes", lambda _: iter(few))
    told = []
    table = sensitivity(scored, top=4, progress=lambda *step: told.append(step))
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 2 * len(few) == 2 * len(told)
    assert set(table["what"]) == {"sections", "hazards"}
    for row in table.itertuples():
        assert row.of == {"sections": 4, "hazards": 3}[row.what]
        assert row.kept + len(row.leaves) == row.of
        assert len(row.leaves) == len(row.comes)
    pd.testing.assert_frame_equal(table, sensitivity(scored, top=4))


def test_only_guesses_that_still_have_their_default_are_tried(scored):
    settings = scored.project.settings
    names = [name for name, *_ in guesses(settings)]
    assert {"consequence.injury_ecm", "risk.report_clip", "cycles.days", "planning.fix_lead_days"} <= set(names)
    assert not {name for name in names if name.startswith(("network.", "travel.", "solver.", "hazards."))}
    assert "consequence.ecm_per_interruption" not in names, "it has a published source"
    mine = replace(settings, consequence=replace(settings.consequence, injury_ecm=1e7))
    assert "consequence.injury_ecm" not in [name for name, *_ in guesses(mine)]


def test_changes_keep_their_bounds(scored):
    every = {(change.name, change.times): change for change in changes(scored)}
    assert every["risk.report_staff", 2.0].settings.risk.report_staff == 0.99
    assert every["consequence.important_weight", 0.5].settings.consequence.important_weight["1"] == 75
    assert isinstance(every["risk.fire_gap_days", 0.5].settings.risk.fire_gap_days, int)
    assert every["types.detection", 2.0].types["d_foot"].max() == 1.0
    assert (every["types.weather", 0.5].types["x_wind"] ** 2).to_numpy() == pytest.approx(
        scored.types["x_wind"].to_numpy()
    )
    assert (every["types.phi_per_day", 0.5].types["phi_per_day"] * 2 == scored.types["phi_per_day"]).all()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_change_has_words(scored, lang):
    known = keys(lang)
    for change in changes(scored):
        group, key = change.name.split(".")
        assert (f"score.types_column.{key}" if group == "types" else f"reports.settings.{change.name}") in known
