"""The commands as a user meets them: words, exit codes, nothing half-written."""

import os
import subprocess
import sys
from datetime import date

import pytest

from commands import run
from patrol.cli.main import guarded
from patrol.cli.plan import make_plan
from patrol.errors import Finding, PatrolError
from patrol.layers.keep import read_keep
from patrol.plan import read_plan, to_bytes
from patrol.planning.rolling import published_in, published_stops
from patrol.reports.tables import heading


def test_every_command_has_help():
    for args in (
        (),
        ("plan",),
        ("verify",),
        ("check",),
        ("init",),
        ("import",),
        ("import", "osm"),
        ("import", "poles"),
    ):
        code, output = run(*args, "--help")
        assert code == 0
        assert "Usage" in output


def test_init_check_plan_verify(tmp_path):
    folder = tmp_path / "我的 工程"
    assert run("init", folder)[0] == 0
    assert run("check", folder)[0] == 0
    code, output = run("plan", folder, "--from", "2024-08-16", "--days", 2, "--out", folder / "plan", "--lang", "en")
    assert code == 0
    assert "not a work permit" in output
    code, output = run("verify", folder / "plan" / "plan.json", "--project", folder)
    assert code == 0
    assert "校核通过" in output  # in the language of the plan
    code, output = run("verify", folder / "plan" / "plan.json", "--project", folder, "--lang", "en")
    assert code == 0
    assert "Good: " in output
    assert run("verify", folder / "plan", "--lang", "de")[0] == 2


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ("已搁置 1 行", "请打开")), ("en", ("Rows set aside: 1", "Open: "))]
)
def test_the_last_lines_are_in_the_language_asked_for(tiny, lang, words):
    crews = (tiny / "crews.csv").read_text("utf-8-sig").splitlines()
    (tiny / "crews.csv").write_text("\n".join([*crews, crews[-1].replace("08:00", "tea time")]), "utf-8-sig")
    line = (
        "plan",
        tiny,
        "--from",
        "2024-08-16",
        "--days",
        1,
        "--out",
        tiny / "plan",
        "--engine",
        "greedy",
        "--lang",
        lang,
    )
    code, output = run(*line)
    assert code == 0
    for word in words:
        assert word in output
    code, output = run("check", tiny, "--rejected", tiny / "mend.csv")
    assert code == 0
    assert (tiny / "mend.csv").read_bytes() == (tiny / "plan" / "rejected.csv").read_bytes()
    code, output = run("check", tiny, "--rejected", tiny / "crews.csv")
    assert code == 2
    assert "own" in output


def test_a_tampered_plan_has_exit_code_2(tiny):
    assert run("plan", tiny, "--from", "2024-08-16", "--out", tiny / "plan")[0] == 0
    path = tiny / "plan" / "plan.json"
    path.write_text(path.read_text("utf-8").replace('"walk_m": ', '"walk_m": 1'), "utf-8")
    code, output = run("verify", path)
    assert code == 2
    assert "total.walk_m" in output


def test_a_spreadsheet_edited_by_hand_is_kept(tiny):
    import openpyxl

    assert run("plan", tiny, "--from", "2024-08-16", "--out", tiny / "plan", "--lang", "en")[0] == 0
    path = tiny / "plan" / "schedule.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["schedule"]
    rows = list(sheet.iter_rows())
    head = next(row for row in rows if heading("pin", "en") in [cell.value for cell in row])
    pin = [cell.value for cell in head].index(heading("pin", "en"))
    marked = next(row for row in rows if any(str(cell.value).startswith("S:") for cell in row))
    marked[pin].value = "x"
    book.save(path)
    (keep,) = read_keep(path)
    code, _ = run("plan", tiny, "--from", "2024-08-16", "--out", tiny / "again", "--keep", path)
    assert code == 0
    assert keep.task_id in (tiny / "again" / "plan.json").read_text("utf-8")
    # the same crew, as people write it
    crew = [cell.value for cell in head].index(heading("crew_id", "en"))
    marked[crew].value = f" {marked[crew].value.lower()} "
    book.save(path)
    assert run("plan", tiny, "--from", "2024-08-16", "--out", tiny / "spelt", "--keep", path)[0] == 0
    first, again = (read_plan(tiny / name).document["settings"]["kept"] for name in ("again", "spelt"))
    assert [mark["crew_id"] for mark in again] == [mark["crew_id"] for mark in first]


