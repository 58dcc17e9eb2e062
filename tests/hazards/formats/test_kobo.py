"""KoboToolbox: CSV with groups and geopoints, JSON of the API, identities, ticked types."""

import csv
import io
import json
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import IntakeError, PatrolError
from patrol.hazards.formats.kobo import read_kobo
from patrol.hazards.model import REPORT_COLUMNS, IntakeContext

CONTEXT = IntakeContext("Asia/Shanghai", "2026-01-01T00:00:00Z")
NAMES = [
    "start", "end", "site/type", "site/description", "site/place", "site/_place_latitude", "site/_place_longitude",
    "site/_place_altitude", "site/_place_precision", "site/line", "site/pole", "photo", "photo_URL", "reporter",
    "phone", "party", "_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status",
    "_submitted_by", "_index",
]  # fmt: skip
ROW = [
    "2024-08-16T09:12:33.123+08:00", "2024-08-16T09:14:00.000+08:00", "鸟窝",
    "横担上有鸟窝，王小明看见的，电话13812345678", "38.91 106.2 1100 6.5", "38.91", "106.2", "1100", "6.5",
    "城关线", "37", "1692148353000.jpg", "https://kobo.example/x.jpg", "王小明", "13812345678", "村民", "77",
    "0f7d6f0e-aaaa-4bbb-8ccc-001122334455",
    "2024-08-16T01:14:10", "", "", "submitted_via_web", "zhangsan_account", "1",
]  # fmt: skip


def sheet(names, *rows, delimiter=";"):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([names, *rows])
    return out.getvalue().encode("utf-8-sig")


def api(*records, **more):
    return json.dumps({"count": len(records), "next": None, "previous": None, "results": records, **more}).encode()


def read(raw, context=CONTEXT):
    return read_kobo(raw, "form.csv", context)


def changed(**cells):
    return [cells.get(name.rsplit("/", 1)[-1], cell) for name, cell in zip(NAMES, ROW, strict=True)]


@pytest.mark.parametrize("delimiter", [";", ","])
def test_csv_with_groups(delimiter):
    made = read(sheet(NAMES, ROW, delimiter=delimiter))
    one = made.reports.iloc[0]
    assert list(made.reports.columns) == list(REPORT_COLUMNS)
    assert one["captured_at"] == pd.Timestamp("2024-08-16T01:12:33.123Z")
    assert (one["lon"], one["lat"], one["uncertainty_m"]) == (106.2, 38.91, 6.5)
    assert (one["type_ref"], one["feeder_ref"], one["pole_ref"], one["party"]) == ("鸟窝", "城关线", "37", "villager")
    assert (one["source"], one["external_id"]) == ("kobo", "0f7d6f0e-aaaa-4bbb-8ccc-001122334455")
    assert one["photos"] == "1692148353000.jpg"
    assert one["given_state"] == "", "_status is of the submission, not of the hazard"
    assert one["person_name"] == "王小明"
    assert one["person_contact"] == "13812345678; zhangsan_account"


def test_no_identity_outside_its_two_columns():
    made = read(sheet(NAMES, changed(description="zhangsan_account 说：王小明 13812345678 看见 a@b.cn")))
    rest = made.reports.drop(columns=["person_name", "person_contact"]).to_json(force_ascii=False)
    for planted in ("王小明", "13812345678", "zhangsan_account", "a@b.cn"):
        assert planted not in rest


def test_a_second_person_asked_for_is_masked_too():
    names = [*NAMES, "联系人"]
    made = read(sheet(names, [*changed(description="王小明和赵铁柱都看见了"), "赵铁柱"]))
    assert made.reports["description"].tolist() == ["[name]和[name]都看见了"]


def test_a_short_number_in_the_field_for_the_phone_masks_no_pole():
    made = read(sheet(NAMES, changed(phone="37", description="37号杆有鸟窝")))
    assert made.reports["description"].tolist() == ["37号杆有鸟窝"]


