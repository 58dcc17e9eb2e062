"""ODK Central: CSV and OData of the same submissions, review, encryption, repeats."""

import csv
import io
import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import IntakeError, PatrolError
from patrol.hazards.formats.odk import read_odk
from patrol.hazards.model import IntakeContext

CONTEXT = IntakeContext("Asia/Shanghai", "2026-01-01T00:00:00Z")
KEY = "uuid:5a0fbbd8-bbbb-4c3a-9d3f-0a1b2c3d4e5f"
NAMES = [
    "SubmissionDate", "start", "site-type", "site-place-Latitude", "site-place-Longitude", "site-place-Altitude",
    "site-place-Accuracy", "site-line", "site-pole", "notes", "photo", "reporter", "meta-instanceID",
    "meta-instanceName", "KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected", "Status",
    "ReviewState", "DeviceID", "Edits", "FormVersion",
]  # fmt: skip
ROW = [
    "2024-08-16T01:14:10.000Z", "2024-08-16T09:12:33.500+08:00", "leaning_pole", "38.91", "106.2", "1100", "4.2",
    "城关线", "37", "pole leans, said Li Mei", "1700000000000.jpg", "Li Mei", KEY, "", KEY, "12", "app-user-7", "1",
    "1", "", "", "collect:AbCdEf123456", "0", "20240801",
]  # fmt: skip


def sheet(names, *rows):
    out = io.StringIO()
    csv.writer(out).writerows([names, *rows])
    return out.getvalue().encode()


def record(**more):
    return {
        "__id": KEY,
        "__system": {
            "submissionDate": ROW[0], "updatedAt": None, "submitterId": "12", "submitterName": "app-user-7",
            "attachmentsPresent": 1, "attachmentsExpected": 1, "status": None, "reviewState": None,
            "deviceId": "collect:AbCdEf123456", "edits": 0, "formVersion": "20240801",
        },
        "start": ROW[1],
        "site": {
            "type": "leaning_pole", "line": "城关线", "pole": "37",
            "place": {"type": "Point", "coordinates": [106.2, 38.91, 1100], "properties": {"accuracy": 4.2}},
        },
        "notes": ROW[9], "photo": ROW[10], "reporter": "Li Mei", "meta": {"instanceID": KEY, "instanceName": None},
        **more,
    }  # fmt: skip


def odata(*records, **more):
    return json.dumps(
        {"value": records, "@odata.context": "https://odk.example/$metadata#Submissions", **more}
    ).encode()


def read(raw, context=CONTEXT):
    return read_odk(raw, "form.csv", context)


def changed(**cells):
    return [cells.get(name.replace("-", "_"), cell) for name, cell in zip(NAMES, ROW, strict=True)]


def test_csv_and_odata_say_the_same():
    one, other = read(sheet(NAMES, ROW)), read(odata(record()))
    pd.testing.assert_frame_equal(one.reports, other.reports)
    report = one.reports.iloc[0]
    assert report["captured_at"] == pd.Timestamp("2024-08-16T01:12:33.5Z")
    assert (report["lon"], report["lat"], report["uncertainty_m"]) == (106.2, 38.91, 4.2)
    assert (report["type_ref"], report["feeder_ref"], report["pole_ref"]) == ("leaning_pole", "城关线", "37")
    assert (report["source"], report["external_id"]) == ("odk", KEY.removeprefix("uuid:"))
    assert report["photos"] == "1700000000000.jpg"
    assert report["description"] == "pole leans, said [name]"
    assert report["person_name"] == "Li Mei"
    assert report["person_contact"] == "app-user-7; collect:AbCdEf123456"


def test_no_identity_outside_its_two_columns():
    made = read(odata(record(notes="app-user-7 and Li Mei, 13912345678")))
    rest = made.reports.drop(columns=["person_name", "person_contact"]).to_json(force_ascii=False)
    for planted in ("Li Mei", "13912345678", "app-user-7", "collect:AbCdEf123456"):
        assert planted not in rest


def test_points_as_wkt():
    site = {"place": "POINT (106.2 38.91 1100)"}
    one = read(odata(record(site=site))).reports.iloc[0]
    assert (one["lon"], one["lat"]) == (106.2, 38.91)
    line = {"place": {"type": "LineString", "coordinates": [[1, 2], [3, 4]], "properties": {}}}
    assert read(odata(record(site=line))).reports["lon"].isna().all()


def test_split_select_multiples():
    names = [*NAMES, "site-type/S01", "site-type/V01"]
    made = read(sheet(names, [*changed(site_type="S01 V01"), "1", "1"]))
    assert made.reports["type_ref"].tolist() == ["S01", "V01"]
    assert read(sheet(NAMES, changed(site_type="S01 V01"))).reports["type_ref"].tolist() == ["S01", "V01"]


def test_review_and_encryption():
    rows = [changed(ReviewState="rejected"), changed(Status="not decrypted"), changed(ReviewState="hasIssues", KEY="k")]
    made = read(sheet(NAMES, *rows))
    assert made.rejected["row"].tolist() == [1, 2]
    assert made.reports["external_id"].tolist() == ["k"]
    assert [finding.code for finding in made.findings if finding.level == "suspicion"] == ["odk.issues"]
    system = record()["__system"]
    assert read(odata(record(__system={**system, "reviewState": "rejected"}))).rejected["row"].tolist() == [1]


def test_repeats_and_pages_are_told():
    made = read(odata(record(**{"finds@odata.navigationLink": "Submissions('x')/finds"}), **{"@odata.nextLink": "y"}))
    assert {"odk.repeat", "odk.pages"} <= {finding.code for finding in made.findings}
    with pytest.raises(IntakeError, match="repeated group"):
        read(sheet(["type", "PARENT_KEY", "KEY"], ["a", KEY, f"{KEY}/finds[1]"]))


def test_sent_when_nothing_says_when_it_was_seen():
    made = read(sheet(NAMES, changed(start="")))
    assert made.reports["captured_at"].tolist() == [pd.Timestamp("2024-08-16T01:14:10Z")]


def test_bad_rows_do_not_stop_good_ones():
    made = read(odata(record(start="later"), 3, record(__id="uuid:2")))
    assert made.rejected["row"].tolist() == [1, 2]
    assert made.reports["external_id"].tolist() == ["2"]
    assert made.rejected["site-place-Latitude"].tolist() == ["38.91", ""], "laid out as the CSV, to be mended"


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"value": 3}', b'{"value": [{"a": 1}]}', b"type,notes\n1,2\n"])
def test_what_is_no_odk_export_is_refused(raw):
    with pytest.raises(IntakeError):
        read(raw)


def test_no_submissions():
    assert read(odata()).reports.empty
    assert read(sheet(NAMES)).reports.empty


KEYS = st.sampled_from(
    ["__id", "__system", "site", "place", "start", "notes", "type", "coordinates", "properties", "accuracy"]
)
VALUE = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.sampled_from(["Point", *ROW]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=settings.default.max_examples * 6 // 10)
@given(st.lists(st.dictionaries(KEYS, VALUE, max_size=8) | VALUE, max_size=4))
def test_any_json(records):
    try:
        made = read(odata(*records))
    except PatrolError:
        return
    # entries of a repeated group are of the record's row: some may be taken in and others set aside
    assert {*made.reports["row"], *made.rejected["row"]} == set(range(1, len(records) + 1))


@settings(max_examples=settings.default.max_examples * 6 // 10)
@given(st.data())
def test_mutated_files(data):
    raw = bytearray(data.draw(st.sampled_from([sheet(NAMES, ROW), odata(record())])))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
    try:
        read(bytes(raw))
    except PatrolError:
        return