def test_a_workbook_with_faults_names_the_marks_that_no_plan_can_follow_with_them(tiny):
    """A bad date, a bad mark, a crew that does not exist and a mark against a safety rule: one run, nothing planned."""
    import openpyxl

    assert run("plan", tiny, "--from", "2024-08-16", "--out", tiny / "plan", "--lang", "zh")[0] == 0
    path = tiny / "plan" / "schedule.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["schedule"]
    rows = list(sheet.iter_rows())
    head = next(k for k, row in enumerate(rows) if heading("pin", "zh") in [cell.value for cell in row])
    at = {cell.value: k for k, cell in enumerate(rows[head])}
    tasks = [row for row in rows[head + 1 :] if str(row[at[heading("task_id", "zh")]].value)[:2] in {"S:", "H:"}]
    enterprise = next(row for row in tasks if str(row[at[heading("task_id", "zh")]].value) == "H:HZ3")
    sections = [row for row in tasks if str(row[at[heading("task_id", "zh")]].value).startswith("S:")]
    sections[0][at[heading("move_date", "zh")]].value = "morgen"
    sections[1][at[heading("pin", "zh")]].value = "vielleicht"
    sections[2][at[heading("move_crew", "zh")]].value = "E9"
    enterprise[at[heading("move_crew", "zh")]].value = "V1"
    book.save(path)
    with pytest.raises(PatrolError) as caught:
        plan_command_line(tiny, path)
    found = {one.code: one for one in caught.value.findings}
    assert sorted(found) == ["keep.bad_date", "keep.conflict", "keep.mark", "keep.unknown_crew"]
    assert len(caught.value.findings) == 4
    assert found["keep.bad_date"].field == heading("move_date", "zh")
    assert found["keep.mark"].field == heading("pin", "zh")
    assert found["keep.unknown_crew"].field == found["keep.conflict"].field == heading("move_crew", "zh")
    label = str(enterprise[at[heading("label", "zh")]].value)
    assert label in found["keep.conflict"].what
    assert "H:HZ3" not in str(caught.value)
    assert not (tiny / "again").exists()


def test_a_task_in_two_places_is_one_fault(tiny):
    import openpyxl

    assert (
        run("plan", tiny, "--from", "2024-08-16", "--out", tiny / "plan", "--lang", "en", "--engine", "greedy")[0] == 0
    )
    path = tiny / "plan" / "schedule.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["schedule"]
    rows = list(sheet.iter_rows())
    head = next(k for k, row in enumerate(rows) if heading("pin", "en") in [cell.value for cell in row])
    at = {cell.value: k for k, cell in enumerate(rows[head])}
    task = next(row for row in rows[head + 1 :] if str(row[at[heading("task_id", "en")]].value).startswith("S:"))
    for crew in ("E1", "E2"):
        sheet.append([cell.value for cell in task])
        for name, value in (("move_crew", crew), ("move_date", "2024-08-19")):
            sheet.cell(sheet.max_row, at[heading(name, "en")] + 1).value = value
    book.save(path)
    with pytest.raises(PatrolError) as caught:
        plan_command_line(tiny, path)
    assert [one.code for one in caught.value.findings] == ["keep.two_places"]


def test_rows_set_aside_are_counted_as_rows(tiny):
    head = "date,temp_c,rh_pct,wind_kmh,rain_mm"
    (tiny / "weather.csv").write_text(f"{head}\n2024-08-16,warm,wet,5,0\n2024-08-17,20,50,5,0\n", "utf-8")
    toml = (tiny / "project.toml").read_text("utf-8").replace("[inputs]", '[inputs]\nweather = "weather.csv"', 1)
    (tiny / "project.toml").write_text(toml, "utf-8")
    code, output = run("plan", tiny, "--from", "2024-08-16", "--days", "1", "--out", tiny / "x", "--engine", "greedy")
    assert code == 0
    assert "已搁置 1 行" in output


