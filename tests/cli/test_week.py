"""``patrol week``: the inbox goes in once, one bad file stops nothing, the plan is published and told."""

import stat
from datetime import UTC, date, datetime

import pytest

from commands import run
from patrol.api import open_project
from patrol.cli.week import Choices, coming_monday, make_week
from patrol.errors import PatrolError
from patrol.field.done import done_so_far
from patrol.layers.keep import PUBLISHED
from patrol.plan import plan_tag, read_plan, to_bytes
from patrol.planning.effort import Effort
from patrol.planning.fairness import worked_s
from tiny import table

NOW = datetime(2024, 8, 15, 1, 0, tzinfo=UTC)  # a Thursday, nine in the morning in Shanghai
FAST = Effort(engine="greedy", iterations=1)
DOWN = "2024-08-15 08:30 王师傅\n城关线30号杆导线断线落地，有人围观\n"


def row(number, pole, **more):
    return {"hazard_id": f"X{number}", "feeder_id": "F1", "pole_no": pole, "type": "V01", "reported": "2024-08-13",
            "party": "villager", "description": "树", **more}  # fmt: skip


@pytest.fixture
def box(office):
    """The inbox of an office: a table, a chat with an emergency, a file that is none, and what is passed over."""
    inbox = office / "inbox"
    inbox.mkdir()
    table(inbox / "list.csv", [row(1, "020")])
    (inbox / "chat.txt").write_text(DOWN, "utf-8")
    (inbox / "scan.csv").write_bytes(b"%PDF-1.4 scanned")
    (inbox / "photo.jpg").write_bytes(b"\xff\xd8\xff no picture")
    for name in ("README.txt", ".hidden.csv", "~$list.xlsx", "half.csv.part"):
        (inbox / name).write_text("城关线31号杆导线断线落地", "utf-8")
    return inbox


def week(office, start="", *, now=NOW, **more):
    return make_week(office, Choices(start=start, by="office", effort=FAST, **more), moment=now)


def kept(inbox):
    return sorted(str(path.relative_to(inbox)) for path in inbox.rglob("*") if path.is_file())


def test_a_bad_file_stops_nothing_and_a_second_run_changes_nothing(box, capsys):
    office = box.parent
    assert week(office) == 2, "two files were refused"
    printed = capsys.readouterr().out
    assert "95598" in printed.split("每周巡视安排")[0], "calls come before everything"
    passed = [".hidden.csv", "README.txt", "half.csv.part", "~$list.xlsx"]
    stays = [*passed, "photo.jpg", "photo.jpg.reason.txt", "scan.csv", "scan.csv.reason.txt"]
    done = ["done/2024-08-15/chat.txt", "done/2024-08-15/list.csv"]
    assert kept(box) == sorted([*stays, *done])
    note = box / "scan.csv.reason.txt"
    assert "PDF" in note.read_text("utf-8-sig")
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    folder = office / "plans" / "2024-08-19"
    for name in (
        "plan.json",
        "index.html",
        "schedule.xlsx",
        "kpi.html",
        "week.zh.txt",
        "week.en.txt",
        "summary.zh.txt",
    ):
        assert (folder / name).is_file(), name
    told = (folder / "week.zh.txt").read_text("utf-8")
    assert told.index("95598") < told.index("一、新收到的上报")
    assert "scan.csv" in told
    assert "没有计划可比" in told
    plan, events = (folder / "plan.json").read_bytes(), len(open_project(office).events())
    assert len(open_project(office).hazards()) == 2

    # the same day again, and the same table put there once more
    table(box / "list.csv", [row(1, "020")])
    assert week(office, now=NOW.replace(hour=3)) == 2
    assert (folder / "plan.json").read_bytes() == plan
    assert len(open_project(office).events()) == events
    assert "done/2024-08-15/list-2.csv" in kept(box), "nothing is written over, nothing deleted"

    # what was wrong is mended: it is taken in, and the note of the reason goes
    table(box / "scan.csv", [row(2, "030")])
    (box / "photo.jpg").unlink()
    capsys.readouterr()
    assert week(office, lang="en", now=NOW.replace(day=16)) == 0
    assert "scan.csv.reason.txt" not in kept(box)
    assert "done/2024-08-16/scan.csv" in kept(box)
    printed = capsys.readouterr().out
    assert "Files taken in: 1" in printed
    assert "What is overdue" in printed
    assert len(open_project(office).hazards()) == 3


