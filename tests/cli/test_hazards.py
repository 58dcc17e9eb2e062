"""The register as the people of an office meet it: words, calls, exit codes, and nobody's name in what leaves."""

import csv
import io
import json
import sqlite3
import stat

import openpyxl
import pytest

from commands import RUN, listed, ok, run
from patrol.api import open_project, plan_patrols
from patrol.cli.hazard_list import where
from patrol.cli.main import app
from patrol.errors import PatrolError
from tiny import at, table

NEST = "城关线10号杆有鸟窝"


def test_one_line_is_a_hazard_with_a_place(office):
    output = ok("add", office, NEST, "--party", "villager", "--at", "2024-08-10T09:00")
    (told,) = listed(office)
    assert told["hazard_id"] in output
    assert (told["type"], told["feeder_id"], told["pole_no"], told["zone_id"]) == ("A01", "F1", "010", "Z1")
    assert told["reported"] == "2024-08-10T01:00:00Z"
    assert "CALL" not in output
    assert "已有隐患" in ok("add", office, "城关线10号杆上有喜鹊窝", "--at", "2024-08-11T09:00")
    assert [row["reports"] for row in listed(office)] == [2]


@pytest.mark.parametrize("party", ["villager", "sensor"])
def test_emergencies_are_called_in_whoever_says_so(office, party):
    output = ok("add", office, "城关线20号杆断线落地", "--party", party, "--lang", "en")
    assert "CALL NOW" in output
    assert "95598" in output
    assert "8 m" in output


def test_an_emergency_is_called_in_even_where_the_register_cannot_be_opened(office):
    (office / "register.gpkg").write_bytes(b"no database")
    table(office / "r.csv", [{"线路": "城关线", "杆号": "20", "描述": "断线落地", "日期": "2024-08-10"}])
    for args in (("add", str(office), "城关线20号杆断线落地"), ("import", str(office), str(office / "r.csv"))):
        done = RUN.invoke(app, ["hazards", *args])
        assert isinstance(done.exception, PatrolError)
        assert "立即拨打" in done.output


def test_a_hazards_life_by_its_commands(office):
    ok("add", office, "城关线10号杆电杆倾斜", "--at", "2024-08-10T09:00")
    name = listed(office)[0]["hazard_id"]
    when = ["--by", "crew 1", "--at"]
    ok("verify", office, name, *when, "2024-08-10T12:00")
    ok("assign", office, name, "--to", "城关供电所", *when, "2024-08-10T13:00")
    code, output = run("hazards", "ready", office, name, "--permit", "yes", *when, "2024-08-11T08:00")
    assert code == 2
    assert "materials" in output
    needs = ["--permit", "yes", "--outage", "yes", "--materials", "not needed"]
    ok("ready", office, name, *needs, *when, "2024-08-11T08:00")
    code, output = run("hazards", "rectify", office, name, "--as", "villager")
    assert code == 2
    ok("start", office, name, *when, "2024-08-11T09:00")
    ok("rectify", office, name, *when, "2024-08-11T11:00")
    code, output = run("hazards", "confirm", office, name, *when, "2024-08-12T11:00")
    assert code == 2, "the second look is somebody else's"
    ok("confirm", office, name, "--by", "crew 2", "--at", "2024-08-12T11:00")
    assert listed(office, "--open") == []
    assert listed(office, "--as-of", "2024-08-11")[0]["state"] == "rectified"
    ok("reopen", office, name, "--by", "crew 2")
    assert listed(office, "--open")[0]["state"] == "verified"
    assert ok("history", office, name).count("crew") >= 6
    assert "城关供电所" in ok("show", office, name[:5])
    assert "good" in ok("rebuild", office, "--check")


def test_wishes_of_a_list(office):
    ok("add", office, NEST, "--at", "2024-08-10T09:00")
    ok("add", office, "城关线40号杆标识牌缺失", "--party", "government", "--at", "2024-08-10T09:00")
    assert len(listed(office, "--zone", "Z2")) == 1
    assert len(listed(office, "--party", "government")) == 1
    lon, lat = at(600, 0)
    (near,) = listed(office, "--near", f"{lon},{lat}")
    assert near["distance_m"] < 5
    assert [row["type"] for row in listed(office, "--overdue", "--as-of", "2024-08-20")] == ["A01"]
    assert listed(office, "--as-of", "2024-08-09") == []
    for wrong in (("--near", "here"), ("--as-of", "soon")):
        code, output = run("hazards", "list", office, *wrong)
        assert code == 2, output
    assert ok("list", office, "--csv").startswith("hazard_id,")
    ok("list", office, "--gpkg", office / "out.gpkg")
    assert (office / "out.gpkg").is_file()