def test_verify_names_what_it_does_not_compare_without_the_project(tiny):
    assert run("plan", tiny, "--from", "2024-08-16", "--out", tiny / "plan", "--engine", "greedy")[0] == 0
    code, output = run("verify", tiny / "plan" / "plan.json", "--lang", "en")
    assert code == 0
    for part in ("labels", "notes", "seed", "ways between stops", "reasons"):
        assert part in " ".join(output.split())


def test_roads_that_are_not_understood_are_told(tiny):
    text = (tiny / "roads.geojson").read_text("utf-8").replace('"track"', '"hyperloop", "oneway": "maybe"')
    (tiny / "roads.geojson").write_text(text, "utf-8")
    _, output = run("check", tiny)
    assert "hyperloop" in output
    assert "maybe" in output
    run("plan", tiny, "--from", "2024-08-16", "--out", tiny / "plan", "--lang", "en", "--engine", "greedy")
    summary = (tiny / "plan" / "summary.en.txt").read_text("utf-8")
    assert "road classes that are not known" in summary
    assert "not understood, taken as open both ways" in summary


def plan_command_line(project, keep):
    make_plan(project, start="2024-08-16", days=5, folder=project / "again", keep=keep)


def test_faults_of_the_project_file_do_not_hide_those_of_the_inputs(tiny):
    """One run names all: a wrong key, a wrong setting, a missing file, a row and a column of two layers."""
    toml = (tiny / "project.toml").read_text("utf-8")
    toml = toml.replace('roads = "roads.geojson"', 'roads = "gone.geojson"').replace(
        "iterations = 30", "iterations = -1"
    )
    (tiny / "project.toml").write_text('languge = "zh"\n' + toml, "utf-8")
    crews = (tiny / "crews.csv").read_text("utf-8-sig").replace("shift_start", "begins")
    (tiny / "crews.csv").write_text(crews, "utf-8")
    poles = (tiny / "poles.csv").read_text("utf-8-sig").replace("F1,001,,106.", "F1,001,,east")
    (tiny / "poles.csv").write_text(poles, "utf-8")
    wanted = ("languge", "settings.solver.iterations", "gone.geojson", "no column 'shift_start'")
    code, output = run("check", tiny)
    assert code == 2
    for words in (*wanted, "is no number"):
        assert words in output, words
    code, output = run("plan", tiny, "--from", "2024-08-16", "--out", tiny / "x")
    assert code == 2
    for words in wanted:
        assert words in output, words
    assert not (tiny / "x").exists()


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("plan", "nowhere", "--from", "2024-08-16", "--out", "x"), "no project file"),
        (("plan", "{tiny}", "--from", "16.8.2024", "--out", "{tiny}/x"), "is no date"),
        (("plan", "{tiny}", "--from", "1024-01-01", "--out", "{tiny}/x"), "years 1900 to 2200"),
        (("plan", "{tiny}", "--from", "9999-12-31", "--out", "{tiny}/x"), "years 1900 to 2200"),
        (("score", "{tiny}", "--on", "2300-01-01"), "years 1900 to 2200"),
        (("verify", "{tiny}/deep.json"), "no valid JSON"),
        (("plan", "{tiny}", "--from", "2024-08-16", "--days", "0", "--out", "{tiny}/x"), "cannot be planned"),
        (("plan", "{tiny}", "--from", "2024-08-16", "--lang", "fr", "--out", "{tiny}/x"), "not known"),
        (("plan", "{tiny}", "--from", "2024-08-16", "--engine", "magic", "--out", "{tiny}/x"), "not known"),
        (("plan", "{tiny}", "--from", "2024-08-16", "--keep", "no.xlsx", "--out", "{tiny}/x"), "does not exist"),
        (("plan", "{tiny}", "--from", "2024-08-16", "--out", "{tiny}"), "nothing is written among the inputs"),
        (("plan", "no-project", "--from", "2024-08-16", "--out", "{tiny}"), "nothing is written among the inputs"),
        (("plan", "{tiny}", "--from", "2024-08-16", "--out", "{tiny}/crews.csv"), "is a file, not a folder"),
        (("verify", "{tiny}/none.json"), "does not exist"),
        (("verify", "{tiny}"), "holds no plan.json -> name a plan.json, or the folder"),
        (("import", "osm", "{tiny}/none.osm", "--out", "{tiny}/x"), "none.osm"),
        (("import", "poles", "{tiny}/none.xlsx", "--out", "{tiny}/x"), "none.xlsx"),
    ],
)
def test_a_users_mistake_is_exit_code_2_in_words(tiny, args, word):
    (tiny / "deep.json").write_text("[" * 100_000, "utf-8")
    code, output = run(*(arg.replace("{tiny}", str(tiny)) for arg in args))
    assert code == 2
    assert word in output
    assert not {"x", "plan.json"} & {path.name for path in tiny.iterdir()}, "nothing is written"