def test_next_week_is_held_against_this_one_and_published_days_stay(office):
    assert week(office, "2024-08-19") == 0
    published = office / "plans" / "2024-08-19" / "plan.json"
    document = read_plan(published).document
    for shift in document["shifts"]:  # published for Thursday, where nobody would plan it by chance
        shift["date"] = "2024-08-22"
    published.write_bytes(to_bytes(document))
    places = {
        stop["task_id"]: (shift["crew_id"], "2024-08-22")
        for shift in document["shifts"] for stop in shift["route"] if stop["task_id"]
    }  # fmt: skip
    folder = office / "inbox"
    folder.mkdir()
    table(folder / "new.csv", [row(5, "040", type="A01")])
    assert week(office, "2024-08-20", now=NOW.replace(day=19)) == 0
    second = read_plan(office / "plans" / "2024-08-20")
    now = {
        stop["task_id"]: (shift["crew_id"], shift["date"])
        for shift in second.shifts for stop in shift["route"] if stop["task_id"]
    }  # fmt: skip
    assert places
    assert {name: now.get(name) for name in places} == places
    marks = second.document["settings"]["kept"]
    assert {mark["sheet"] for mark in marks} == {PUBLISHED}
    told = (office / "plans" / "2024-08-20" / "week.en.txt").read_text("utf-8")
    assert "Against the plan before (2024-08-19)" in told
    assert "1 new tasks" in told
    assert f"{len(places)} of {len(places)} stops" in told
    # what has the same first day is made anew, and is no earlier plan of itself
    before = (office / "plans" / "2024-08-20" / "plan.json").read_bytes()
    assert week(office, "2024-08-20", now=NOW.replace(day=19)) == 0
    assert (office / "plans" / "2024-08-20" / "plan.json").read_bytes() == before
    # a crew is no more: both languages say what cannot stay as published, and why
    crews = (office / "crews.csv").read_text("utf-8-sig").splitlines()
    gone = next(crew for crew, _ in places.values())
    crews = [line for line in crews if not line.startswith(f"{gone},")]
    (office / "crews.csv").write_text("\n".join(crews) + "\n", "utf-8-sig")
    assert week(office, "2024-08-21", now=NOW.replace(day=20)) == 0
    for lang, words in (("zh", "与已发布的不同"), ("en", "NO MORE AS PUBLISHED")):
        told = (office / "plans" / "2024-08-21" / f"week.{lang}.txt").read_text("utf-8").split("\n")
        lost = [line for line in told if words in line and f" {gone}" in line]
        assert len(lost) == sum(crew == gone for crew, _ in places.values())
        assert not any("keep." in line for line in told)


def test_without_a_register_files_stay_and_an_unreadable_old_plan_is_told_but_the_plan_is_made(tiny):
    broken = tiny / "elsewhere" / "2024-08-12"
    broken.mkdir(parents=True)
    (broken / "plan.json").write_text("{", "utf-8")
    (tiny / "inbox").mkdir()
    table(tiny / "inbox" / "list.csv", [row(1, "020")])
    assert week(tiny, "2024-08-19", folder=tiny / "elsewhere") == 2
    assert kept(tiny / "inbox") == ["list.csv", "list.csv.reason.txt"]
    assert "register" in (tiny / "inbox" / "list.csv.reason.txt").read_text("utf-8-sig")
    assert (tiny / "elsewhere" / "2024-08-19" / "plan.json").is_file()
    assert "2024-08-12" in (tiny / "elsewhere" / "2024-08-19" / "week.zh.txt").read_text("utf-8")