def test_merge_unmerge_and_taking_a_report_out(office):
    ok("add", office, NEST, "--at", "2024-08-10T09:00")
    ok("add", office, "城关线40号杆有鸟窝", "--at", "2024-08-10T09:00")
    before = listed(office)
    one, two = (row["hazard_id"] for row in before)
    ok("merge", office, one, two)
    assert [row["reports"] for row in listed(office)] == [2]
    ok("unmerge", office, two)
    assert listed(office) == before
    ok("add", office, "城关线10号杆喜鹊窝", "--at", "2024-08-11T09:00")
    report = open_project(office).reports().iloc[-1]["report_id"]
    joined = open_project(office).reports().iloc[-1]["hazard_id"]
    ok("unmerge", office, joined, "--report", report)
    assert len(listed(office)) == 3


def test_nobodys_name_leaves_unless_asked_for(office, tmp_path):
    ok("add", office, "张铁柱说城关线10号杆有鸟窝 13812345678", "--name", "张铁柱", "--contact", "13812345678",
       "--at", "2024-08-10T09:00")  # fmt: skip
    for ending in ("geojson", "csv", "xlsx", "gpkg", "kml"):
        target = tmp_path / f"out.{ending}"
        ok("export", office, target)
        if ending == "xlsx":
            book = openpyxl.load_workbook(target)
            text = str([cell.value for row in book["hazards"].iter_rows() for cell in row])
        else:
            text = target.read_bytes().decode("utf-8", "replace")
        assert "张铁柱" not in text
        assert "13812345678" not in text
    ok("export", office, tmp_path / "p.csv", "--with-personal")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "p.csv").read_text("utf-8-sig"))))
    assert rows[0]["reporters"] == "张铁柱"
    report = open_project(office).reports()["report_id"][0]
    assert "张铁柱" not in open_project(office).events().to_csv()
    ok("erase", office, report)
    ok("export", office, tmp_path / "q.csv", "--with-personal")
    assert "张铁柱" not in (tmp_path / "q.csv").read_text("utf-8-sig")
    assert "张铁柱".encode() not in (office / "register.gpkg").read_bytes()
    assert "good" in ok("rebuild", office, "--check")


def test_names_in_the_names_of_files_and_photographs_do_not_stay(office, tmp_path):
    from PIL import Image

    name, number = "张铁柱", "13812345678"
    Image.new("RGB", (4, 4)).save(office / f"{name}家 {number}.jpg")
    row = {"线路": "城关线", "杆号": "10", "描述": f"{name}家门口鸟窝", "日期": "2024-08-10", "上报人": name,
           "电话": number, "照片": f"{name}家 {number}.jpg"}  # fmt: skip
    table(office / f"{name}{number}上报.csv", [row])
    ok("import", office, office / f"{name}{number}上报.csv")
    hazard = listed(office)[0]["hazard_id"]
    assert listed(office)[0]["photos"] == 1
    ok("list", office, "--gpkg", tmp_path / "out.gpkg")
    project = open_project(office)
    told = [
        ok("list", office, "--json"), ok("list", office, "--csv"), ok("history", office, hazard),
        ok("show", office, hazard), project.events().to_csv(), project.reports().to_csv(),
        project.hazards().to_csv(), (tmp_path / "out.gpkg").read_bytes().decode("utf-8", "replace"),
    ]  # fmt: skip
    ok("erase", office, project.reports()["report_id"][0])
    told.append((office / "register.gpkg").read_bytes().decode("utf-8", "replace"))
    for said in told:
        assert name not in said
        assert number not in said
    photos = sorted(path.name for path in (office / "photos").iterdir())
    assert len(photos) == 1
    assert "good" in ok("rebuild", office, "--check")


