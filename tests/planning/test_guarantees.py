"""An event whose supply is guaranteed makes the sections that serve it critical, while it lasts."""

from datetime import date

import pytest

from patrol.api import open_project, plan_all, write_outputs
from patrol.errors import ConfigError, LayerError
from patrol.hazards.taxonomy import load_types
from patrol.layers.files import load_layers
from patrol.planning.audit import audit
from patrol.planning.picture import picture

EVENT = """
[[supply_guarantees]]
name = "Exam"
name_zh = "高考保供电"
start = 2024-08-18
end = 2024-08-19
"""


@pytest.fixture
def guarded(tiny):
    """Give the tiny project a calendar; return how to look at it on a day."""

    def write(words):
        (tiny / "calendar.toml").write_text(EVENT + words, "utf-8")
        toml = (tiny / "project.toml").read_text("utf-8")
        if "calendar" not in toml:
            toml = toml.replace("[inputs]\n", '[inputs]\ncalendar = "calendar.toml"\n')
            (tiny / "project.toml").write_text(toml, "utf-8")

        def look(on, days=1):
            layers = load_layers(open_project(tiny))
            return picture(layers, load_types(), layers.project.settings, on=date.fromisoformat(on), days=days)

        return look

    return write


def named(seen):
    why = seen.sections["critical_why"]
    return set(seen.sections.loc[why.str.contains("supply_guarantee"), "label"])


def test_a_feeder_is_critical_on_the_days_of_the_event_only(guarded):
    look = guarded('feeders = ["F1"]')
    on = look("2024-08-18").sections
    assert on["critical"].all()
    assert (on["cycle_days"] == 45).all()
    before = look("2024-08-17").sections
    assert not before["critical"].all()
    assert set(before.loc[~before["critical"], "cycle_days"]) == {90}
    assert set(before["critical_why"]) >= {"", "important_user+sole_supply"}
    assert named(look("2024-08-20")) == set()
    assert look("2024-08-14", days=5).sections["critical"].all(), "the event begins within the horizon"
    assert not look("2024-08-13", days=5).sections["critical"].all()


def test_a_part_names_the_sections_between_its_poles(guarded):
    look = guarded('parts = [{ feeder_id = "城关线", first_pole = "025-01", last_pole = "025-03" }]')
    seen = look("2024-08-18")
    touched = seen.sections[seen.sections["label"].isin(named(seen))]
    assert len(touched) == 1
    assert touched["first_pole"].tolist() == ["025"]
    (note,) = [one for one in seen.findings if one.code == "calendar.supply_guarantee"]
    assert "1 sections are critical" in note.what


def test_a_pole_that_does_not_exist_is_told_and_the_rest_is_guarded(guarded):
    look = guarded('feeders = ["F1"]\nparts = [{ feeder_id = "F1", first_pole = "999" }]')
    seen = look("2024-08-18")
    assert seen.sections["critical"].all()
    (told,) = [one for one in seen.findings if one.code == "calendar.unmatched"]
    assert told.level == "suspicion"
    assert "999" in told.what


def test_an_unknown_feeder_stops_the_run_with_the_other_faults(guarded, tiny):
    look = guarded('feeders = ["F7"]')
    with pytest.raises(LayerError, match=r"calendar.toml, supply_guarantees\[1\]: no line has feeder_id 'F7'"):
        look("2024-08-18")
    (tiny / "project.toml").write_text((tiny / "project.toml").read_text("utf-8").replace("iter", "itre"), "utf-8")
    with pytest.raises(ConfigError) as caught:
        open_project(tiny)
    assert {one.code for one in caught.value.findings} == {"config.unknown_key", "calendar.feeder_unknown"}


def test_the_plan_names_the_calendar_and_why_a_section_is_critical(guarded, tiny):
    guarded('feeders = ["F1"]')
    planned = plan_all(tiny, start="2024-08-16", days=5)
    document = planned.plan.document
    assert document["inputs"]["calendar"]["file"] == "calendar.toml"
    sections = [task for task in document["tasks"].values() if task["kind"] == "section"]
    assert sections
    assert all("supply_guarantee" in task["critical_why"].split("+") for task in sections)
    assert "calendar.supply_guarantee" in {note["code"] for note in document["notes"]}
    write_outputs(planned, tiny / "plan")
    assert audit(planned.plan, tiny / "plan", open_project(tiny)) == ()
    guarded('feeders = ["F1"]  # edited')
    found = audit(planned.plan, tiny / "plan", open_project(tiny))
    assert any("calendar" in str(one) for one in found), found
