"""One door for files of reports: what they are told to be, what is refused, what makes two reports the same."""

import json
import os
import time

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from patrol.config import HazardSettings
from patrol.errors import IntakeError
from patrol.hazards.detect import FORMS, detect
from patrol.hazards.intake import read_reports
from patrol.hazards.keys import content_key
from patrol.hazards.model import REPORT_COLUMNS, IntakeContext, empty_frame
from patrol.hazards.plausible import Area

CONTEXT = IntakeContext("Asia/Shanghai", "2024-08-20T00:00:00.000000Z", crs="EPSG:4326")
AREA = Area.of(gpd.GeoDataFrame(geometry=[shapely.LineString([(106.5, 38.8), (106.9, 38.8)])], crs="EPSG:4326"))
TABLE = "线路,杆号,发现时间,描述\n城关线,37,2024-08-16 09:12,鸟窝\n"
PLAN = "0a" * 32


def put(tmp_path, content, name="list.csv"):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(tmp_path, content, name="list.csv", **options):
    return read_reports(put(tmp_path, content, name), CONTEXT, area=AREA, **options)


def collection(**properties):
    feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [106.7, 38.8]}, "properties": properties}
    return {"type": "FeatureCollection", "features": [feature]}


@pytest.mark.parametrize(
    ("content", "name", "form"),
    [
        (TABLE, "a.csv", "csv"),
        (TABLE, "a.dat", "csv"),
        (TABLE.encode("gb18030"), "a.txt", "csv"),
        (TABLE.encode("utf-16"), "a.csv", "csv"),
        ("latitude,longitude,scan,track,acq_date,acq_time\n38.8,106.7,1,1,2024-08-16,0306\n", "a.csv", "firms"),
        ("start,site/type,_id,_uuid,_submission_time\n", "a.csv", "kobo"),
        ("SubmissionDate,site-type,meta-instanceID,KEY\n", "a.csv", "odk"),
        ("file,row,format,reason,线路,杆号\nx,1,csv,,城关线,1\n", "a.csv", "quarantine"),
        (json.dumps(collection(text="x")), "a.bin", "geojson"),
        (json.dumps(collection(acq_date="2024-08-16", acq_time="0306")), "a.geojson", "firms"),
        (json.dumps([{"service_request_id": "1"}]), "a.json", "open311"),
        (json.dumps({"service_requests": [{"service_request_id": "1"}]}), "a.json", "open311"),
        (json.dumps({"count": 1, "results": [{"_id": 1, "_uuid": "x"}]}), "a.json", "kobo"),
        (json.dumps({"value": [{"__id": "x", "__system": {}}], "@odata.context": "x"}), "a.json", "odk"),
        (json.dumps({"schema": "patrol-report/1"}), "a.json", "patrol"),
        ('<?xml version="1.0"?>\n<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">', "a.xml", "cap"),
        ('<cap:alert xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2">', "a.cap", "cap"),
        ("城关线37号杆有鸟窝", "a.txt", "messages"),
        ("[2024-08-16 09:12] 张三: 城关线37号杆有鸟窝", "chat.txt", "messages"),
        ("nothing known,here\n1,2\n", "a.csv", "csv"),
    ],
)
def test_content_says_what_a_file_is(content, name, form):
    found, why = detect(content.encode() if isinstance(content, str) else content, name, {})
    assert found == form
    assert why
    assert form in (*FORMS, "quarantine")