def test_the_rows_set_aside_by_each_import_stay_until_they_are_mended(office):
    aside = office / "quarantine.csv"
    for n in (1, 2):
        bad = {"线路": "城关线", "杆号": f"1{n}", "描述": "鸟窝", "日期": f"2199-01-0{n}", "上报人": "张铁柱"}
        table(office / f"r{n}.csv", [bad])
        ok("import", office, office / f"r{n}.csv")
    ok("import", office, office / "r2.csv")
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    rows = list(csv.DictReader(io.StringIO(aside.read_text("utf-8-sig"))))
    assert [(row["file"], row["row"]) for row in rows] == [("r1.csv", "1"), ("r2.csv", "1")]
    copy = office / "mended.csv"
    copy.write_text(aside.read_text("utf-8-sig").replace("2199-01-01", "2024-08-11"), "utf-8-sig")
    told = ok("import", office, copy)
    assert "1 条有问题" in told
    assert "1 条：" in told
    assert "future" in told
    table(office / "good.csv", [{"线路": "城关线", "杆号": "13", "描述": "鸟窝", "日期": "2024-08-01"}])
    told = ok("import", office, office / "good.csv")
    assert "条有问题" not in told, "those of earlier imports are not its own"
    assert "还有以前搁置的行" in told
    rows = list(csv.DictReader(io.StringIO(aside.read_text("utf-8-sig"))))
    assert [(row["file"], row["row"], row["日期"]) for row in rows] == [("r2.csv", "1", "2199-01-02")]
    aside.write_text(aside.read_text("utf-8-sig").replace("2199-01-02", "2024-08-11"), "utf-8-sig")
    ok("import", office, aside)
    assert not aside.exists(), "nothing is left to mend"
    assert {row["pole_no"] for row in listed(office)} == {"011", "012", "013"}
    other = office / "mine.csv"
    other.write_text("a,b\n1,2\n", "utf-8")
    ok("import", office, office / "r1.csv", "--quarantine", other)
    assert other.read_text("utf-8") == "a,b\n1,2\n"
    assert (office / "mine-2.csv").exists()


def test_an_emergency_in_a_correction_or_under_a_known_id_is_called_in(office):
    item = {"id": "0" * 8 + "-0000-0000-0000-" + "0" * 12, "captured_at": "2024-08-10T09:00:00+08:00",
            "feeder": "城关线", "pole": "10", "type": "A01"}  # fmt: skip
    back = {"schema": "patrol-report/1", "plan_sha256": "0a" * 32, "crew_id": "C1", "party": "enterprise"}
    path = office / "back.json"
    for revision, change, called in ((1, {}, False), (3, {"type": "D01"}, True), (3, {"type": "D01"}, False),
                                     (2, {"type": "D02"}, False)):  # fmt: skip
        path.write_text(json.dumps({**back, "revision": revision, "hazards": [item | change]}), "utf-8")
        assert ("立即拨打" in ok("import", office, path)) == called
    assert [row["type"] for row in listed(office)] == ["D01"]
    for words, called in (("鸟窝", False), ("断线落地", True), ("断线落地", False)):
        table(office / "r.csv", [{"线路": "城关线", "杆号": "30", "描述": words, "日期": "2024-08-10", "编号": "7"}])
        assert ("立即拨打" in ok("import", office, office / "r.csv", "--source", "office")) == called


def test_a_hazard_put_elsewhere_is_located_snapped_and_zoned_anew(office):
    ok("add", office, NEST, "--at", "2024-08-10T09:00")
    (first,) = listed(office)
    name = first["hazard_id"]
    ok("set", office, name, "--pole", "40")
    (told,) = listed(office)
    assert (told["feeder_id"], told["pole_no"], told["zone_id"], told["snap_state"]) == ("F1", "040", "Z2", "snapped")
    lon, lat = at(600, 3)
    ok("set", office, name, "--near", f"{lon},{lat}")
    (told,) = listed(office)
    assert (told["pole_no"], told["zone_id"], told["snap_m"]) == ("010", "Z1", pytest.approx(3, abs=0.2))
    lon, lat = at(600, 900)
    ok("set", office, name, "--near", f"{lon},{lat}")
    (told,) = listed(office)
    assert (told["feeder_id"], told["snap_state"], told["snap_m"]) == ("", "off_network", None)
    wrong = [("--feeder", "没有线", "--pole", "3"), ("--pole", "999", "--feeder", "F1"), ("--near", "1,2"),
             ("--near", f"{lon},{lat}", "--feeder", "F1"), ("--feeder", "F1"), ("--feeder", "没有线")]  # fmt: skip
    for args in wrong:
        code, output = run("hazards", "set", office, name, *args)
        assert code == 2, (args, output)
    assert listed(office) == [told], "nothing of it was set"
    ok("refute", office, name)
    code, output = run("hazards", "set", office, name, "--pole", "40")
    assert code == 2
    assert "reopen" in output
    assert "good" in ok("rebuild", office, "--check")