def test_the_same_submission_by_csv_and_by_the_api_has_one_id():
    record = {
        "_id": 77, "_uuid": ROW[17], "start": ROW[0], "_submission_time": ROW[18], "site/type": "鸟窝",
        "site/place": "38.91 106.2 1100 6.5", "site/line": "城关线", "site/pole": "37", "photo": "1692148353000.jpg",
        "_geolocation": [38.91, 106.2], "_submitted_by": "zhangsan_account", "_tags": [], "_validation_status": {},
        "_attachments": [{"mimetype": "image/jpeg", "filename": "zhangsan_account/attachments/aa/bb/1692148353000.jpg"},
                         {"mimetype": "image/jpeg", "filename": "zhangsan_account/attachments/aa/bb/second.jpg"}],
    }  # fmt: skip
    one, other = read(api(record)).reports.iloc[0], read(sheet(NAMES, ROW)).reports.iloc[0]
    for name in (
        "source",
        "external_id",
        "captured_at",
        "lon",
        "lat",
        "uncertainty_m",
        "type_ref",
        "feeder_ref",
        "pole_ref",
    ):
        assert one[name] == other[name], name
    assert one["photos"] == "1692148353000.jpg|second.jpg", "folders hold the account's name"


def test_time_falls_back_to_when_it_was_sent_which_is_utc():
    made = read(sheet(NAMES, changed(start="")))
    assert made.reports["captured_at"].tolist() == [pd.Timestamp("2024-08-16T01:14:10Z")]
    assert not [finding for finding in made.findings if finding.code == "kobo.naive_time"]


def test_a_naive_time_is_of_the_project_and_said_once():
    rows = [changed(start="2024-08-16T09:00:00", _uuid=str(i)) for i in range(3)]
    made = read(sheet(NAMES, *rows))
    assert set(made.reports["captured_at"]) == {pd.Timestamp("2024-08-16T01:00Z")}
    assert ["3 times" in finding.what for finding in made.findings if finding.code == "kobo.naive_time"] == [True]


def test_a_question_about_the_day_beats_the_start_of_the_form():
    names = [*NAMES, "发现日期"]
    yesterday, today = (read(sheet(names, [*ROW, day])).reports.iloc[0] for day in ("2024-08-15", "2024-08-16"))
    assert (yesterday["captured_at"], yesterday["precision"]) == (pd.Timestamp("2024-08-14T16:00Z"), "day")
    assert (today["captured_at"], today["precision"]) == (pd.Timestamp("2024-08-16T01:12:33.123Z"), "s")


def test_types_ticked_become_a_report_each():
    names = [*NAMES, "site/type/F03", "site/type/S01", "site/type/A01"]
    made = read(
        sheet(names, [*changed(type="S01 A01"), "0", "1", "1"], [*changed(type="F03", _uuid="x"), "1", "0", ""])
    )
    assert made.reports["type_ref"].tolist() == ["S01", "A01", "F03"]
    assert made.reports["row"].tolist() == [1, 1, 2]
    assert made.reports["external_id"].tolist() == [f"{ROW[17]}/S01", f"{ROW[17]}/A01", "x"]


def test_types_ticked_without_a_summary_column():
    names = [name for name in NAMES if name != "site/type"] + ["type/鸟窝", "type/山火"]
    row = [cell for name, cell in zip(NAMES, ROW, strict=True) if name != "site/type"]
    made = read(sheet(names, [*row, "False", "True"]))
    assert made.reports["type_ref"].tolist() == ["山火"]
    assert made.reports["external_id"].tolist() == [ROW[17]]


def test_the_projects_own_names_come_first():
    columns = {"description": "What did you see?", "lonlat": "second"}
    context = replace(CONTEXT, columns=columns, source="village-form", party="government")
    names = ["What did you see?", "description", "_first_latitude", "_first_longitude", "_second_latitude",
             "_second_longitude", "_uuid"]  # fmt: skip
    one = read(sheet(names, ["树碰线", "no", "38.1", "106.1", "38.2", "106.2", "u"]), context).reports.iloc[0]
    assert (one["description"], one["lat"], one["source"], one["party"]) == (
        "树碰线",
        38.2,
        "kobo:village-form",
        "government",
    )


def test_several_places_that_nothing_tells_apart_are_told():
    names = ["_a_latitude", "_a_longitude", "_b_latitude", "_b_longitude", "_uuid"]
    made = read(sheet(names, ["38.1", "106.1", "38.2", "106.2", "u"], ["", "", "38.3", "106.3", "v"]))
    assert made.reports["lat"].tolist() == [38.1, 38.3]
    assert "kobo.places" in {finding.code for finding in made.findings}


def test_place_by_hand_has_no_accuracy():
    made = read(sheet(NAMES, changed(_place_precision="0", place="38.91 106.2 0 0")))
    assert made.reports["uncertainty_m"].isna().all()


def test_the_servers_own_place_is_the_last_resort():
    assert read(api({"_uuid": "u", "_geolocation": [38.5, 106.4]})).reports["lon"].tolist() == [106.4]
    assert read(api({"_uuid": "u", "_geolocation": [None, None]})).reports["lon"].isna().all()


