"""Open311: what servers answer, in every wrapping, and what must not leak."""

import json
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import IntakeError, PatrolError
from patrol.hazards.formats.open311 import read_open311
from patrol.hazards.model import REPORT_COLUMNS, IntakeContext

CONTEXT = IntakeContext("Asia/Shanghai", "2026-01-01T00:00:00Z")


def request(**more):
    return {
        "service_request_id": 638344, "status": "open", "status_notes": None, "service_name": "Tree on wire",
        "service_code": "006", "description": "A branch lies on the line\nby the school",
        "agency_responsible": "Power", "service_notice": "", "requested_datetime": "2024-08-16T09:12:00+08:00",
        "updated_datetime": "2024-08-17T08:00:00+08:00", "expected_datetime": None, "address": "8TH AVE 12",
        "address_id": 545483, "zipcode": 94122, "lat": 38.91, "long": 106.2,
        "media_url": "https://city.example/photo/1.jpeg", **more,
    }  # fmt: skip


def read(value, context=CONTEXT):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return read_open311(raw, "requests.json", context)


def test_a_request():
    made = read([request()])
    one = made.reports.iloc[0]
    assert list(made.reports.columns) == list(REPORT_COLUMNS)
    assert (one["record"], one["source"], one["external_id"], one["party"]) == (
        "hazard",
        "open311",
        "638344",
        "villager",
    )
    assert one["captured_at"] == pd.Timestamp("2024-08-16T01:12Z")
    assert (one["lon"], one["lat"]) == (106.2, 38.91)
    assert one["type_ref"] == "Tree on wire"
    assert one["description"] == "A branch lies on the line\nby the school", "no address beside coordinates"
    assert one["photos"] == "https://city.example/photo/1.jpeg"
    assert (one["given_state"], pd.isna(one["given_closed"])) == ("", True)


@pytest.mark.parametrize(
    "wrapped",
    [
        [request()],
        {"service_requests": [request()]},
        {"service_requests": {"request": [request()]}},
        {"requests": [{"request": [request()]}]},
        [{"service_requests": [request()]}],
        {"service_requests": {"request": request()}},
        request(),
    ],
)
def test_wrappings(wrapped):
    assert read(wrapped).reports["external_id"].tolist() == ["638344"]


@pytest.mark.parametrize("status", ["closed", "Closed", "fixed"])
def test_closed_requests_say_when(status):
    one = read([request(status=status)]).reports.iloc[0]
    assert (one["given_state"], one["given_closed"]) == ("closed", pd.Timestamp("2024-08-17T00:00Z"))


def test_source_is_the_users_word_else_the_jurisdiction():
    assert read([request(jurisdiction_id="city.gov")]).reports["source"].tolist() == ["open311:city.gov"]
    context = replace(CONTEXT, source="county", party="government")
    one = read([request(jurisdiction_id="city.gov")], context).reports.iloc[0]
    assert (one["source"], one["party"]) == ("open311:county", "government")


def test_a_code_of_ours_is_the_type_and_a_request_is_no_hazard():
    assert read([request(service_code="V01")]).reports["type_ref"].tolist() == ["V01"]
    one = read([request(service_name="咨询", expected_datetime="2024-09-01T00:00:00+08:00")]).reports.iloc[0]
    assert (one["record"], one["request_kind"], one["due"], one["type_ref"]) == (
        "request",
        "consultation",
        "2024-09-01",
        "",
    )


def test_an_address_stands_in_for_coordinates():
    one = read([request(lat=None, long=None)]).reports.iloc[0]
    assert pd.isna(one["lon"])
    assert "8TH AVE 12, 94122" in one["description"]


