"""Marks made by hand in a workbook, read back; the workbook here is built by hand, as layers knows no reports."""

from datetime import date, datetime

import pytest
from openpyxl import Workbook, load_workbook

from patrol.errors import LayerError
from patrol.layers.keep import Keep, examine_keep, read_day, read_keep, spelt

HEADS_EN = ["Date", "Crew id", "Task id", "Pin", "Forbid", "Move to crew", "Move to date"]
HEADS_ZH = ["日期", "班组编号", "任务编号", "锁定", "禁止", "改派班组", "改派日期"]
DROPPED = ["Task id", "Move to crew", "Move to date"]
DAY, NEXT = date(2024, 8, 16), date(2024, 8, 17)
KNOWN = {"tasks": {"S:1", "S:2", "S:3", "=bad"}, "crews": {"C1", "C2"}, "dates": {DAY, NEXT}}


@pytest.fixture
def save(tmp_path):
    def write(rows, heads=HEADS_EN, dropped=None, notice=True):
        book = Workbook()
        book.active.title = "schedule"
        sheets = [(book.active, heads, rows)]
        if dropped is not None:
            sheets.append((book.create_sheet("dropped"), DROPPED, dropped))
        for sheet, head, body in sheets:
            if notice:
                sheet.append(["not a work permit"])
            sheet.append(head)
            for row in body:
                sheet.append(row)
        path = tmp_path / "排班 schedule.xlsx"
        book.save(path)
        return path

    return write


def codes(path, **known):
    with pytest.raises(LayerError) as caught:
        read_keep(path, **(known or KNOWN))
    return {finding.code for finding in caught.value.findings}


@pytest.mark.parametrize("heads", [HEADS_EN, HEADS_ZH, [head.upper() for head in HEADS_EN]])
@pytest.mark.parametrize("notice", [True, False])
def test_marks_are_read_in_both_languages(save, heads, notice):
    path = save(
        [
            ["2024-08-16", "C1", "S:1", "x", None, None, None],
            ["2024-08-16", "C1", "S:2", None, "是", None, None],
            ["2024-08-16", "C1", "S:3", None, None, "C2", "2024/8/17"],
        ],
        heads, notice=notice,
    )  # fmt: skip
    first = 3 if notice else 2
    assert read_keep(path, **KNOWN) == (
        Keep("S:1", "pin", "C1", DAY, first, file=path.name),
        Keep("S:2", "forbid", "C1", DAY, first + 1, file=path.name),
        Keep("S:3", "move", "C2", NEXT, first + 2, file=path.name),
    )


def test_an_empty_half_of_a_move_stays_as_on_its_row(save):
    path = save(
        [
            ["2024-08-16", "C1", "S:1", "", "", "C2", " "],
            ["2024-08-16", "C1", "S:2", "", "", None, datetime(2024, 8, 17)],
        ]
    )
    assert [(keep.crew_id, keep.date) for keep in read_keep(path, **KNOWN)] == [("C2", DAY), ("C1", NEXT)]


def test_dropped_tasks_are_forced_in_and_need_both_halves(save):
    path = save([], dropped=[["S:1", "C1", "2024-08-16"]])
    assert read_keep(path, **KNOWN) == (Keep("S:1", "move", "C1", DAY, 3, "dropped", path.name),)
    assert codes(save([], dropped=[["S:1", "C1", None], ["S:2", None, "2024-08-16"]])) == {
        "keep.no_date",
        "keep.no_crew",
    }


def test_columns_may_move_and_rows_may_go(save):
    path = save([["x", "S:1", "C1", DAY, None, None, None]], ["Pin", "Task id", "Crew id", "Date", *HEADS_EN[4:]])
    assert read_keep(path, **KNOWN) == (Keep("S:1", "pin", "C1", DAY, 3, file=path.name),)


def test_ids_that_were_made_safe_are_found_again(save):
    path = save([["2024-08-16", "C1", "'=bad", "x", None, None, None]])
    assert read_keep(path, **KNOWN)[0].task_id == "=bad"
    assert read_keep(path)[0].task_id == "=bad"  # known to nobody yet: planning checks it


def test_a_number_that_excel_made_of_an_id_is_still_the_id(save):
    path = save([["2024-08-16", 7, 12.0, "x", None, None, None]])
    keep = read_keep(path, tasks={"12"}, crews={"7"})[0]
    assert (keep.task_id, keep.crew_id) == ("12", "7")


def test_every_fault_is_named_at_once_with_sheet_and_row(save):
    path = save(
        [
            ["2024-08-16", "C1", "S:9", "x", None, None, None],
            ["2024-08-16", "CC1", "S:1", "x", None, None, None],
            ["yesterday", "C1", "S:2", "x", None, None, None],
            ["2024-08-16", "C1", "S:3", None, None, "C1", "2024-09-01"],
            ["2024-08-16", "C1", "S:3", "maybe", None, None, None],
            ["2024-08-16", "C1", None, "x", None, None, None],
        ],
        dropped=[["S:8", "C1", "2024-08-16"]],
    )
    with pytest.raises(LayerError) as caught:
        read_keep(path, **KNOWN)
    got = [(finding.code, finding.row, "dropped" in finding.source) for finding in caught.value.findings]
    assert got == [
        ("keep.unknown_task", 3, False),
        ("keep.unknown_crew", 4, False),
        ("keep.bad_date", 5, False),
        ("keep.date_outside", 6, False),
        ("keep.mark", 7, False),
        ("keep.no_task", 8, False),
        ("keep.unknown_task", 3, True),
    ]
    assert "did you mean 'C1'" in str(caught.value)