def test_doubts_can_be_worked_through(office):
    ok("add", office, NEST, "--at", "2024-08-10T09:00")
    assert "--type" in ok("add", office, "城关线20号杆有情况", "--at", "2024-08-10T09:00")
    assert "--type" not in ok("add", office, "有个鸟窝", "--at", "2024-08-10T09:00")
    told = {row["doubts"]: row for row in listed(office, "--doubtful")}
    assert set(told) == {"unclassified", "placeless"}
    assert "类型未定" in ok("list", office, "--doubtful")
    unknown = told["unclassified"]["hazard_id"]
    assert "nobody has said what it is" in " ".join(ok("show", office, unknown, "--lang", "en").split())
    ok("set", office, unknown, "--type", "A01")
    ok("set", office, told["placeless"]["hazard_id"], "--feeder", "F1", "--pole", "30")
    assert listed(office, "--doubtful") == []
    ok("add", office, "城关线12号杆鸟窝着火了 断线落地", "--type", "鸟窝", "--at", "2024-08-10T09:00")
    (mild,) = listed(office, "--doubtful")
    assert mild["doubts"] == "perhaps_emergency"
    ok("verify", office, mild["hazard_id"])
    assert listed(office, "--doubtful") == [], "somebody has looked"


def test_the_other_line_of_an_ambiguous_place_is_shown_and_exported(office):
    row = {"snap_state": "ambiguous", "feeder_id": "F611", "pole_no": "166B26", "other_feeder_id": "F612",
           "other_pole_no": "12"}  # fmt: skip
    assert where(row, "en") == "F611 166B26 or F612 12"
    assert where(row, "zh") == "F611 166B26 或 F612 12"
    assert where({**row, "snap_state": "snapped"}, "en") == "F611 166B26"
    ok("add", office, NEST)
    assert {"other_feeder_id", "other_pole_no", "other_m"} <= set(listed(office)[0])
    head = ok("list", office, "--csv").splitlines()[0]
    assert "other_feeder_id,other_pole_no,other_m" in head
    ok("export", office, office / "out.geojson")
    assert '"other_feeder_id"' in (office / "out.geojson").read_text("utf-8")


def test_import_sets_rows_aside_and_takes_them_mended(office):
    rows = [
        {"线路": "城关线", "杆号": "10", "描述": "鸟窝", "日期": "2024-08-10"},
        {"线路": "城关线", "杆号": "12", "描述": "=cmd|' /C calc'!A0 树枝碰线", "日期": "2199-01-01"},
    ]
    table(office / "r.csv", rows)
    assert "搁置 1" in ok("import", office, office / "r.csv")
    aside = office / "quarantine.csv"
    text = aside.read_text("utf-8-sig")
    assert "\n=" not in text
    assert ",=" not in text
    aside.write_text(text.replace("2199-01-01", "2024-08-11"), "utf-8-sig")
    ok("import", office, aside, "--quarantine", office / "again.csv")
    assert {row["pole_no"] for row in listed(office)} == {"010", "012"}
    assert not (office / "again.csv").exists()
    assert "早已登记 1" in ok("import", office, office / "r.csv")


def test_one_bad_file_does_not_stop_the_others(office):
    table(office / "r.csv", [{"线路": "城关线", "杆号": "10", "描述": "鸟窝", "日期": "2024-08-10"}])
    (office / "bad.csv").write_bytes(b"\x00\xff\x00")
    code, output = run("hazards", "import", office, office / "bad.csv", office / "r.csv")
    assert code == 2
    assert "bad.csv" in output
    assert len(listed(office)) == 1


