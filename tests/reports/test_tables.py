import csv
import io

import pandas as pd
import pytest

from hostile import HOSTILE
from patrol import text
from patrol.errors import PatrolError
from patrol.reports.tables import (
    CREW_COLUMNS,
    DROPPED_COLUMNS,
    SCHEDULE_COLUMNS,
    crews_frame,
    dropped_frame,
    heading,
    schedule_frame,
    write_schedule_csv,
)

ODD = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "a\nb", "＝1", "\u202e=1", '=HYPERLINK("x")', "'=1"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_headings_are_distinct_and_every_column_has_one(lang):
    for columns in (SCHEDULE_COLUMNS, DROPPED_COLUMNS, CREW_COLUMNS):
        titles = [heading(column, lang) for column in columns]
        assert len(set(titles)) == len(titles)


def test_schedule_has_one_row_a_stop_in_route_order(plan):
    frame = schedule_frame(plan, "en")
    assert len(frame) == 9
    assert frame["Task id"].tolist() == ["", "S:1", "S:2", "", "H:7", "", "", "S:3", ""]
    assert frame["Stop"].tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 2]
    row = frame.iloc[4]
    assert (row["Arrive"], row["Start"], row["Leave"]) == ("10:25", "10:30", "10:45")
    assert (row["Minutes there"], row["Minutes on the way"], row["Km on the way"]) == (15, 10, 2.3)
    assert row["Kind"] == "hazard"
    assert row["What (line and poles)"] == "Bird nest, Feeder 1 12"
    assert pd.isna(frame["Minutes there"].iloc[0])


def test_direction_names_the_poles_in_the_order_of_walking(plan):
    assert schedule_frame(plan, "en")["Direction"].tolist()[1:4] == [
        "from pole 10 to pole 19",
        "from pole 29 to pole 20",
        "",
    ]
    assert schedule_frame(plan, "zh")["方向"].tolist()[7] == "往返"


def test_direction_without_pole_numbers_goes_by_the_source(make_plan):
    plan = make_plan(lambda doc: [doc["tasks"][key].update(first_pole="", last_pole="") for key in ("S:1", "S:2")])
    assert schedule_frame(plan, "en")["Direction"].tolist()[1:3] == ["away from the source", "towards the source"]


def test_why_says_overdue_assumed_and_mandatory(plan):
    frame = schedule_frame(plan, "en")
    assert frame["Why"].tolist()[1:3] == ["due 2024-08-10, days late: 6", "days overdue: 12"]
    assert "assumed" in frame["Why"].iloc[7]
    assert frame["Mandatory"].tolist()[1:3] == ["", "yes"]
    assert frame["Days overdue"].tolist()[2] == 12


def test_words_and_names_follow_the_language(plan):
    frame = schedule_frame(plan, "zh")
    assert frame["班组"].tolist()[0] == "C1班"
    assert frame["主体"].tolist()[-1] == "村民"
    assert frame["任务（线路与杆号）"].iloc[1] == "城东线10-19号杆"
    assert schedule_frame(plan, "en")["Crew"].tolist()[-1] == "李家村"  # has no English name


def test_a_stop_after_midnight_says_so(make_plan):
    def edit(doc):
        last = doc["shifts"][0]["route"][-1]
        last.update(arrive="2024-08-17T00:20:00+08:00", start_service="2024-08-17T00:20:00+08:00")

    assert schedule_frame(make_plan(edit), "en")["Arrive"].iloc[5] == "00:20 +1"


def test_dropped_puts_mandatory_first_and_says_why(plan):
    frame = dropped_frame(plan, "en")
    assert frame["Task id"].tolist() == ["H:8", "S:4", "V:1"]
    assert frame["Why left out"].tolist()[1] == "the hours went to more urgent work"
    assert "brand_new_code" in frame["Why left out"].tolist()[2]


def test_crews_hours_add_up(plan):
    row = crews_frame(plan, "en").iloc[0]
    assert row["Hours of work"] == row["Hours on the way"] + row["Hours at the line"] == 1.5
    assert (row["Sets out"], row["Is back"], row["Tasks"]) == ("08:30", "11:00", 3)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_empty_plan_gives_empty_tables(empty_plan, lang, tmp_path):
    assert schedule_frame(empty_plan, lang).shape == (0, len(SCHEDULE_COLUMNS))
    assert dropped_frame(empty_plan, lang).shape == (0, len(DROPPED_COLUMNS))
    assert crews_frame(empty_plan, lang).shape == (0, len(CREW_COLUMNS))
    write_schedule_csv(empty_plan, tmp_path / "s.csv", lang)


@pytest.mark.parametrize("bad", [*ODD, *HOSTILE], ids=range(len(ODD) + len(HOSTILE)))
def test_no_cell_of_the_csv_can_act(make_plan, tmp_path, bad):
    def edit(doc):
        doc["shifts"][0].update(crew_id=bad, name=bad, name_zh=bad)
        doc["tasks"]["S:1"].update(label=bad, label_zh=bad, zone_id=bad, first_pole=bad, due=bad)
        doc["tasks"][bad] = doc["tasks"].pop("S:2")
        doc["shifts"][0]["route"][2]["task_id"] = bad

    file = tmp_path / "s.csv"
    write_schedule_csv(make_plan(edit), file, "en")
    rows = list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))
    assert len(rows) == 10
    assert all(len(row) == len(SCHEDULE_COLUMNS) for row in rows)
    for row in rows:
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")), cell
            assert "\n" not in cell
            assert "\u202e" not in cell


def test_csv_round_trip_keeps_every_task_id(plan, tmp_path):
    folder = tmp_path / "计划 输出"
    write_schedule_csv(plan, folder / "巡视表.csv", "zh")
    data = (folder / "巡视表.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(folder / "巡视表.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    ids = [text.uncell(cell) for cell in back[heading("task_id", "zh")]]
    assert ids == [stop["task_id"] for shift in plan.shifts for stop in shift["route"]]
    write_schedule_csv(plan, folder / "b.csv", "zh")
    assert (folder / "b.csv").read_bytes() == data


def test_a_place_that_cannot_be_written_is_named(plan, tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(PatrolError, match="close it in Excel"):
        write_schedule_csv(plan, tmp_path / "taken" / "s.csv", "en")
