"""What the planner edits in the file we wrote is what we read."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from patrol.errors import LayerError
from patrol.layers.keep import read_keep
from patrol.reports.spreadsheet import HEAD_ROW, write_schedule_xlsx
from patrol.reports.tables import heading

DAYS = {date(2024, 8, 16), date(2024, 8, 17)}
ODD = ["=cmd|x", "+1", "-5", "@SUM", "a\tb", "a\nb", "'q", "杆 1", "0012", "\u202eid"]


def known(plan):
    return {"tasks": set(plan.tasks), "crews": {shift["crew_id"] for shift in plan.shifts}, "dates": DAYS}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_untouched_file_keeps_nothing(plan, tmp_path, lang):
    write_schedule_xlsx(plan, tmp_path / "s.xlsx", lang)
    assert read_keep(tmp_path / "s.xlsx", **known(plan)) == ()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_marks_on_every_task_row_come_back(plan, tmp_path, lang):
    file = tmp_path / "改 s.xlsx"
    write_schedule_xlsx(plan, file, lang)
    book = load_workbook(file)
    sheet = book["schedule"]
    at = {cell.value: cell.column for cell in sheet[HEAD_ROW]}
    for row in range(HEAD_ROW + 1, sheet.max_row + 1):
        if sheet.cell(row, at[heading("task_id", lang)]).value:
            sheet.cell(row, at[heading("pin", lang)]).value = "x"
    dropped = book["dropped"]
    at = {cell.value: cell.column for cell in dropped[HEAD_ROW]}
    dropped.cell(HEAD_ROW + 2, at[heading("move_crew", lang)]).value = "C2"
    dropped.cell(HEAD_ROW + 2, at[heading("move_date", lang)]).value = date(2024, 8, 17)
    book.save(file)
    got = {(keep.task_id, keep.action, keep.crew_id, str(keep.date)) for keep in read_keep(file, **known(plan))}
    pins = {(s["task_id"], "pin", shift["crew_id"], shift["date"]) for shift in plan.shifts for s in shift["route"]}
    assert got == {pin for pin in pins if pin[0]} | {("S:4", "move", "C2", "2024-08-17")}


@pytest.mark.parametrize("odd", ODD)
def test_odd_ids_come_back_as_they_were(make_plan, tmp_path, odd):
    def edit(doc):
        doc["tasks"][odd] = doc["tasks"].pop("S:1")
        doc["shifts"][0]["route"][1]["task_id"] = odd
        doc["shifts"][0]["crew_id"] = odd

    plan = make_plan(edit)
    file = tmp_path / "s.xlsx"
    write_schedule_xlsx(plan, file, "en")
    book = load_workbook(file)
    at = {cell.value: cell.column for cell in book["schedule"][HEAD_ROW]}
    book["schedule"].cell(HEAD_ROW + 2, at[heading("pin", "en")]).value = "X"
    book.save(file)
    (keep,) = read_keep(file, **known(plan))
    assert (keep.task_id, keep.crew_id, keep.row) == (odd, odd, HEAD_ROW + 2)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=4, unique=True))
def test_a_mark_never_lands_on_another_task(make_plan, tmp_path, ids):
    """Whatever the ids are, a pinned row means its own task, or the file is refused with the reason."""

    def edit(doc):
        route = doc["shifts"][0]["route"]
        stops = [dict(route[1], task_id=odd) for odd in ids]
        doc["shifts"][0]["route"] = [route[0], *stops, route[-1]]
        doc["tasks"].update(dict.fromkeys(ids, doc["tasks"]["S:1"]))

    plan = make_plan(edit)
    file = tmp_path / "s.xlsx"
    write_schedule_xlsx(plan, file, "en")
    book = load_workbook(file)
    at = {cell.value: cell.column for cell in book["schedule"][HEAD_ROW]}
    for k in range(len(ids)):
        book["schedule"].cell(HEAD_ROW + 2 + k, at[heading("pin", "en")]).value = "x"
    book.save(file)
    refused, keeps = (), ()
    try:
        keeps = read_keep(file, **known(plan))
    except LayerError as error:
        refused = error.findings
    if refused:
        assert {finding.code for finding in refused} <= {"keep.ambiguous_task", "keep.no_task"}
        return
    assert [(keep.task_id, keep.row) for keep in keeps] == [(odd, HEAD_ROW + 2 + k) for k, odd in enumerate(ids)]
