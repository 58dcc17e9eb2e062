"""What was set aside at an import."""

import csv

from patrol.field.aside import write_aside
from patrol.field.reportback import Aside


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def test_it_is_for_its_owner_alone_and_no_cell_acts(tmp_path):
    path = tmp_path / "field_quarantine.csv"
    told = Aside("=a.txt", "+1", '=HYPERLINK("http://x")', "@SUM(1)")
    assert write_aside([told], ["=a.txt"], path) == path
    assert path.stat().st_mode & 0o777 == 0o600, "it holds what the files held"
    assert all(cell.startswith("'") for cell in rows_of(path)[0])


def test_what_is_mended_goes_and_what_stands_of_other_files_stays(tmp_path):
    path = tmp_path / "field_quarantine.csv"
    write_aside([Aside("a.txt", "1", "why", "x"), Aside("=b.txt", "2", "why", "y")], ["a.txt", "=b.txt"], path)
    write_aside([], ["a.txt"], path)
    assert [row[1] for row in rows_of(path)] == ["2"]
    assert write_aside([], ["=b.txt"], path) is None
    assert not path.exists()