def test_a_changed_event_is_found(office):
    ok("add", office, NEST, "--at", "2024-08-10T09:00")
    with sqlite3.connect(office / "register.gpkg") as base:
        base.execute("DROP TRIGGER events_no_update")
        base.execute("UPDATE events SET actor = 'nobody' WHERE seq = 1")
    base.close()
    code, output = run("hazards", "rebuild", office, "--check")
    assert code == 2, output


def test_a_backup_opens_as_a_register(office, tmp_path):
    ok("add", office, NEST, "--at", "2024-08-10T09:00")
    before = listed(office)
    ok("backup", office, tmp_path / "copy.gpkg")
    for path in office.glob("register.gpkg*"):
        path.unlink()
    (tmp_path / "copy.gpkg").rename(office / "register.gpkg")
    assert listed(office) == before


def test_requests_of_a_table_are_listed_with_what_is_overdue(office):
    lon, lat = at(620, 5)
    kinds = [("dispute", "open", "2024-08-12"), ("safety talk", "open", "2024-08-26"), ("报装", "done", "2024-08-01")]
    rows = [
        {"request_id": f"R-{n}", "kind": kind, "due": due, "state": state, "name_zh": "{{7*7}} 甲村", "lon": lon,
         "lat": lat, "坐标系": "WGS84", "联络单位": "城关供电所"}
        for n, (kind, state, due) in enumerate(kinds)
    ]  # fmt: skip
    table(office / "r.csv", rows)
    ok("import", office, office / "r.csv")
    day = ("--as-of", "2024-08-20")
    told = json.loads(ok("requests", office, "--json"))
    assert [row["request_kind"] for row in told] == ["new_connection", "dispute", "campaign"]
    assert [row["state"] for row in told] == ["done", "open", "open"]
    assert {row["zone_id"] for row in told} == {"Z1"}
    assert len(json.loads(ok("requests", office, "--open", "--json"))) == 2
    assert "2 件" in ok("requests", office, "--open")
    output = ok("requests", office, "--lang", "en")
    assert "3 requests, 2 overdue." in output
    assert "new connection" in output
    assert json.loads(ok("requests", office, "--json", *day)) == [], "they were made known today"
    ok("request", office, told[1]["request_id"], "done")
    assert len(json.loads(ok("requests", office, "--open", "--json"))) == 1


def test_a_request_that_comes_with_another_day_is_taken_over_by_the_command_that_is_told(office):
    lon, lat = at(620, 5)
    row = {"request_id": "R-1", "kind": "dispute", "due": "2024-08-12", "minutes": 30, "lon": lon, "lat": lat,
           "parties": "enterprise|government", "坐标系": "WGS84"}  # fmt: skip
    table(office / "a.csv", [row])
    table(office / "b.csv", [{**row, "due": "2024-09-12", "minutes": 45}])
    ok("import", office, office / "a.csv", "--source", "office")
    told = " ".join(ok("import", office, office / "b.csv", "--source", "office").split())
    command = told.partition("patrol hazards set PROJECT ")[2].partition(";")[0].split()
    assert command[1:] == ["--due", "2024-09-12", "--minutes", "45"]
    assert "2024-09-12, 45 min, enterprise|government" in ok("set", office, *command, "--note", "by telephone")
    for name in ("a.csv", "b.csv"):
        assert "suspicion" not in ok("import", office, office / name, "--source", "office")
    (now,) = json.loads(ok("requests", office, "--json"))
    assert (now["due"], now["minutes"], now["liaison"]) == ("2024-09-12", 45.0, "enterprise|government")
    history = ok("history", office, command[0][:6])
    assert "2024-08-12" in history
    assert "by telephone" in history
    assert "set: enterprise, government" in ok("show", office, command[0])
    ok("set", office, command[0], "--pole", "40", "--feeder", "F1", "--liaison", "")
    (now,) = json.loads(ok("requests", office, "--json"))
    assert (now["pole_no"], now["zone_id"], now["liaison"]) == ("040", "Z2", "")
    for wrong in (["--class", "serious"], ["--minutes", "0"], ["--due", "soon"], ["--kind", "war"], [],
                  ["--due", "2024-09-01", "--as", "villager"]):  # fmt: skip
        code, output = run("hazards", "set", office, command[0], *wrong)
        assert code == 2, (wrong, output)
    ok("request", office, command[0], "done")
    assert "is done already" in run("hazards", "set", office, command[0], "--due", "2024-09-20")[1]
    assert run("hazards", "set", office, command[0], "--near", f"{lon},{lat}")[0] == 2
    assert run("hazards", "show", office, command[0], "--as-of", "2024-08-01")[0] == 2
    assert "good" in ok("rebuild", office, "--check")


