"""``patrol kpi`` as an office meets it: tables, files, JSON, both languages, nobody's name."""

import json

import openpyxl
import pytest

from commands import ok, run
from tiny import table


@pytest.fixture
def busy(office):
    """An office whose register took in a table with names in it."""
    rows = [
        {"hazard_id": f"X{n}", "feeder_id": "F1", "pole_no": f"{n:03d}", "type": "A01", "reported": f"2024-08-{n:02d}",
         "party": "villager", "name": "张铁柱", "phone": "13812345678", "description": "鸟窝"}
        for n in (5, 20)
    ]  # fmt: skip
    table(office / "list.csv", rows)
    ok("import", office, office / "list.csv", "--by", "office")
    return office


def test_figures_are_printed_written_and_nobodys_name_is_in_them(busy, tmp_path):
    page, book = tmp_path / "kpi.html", tmp_path / "kpi.xlsx"
    period = ("--from", "2024-08-01", "--to", "2024-08-15")
    code, printed = run("kpi", busy, *period, "--out", page)
    assert code == 0
    assert "闭环率" in printed
    assert "0 / 1" in printed, "the report of the 20th is after the last day"
    assert "样本过少" in printed
    assert "没有轨迹" not in printed, "without a plan nobody asks for tracks"
    code, english = run("kpi", busy, *period, "--lang", "en", "--out", book)
    assert code == 0
    assert "Closure" in english
    assert "not known" in english
    code, told = run("kpi", busy, *period, "--json", "--small", "1")
    assert code == 0
    told = json.loads(told)
    assert (told["schema"], told["from"], told["to"]) == ("patrol-kpi/1", "2024-08-01", "2024-08-15")
    assert not [row for row in told["rows"] if row["count"] and row["small"]], "one thing is enough here"
    cells = [str(cell.value) for sheet in openpyxl.load_workbook(book) for row in sheet.iter_rows() for cell in row]
    for text in (printed, english, json.dumps(told, ensure_ascii=False), page.read_text("utf-8"), *cells):
        assert "张铁柱" not in text
        assert "13812345678" not in text
    assert "西网格" in page.read_text("utf-8"), "zones by their names"
    later = json.loads(run("kpi", busy, "--from", "2024-08-01", "--to", "2024-08-31", "--json")[1])
    opened = [row for row in later["rows"] if row["measure"] == "closure" and row["by"] == "all"]
    assert [row["denominator"] for row in opened] == [2]


def test_options_that_make_no_sense_are_refused_all_at_once(office, tmp_path):
    code, output = run(
        "kpi", office, "--from", "soon", "--to", "2024-13-01", "--lang", "fr", "--out", tmp_path / "a.doc"
    )
    assert code == 2
    for word in ("--from", "--to", "--lang", "a.doc"):
        assert word in output
    code, output = run("kpi", office, "--from", "2024-08-16", "--to", "2024-08-15")
    assert (code, "--to" in output) == (2, True)
    code, output = run(
        "kpi", office, "--from", "2024-08-01", "--to", "2024-08-15", "--out", office / "inbox" / "k.html"
    )
    assert (code, "inbox" in output) == (2, True)
    code, output = run("kpi", office, "--from", "2024-08-01", "--to", "2024-08-15", "--plan", tmp_path / "no.json")
    assert (code, "no.json" in output) == (2, True)