def test_no_identity_outside_its_two_columns():
    person = {"first_name": "Wang", "last_name": "Xiaoming", "phone": "0952-2012345", "email": "wxm@mail.example",
              "device_id": "tt222111", "account_id": "acc-77"}  # fmt: skip
    told = "Wang Xiaoming (tt222111, acc-77) 0952-2012345 wxm@mail.example saw it; Xiaoming again"
    made = read([request(description=told, **person)])
    assert made.reports["person_name"].tolist() == ["Wang Xiaoming"]
    assert made.reports["person_contact"].tolist() == ["0952-2012345; wxm@mail.example; tt222111; acc-77"]
    rest = made.reports.drop(columns=["person_name", "person_contact"]).to_json(force_ascii=False)
    for planted in ("Wang", "Xiaoming", "2012345", "wxm@", "tt222111", "acc-77"):
        assert planted not in rest


def test_what_a_server_adds_and_the_projects_names():
    context = replace(CONTEXT, columns={"feeder_ref": "attributes.LINE", "type_ref": "our_type"})
    one = read([request(attributes={"LINE": "城关线", "pole_no": "37"}, our_type="V02")], context).reports.iloc[0]
    assert (one["feeder_ref"], one["pole_ref"], one["type_ref"]) == ("城关线", "37", "V02")


def test_photos_as_lists():
    media = [{"url": "https://a.example/1|2.jpg"}, {"url": "https://a.example/3.jpg"}]
    assert read([request(media_url=media)]).reports["photos"].tolist() == [
        "https://a.example/1%7C2.jpg|https://a.example/3.jpg"
    ]


def test_bad_records_do_not_stop_good_ones():
    made = read([request(lat="here"), request(requested_datetime="03/04/2024"), "x", {"token": "12"}, request()])
    assert made.reports["row"].tolist() == [5]
    assert made.rejected["row"].tolist() == [1, 2, 3, 4]
    assert made.rejected["lat"].tolist()[:2] == ["here", "38.91"]
    assert "month/day" in made.rejected["reason"].iloc[1]
    assert sorted(finding.row for finding in made.findings if finding.level == "rejected") == [1, 2, 3, 4]


def test_naive_times_are_of_the_project_and_said_once():
    made = read([request(requested_datetime="2024-08-16T09:12:00"), request(requested_datetime="2024-08-16 09:12")])
    assert set(made.reports["captured_at"]) == {pd.Timestamp("2024-08-16T01:12Z")}
    assert len([finding for finding in made.findings if finding.code == "open311.naive_time"]) == 1


@pytest.mark.parametrize("value", [b"", b"{", b"null", b"3", b'"x"', b"[" * 50_000, {}, {"a": 1}, [{"a": 1}], [1, 2],
                                   [{"code": 403, "description": "Invalid api_key"}]])  # fmt: skip
def test_what_is_no_open311_is_refused(value):
    with pytest.raises(IntakeError):
        read(value)


def test_the_servers_own_error_is_shown():
    with pytest.raises(IntakeError, match="Invalid api_key"):
        read([{"code": 403, "description": "Invalid api_key"}])


def test_no_requests():
    assert read([]).reports.empty
    assert read({"service_requests": []}).reports.empty


def test_hostile_text():
    nasty = ["{{7*7}}", "<script>", "a\0b\u202ec", "x" * 1_000_000, "\ud800", "😀" * 10]
    made = read([request(description=cell, service_name=cell, service_request_id=cell) for cell in nasty])
    assert len(made.reports) == len(nasty)
    assert made.reports["description"].str.len().max() == 4000
    made.reports.to_json(force_ascii=False).encode()


KEYS = st.sampled_from(
    [*request(), "token", "jurisdiction_id", "first_name", "email", "attributes", "service_requests"]
)
VALUE = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.sampled_from(["closed", "["]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=5),
    max_leaves=15,
)  # fmt: skip


@settings(max_examples=settings.default.max_examples * 8 // 10)
@given(st.lists(st.dictionaries(KEYS, VALUE, max_size=8), max_size=4) | VALUE)
def test_any_json(value):
    try:
        made = read(value)
    except PatrolError:
        return
    assert not set(made.reports["row"]) & set(made.rejected["row"])


@settings(max_examples=settings.default.max_examples * 6 // 10)
@given(st.data())
def test_mutated_files(data):
    raw = bytearray(json.dumps([request(), request(status="closed", first_name="A")]).encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
    try:
        read(bytes(raw))
    except PatrolError:
        return