def test_a_request_is_taken_in_by_one_line_too(office):
    words = "城关线10号杆张家申请新装用电"
    output = ok("add", office, words, "--kind", "new_connection", "--due", "2024-08-26", "--minutes", "40", "--liaison",
                "城关供电所", "--at", "2024-08-10T09:00", "--lang", "en")  # fmt: skip
    assert "CALL NOW" not in output
    (told,) = json.loads(ok("requests", office, "--json"))
    assert (told["due"], told["minutes"], told["liaison"], told["pole_no"]) == ("2024-08-26", 40.0, "城关供电所", "010")
    assert f"{told['request_id']}  new connection  2024-08-26" in output
    assert listed(office) == []
    for wrong in (["--due", "2024-08-26"], ["--kind", "war"], ["--kind", "dispute", "--due", "soon"],
                  ["--kind", "dispute", "--type", "A01"]):  # fmt: skip
        assert run("hazards", "add", office, words, *wrong)[0] == 2, wrong
    assert "立即拨打" in ok("add", office, "城关线12号杆断线落地", "--kind", "dispute"), "whatever it is said to be"
    assert "good" in ok("rebuild", office, "--check")


def test_a_project_without_register_is_told_what_to_write(tiny):
    code, output = run("hazards", "list", tiny)
    assert code == 2
    assert 'register = "register.gpkg"' in output


def test_a_register_that_is_not_there_yet(office):
    code, output = run("hazards", "list", office)
    assert code == 2
    assert "patrol hazards add" in output


@pytest.mark.parametrize("args", [("--party", "king"), ("--type", "鸟窝子窝"), ("--at", "noon")])
def test_wrong_words_of_add_are_refused_after_the_call(office, args):
    done = RUN.invoke(app, ["hazards", "add", str(office), "城关线20号杆断线落地", *args])
    assert isinstance(done.exception, PatrolError)
    assert args[1] in str(done.exception)
    assert "立即拨打" in done.output
    if args[0] == "--type":
        assert "A01" in str(done.exception), "what is near it"


def test_an_emergency_is_called_in_where_there_is_no_project_or_a_broken_one(office, tmp_path):
    (office / "crews.csv").unlink()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "project.toml").write_text("[", "utf-8")
    for folder in (office, tmp_path / "nowhere", tmp_path / "broken"):
        done = RUN.invoke(app, ["hazards", "add", str(folder), "城关线20号杆断线落地"])
        assert "立即拨打" in done.output
        assert "95598" in done.output


def called(args, times=1):
    """Run a command that is refused; return what it printed after whom to call."""
    done = RUN.invoke(app, ["hazards", *map(str, args)])
    assert isinstance(done.exception, PatrolError), done.output
    assert done.output.count("95598") == times, done.output
    return done.output


DOWN = {"线路": "城关线", "杆号": "20", "描述": "断线落地", "日期": "2024-08-10"}


def test_emergencies_of_a_file_are_called_in_before_the_import_is_refused(office, tmp_path):
    table(office / "r.csv", [DOWN, {**DOWN, "杆号": "21", "描述": "鸟窝"}])
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "project.toml").write_text("[", "utf-8")
    for folder in (tmp_path / "nowhere", tmp_path, tmp_path / "broken"):
        output = called(["import", folder, office / "r.csv"], times=2)
        assert "城关线 20号杆: 断线落地" in output
        assert "are China's" in output, "nobody knows whose numbers hold"
        assert "中国的电话号码" in output, "nor whose language"
        assert "China's" not in called(["import", folder, office / "r.csv", "--lang", "zh"])
        assert not list(folder.glob("*.gpkg"))
    for wrong in (("--party", "king"), ("--format", "docx")):
        assert "中国的" not in called(["import", office, office / "r.csv", *wrong]), "the project says whose they are"
    (office / "lines.geojson").write_text("{", "utf-8")
    assert "立即拨打" in called(["import", office, office / "r.csv"])
    table(office / "r.csv", [{**DOWN, "描述": "鸟窝"}])
    called(["import", tmp_path, office / "r.csv"], times=0)


