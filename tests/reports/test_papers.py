"""The folder of papers: a crew a file, the planner's named so, nothing old left; with and without a browser."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostile import HOSTILE
from paper_cases import hostile_plan, known_of
from patrol.errors import PatrolError
from patrol.plan import Plan
from patrol.reports import papers, pdf
from patrol.reports.papers import file_names, write_papers


def written(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_each_crew_has_its_files_and_the_planners_are_named_so(plan, known, tmp_path):
    made = write_papers(plan, known, tmp_path, lang="zh", pdf=False)
    assert made.findings == ()
    assert sorted(path.relative_to(tmp_path).as_posix() for path in made.files) == written(tmp_path)
    assert written(tmp_path) == [
        "gpx/2024-08-16-C1.gpx", "gpx/2024-08-17-C2.gpx", "planner-all-sheets.html", "planner-all.geojson",
        "planner-all.gpx", "planner-all.kml", "planner-all.xlsx", "sheets/2024-08-16-C1.html",
        "sheets/2024-08-17-C2.html",
    ]  # fmt: skip
    for path in (*(tmp_path / "gpx").iterdir(), *(tmp_path / "sheets").iterdir()):
        other = {"C1": "城东线30-39号杆", "C2": "城东线10-19号杆"}[re.search(r"C\d", path.name).group()]
        assert other not in path.read_text("utf-8")


def test_the_same_plan_gives_the_same_files(plan, known, tmp_path):
    for name in ("a", "b"):
        write_papers(plan, known, tmp_path / name, lang="en", pdf=False)
    assert written(tmp_path / "a") == written(tmp_path / "b")
    for name in written(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_papers_of_an_earlier_plan_go_and_other_files_stay(plan, known, tmp_path):
    write_papers(plan, known, tmp_path, lang="zh", pdf=False)
    (tmp_path / "sheets" / "2024-08-17-C2.pdf").write_bytes(b"%PDF old")
    (tmp_path / "sheets" / "2024-08-16-C1.pdf").write_bytes(b"%PDF old")
    (tmp_path / "sheets" / "notes.html").write_text("<p>mine</p>", "utf-8")
    (tmp_path / "gpx" / "mine.gpx").write_text('<gpx creator="BaseCamp"/>', "utf-8")
    fewer = Plan({**plan.document, "shifts": plan.document["shifts"][:1]})
    write_papers(fewer, known, tmp_path, lang="zh", pdf=False)
    assert [name for name in written(tmp_path) if "/" in name] == [
        "gpx/2024-08-16-C1.gpx", "gpx/mine.gpx", "sheets/2024-08-16-C1.html", "sheets/notes.html",
    ]  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_without_a_browser_the_sheets_are_html_and_it_is_said(plan, known, tmp_path, monkeypatch, lang):
    monkeypatch.setattr(papers, "find_browser", lambda: None)
    made = write_papers(plan, known, tmp_path, lang=lang)
    assert [item.code for item in made.findings] == ["report.no_browser"]
    assert "HTML" in str(made.findings[0])
    assert not list(tmp_path.rglob("*.pdf"))


def test_a_browser_that_does_not_print_is_an_error_that_says_so(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("x", "utf-8")
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho no display >&2\nexit 3\n", "utf-8")
    broken.chmod(0o755)
    with pytest.raises(PatrolError, match=r"broken did not print it: exit code 3 no display.*--no-pdf"):
        pdf.print_pdf(broken, page, tmp_path / "page.pdf")
    with pytest.raises(PatrolError, match="did not print"):
        pdf.print_pdf(tmp_path / "nowhere", page, tmp_path / "page.pdf")
    assert not (tmp_path / "page.pdf").exists()


def test_a_browser_is_looked_for_on_the_path_and_where_installers_put_it(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: f"/bin/{name}" if name == "google-chrome" else None)
    assert pdf.find_browser().name == "google-chrome"
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    edge = tmp_path / "msedge.exe"
    edge.touch()
    monkeypatch.setattr(pdf, "PLACES", (str(tmp_path / "none"), str(edge)))
    assert pdf.find_browser() == edge
    monkeypatch.setattr(pdf, "PLACES", ())
    monkeypatch.setattr(pdf, "_of_playwright", lambda: None)
    assert pdf.find_browser() is None


@given(st.lists(st.text() | st.sampled_from(HOSTILE), min_size=1, max_size=6))
def test_every_shift_has_a_file_name_of_its_own_that_disks_take(crews):
    names = file_names(Plan({"shifts": [{"date": "2024-08-16", "crew_id": crew} for crew in crews]}))
    assert len({name.casefold() for name in names}) == len(crews)
    for name in names:
        assert re.fullmatch(r"2024-08-16-[\w.-]+", name)
        assert len(f"{name}.html".encode()) < 200


def test_hostile_ids_make_harmless_files(make_plan, tmp_path):
    plan = hostile_plan(make_plan, HOSTILE)
    made = write_papers(plan, known_of(plan), tmp_path, lang="en", pdf=False)
    assert all(path.resolve().is_relative_to(tmp_path.resolve()) for path in made.files)
    assert len(made.files) == 9


def test_an_empty_plan_has_the_planners_files_only(empty_plan, known, tmp_path):
    write_papers(empty_plan, known, tmp_path, lang="zh")
    assert written(tmp_path) == ["planner-all.geojson", "planner-all.gpx", "planner-all.kml", "planner-all.xlsx"]