def test_a_workbook_is_known_by_its_headings(tmp_path):
    for heading, form in ((["线路", "杆号"], "xlsx"), (["_uuid", "_submission_time"], "kobo")):
        book = openpyxl.Workbook()
        book.active.append(heading)
        book.save(tmp_path / "a.xlsx")
        assert detect((tmp_path / "a.xlsx").read_bytes(), "a.xlsx", {})[0] == form


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        ("x y z", "a.dat", "--format"),
        ("{}", "a.json", "--format"),
        ("[1, 2", "a.json", "cut short"),
        ("<kml></kml>", "a.kml", "CAP"),
        (b"%PDF-1.7", "a.csv", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a.xlsx", ".xlsx"),
        (b"\xff\xd8\xff\xe0", "a.jpg", "photo"),
        (b"SQLite format 3\0", "a.gpkg", "GeoPackage"),
        (b"\x81\xff\xff", "a.csv", "no text"),
        ("   \n ", "a.csv", "white space"),
        (b"PK\x03\x04 not a zip", "a.xlsx", "damaged"),
        ("", "a.csv", "empty"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(tmp_path, content, name, words):
    with pytest.raises(IntakeError) as error:
        read(tmp_path, content, name)
    finding = error.value.findings[0]
    assert words in f"{finding.what} {finding.mend}"
    assert finding.mend
    assert finding.source == name


def test_folders_missing_and_huge_files_are_refused(tmp_path):
    with pytest.raises(IntakeError, match="is a folder"):
        read_reports(tmp_path, CONTEXT)
    with pytest.raises(IntakeError, match="cannot be read"):
        read_reports(tmp_path / "none.csv", CONTEXT)
    big = tmp_path / "big.csv"
    big.touch()
    os.truncate(big, 501 * 1024**2)  # sparse
    with pytest.raises(IntakeError, match="501 MB"):
        read_reports(big, CONTEXT)


def test_a_format_nobody_knows_is_refused(tmp_path):
    with pytest.raises(IntakeError, match="no format that is known"):
        read(tmp_path, TABLE, form="docx")


def test_the_intake_says_what_the_file_was_taken_for(tmp_path):
    intake = read(tmp_path, TABLE)
    assert (intake.form, intake.label) == ("csv", "list.csv")
    assert len(intake.sha256) == 64
    assert any(f.level == "note" and "taken for csv" in f.what for f in intake.findings)
    assert not any("taken for" in f.what for f in read(tmp_path, TABLE, form="csv").findings)


def test_what_the_parser_and_the_check_reject_is_kept_as_it_was(tmp_path):
    intake = read(
        tmp_path,
        "线路,杆号,发现时间,描述,经度,纬度,reason,format\n"
        ",,2024-08-16,good,106.7,38.8,,\n"
        ",,03/04/2024,unclear,106.7,38.8,r,f\n"
        ",,2024-08-16,swapped,38.8,106.7,r,f\n"
        ",,2030-08-16,future,106.7,38.8,r,f\n"
        ",,2024-08-16,far,116.4,39.9,r,f\n",
    )
    assert intake.reports["row"].tolist() == [1]
    assert intake.rejected["row"].tolist() == [2, 3, 4, 5]
    assert list(intake.rejected)[:3] == ["row", "reason", "format"]
    assert intake.rejected["描述"].tolist() == ["unclear", "swapped", "future", "far"]
    assert intake.rejected["reason_"].tolist() == ["r"] * 4
    assert intake.rejected["format_"].tolist() == ["f"] * 4
    assert sorted(f.row for f in intake.findings if f.level == "rejected") == [2, 3, 4, 5]


def test_without_an_area_and_settings_the_defaults_hold(tmp_path):
    path = put(tmp_path, "描述,经度,纬度\n" + "".join(f"{i},116.4,39.9\n" for i in range(21)))
    assert read_reports(path, CONTEXT).reports.empty
    assert len(read_reports(path, CONTEXT, settings=HazardSettings(same_point_max=21)).reports) == 21


def test_the_same_said_twice_in_a_file_is_one_report(tmp_path):
    intake = read(tmp_path, TABLE + "城关线,37,2024-08-16 09:12,鸟窝\n城关线,37,2024-08-16 09:13,鸟窝\n")
    assert intake.reports["row"].tolist() == [1, 3]
    assert any(f.code == "intake.twice" and "row 2" in f.what for f in intake.findings)


def test_one_id_with_two_contents_is_not_lost(tmp_path):
    context = IntakeContext("Asia/Shanghai", "2024-08-20T00:00:00Z", source="office")
    path = put(
        tmp_path,
        "编号,线路,杆号,描述,状态\nA,城关线,1,nest,\nA,城关线,1,nest,已上报\nA,城关线,2,tree,\nA,城关线,1,nest,已闭环\n"
        "B,城关线,2,tree,\n",
    )
    intake = read_reports(path, context)
    assert intake.reports["row"].tolist() == [1, 3, 4, 5], "only what says the same counts once"
    assert intake.rejected.empty
    assert content_key(intake.reports).tolist() == ["x:office:A"] * 3 + ["x:office:B"]
    assert [one.what for one in intake.findings if one.code == "intake.twice"] == [
        "row 2: the same is said in another row; counted once"
    ]


def test_nobodys_name_or_number_stays_in_a_description(tmp_path):
    path = put(
        tmp_path, "线路,杆号,上报人,描述\n城关线,1,张三丰,张三丰说有鸟窝,电话 13812345678\n".replace("窝,", "窝，")
    )
    said = read_reports(path, CONTEXT).reports["description"][0]
    assert "张三丰" not in said
    assert "13812345678" not in said


def reports(**columns):
    frame = empty_frame(REPORT_COLUMNS, 1)
    frame["record"], frame["party"] = "hazard", "villager"
    for name, value in columns.items():
        frame[name] = pd.to_datetime(pd.Series([value]), utc=True) if REPORT_COLUMNS[name] == "time" else [value]
    return frame


BASE = {
    "captured_at": "2024-08-16T01:12:00Z",
    "lon": 106.7,
    "lat": 38.9,
    "description": "鸟窝 在杆上",
    "feeder_ref": "城关线",
}


@pytest.mark.parametrize(
    "change",
    [
        {"row": 7}, {"person_name": "张三"}, {"person_contact": "138"}, {"description": "  鸟窝\n在杆上 "},
        {"lon": 106.70000001}, {"feeder_ref": "城关线 "}, {"given_state": "closed"}, {"photos": "a.jpg"},
        {"external_id": "A"}, {"source": "office"}, {"uncertainty_m": 5.0},
    ],
)  # fmt: skip
def test_who_said_it_and_where_it_stood_do_not_make_another_report(change):
    assert content_key(reports(**BASE))[0] == content_key(reports(**{**BASE, **change}))[0]


@pytest.mark.parametrize(
    "change",
    [
        {"captured_at": "2024-08-16T01:12:01Z"}, {"lon": 106.70001}, {"description": "鸟窝"},
        {"feeder_ref": "城关二线"}, {"pole_ref": "1"}, {"party": "fire"}, {"type_ref": "A01"},
        {"record": "request", "request_kind": "dispute"}, {"along_m": 5.0}, {"due": "2024-09-01"},
    ],
)  # fmt: skip
def test_other_content_makes_another_report(change):
    assert content_key(reports(**BASE))[0] != content_key(reports(**{**BASE, **change}))[0]


def test_ids_count_where_both_are_known():
    assert content_key(reports(**BASE, source="kobo:x", external_id="17"))[0] == "x:kobo:x:17"
    key = content_key(reports(**BASE))[0]
    assert key.startswith("c:")
    assert len(key) == 34


def test_a_key_stays_what_it_is():
    """A key that changes takes every report in again: this value may only change with a migration."""
    assert content_key(reports(**BASE))[0] == "c:f804cfd998370f6c8c9f41a4b1abb84f"


def test_keys_keep_the_index_and_an_empty_frame_has_none():
    frame = reports(**BASE)
    frame.index = [9]
    assert content_key(frame).index.tolist() == [9]
    assert content_key(empty_frame(REPORT_COLUMNS)).empty


@given(st.permutations(range(6)))
def test_the_order_of_rows_does_not_change_their_keys(order):
    frame = pd.concat([reports(**{**BASE, "pole_ref": str(i % 4)}) for i in range(6)], ignore_index=True)
    keys = content_key(frame)
    assert content_key(frame.iloc[list(order)]).sort_index().tolist() == keys.tolist()
    assert keys.nunique() == 4


def test_half_a_million_keys_take_seconds():
    size = 500_000
    frame = empty_frame(REPORT_COLUMNS, size)
    frame["record"], frame["party"] = "hazard", "villager"
    frame["lon"] = np.linspace(106.5, 106.9, size)
    frame["description"] = [f"杆上有鸟窝 {i}" for i in range(size)]
    frame["captured_at"] = pd.date_range("2020-01-01", periods=size, freq="61s", tz="UTC").as_unit("us")
    start = time.process_time()
    keys = content_key(frame)
    spent = time.process_time() - start
    assert keys.is_unique
    assert spent < 12, f"{spent:.1f} s"  # about 3 s on an idle machine


def test_the_sample_is_taken_in_whole(root):
    lines = Area.of(gpd.read_file(root / "sample_data" / "lines.geojson"))
    context = IntakeContext("Asia/Shanghai", "2025-01-01T00:00:00Z", crs="EPSG:4326")
    intake = read_reports(root / "sample_data" / "hazards.csv", context, area=lines)
    assert len(intake.reports) == 594
    assert intake.rejected.empty


def test_satellite_detections_of_nepal_are_taken_in(shared):
    context = IntakeContext("Asia/Kathmandu", "2025-01-01T00:00:00Z")
    intake = read_reports(shared / "data" / "firms_nepal_viirs" / "fireData-2023-12-30.geojson", context)
    assert intake.form == "firms"
    assert len(intake.reports) + len(intake.rejected) > 100
    assert (intake.reports["party"] == "sensor").all()


def test_a_letter_is_no_chat_unless_somebody_says_so(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("Dear colleagues\nthe meeting is moved to Friday\nplease bring the minutes\nregards", "utf-8")
    with pytest.raises(IntakeError, match="--format messages"):
        read_reports(path, CONTEXT)
    assert len(read_reports(path, CONTEXT, form="messages").reports)
    for said in ("城关线37号杆有鸟窝\n请派人", "[2024-08-16 09:12] 张三: 请来人看看\n好的\n收到", "wire down"):
        path.write_text(said, "utf-8")
        assert len(read_reports(path, CONTEXT).reports)