def test_our_bug_is_exit_code_1_and_says_so(capsys):
    def broken():
        raise ZeroDivisionError

    assert guarded(broken) == 1
    assert "bug of patrol" in capsys.readouterr().err


def test_a_users_fault_is_exit_code_2_without_a_trace(capsys):
    def refused():
        raise PatrolError([Finding("error", "a", "f.csv", "wrong", "mend", row=3)])

    assert guarded(refused) == 2
    err = capsys.readouterr().err
    assert "f.csv, row 3: wrong" in err
    assert "Traceback" not in err


def test_the_script_is_the_same_function(tiny, root):
    """Run as a user does, in a process of its own; the plan is the same bytes whatever the hash seed."""
    plans = []
    for seed, out in (("1", "a"), ("2", "b")):
        command = [
            sys.executable,
            str(root / "scripts" / "plan_routes.py"),
            str(tiny),
            "--from",
            "2024-08-16",
            "--out",
            str(tiny / out),
        ]
        done = subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        plans.append((tiny / out / "plan.json").read_bytes())
    assert plans[0] == plans[1]
    assert run("plan", tiny, "--from", "2024-08-16", "--out", tiny / "c")[0] == 0
    assert (tiny / "c" / "plan.json").read_bytes() == plans[0]


def test_options_that_make_no_sense_are_refused_all_at_once_before_anything_is_read(tmp_path):
    """The project does not even exist: nothing was looked at."""
    code, output = run(
        "plan", tmp_path / "nowhere", "--from", "soon", "--days", "0", "--out", tmp_path / "x", "--engine", "magic",
        "--lang", "fr",
    )  # fmt: skip
    assert code == 2
    for part in ("'soon' is no date", "0 days cannot be planned", "'magic' is not known", "'fr' is not known"):
        assert part in output
    assert "project.toml" not in output


def test_days_of_plans_in_a_folder_stay(tiny):
    plans = tiny / "plans"
    line = ("plan", tiny, "--engine", "greedy", "--lang", "en")
    assert run(*line, "--from", "2024-08-16", "--days", 4, "--out", plans / "2024-08-16")[0] == 0
    document = read_plan(plans / "2024-08-16").document
    for shift in document["shifts"]:  # published for a day on which nobody would plan it by chance
        shift["date"] = "2024-08-19"
    (plans / "2024-08-16" / "plan.json").write_bytes(to_bytes(document))
    code, output = run(*line, "--from", "2024-08-18", "--days", 3, "--out", tiny / "next", "--published", plans)
    assert code == 0
    marks = read_plan(tiny / "next").document["settings"]["kept"]
    asked = published_stops(published_in(plans, project="Tiny")[0], first=date(2024, 8, 18), days=3)
    assert marks
    assert {mark["task_id"] for mark in marks} <= {one.keep.task_id for one in asked}
    assert "Published days stay as they are" in output
    code, output = run(*line, "--from", "2024-08-19", "--out", tiny / "no", "--published", tiny / "nowhere")
    assert code == 2
    assert "holds no plans of Tiny" in output