def test_emergencies_among_what_is_set_aside_or_cannot_be_read_are_called_in(office):
    bad = {
        "线路": "城关线",
        "杆号": "20",
        "描述": "断线落地 13812345678",
        "日期": "2199-01-01",
        "状态": "",
        "上报人": "张铁柱",
    }
    table(office / "r.csv", [bad, {**bad, "杆号": "21", "状态": "已闭环"}, {**bad, "杆号": "22", "描述": "鸟窝"}])
    output = ok("import", office, office / "r.csv")
    assert "立即拨打 | 城关线 20号杆: 断线落地" in output
    assert output.count("立即拨打 |") == 1, "neither what is dealt with nor a nest"
    assert "13812345678" not in output
    assert "张铁柱" not in output
    said = "Dear all\nthe meeting is moved\nat pole 12 a wire is on the ground\nregards and so on"
    (office / "letter.txt").write_text(said, "utf-8")
    (office / "cut.json").write_text('[{"service_request_id": "1", "description": "城关线12号杆断线落地"}, {', "utf-8")
    (office / "chat.xlsx").write_bytes(b"PK\x03\x04 not a zip")
    done = RUN.invoke(
        app, ["hazards", "import", *(str(office / one) for one in ("", "letter.txt", "cut.json", "chat.xlsx"))]
    )
    assert done.exit_code == 2
    assert "at pole 12 a wire is on the ground" in done.output
    assert "城关线12号杆断线落地" in done.output
    assert done.output.count("95598") == 2


def test_nothing_wrong_beside_the_words_loses_a_report(office, tmp_path):
    said = "城关线20号杆断线落地"
    (tmp_path / "torn.jpg").write_bytes(b"no picture")
    for number, args in enumerate([("--near", "1,2,3"), ("--near", "0,0"), ("--photo", str(tmp_path / "torn.jpg"))]):
        output = ok("add", office, said, "--at", f"2024-08-1{number}T09:00", *args)
        assert "suspicion" in output
        assert "no time is given" not in output
        assert [row["pole_no"] for row in listed(office)] == ["020"]
    assert [row["reports"] for row in listed(office)] == [3]
    output = ok("add", office, "断线落地", "--near", "0,0", "--at", "2031-01-01T00:00")
    assert "立即拨打" in output
    assert "in the future: left out" in output
    placeless = [row for row in listed(office) if not row["pole_no"]]
    assert [row["hazard_class"] for row in placeless] == ["emergency"]


def test_a_mild_type_silences_no_emergency(office):
    output = ok("add", office, "城关线10号杆鸟窝着火了 断线落地", "--type", "鸟窝", "--lang", "en")
    assert "CALL NOW" in output
    assert "--class emergency" in output
    (told,) = listed(office)
    assert (told["type"], told["hazard_class"]) == ("A01", "serious")
    assert "立即拨打" in ok("set", office, told["hazard_id"], "--type", "D01")
    assert "立即拨打" not in ok("set", office, told["hazard_id"], "--type", "A01")


def test_a_list_of_what_is_not_there_is_refused_with_what_is(office):
    ok("add", office, NEST, "--at", "2024-08-10T09:00")
    code, output = run("hazards", "list", office, "--party", "martian")
    assert code == 2
    assert "villager" in output
    code, output = run("hazards", "list", office, "--zone", "没有")
    assert code == 2
    assert "Z1" in output
    assert "Z2" in output
    assert listed(office, "--zone", "Z2") == []


