import re
import zipfile

import pytest
from openpyxl import load_workbook

from hostile import HOSTILE
from paper_cases import hostile_plan
from patrol.reports.spreadsheet import EDIT_COLUMNS, HEAD_ROW, write_schedule_xlsx
from patrol.reports.tables import heading

ODD = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "a\nb", "＝1", "\x00\x0b=1", "x" * 40_000]


@pytest.fixture
def book(plan, tmp_path):
    write_schedule_xlsx(plan, tmp_path / "schedule.xlsx", "en")
    return load_workbook(tmp_path / "schedule.xlsx")


def test_sheets_heads_and_filters(book):
    assert book.sheetnames == ["schedule", "dropped", "crews", "help"]
    for name in ("schedule", "dropped", "crews"):
        sheet = book[name]
        assert "not a work permit" in sheet["A1"].value
        assert "SYNTHETIC" in sheet["A1"].value
        assert sheet.freeze_panes == f"A{HEAD_ROW + 1}"
        assert sheet.auto_filter.ref.startswith(f"A{HEAD_ROW}:")
    assert book["schedule"].max_row == HEAD_ROW + 9
    assert book["dropped"].max_row == HEAD_ROW + 3


def test_edit_columns_stand_last_and_are_empty(book):
    assert "kept" not in book.sheetnames, "no marks, no sheet of marks"
    for name, columns in ((name, EDIT_COLUMNS[name]) for name in ("schedule", "dropped")):
        heads = [cell.value for cell in book[name][HEAD_ROW]]
        assert heads[-len(columns) :] == [heading(column, "en") for column in columns]
        body = book[name].iter_rows(min_row=HEAD_ROW + 1, min_col=len(heads) - len(columns) + 1)
        assert all(cell.value is None and cell.number_format == "@" for row in body for cell in row)


def test_numbers_are_numbers_and_texts_are_texts(book):
    heads = {cell.value: cell.column for cell in book["schedule"][HEAD_ROW]}
    row = HEAD_ROW + 2
    assert book["schedule"].cell(row, heads["Minutes there"]).value == 30
    assert book["schedule"].cell(row, heads["Km on the way"]).value == 2.3
    assert book["schedule"].cell(row, heads["Arrive"]).value == "08:40"
    assert book["schedule"].cell(row, heads["Date"]).value == "2024-08-16"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_explains_every_edit_column(plan, tmp_path, lang):
    write_schedule_xlsx(plan, tmp_path / "s.xlsx", lang)
    words = "\n".join(str(row[0]) for row in load_workbook(tmp_path / "s.xlsx")["help"].iter_rows(values_only=True))
    for column in EDIT_COLUMNS["schedule"]:
        assert heading(column, lang) in words
    for part in ("--keep", "2024-08-16", "2024-08-17", "C1, C2"):
        assert part in words


@pytest.mark.parametrize("bad", ODD, ids=range(len(ODD)))
def test_no_cell_is_a_formula(make_plan, tmp_path, bad):
    def edit(doc):
        doc["project"].update(name=bad, name_zh=bad)
        doc["shifts"][0].update(crew_id=bad, name=bad, name_zh=bad)
        doc["tasks"]["S:1"].update(label=bad, label_zh=bad, zone_id=bad)
        doc["dropped"][0]["reason"] = bad

    write_schedule_xlsx(make_plan(edit), tmp_path / "s.xlsx", "en")
    cells = [
        cell for sheet in load_workbook(tmp_path / "s.xlsx") for row in sheet for cell in row if cell.value is not None
    ]
    assert len(cells) > 150
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@"))]


def test_hostile_text_stays_text(make_plan, tmp_path):
    for start in range(0, len(HOSTILE), 20):
        write_schedule_xlsx(hostile_plan(make_plan, HOSTILE[start:] + HOSTILE[:start]), tmp_path / "s.xlsx", "en")
        cells = [cell for sheet in load_workbook(tmp_path / "s.xlsx") for row in sheet for cell in row]
        words = [cell.value for cell in cells if isinstance(cell.value, str)]
        assert {cell.data_type for cell in cells} <= {"s", "n"}
        assert not [word for word in words if word.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r"))]
        assert not [word for word in words if re.search("[\x00-\x08\u202a-\u202e\u2066-\u2069]", word)]


def test_same_plan_same_bytes(plan, tmp_path, monkeypatch):
    write_schedule_xlsx(plan, tmp_path / "计划" / "a.xlsx", "zh")
    import openpyxl.writer.excel as writer

    class Later(writer.datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2031, 5, 4, 3, 2, 1, tzinfo=tz)

    monkeypatch.setattr(writer.datetime, "datetime", Later)
    write_schedule_xlsx(plan, tmp_path / "计划" / "b.xlsx", "zh")
    first, second = ((tmp_path / "计划" / name).read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert first == second
    with zipfile.ZipFile(tmp_path / "计划" / "a.xlsx") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_an_empty_plan_gives_a_book(empty_plan, tmp_path):
    write_schedule_xlsx(empty_plan, tmp_path / "s.xlsx", "zh")
    assert load_workbook(tmp_path / "s.xlsx")["schedule"].max_row == HEAD_ROW
