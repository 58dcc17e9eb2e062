"""Whatever is done in whatever order: events give back the tables, merging is exact, no changed byte goes unseen."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import RegisterError
from patrol.hazards.chain import check_chain
from patrol.hazards.model import OPEN_STATES, STATES, Intake
from patrol.hazards.register import Register
from patrol.hazards.stamps import stamp as as_stamp
from register_cases import KITE, NEST, OWNER, READY, TREE, event, opened, reports

LONG = 200  # sequences of actions
START = datetime(2024, 8, 1, tzinfo=UTC)
BODIES = {
    "assign": {**OWNER, "parties": ["government", "villager"]}, "ready": READY,
    "start": {}, "rectify": {"parties": ["enterprise", "government", "villager"]},
    "set": {"asset_owner": "砖厂", "pole_no": "99"},
}  # fmt: skip
LIFE = ("verify", "refute", "assign", "ready", "start", "rectify", "confirm", "reopen", "notice", "set", "photo")

STEP = st.one_of(
    st.tuples(
        st.just("take"),
        st.lists(st.tuples(st.integers(0, 12), st.integers(0, 5), st.sampled_from(["", KITE, TREE, NEST])), max_size=4),
    ),
    st.tuples(st.sampled_from(LIFE), st.integers(0, 5)),
    st.tuples(st.sampled_from(["merge", "split"]), st.integers(0, 5), st.integers(0, 5)),
    st.tuples(st.sampled_from(["unmerge", "escalate", "erase", "picture"]), st.integers(0, 5)),
)

# so that what is merged has often been merged into itself
MERGES = st.lists(st.tuples(st.just("merge"), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=5)


def walk(register: Register, steps) -> int:
    """Do every step that is allowed, an hour apart; return how many were."""
    register._connection.execute("PRAGMA synchronous = OFF")  # nobody pulls the plug here
    done = 0
    for hour, step in enumerate(steps, 1):
        now = START + timedelta(days=3, hours=hour)
        try:
            one_step(register, step, now)
            done += 1
        except RegisterError:
            assert not register._connection.in_transaction
    return done


def ids_of(register, sql):
    return [name for (name,) in register._connection.execute(sql)]


def one_step(register, step, now):
    at = as_stamp(now)
    office = {"at": at, "actor": f"crew {now.hour % 3}", "party": "enterprise"}
    known = ids_of(register, "SELECT hazard_id FROM hazards ORDER BY 1")
    if step[0] == "take":
        rows = [
            {"key": f"k{key}", "type": kind, "hazard_id": known[to % len(known)] if known and to < 4 else "",
             "captured_at": as_stamp(START + timedelta(hours=key)), "person_name": f"植名{key:03d}"}
            for key, to, kind in step[1]
        ]  # fmt: skip
        register.take(reports(*rows), at_now=at, actor="office", party="enterprise")
        return
    cases = ids_of(register, "SELECT case_id FROM cases ORDER BY fid")
    if not cases:
        return
    name = cases[step[1] % len(cases)]
    if step[0] == "merge":
        register.merge(name, cases[step[2] % len(cases)], **office)
    elif step[0] == "unmerge":
        register.unmerge(name, **office)
    elif step[0] == "split":
        there = ids_of(register, "SELECT report_id FROM reports ORDER BY fid")
        register.split(register.find(there[step[2] % len(there)]), [there[step[2] % len(there)]], **office)
    elif step[0] == "picture":
        there = ids_of(register, "SELECT report_id FROM reports ORDER BY fid")
        body = {"sha256": f"{now.hour:064d}", "name": "x"}
        register.act([event("photo", there[step[1] % len(there)], at, body)], recorded_at=at)
    elif step[0] == "escalate":
        register.escalate(now)
    elif step[0] == "erase":
        register.erase_person(ids_of(register, "SELECT report_id FROM reports ORDER BY fid")[0], **office)
    else:
        body = {"sha256": f"{step[1]:064d}", "name": "x"} if step[0] == "photo" else BODIES.get(step[0], {})
        register.act([event(step[0], name, at, body, actor=office["actor"])], recorded_at=at)


@settings(max_examples=15)
@given(st.lists(STEP, min_size=1, max_size=22))
def test_events_give_back_the_live_tables(tmp_path_factory, steps):
    give_back(tmp_path_factory.mktemp("walk") / "register.gpkg", steps)


@pytest.mark.soak
@settings(max_examples=LONG)
@given(st.lists(STEP, min_size=1, max_size=40))
def test_events_give_back_the_live_tables_long(tmp_path_factory, steps):
    give_back(tmp_path_factory.mktemp("walk") / "register.gpkg", steps)


def give_back(path, steps):
    with opened(path) as register:
        walk(register, steps)
        assert register.rebuild() == []
        hazards, reports_ = register.hazards(), register.reports()
        assert set(hazards["state"]) <= set(STATES)
        assert (hazards["open"] == hazards["state"].isin(OPEN_STATES)).all()
        assert hazards["reports"].sum() == len(reports_), "every report is shown in one hazard"
        assert set(reports_["hazard_id"]) == set(hazards["hazard_id"])
        assert (hazards["closed"].notna() == ~hazards["open"]).all()
        register.rebuild(check=False)
        pd.testing.assert_frame_equal(register.hazards(), hazards)
        later = register.hazards(START + timedelta(days=3, hours=len(steps)))
        pd.testing.assert_frame_equal(later[hazards.columns], hazards)


@settings(max_examples=10)
@given(st.lists(STEP, min_size=4, max_size=16), st.data())
def test_the_past_is_what_it_was(tmp_path_factory, steps, data):
    """As of an hour, the register says what it said then, but for reports of that time that came in later."""
    path = tmp_path_factory.mktemp("past") / "register.gpkg"
    steps = [("take", [(n, 5, TREE) for n in range(5)]), *(step for step in steps if step[0] != "take")]
    cut = data.draw(st.integers(1, len(steps)))
    with opened(path) as register:
        walk(register, steps[:cut])
        then = register.hazards()
        now = START + timedelta(days=3, hours=cut)
        for hour, step in enumerate(steps[cut:], cut + 1):
            try:
                one_step(register, step, START + timedelta(days=3, hours=hour))
            except RegisterError:
                continue
        pd.testing.assert_frame_equal(register.hazards(now)[then.columns], then)


@settings(max_examples=15)
@given(MERGES, st.lists(STEP, max_size=10), st.integers(0, 5), st.integers(0, 5))
def test_unmerge_gives_back_exactly_what_merge_took(tmp_path_factory, merges, steps, one, other):
    merge_and_unmerge(tmp_path_factory.mktemp("merge") / "register.gpkg", [*merges, *steps], one, other)


@pytest.mark.soak
@settings(max_examples=LONG)
@given(MERGES, st.lists(STEP, max_size=30), st.integers(0, 5), st.integers(0, 5))
def test_unmerge_gives_back_exactly_what_merge_took_long(tmp_path_factory, merges, steps, one, other):
    merge_and_unmerge(tmp_path_factory.mktemp("merge") / "register.gpkg", [*merges, *steps], one, other)


def merge_and_unmerge(path, steps, one, other):
    with opened(path) as register:
        walk(register, [("take", [(n, 5, KITE if n % 2 else TREE) for n in range(6)]), *steps])
        names = register.hazards()["hazard_id"].tolist()
        into, absorbed = names[one % len(names)], names[other % len(names)]
        before, at = register.hazards(), as_stamp(START + timedelta(days=9))
        office = {"at": at, "actor": "office", "party": "government"}
        try:
            register.merge(into, absorbed, **office)
        except RegisterError:
            return
        merged = register.hazards().set_index("hazard_id")
        assert len(merged) == len(before) - 1
        parts = before.set_index("hazard_id").loc[[into, absorbed]]
        assert merged.loc[into, "reports"] == parts["reports"].sum(), "with all that had been merged into either"
        assert merged.loc[into, "reported"] == parts["reported"].min()
        assert merged["reports"].sum() == before["reports"].sum()
        assert register.rebuild() == []
        register.unmerge(absorbed, **office)
        pd.testing.assert_frame_equal(register.hazards(), before)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return a register with a history, its guards taken off, as a forger would."""
    path = tmp_path_factory.mktemp("forge") / "register.gpkg"
    with opened(path) as register:
        steps = [("take", [(n, 5, TREE) for n in range(6)]), ("verify", 0), ("merge", 1, 2), ("set", 3), ("refute", 4)]
        assert walk(register, steps) == len(steps)
        frame = reports({"key": "from a file"})
        intake = Intake(frame, frame.iloc[:0], (), "csv", "ab" * 32, "reports.csv")
        register.take(frame, at_now=as_stamp(START), actor="office", party="enterprise", intake=intake)
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for name in ("events_no_update", "events_no_delete", "events_no_replace"):
            file.execute(f"DROP TRIGGER {name}")
        rows = file.execute("SELECT * FROM events ORDER BY seq").fetchall()
    return path, rows