def test_a_backup_that_cannot_be_written_says_so(office, tmp_path):
    ok("add", office, NEST)
    (tmp_path / "file").write_text("", "utf-8")
    for target in (tmp_path / "no" / "copy.gpkg", tmp_path / "file" / "copy.gpkg"):
        code, output = run("hazards", "backup", office, target)
        assert code == 2
        assert "cannot be written" in output


def test_plans_visit_what_the_register_holds(office):
    ok("add", office, "城关线10号杆标识牌缺失", "--at", "2024-08-10T09:00")
    ok("add", office, "城关线40号杆有鸟窝", "--at", "2024-08-10T09:00")
    ok("refute", office, listed(office, "--zone", "Z2")[0]["hazard_id"])
    plan = plan_patrols(office, start="2024-08-16", days=2)
    visits = [task for task in plan.tasks.values() if task.get("hazard_type")]
    assert [task["hazard_type"] for task in visits] == ["S14"]
    with open_project(office).register() as register:
        assert plan.document["inputs"]["register"]["sha256"] == register.head()[1]


def test_notebooks_get_frames(office):
    ok("add", office, NEST, "--at", "2024-08-10T09:00")
    project = open_project(office)
    hazards = project.hazards(on="2024-08-20")
    assert hazards.crs.to_epsg() == 4326
    assert hazards["overdue"].tolist() == [True]
    assert project.hazards(on="2024-08-09").empty
    assert len(project.reports()) == 1
    assert project.events()["action"].tolist() == ["report", "import"]
    assert project.alerts(on="2024-08-20").empty


def test_warnings_are_taken_in_and_given_back(office, tmp_path):
    (tmp_path / "warning.xml").write_text(
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>N1</identifier><sender>w.example</sender>'
        "<sent>2024-08-16T10:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><info><event>大风</event>"
        "<area><areaDesc>x</areaDesc><circle>38.9,106.3 20</circle></area></info></alert>",
        "utf-8",
    )
    ok("import", office, tmp_path / "warning.xml")
    alerts = open_project(office).alerts()
    assert alerts["type_ref"].tolist() == ["大风"]
    assert alerts["area_wkt"].iloc[0].startswith("POLYGON")


def test_a_register_just_begun_hides_nothing_of_the_file(tiny):
    toml = (tiny / "project.toml").read_text("utf-8")
    toml = toml.replace('crews = "crews.csv"\n', 'crews = "crews.csv"\nregister = "register.gpkg"\n')
    (tiny / "project.toml").write_text(toml, "utf-8")

    def planned():
        plan = plan_patrols(tiny, start="2024-08-16", days=2, engine="greedy")
        return sorted(task["hazard_type"] for task in plan.tasks.values() if task.get("hazard_type"))

    before = planned()
    assert before == ["A01", "F01", "V01"]
    ok("add", tiny, "城关线40号杆标识牌缺失", "--at", "2024-08-10T09:00")
    assert planned() == sorted([*before, "S14"])
    ok("import", tiny, tiny / "hazards.csv")
    assert planned() == sorted([*before, "S14"])
    for row in listed(tiny, "--open"):
        if row["type"] == "A01":
            ok("refute", tiny, row["hazard_id"])
    assert planned() == ["F01", "S14", "V01"]


def test_a_zone_that_is_not_there_cannot_be_set(office):
    ok("add", office, NEST, "--at", "2024-08-10T09:00")
    name = listed(office)[0]["hazard_id"]
    code, output = run("hazards", "set", office, name, "--zone", "NOPE")
    assert code == 2
    assert "Z1" in output
    ok("set", office, name, "--zone", "Z2")
    assert listed(office)[0]["zone_id"] == "Z2"


def test_what_nobody_reads_is_called_in_once(office):
    table(
        office / "r.csv", [{"线路": "城关线", "杆号": "20", "日期": "2024-08-10", "第七栏": "高压线断线落地了快来人"}]
    )
    assert "立即拨打" in ok("import", office, office / "r.csv")
    assert "立即拨打" not in ok("import", office, office / "r.csv"), "it is in the register"
    assert "断线落地了" in listed(office)[0]["description"]
    (office / "cut.csv").write_text("第七栏,x\n20号杆倒杆,1\n", "utf-8")
    assert "立即拨打" in RUN.invoke(app, ["hazards", "import", str(office), str(office / "cut.csv")]).output
