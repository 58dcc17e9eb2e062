"""What a hazard looks like follows from its reports, in whatever order they came, and from what was set by hand."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.hazards import apply, bodies, columns, refresh
from patrol.hazards.bodies import batches_of, complete
from patrol.hazards.chain import Recorded
from patrol.hazards.columns import columns_of, rows_of
from patrol.hazards.ids import hazard_id, ids, report_id
from patrol.hazards.model import canonical
from patrol.hazards.tables import BODY_COLUMNS, without_indexes
from register_cases import KITE, NEST, TREE, do, opened, reports, shown, stamp, take

H = hazard_id("k0")


def made(tmp_path, *rows):
    with opened(tmp_path / "register.gpkg") as register:
        take(register, *({"hazard_id": H, **row} for row in rows))
        return shown(register, H)


def test_type_and_class_are_of_the_gravest_report_and_the_clock_is_its_own(tmp_path):
    hazard = made(
        tmp_path,
        {"captured_at": stamp(1), "type": ""},
        {"captured_at": stamp(3), "type": KITE},
        {"captured_at": stamp(2), "type": NEST},
    )
    assert (hazard["type"], hazard["hazard_class"]) == (KITE, "emergency")
    assert hazard["may_be"] == f"{KITE}|{NEST}"
    assert hazard["reported"] == pd.Timestamp(stamp(1))
    assert hazard["last_report"] == pd.Timestamp(stamp(3))
    assert hazard["deadline"] == pd.Timestamp(stamp(4)), "24 h from the report of the kite"
    assert hazard["due_from"] == pd.Timestamp(stamp(3))


def test_the_place_is_of_the_surest_report_then_of_the_earliest(tmp_path):
    nowhere = {"lon": float("nan"), "lat": float("nan"), "uncertainty_m": 1.0}
    hazard = made(
        tmp_path,
        {**nowhere, "captured_at": stamp(1)},
        {"uncertainty_m": float("nan"), "pole_no": "1"},
        {"uncertainty_m": 5.0, "pole_no": "2", "captured_at": stamp(4)},
        {"uncertainty_m": 5.0, "pole_no": "3", "captured_at": stamp(3), "lon": 106.75},
    )
    assert (hazard["pole_no"], hazard["lon"], hazard["geometry"].x) == ("3", 106.75, 106.75)
    assert hazard["reports"] == 4


def test_parties_description_and_unknown_times(tmp_path):
    hazard = made(
        tmp_path,
        {"party": "villager", "captured_at": ""},
        {"party": "government", "description": "树枝碰线", "captured_at": stamp(5)},
        {"party": "villager", "description": "后来", "captured_at": stamp(6)},
    )
    assert (hazard["party"], hazard["parties"]) == ("government", "government|villager")
    assert hazard["description"] == "树枝碰线"
    assert hazard["last_report"] == pd.Timestamp("2024-08-20T00:00:00Z"), "seen when it was taken in, at the latest"


def test_what_is_set_by_hand_holds_against_later_reports(tmp_path):
    with opened(tmp_path / "register.gpkg") as register:
        take(register, {"type": TREE})
        do(register, "set", H, stamp(2), {"type": KITE, "lon": 106.25, "lat": 38.5, "pole_no": "40"})
        take(register, {"key": "more", "hazard_id": H, "uncertainty_m": 1.0, "captured_at": stamp(1)})
        hazard = shown(register, H)
        assert (hazard["type"], hazard["hazard_class"], hazard["pole_no"]) == (KITE, "emergency", "40")
        assert (hazard["geometry"].x, hazard["reports"]) == (106.25, 2)
        assert hazard["deadline"] == pd.Timestamp(stamp(3)), "24 h from when it was set"
        do(register, "set", H, stamp(3), {"deadline": stamp(9), "type": None})
        hazard = shown(register, H)
        assert (hazard["type"], hazard["deadline"]) == (TREE, pd.Timestamp(stamp(9)))
        assert register.rebuild() == []


ROW = st.fixed_dictionaries(
    {
        "captured_at": st.integers(1, 2).map(stamp),
        "type": st.sampled_from(["", KITE, TREE, NEST]),
        "party": st.sampled_from(["villager", "enterprise", "sensor"]),
        "uncertainty_m": st.sampled_from([5.0, 15.0, float("nan")]),
        "lon": st.sampled_from([106.25, 106.5, float("nan")]),
        "description": st.sampled_from(["", "a", "b"]),
        "group": st.integers(0, 1),
    }
)


@settings(max_examples=25)
@given(rows=st.lists(ROW, min_size=1, max_size=8), data=st.data())
def test_the_order_and_the_number_of_imports_do_not_matter(tmp_path_factory, rows, data):
    rows = [{**row, "key": f"k{at}", "hazard_id": hazard_id(f"g{row.pop('group')}")} for at, row in enumerate(rows)]
    other = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    folder = tmp_path_factory.mktemp("order")
    with opened(folder / "a.gpkg") as one, opened(folder / "b.gpkg") as two:
        for register in (one, two):
            register._connection.execute("PRAGMA synchronous = OFF")
        take(one, *rows)
        for part in (other[:cut], other[cut:]):
            if part:
                take(two, *part)
        pd.testing.assert_frame_equal(one.hazards(), two.hazards())


TEXT = st.one_of(
    st.just(""), st.text(max_size=8), st.sampled_from(['"', "\\", "%s", "a\x00b", "\u202e", "\ud800", "🐦"])
)
NUMBER = st.one_of(st.just(float("nan")), st.floats(), st.integers(-5, 5).map(float))


@settings(max_examples=40)
@given(st.lists(st.tuples(TEXT, NUMBER, TEXT, st.sampled_from(["", stamp(2)])), min_size=1, max_size=5))
def test_bodies_are_canonical_and_hold_what_was_given(rows):
    frame = reports(*({"description": a, "along_m": b, "pole_ref": c, "captured_at": t} for a, b, c, t in rows))
    frame = complete(frame)
    (batch,) = batches_of("report", frame, ids("R", frame["key"]), [stamp(1)] * len(rows), "office", "")
    for event, (text, number, _, when) in zip(batch.events(), rows, strict=True):
        body = json.loads(event.body)
        assert event.body == canonical(body)
        event.body.encode("utf-8")
        assert set(body) <= set(BODY_COLUMNS)
        assert body.get("along_m", None) == (number if np.isfinite(number) else None)
        assert body.get("captured_at", "") == when
        assert "" not in body.values()
        if text.isalnum():
            assert body["description"] == text
        assert "\x00" not in body.get("description", "")


def expanded(parts):
    """Return the rows of columns for a table, names before them."""
    for part in parts:
        size = len(part["fid"])
        every = [[value] * size if value is None or isinstance(value, str) else list(value) for value in part.values()]
        yield [dict(zip(part, row, strict=True)) for row in zip(*every, strict=True)]


@settings(max_examples=40)
@given(
    st.lists(st.tuples(TEXT, NUMBER, TEXT, st.sampled_from(["", stamp(2)])), min_size=1, max_size=5),
    st.sampled_from(["report", "request", "alert"]),
)
def test_columns_of_a_batch_are_those_that_its_bodies_give(rows, action):
    frame = reports(*({"description": a, "lon": b, "source": c, "captured_at": t} for a, b, c, t in rows))
    frame = complete(frame)
    (batch,) = batches_of(action, frame, ids("R", frame["key"]), [stamp(1)] * len(rows), "office", "ab")
    written = Recorded(range(7, 7 + len(rows)), stamp(3), batch)
    assert next(iter(rows_of(written)))[:6] == (7, stamp(1), stamp(3), "office", "villager", action)
    live = list(expanded(columns_of([written], action)))
    read = list(expanded(columns_of(rows_of(written), action)))
    assert live == read
    for one, other in zip(live[0], read[0], strict=True):
        assert {name: type(value) for name, value in one.items()} == {name: type(other[name]) for name in one}


def indexes(register):
    return register._connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name")


def test_many_at_once_are_as_one_by_one(tmp_path, monkeypatch):
    rows = [{"key": f"k{at}", "hazard_id": hazard_id(f"g{at % 7}"), "uncertainty_m": at % 5} for at in range(40)]
    with opened(tmp_path / "one.gpkg") as one, opened(tmp_path / "many.gpkg") as many:
        plain = list(indexes(one))
        for row in rows:
            take(one, row)
        monkeypatch.setattr(apply, "BULK", 10)
        monkeypatch.setattr(refresh, "BULK", 5)
        monkeypatch.setattr(bodies, "CHUNK", 12)
        monkeypatch.setattr(columns, "CHUNK", 9)
        take(many, *rows)
        assert many.rebuild() == []
        assert sorted(indexes(many)) == sorted(plain)
        pd.testing.assert_frame_equal(one.hazards(), many.hazards())
        pd.testing.assert_frame_equal(one.reports().drop(columns="row"), many.reports().drop(columns="row"))
        names = [
            row[3] for row in many._connection.execute("EXPLAIN QUERY PLAN SELECT 1 FROM hazards WHERE hazard_id=''")
        ]
        assert "hazards_id" in names[0]


def test_indexes_come_back_after_a_fault(tmp_path):
    with opened(tmp_path / "register.gpkg") as register:
        plain = list(indexes(register))

        def fails():
            with without_indexes(register._connection, "reports", when=True):
                assert len(list(indexes(register))) == len(plain) - 2
                raise ValueError("no reports")

        with register.writing():
            with pytest.raises(ValueError, match="no reports"):
                fails()
            assert sorted(indexes(register)) == sorted(plain)


def effort(register, work):
    """Return how many steps SQLite takes for some work, in hundreds."""
    count = []
    register._connection.set_progress_handler(lambda: count.append(1), 100)
    work()
    register._connection.set_progress_handler(None, 0)
    return len(count)


def test_one_action_and_one_report_cost_the_same_in_a_small_and_a_large_register(tmp_path):
    spent = {}
    for size in (20, 2_000):
        with opened(tmp_path / f"{size}.gpkg") as register:
            take(register, *({"key": f"k{at}"} for at in range(size)))
            spent[size] = (
                effort(register, lambda register=register: do(register, "set", H, stamp(2), {"pole_no": "9"})),
                effort(register, lambda register=register: take(register, {"key": "more", "hazard_id": H})),
            )
    assert all(large <= small + 20 for small, large in zip(spent[20], spent[2_000], strict=True)), spent


def test_ids_are_of_the_key_alone():
    assert ids("R", ["a", "b"]) == [report_id("a"), report_id("b")]
    assert (len(report_id("a")), len(hazard_id("a"))) == (14, 12)
    assert ids("H", []) == []
    many = ids("R", (f"k{n}" for n in range(50_000)))
    assert len(set(many)) == 50_000
    assert set("".join(name[2:] for name in many[:999])) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