@settings(max_examples=25)
@given(data=st.data())
def test_one_changed_byte_of_any_event_is_found(written, data):
    path, rows = written
    columns = ("at", "recorded_at", "actor", "party", "action", "subject", "body", "source_sha256", "prev", "hash")
    row = data.draw(st.sampled_from(rows))
    column = data.draw(st.sampled_from([name for at, name in enumerate(columns, 1) if row[at]]))
    raw = row[columns.index(column) + 1].encode()
    at, flip = data.draw(st.integers(0, len(raw) - 1)), data.draw(st.integers(1, 255))
    forged = raw[:at] + bytes([raw[at] ^ flip]) + raw[at + 1 :]
    with opened(path) as register:
        raw_file = register._connection
        raw_file.execute("BEGIN")
        try:
            raw_file.execute(f"UPDATE events SET {column} = CAST(? AS TEXT) WHERE seq = ?", (forged, row[0]))
            found = register.rebuild()
        finally:
            raw_file.execute("ROLLBACK")
    assert any(one.code == "register.chain" and one.row in {row[0], row[0] + 1} for one in found), found


def test_the_untouched_chain_is_whole_but_for_its_guards(written):
    path, rows = written
    with closing(sqlite3.connect(path)) as file:
        assert {one.code for one in check_chain(file, "x")} == {"register.guard"}
    assert len(rows) > 8


def test_every_field_of_every_event_is_in_the_chain(written):
    path, rows = written
    columns = (
        "seq",
        "at",
        "recorded_at",
        "actor",
        "party",
        "action",
        "subject",
        "body",
        "source_sha256",
        "prev",
        "hash",
    )
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for row in rows:
            for column, value in zip(columns[1:], row[1:], strict=True):
                file.execute("BEGIN")
                file.execute(f"UPDATE events SET {column} = ? WHERE seq = ?", (f"{value} ", row[0]))
                found = [one.row for one in check_chain(file, "x") if one.code == "register.chain"]
                file.execute("ROLLBACK")
                assert found, (row[0], column)
                assert found[0] in {row[0], row[0] + 1}