def test_columns_and_tasks_are_called_as_the_sheet_calls_them(save):
    heads = [*HEADS_ZH, "任务（线路与杆号）"]
    path = save(
        [
            ["2024-08-16", "C1", "S:1", "maybe", None, None, None, "521线 1#—8#"],
            ["2024-08-16", "C1", "S:2", None, None, None, "tomorrow", "521线 8#—16#"],
            ["2024-08-16", "C1", "S:3", "x", None, None, None, "521线 16#—20#"],
            ["2024-08-17", "C1", "S:3", "x", None, None, None, "521线 16#—20#"],
        ],
        heads,
    )
    keeps, found = examine_keep(path, **KNOWN)
    assert [finding.field for finding in found] == ["锁定", "改派日期", "锁定"]
    assert "521线 16#—20# is bound to C1 on 2024-08-17" in found[2].what
    assert "S:3" not in str(found[2])
    assert [(keep.heading, keep.label) for keep in keeps] == [("锁定", "521线 16#—20#")] * 2


def test_what_stands_beside_a_mark_that_is_none_is_looked_at_too(save):
    path = save([["yesterday", "C9", "S:9", "maybe", None, None, None]])
    assert codes(path) == {"keep.mark", "keep.unknown_task", "keep.unknown_crew", "keep.bad_date"}


def test_contradictions_are_named(save):
    two = save([["2024-08-16", "C1", "S:1", "x", None, None, None], ["2024-08-17", "C2", "S:1", "x", None, None, None]])
    assert codes(two) == {"keep.two_places"}
    pin_and_move = save([["2024-08-16", "C1", "S:1", "x", None, "C2", None]])
    assert codes(pin_and_move) == {"keep.two_places"}
    pin_and_forbid = save([["2024-08-16", "C1", "S:1", "x", "x", None, None]])
    assert codes(pin_and_forbid) == {"keep.forbidden_place"}
    in_both = save([["2024-08-16", "C1", "S:1", None, "x", None, None]], dropped=[["S:1", "C1", "2024-08-16"]])
    assert codes(in_both) == {"keep.forbidden_place"}


def test_forbid_and_move_on_one_row_agree(save):
    path = save([["2024-08-16", "C1", "S:1", None, "x", "C2", None]])
    assert [keep.action for keep in read_keep(path, **KNOWN)] == ["forbid", "move"]


def test_a_mark_over_merged_rows_counts_for_each_of_them(save):
    rows = [["2024-08-16", "C1", f"S:{n}", "x" if n == 1 else None, None, None, None] for n in (1, 2, 3)]
    path = save(rows)
    book = load_workbook(path)
    book["schedule"].merge_cells("D3:D5")
    book.save(path)
    assert [(keep.task_id, keep.action) for keep in read_keep(path, **KNOWN)] == [(f"S:{n}", "pin") for n in (1, 2, 3)]


@pytest.mark.parametrize(("said", "known", "want"), [
    ("ent-1", {"ENT-1", "ENT-2"}, "ENT-1"), ("ENT-1", {"ENT-1", "ent-1"}, "ENT-1"),
    ("Ent-1", {"ENT-1", "ent-1"}, "Ent-1"), ("ent-9", {"ENT-1"}, "ent-9"),
])  # fmt: skip
def test_a_name_is_spelt_as_it_is_known_if_only_one_is_like_it(said, known, want):
    assert spelt(said, known) == want


def test_crews_may_be_written_in_any_case(save):
    (keep,) = read_keep(save([["2024-08-16", " c1 ", "S:1", "x", None, None, None]]), **KNOWN)
    assert keep.crew_id == "C1"


def test_the_same_pin_twice_is_one(save):
    row = ["2024-08-16", "C1", "S:1", "x", None, None, None]
    assert len(read_keep(save([row, row]), **KNOWN)) == 1


@pytest.mark.parametrize("number", range(len(HEADS_EN)))
def test_a_missing_column_is_named(save, number):
    heads = [head for k, head in enumerate(HEADS_EN) if k != number]
    assert codes(save([["a"] * 6], heads)) == {"keep.no_column"}


def test_two_missing_columns_are_named_at_once(save):
    with pytest.raises(LayerError) as caught:
        read_keep(save([["a"] * 5], HEADS_EN[:5]), **KNOWN)
    assert ["Move to" in finding.what for finding in caught.value.findings] == [True, True]


def test_files_that_are_no_workbook(tmp_path, save):
    assert codes(tmp_path / "none.xlsx") == {"keep.missing"}
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0 old excel")
    (tmp_path / "empty.xlsx").write_bytes(b"")
    (tmp_path / "list.csv").write_text("task_id,pin\nS:1,x\n")
    assert (
        codes(tmp_path / "old.xls")
        == codes(tmp_path / "empty.xlsx")
        == codes(tmp_path / "list.csv")
        == {"keep.unreadable"}
    )
    book = Workbook()
    book.save(tmp_path / "other.xlsx")
    assert codes(tmp_path / "other.xlsx") == {"keep.no_sheet"}


def test_ids_that_look_alike_once_safe_are_not_guessed(save):
    path = save([["2024-08-16", "C1", "'=1", "x", None, None, None]])
    assert codes(path, tasks={"=1", "'=1"}) == {"keep.ambiguous_task"}


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2024-08-16", DAY), ("2024/8/16", DAY), ("2024.8.16", DAY), ("2024年8月16日", DAY), ("20240816", DAY),
        (20240816, DAY), (45520, DAY), (45520.0, DAY), (DAY, DAY), (datetime(2024, 8, 16, 9), DAY),
        ("2024-08-16 00:00:00", DAY), ("2024-02-30", None), ("16/08/2024", None), ("x", None), (3, None), (True, None),
    ],
)  # fmt: skip
def test_days_as_people_and_excel_write_them(value, day):
    assert read_day(value) == day
