"""An emergency counts wherever a file says it: under headings nobody reads, in repeated groups, on other sheets."""

import io
import json

import openpyxl
import pandas as pd
import pytest

from patrol.config import PlanningSettings
from patrol.hazards.blind import unreported
from patrol.hazards.emergency import call_now
from patrol.hazards.ground import context_of
from patrol.hazards.receive import read_files, receive
from patrol.hazards.unread import telling
from tiny import at, table

NOW = "2024-08-20T00:00:00.000000Z"
NUMBERS = PlanningSettings().emergency_numbers
DOWN = "高压线断落在路上"


def taken(ground, path, raw=None):
    if raw is not None:
        path.write_bytes(raw)
    context = context_of(ground.layers.project, now=NOW)
    ((_, intake),), faults = read_files([path], context, ground)
    assert not faults
    return intake, context


def called(intake, context, ground):
    frames = [intake.reports, *unreported(intake, context)]
    return "\n".join(line for one in frames for line in call_now(one, ground.types, NUMBERS, "zh"))


def row(**more):
    return {"编号": "1", "日期": "2024-08-10", "线路": "城关线", "杆号": "10", **more}


def test_words_under_an_unknown_heading_are_the_description_where_nothing_else_says_what_it_is(
    ground, register, tmp_path
):
    table(
        tmp_path / "a.csv",
        [row(第七栏=DOWN, 备忘="张三"), row(编号="2", 杆号="40", 第七栏="杆子旁边有人挖沟埋管子", 备忘="李四")],
    )
    intake, context = taken(ground, tmp_path / "a.csv")
    assert intake.reports["description"].tolist() == [DOWN, "杆子旁边有人挖沟埋管子"]
    assert "10号杆" in called(intake, context, ground)
    receive(register, intake, ground, now=NOW, actor="office", party="enterprise")
    told = register.hazards().set_index("pole_no")
    assert told.loc["010", ["type", "hazard_class"]].tolist() == ["D01", "emergency"]
    assert told.loc["040", "type"] == "E05"
    assert "张三" not in register.events().to_csv(), "a short cell without a word for a hazard may be a name"
    head = register.head()
    receive(register, taken(ground, tmp_path / "a.csv")[0], ground, now=NOW, actor="office", party="enterprise")
    assert register.head() == head


def test_beside_a_description_only_an_emergency_is_added(ground, tmp_path):
    rows = [row(描述="鸟窝", 第七栏=DOWN), row(编号="2", 杆号="11", 描述="鸟窝", 第七栏="杆子旁边有一条大路通到村里")]
    table(tmp_path / "a.csv", rows)
    intake, context = taken(ground, tmp_path / "a.csv")
    assert intake.reports["description"].tolist() == [f"鸟窝\n{DOWN}", "鸟窝"]
    assert "立即拨打" in called(intake, context, ground)
    assert [one.code for one in intake.findings if one.level == "suspicion"] == ["intake.unread_words"]


@pytest.mark.parametrize(
    ("heading", "cell", "says"),
    [
        ("第七栏", DOWN, DOWN), ("第七栏", "张三", ""), ("户主姓名", "欧阳断线落地", ""), ("owner name", DOWN, ""),
        ("断线落地", "是", "断线落地"), ("断线落地", "否", ""), ("审核", "是", ""), ("x", "D01", "D01"),
        ("x", "12", ""), ("x", "Li Si", ""), ("x", "着火", "着火"),
        ("x", "the wire is lying on the road", "the wire is lying on the road"),
    ],
)  # fmt: skip
def test_which_cells_say_something(heading, cell, says):
    assert telling(cell, heading) == says


def test_a_code_of_a_type_under_an_unknown_heading_is_named(ground, tmp_path):
    table(tmp_path / "a.csv", [row(第七栏="D02")])
    intake, context = taken(ground, tmp_path / "a.csv")
    assert intake.reports["description"].iloc[0].startswith("D02 倒杆")
    assert "立即拨打" in called(intake, context, ground)


