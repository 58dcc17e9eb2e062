"""The planner's spreadsheets in LibreOffice itself: what it reads is what was written, in both languages."""

import csv
import shutil
import subprocess
from datetime import datetime, time

import openpyxl
import pytest

from paper_cases import drawn_of, known_of
from patrol.reports.tables import write_schedule_csv
from patrol.reports.workbook import workbook_bytes

EVERY_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
UTF8 = "CSV:44,34,76,1"  # comma, quotation mark, UTF-8, from the first line


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Convert a file as LibreOffice reads it, in a profile of its own."""
    found = shutil.which("soffice")
    if found is None:
        pytest.skip("no LibreOffice on this machine")
    profile = tmp_path_factory.mktemp("office")

    def convert(path, to, *options):
        command = [found, f"-env:UserInstallation={profile.as_uri()}", "--headless", *options, "--convert-to", to]
        done = subprocess.run(
            [*command, "--outdir", str(path.parent), str(path)], capture_output=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr.decode()

    return convert


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_libreoffice_reads_the_workbook_as_it_was_written(office, plan, lang, tmp_path):
    known = known_of(plan)
    path = tmp_path / "plan.xlsx"
    path.write_bytes(workbook_bytes(plan, drawn_of(plan, known).legs, known.zones, lang))
    office(path, EVERY_SHEET)
    book = openpyxl.load_workbook(path)
    for sheet in book:
        with (tmp_path / f"plan-{sheet.title}.csv").open(encoding="utf-8", newline="") as file:
            read = list(csv.reader(file))
        rows = [[_plain(cell.value) for cell in row] for row in sheet.iter_rows()]
        assert [[_plain(cell) for cell in row] for row in read] == rows, sheet.title
    told = {value for row in book["stops"].values for value in row}
    assert {"S:1", "C1"} <= told, "what was compared is the plan"


def test_libreoffice_reads_the_schedule_as_it_was_written(office, plan, tmp_path):
    path = tmp_path / "schedule.csv"
    write_schedule_csv(plan, path, "zh")
    with path.open(encoding="utf-8-sig", newline="") as file:
        written = [[_plain(cell) for cell in row] for row in csv.reader(file)]
    office(path, "xlsx", f"--infilter={UTF8}")
    sheet = openpyxl.load_workbook(tmp_path / "schedule.xlsx").active
    assert [[_plain(cell) for cell in row] for row in sheet.values] == written


def _plain(value):
    """Return a cell as text that does not depend on how a number or a clock is shown."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if value is None:
        return ""
    try:
        return f"{float(value):.6f}"
    except (TypeError, ValueError):
        return str(value)
