"""The crews' report-back file."""

import copy
import json
import uuid

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.errors import IntakeError
from patrol.hazards.formats.patrol_report import ITEMS, read_patrol_report, report_schema
from patrol.hazards.model import REPORTERS, REQUEST_KINDS, STATES, IntakeContext
from patrol.layers.schema import PARTIES

CONTEXT = IntakeContext("Asia/Shanghai", "2024-08-20T00:00:00.000000Z")
WHEN = "2024-08-16T09:12:33+08:00"


def ident(n):
    return str(uuid.UUID(int=n))


def document(**more):
    return {
        "schema": "patrol-report/1",
        "plan_sha256": "0a" * 32,
        "crew_id": "C1",
        "party": "enterprise",
        "revision": 2,
        "results": [{"id": ident(1), "task_id": "T1", "outcome": "done", "captured_at": WHEN}],
        "hazards": [
            {"id": ident(2).upper(), "captured_at": WHEN, "type": "A01", "description": "鸟窝,张三丰 13812345678",
             "lon": 106.7, "lat": 38.9, "accuracy_m": 6.5, "photos": ["a.jpg", "b.jpg"], "contact_name": "张三丰"},
            {"id": ident(3), "captured_at": "2024-08-16T01:00Z", "feeder": "F1", "pole": "012B03"},
        ],
        "requests": [{"id": ident(4), "captured_at": WHEN, "kind": "dispute", "due": "2024-09-01", "minutes": 40}],
        "photos": [{"id": ident(5), "file": "a.jpg", "sha256": "ab" * 32}],
        "track": [{"captured_at": WHEN, "lon": 106.7, "lat": 38.9}],
        **more,
    }  # fmt: skip


def read(value):
    return read_patrol_report(json.dumps(value).encode(), "back.json", CONTEXT)


def test_hazards_and_requests_are_taken_in_under_their_uuid():
    reports = read(document()).reports
    assert reports["external_id"].tolist() == [ident(2), ident(3), ident(4)]
    assert (reports["source"] == "patrol").all()
    assert (reports["party"] == "enterprise").all()
    assert reports["record"].tolist() == ["hazard", "hazard", "request"]
    assert [str(at)[:19] for at in reports["captured_at"]] == [
        "2024-08-16 01:12:33", "2024-08-16 01:00:00", "2024-08-16 01:12:33",
    ]  # fmt: skip
    first = reports.iloc[0]
    assert (first["lon"], first["lat"], first["uncertainty_m"], first["type_ref"]) == (106.7, 38.9, 6.5, "A01")
    assert first["description"] == "鸟窝,[name] [phone]"
    assert first["photos"] == "a.jpg|b.jpg"
    assert reports[["feeder_ref", "pole_ref"]].iloc[1].tolist() == ["F1", "012B03"]
    assert reports[["request_kind", "due", "minutes"]].iloc[2].tolist() == ["dispute", "2024-09-01", 40.0]


def test_the_revision_does_not_change_what_an_item_is():
    one, two = read(document(revision=1)).reports, read(document(revision=7)).reports
    assert one.equals(two)


def test_results_photos_and_track_stay_for_the_report_back_and_that_is_said():
    intake = read(document())
    said = [f.what for f in intake.findings if f.code == "intake.patrol_aside"]
    assert [any(f"{kind!r}" in one for one in said) for kind in ("results", "photos", "track")] == [True] * 3
    bad = read(document(results=[{"id": "x"}]))
    assert any(f.code == "intake.patrol_entries" and f.level == "suspicion" for f in bad.findings)


def test_every_fault_of_the_head_is_named_at_once():
    with pytest.raises(IntakeError) as error:
        read(document(plan_sha256="zz", party="martian", revision=0, extra=1))
    assert {f.field for f in error.value.findings} == {"plan_sha256", "party", "revision", ""}
    with pytest.raises(IntakeError, match="crew_id"):
        read({key: value for key, value in document().items() if key != "crew_id"})


@pytest.mark.parametrize("value", [[], {}, 7, {"schema": "patrol-report/2"}])
def test_another_document_is_refused(value):
    with pytest.raises(IntakeError):
        read(value)


@pytest.mark.parametrize(
    "change",
    [
        {"captured_at": "2024-08-16 09:12:33"},
        {"captured_at": "2024-08-16T09:12:33"},
        {"captured_at": "2024-02-30T09:12:33Z"},
        {"id": "17"},
        {"id": ident(2)},
        {"lon": 181},
        {"state": "closed"},
        {"surprise": 1},
    ],
)
def test_one_bad_item_does_not_stop_the_others(change):
    value = document()
    value["hazards"][1] |= change
    intake = read(value)
    assert intake.reports["row"].tolist() == [1, 3]
    assert intake.rejected["row"].tolist() == [2]
    assert intake.rejected["feeder_ref"].tolist() == ["F1"]


def test_the_schema_is_one_and_shares_the_words_of_the_register():
    schema = report_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document(), schema)
    assert schema["properties"]["party"]["enum"] == list(PARTIES)
    assert set(PARTIES) < set(REPORTERS)
    assert schema["$defs"]["request"]["properties"]["kind"]["enum"] == list(REQUEST_KINDS)
    assert set(schema["$defs"]["hazard"]["properties"]["state"]["enum"]) < set(STATES)
    assert set(ITEMS) <= set(schema["properties"])


ANY = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.lists(st.integers(), max_size=2)
)


@given(st.data())
def test_any_change_is_a_row_set_aside_or_a_named_fault(data):
    value = copy.deepcopy(document())
    key = data.draw(st.sampled_from(sorted(value)))
    place = value
    if isinstance(value[key], list) and data.draw(st.booleans()):
        place = value[key][0]
        key = data.draw(st.sampled_from(sorted(place)))
    place[key] = data.draw(ANY)
    try:
        intake = read(value)
    except IntakeError:
        return
    assert len(intake.reports) + len(intake.rejected) == sum(len(value[kind]) for kind in ("hazards", "requests"))
