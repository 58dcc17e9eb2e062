"""The planner's workbook: sheets to filter, ids and geometry that come back, no cell that acts."""

import io
import zipfile
from xml.etree import ElementTree as ET

import openpyxl
import pytest
import shapely

from hostile import HOSTILE
from paper_cases import drawn_of, hostile_plan, known_of
from patrol.plan import encode_line
from patrol.reports.spreadsheet import HEAD_ROW
from patrol.reports.workbook import PART_POINTS, workbook_bytes
from patrol.words import say

SHEETS = ["stops", "legs", "dropped", "crews", "figures", "zones"]


def book_of(plan, known, lang="zh"):
    return workbook_bytes(plan, drawn_of(plan, known).legs, known.zones, lang)


def rows_of(data, sheet):
    """Return the rows of a sheet as dictionaries by heading."""
    cells = list(openpyxl.load_workbook(io.BytesIO(data))[sheet].values)
    return [dict(zip(cells[HEAD_ROW - 1], row, strict=True)) for row in cells[HEAD_ROW:]]


def column(name, lang="zh"):
    return say(f"papers.column.{name}", lang)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sheet_has_a_frozen_head_filters_and_says_what_a_plan_is_not(plan, known, lang):
    book = openpyxl.load_workbook(io.BytesIO(book_of(plan, known, lang)))
    assert book.sheetnames == SHEETS
    for sheet in book:
        assert sheet.freeze_panes == f"A{HEAD_ROW + 1}"
        assert sheet.auto_filter.ref.startswith(f"A{HEAD_ROW}:")
        assert sheet.print_title_rows == f"$1:${HEAD_ROW}"
        assert say("reports.sheet.notice", lang) in sheet["A1"].value
        assert all(cell.value for cell in sheet[HEAD_ROW])


def test_stops_have_ids_codes_and_places(plan, known):
    rows, stops = rows_of(book_of(plan, known), "stops"), drawn_of(plan, known).stops
    assert [row["任务编号"] or "" for row in rows] == stops["task_id"].tolist()
    assert [row[column("code")] or 0 for row in rows] == stops["code"].tolist()
    assert [row[column("shift_id")] for row in rows] == stops["shift_id"].tolist()
    assert [(row[column("lon")], row[column("lat")]) for row in rows] == list(
        zip(stops["lon"], stops["lat"], strict=True)
    )


@pytest.mark.parametrize("points", [2, PART_POINTS + 1, PART_POINTS + 2, 5 * PART_POINTS])
def test_long_lines_come_back_whole(make_plan, points):
    line = [[106.5 + k * 1e-5, 38.9 + (k % 7) * 1e-5] for k in range(points)]

    def edit(doc):
        doc["shifts"][0]["legs"][0]["line"] = encode_line(line)

    plan = make_plan(edit)
    known = known_of(plan)
    rows = [row for row in rows_of(book_of(plan, known), "legs") if row["班组编号"] == "C1"]
    assert [row[column("part")] for row in rows] == list(range(1, len(rows) + 1))
    assert all(len(row[column("wkt")]) < 4000 for row in rows)
    pieces = [shapely.get_coordinates(shapely.from_wkt(row[column("wkt")])).tolist() for row in rows]
    whole = pieces[0] + [point for piece in pieces[1:] for point in piece[1:]]
    leg = shapely.get_coordinates(drawn_of(plan, known).legs.geometry.iloc[0])
    assert whole == [[round(x, 6), round(y, 6)] for x, y in leg]


def test_what_was_left_out_has_its_reason_in_words(plan, known):
    rows = rows_of(book_of(plan, known, "en"), "dropped")
    assert {row["task id"] if "task id" in row else row[next(iter(row))] for row in rows} == {"H:8", "S:4", "V:1"}
    assert say("reasons.outranked", "en") in {value for row in rows for value in row.values()}


def test_figures_and_zones_are_the_plans(plan, known):
    data = book_of(plan, known)
    figures = {row[column("figure")]: row[column("value")] for row in rows_of(data, "figures")}
    assert figures[say("papers.figure.hours_needed", "zh")] == 6.5
    assert figures["村民：可用小时"] == 2
    zones = {row[column("zone_id")]: row for row in rows_of(data, "zones")}
    assert list(zones) == ["Z01", "Z02"]  # the second only in the plan
    assert (zones["Z01"][column("planned")], zones["Z01"][column("left")]) == (3, 3)
    assert zones["Z01"][column("service_hours")] == 1.5
    assert zones["Z01"][column("leader")] == "马网格长"


def test_no_cell_acts_and_the_files_are_well_formed(make_plan):
    for start in range(0, len(HOSTILE), 11):
        plan = hostile_plan(make_plan, HOSTILE[start:] + HOSTILE[:start])
        data = book_of(plan, known_of(plan))
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for name in packed.namelist():
                ET.fromstring(packed.read(name))
                assert b"<f>" not in packed.read(name)
        for sheet in openpyxl.load_workbook(io.BytesIO(data)):
            for row in sheet.iter_rows():
                assert all(cell.data_type in {"n", "s"} for cell in row)
                texts = [cell.value for cell in row if isinstance(cell.value, str)]
                assert not any(value.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) for value in texts)


def test_the_same_plan_gives_the_same_bytes(plan, known):
    assert book_of(plan, known) == book_of(plan, known)


def test_an_empty_plan_has_every_sheet(empty_plan, known):
    assert openpyxl.load_workbook(io.BytesIO(book_of(empty_plan, known))).sheetnames == SHEETS