def test_bad_rows_do_not_stop_good_ones():
    rows = [changed(_place_latitude="north", _uuid="a"), changed(start="yesterday", _uuid="b"),
            changed(_validation_status="validation_status_not_approved", _uuid="c"), ROW]  # fmt: skip
    made = read(sheet(NAMES, *rows))
    assert made.reports["row"].tolist() == [4]
    assert made.rejected["row"].tolist() == [1, 2, 3]
    assert made.rejected["site/_place_latitude"].tolist() == ["north", "38.91", "38.91"], "the file as it was"
    again = read(sheet(list(made.rejected.columns), *made.rejected.assign(_validation_status="").values.tolist()))
    assert again.reports["external_id"].tolist() == ["c"], "what was set aside can be mended and read again"


def test_requests_states_and_unknown_words():
    names = [*NAMES, "诉求类型", "期限", "状态"]
    made = read(
        sheet(names, [*ROW, "咨询", "2024-09-01", "整改中"], [*changed(party="martians", _uuid="x"), "", "", "??"])
    )
    first, second = (made.reports.iloc[i] for i in (0, 1))
    assert (first["record"], first["request_kind"], first["due"]) == ("request", "consultation", "2024-09-01")
    assert first["given_state"] == "in_rectification"
    assert (second["record"], second["party"], second["given_state"]) == ("hazard", "villager", "")
    assert [finding.row for finding in made.findings if finding.code == "kobo.word"] == [2, 2]


def test_repeated_groups_and_further_pages_are_told():
    made = read(api({"_uuid": "u", "found": [{"found/type": "鸟窝"}, {"found/type": "山火"}]}, 7, next="more"))
    codes = {finding.code for finding in made.findings}
    assert {"kobo.repeat", "kobo.pages"} <= codes
    assert made.rejected["row"].tolist() == [2]


def test_xlsx():
    book = openpyxl.Workbook()
    for line in (NAMES, ROW):
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    one, other = read(out.getvalue()).reports, read(sheet(NAMES, ROW)).reports
    pd.testing.assert_frame_equal(one, other)


def test_hostile_cells():
    nasty = ["{{7*7}}", "<script>x</script>", "=cmd|' /C calc'!A0", "a\0b\u202ec", "x" * 1_000_000, "../../etc/passwd"]
    made = read(sheet(NAMES, *(changed(description=cell, photo=cell, _uuid=str(i)) for i, cell in enumerate(nasty))))
    assert len(made.reports) == len(nasty)
    assert made.reports["description"].str.len().max() == 4000
    assert "\u202e" not in "".join(made.reports["description"])
    assert made.reports["photos"].iloc[5] == "passwd"


@pytest.mark.parametrize("raw", [b"", b"[", b"{}", b'{"results": 3}', b'[{"a": 1}]', b"type,description\n1,2\n",
                                 b"PK\x03\x04broken", b"\0" * 100])  # fmt: skip
def test_what_is_no_kobo_export_is_refused(raw):
    with pytest.raises(IntakeError):
        read(raw)


KEYS = st.sampled_from([*NAMES, "site/type/S01", "_geolocation", "_attachments", "meta/instanceID", "x", "/", "_", ""])
VALUE = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.sampled_from(ROW),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=settings.default.max_examples * 6 // 10)
@given(st.lists(st.dictionaries(KEYS, VALUE, max_size=8) | VALUE, max_size=4))
def test_any_json(records):
    try:
        made = read(api(*records))
    except PatrolError:
        return
    rows = {*made.reports["row"], *made.rejected["row"]}  # an entry of a repeated group may be good, and another not
    assert rows == set(range(1, len(records) + 1))


@settings(max_examples=settings.default.max_examples * 6 // 10)
@given(
    st.lists(KEYS, min_size=1, max_size=8),
    st.lists(st.lists(st.text(max_size=6) | st.sampled_from(ROW), max_size=9), max_size=4),
)
def test_any_table(names, rows):
    try:
        read(sheet([*names, "_uuid"], *rows))
    except PatrolError:
        return


@settings(max_examples=settings.default.max_examples * 6 // 10)
@given(st.data())
def test_mutated_files(data):
    raw = bytearray(data.draw(st.sampled_from([sheet(NAMES, ROW), api(dict(zip(NAMES, ROW, strict=True)))])))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
    try:
        read(bytes(raw))
    except PatrolError:
        return