def test_another_inbox_may_be_named_within_the_project(office):
    toml = office / "project.toml"
    before = toml.read_text("utf-8")
    toml.write_text(before + '\n[intake]\ninbox = "收件/新"\n', "utf-8")
    assert open_project(office).inbox == office.resolve() / "收件" / "新"
    for wrong in ("../out", "/tmp/out", ""):
        toml.write_text(before + f'\n[intake]\ninbox = "{wrong}"\n', "utf-8")
        with pytest.raises(PatrolError, match="inbox"):
            open_project(office)


def test_init_makes_the_inbox_with_a_note(tmp_path):
    assert run("init", tmp_path / "new")[0] == 0
    assert "patrol week" in (tmp_path / "new" / "inbox" / "README.txt").read_text("utf-8")


def test_options_are_refused_all_at_once_before_anything_is_taken_in(box):
    code, output = run("week", box.parent, "--from", "soon", "--days", "40", "--lang", "fr", "--engine", "magic")
    assert code == 2
    for word in ("--from", "--days", "--lang", "magic"):
        assert word in output
    assert "scan.csv.reason.txt" not in kept(box)


@pytest.mark.parametrize(("today", "monday"), [(12, 12), (13, 19), (18, 19), (19, 19)])
def test_the_week_begins_on_the_coming_monday(today, monday):
    assert coming_monday(date(2024, 8, today)) == date(2024, 8, monday)


def test_what_crews_send_back_goes_the_way_of_field_import_and_sheets_lie_beside_the_plan(office, capsys):
    toml = office / "project.toml"
    toml.write_text(toml.read_text("utf-8").replace("[inputs]\n", '[inputs]\nfield = "field.db"\n', 1), "utf-8")
    assert week(office, "2024-08-19") == 0
    published = read_plan(office / "plans" / "2024-08-19")
    sheets = sorted(path.name for path in (office / "plans" / "2024-08-19" / "sheets").glob("*.html"))
    assert sheets == sorted(f"{shift['date']}-{shift['crew_id']}.html" for shift in published.shifts)
    box = office / "inbox"
    box.mkdir(exist_ok=True)
    (box / "reply.txt").write_text(f"{plan_tag(published)}\n1 完成 2 未到 路断\n", "utf-8")
    (box / "wrong.txt").write_text("#0000\n1 完成\n", "utf-8")
    capsys.readouterr()
    assert week(office, "2024-08-26", now=NOW.replace(day=23)) == 2
    assert "done/2024-08-23/reply.txt" in kept(box)
    assert {"wrong.txt", "wrong.txt.reason.txt"} <= set(kept(box))
    came = done_so_far(open_project(office), published).set_index("code")
    assert came["outcome"].to_dict() == {1: "done", 2: "not_done"}
    # the next week knows what the crews worked: as planned, less what was not done
    recent = read_plan(office / "plans" / "2024-08-26").document["settings"]["recent"]
    assert (recent["from"], recent["to"], recent["days"]) == ("2024-07-29", "2024-08-25", 7)
    worked, missed = worked_s(published.shifts), came.loc[2, "shift_id"]
    crew = next(shift["crew_id"] for shift in published.shifts if shift["shift_id"] == missed)
    assert recent["crews"][crew]["worked_s"] < worked[crew]
    assert {k: row["worked_s"] for k, row in recent["crews"].items() if k != crew and row["worked_s"]} == {
        k: seconds for k, seconds in worked.items() if k != crew
    }


def test_what_a_zone_could_not_settle_in_time_is_raised_and_logged_once(office, capsys):
    folder = office / "inbox"
    folder.mkdir()
    table(folder / "old.csv", [row(7, "020", reported="2024-08-05"), row(8, "030", reported="2024-08-15")])
    assert week(office, lang="en") == 0
    assert "Hazards raised to the station or the county now" in capsys.readouterr().out
    assert raised(office) == 1
    assert week(office, lang="en") == 0
    assert raised(office) == 1


def raised(office):
    with open_project(office).register() as register:
        return len(register.events("escalate"))