def test_other_sheets_of_a_workbook_are_searched(ground, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(list(row(描述="")))
    book.active.append(list(row(描述="鸟窝").values()))
    for name, lines in {"7月": [["序", "啥事"], [1, "5号杆倒杆了"]], "重复组": [["q", "k"], ["D01", "x"]]}.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    intake, context = taken(ground, tmp_path / "a.xlsx", out.getvalue())
    lines = called(intake, context, ground)
    assert "5号杆倒杆了" in lines
    assert "断线落地" in lines
    assert len(intake.reports) == 1


KOBO = {"_id": 1, "_uuid": "u1", "start": "2024-08-10T09:00:00+08:00", "_submission_time": "2024-08-10T02:00:00"}


def kobo(tmp_path, ground, **more):
    raw = json.dumps({"count": 1, "results": [{**KOBO, **more}]}, ensure_ascii=False).encode()
    return taken(ground, tmp_path / "k.json", raw)


def test_an_unknown_question_of_a_form(ground, tmp_path):
    intake, context = kobo(tmp_path, ground, q17=DOWN, username="zhangsan")
    assert intake.reports["description"].tolist() == [DOWN]
    assert "立即拨打" in called(intake, context, ground)


def test_entries_of_repeated_groups_are_reports_of_their_own(ground, register, tmp_path):
    lon, lat = at(600, 5)
    group = [
        {"rep/hazard_type": "D01", "rep/location": f"{lat} {lon} 0 5"},
        {"rep/hazard_type": "A01", "rep/notes": "鸟窝"},
    ]
    intake, context = kobo(tmp_path, ground, rep=group, town="甲镇")
    told = intake.reports.sort_values("external_id")
    assert told["external_id"].tolist() == ["u1", "u1/1", "u1/2"]
    assert told["type_ref"].tolist() == ["", "D01", "A01"]
    assert told["lon"].iloc[1] == pytest.approx(lon)
    assert "断线落地" in called(intake, context, ground)
    receive(register, intake, ground, now=NOW, actor="office", party="enterprise")
    head = register.head()
    receive(register, kobo(tmp_path, ground, rep=group, town="甲镇")[0], ground, now=NOW, actor="o", party="enterprise")
    assert register.head() == head


def test_a_repeated_group_that_tells_nothing_of_a_hazard_is_still_searched(ground, tmp_path):
    intake, context = kobo(tmp_path, ground, notes="鸟窝", shots=[{"shots/said": "电线掉在路上了"}])
    assert len(intake.reports) == 1
    assert "立即拨打" in called(intake, context, ground)


def test_expanded_groups_of_odata(ground, tmp_path):
    group = [{"__id": "a", "hazard_type": "D02", "description": "倒杆"}, {"__id": "b", "description": "鸟窝"}]
    one = {"__id": "uuid:1", "__system": {"submissionDate": "2024-08-10T09:00:00Z"}, "town": "x", "things": group}
    raw = json.dumps({"@odata.context": "x", "value": [one]}).encode()
    intake, context = taken(ground, tmp_path / "o.json", raw)
    assert sorted(intake.reports["type_ref"]) == ["", "", "D02"]
    assert "倒杆" in called(intake, context, ground)


def test_fields_that_a_server_adds_to_open311(ground, tmp_path):
    lon, lat = at(600, 5)
    one = {"service_request_id": "1", "service_name": "other", "status": "open", "lat": lat, "long": lon,
           "requested_datetime": "2024-08-10T09:00:00+08:00", "status_notes": "live cable on the road!!"}  # fmt: skip
    intake, context = taken(ground, tmp_path / "r.json", json.dumps([one]).encode())
    assert intake.reports["description"].tolist() == ["live cable on the road!!"]
    assert "立即拨打" in called(intake, context, ground)


def test_notes_beside_the_outcomes_of_tasks(ground, tmp_path):
    result = {"id": "0" * 8 + "-0000-0000-0000-" + "0" * 12, "task_id": "T", "outcome": "not_done",
              "captured_at": "2024-08-10T09:00:00+08:00", "note": "20号杆倒杆,过不去"}  # fmt: skip
    back = {
        "schema": "patrol-report/1",
        "plan_sha256": "0a" * 32,
        "crew_id": "C1",
        "party": "enterprise",
        "revision": 1,
    }
    raw = json.dumps({**back, "results": [result]}).encode()
    intake, context = taken(ground, tmp_path / "b.json", raw)
    assert "20号杆倒杆" in called(intake, context, ground)


def test_geojson_properties(ground, tmp_path):
    lon, lat = at(600, 5)
    feature = {"type": "Feature", "properties": {"when": "2024-08-10", "wot": "the wire is lying on the road"},
               "geometry": {"type": "Point", "coordinates": [lon, lat]}}  # fmt: skip
    raw = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    intake, context = taken(ground, tmp_path / "g.geojson", raw)
    assert intake.reports["description"].tolist() == ["the wire is lying on the road"]
    assert "立即拨打" in called(intake, context, ground)


BRIEFCASE = "SubmissionDate,grp:gps:Latitude,grp:gps:Longitude,grp:gps:Accuracy,grp:notes,meta:instanceID,KEY\n"


def test_columns_of_aggregate_and_briefcase(ground, tmp_path):
    lon, lat = at(600, 5)
    raw = f'{BRIEFCASE}"Aug 10, 2024 9:00:00 AM",{lat},{lon},5,鸟窝,uuid:7,uuid:7\n'.encode()
    intake, _ = taken(ground, tmp_path / "b.csv", raw)
    (told,) = intake.reports.to_dict("records")
    assert (intake.form, told["description"], told["external_id"]) == ("odk", "鸟窝", "7")
    assert told["lon"] == pytest.approx(lon)


def test_the_table_of_a_repeated_group_is_refused_and_searched(ground, tmp_path):
    (tmp_path / "rep.csv").write_text("notes,PARENT_KEY,KEY\n高压线断落,uuid:1,uuid:1/rep[1]\n", "utf-8")
    read, faults = read_files([tmp_path / "rep.csv"], context_of(ground.layers.project, now=NOW), ground)
    assert not read
    assert "repeated group" in faults[0].what


def test_reports_without_anything_unread_are_as_before(ground, tmp_path):
    table(tmp_path / "a.csv", [row(描述="鸟窝")])
    intake, _ = taken(ground, tmp_path / "a.csv")
    assert intake.unread is None
    assert intake.elsewhere is None
    assert isinstance(intake.reports, pd.DataFrame)
