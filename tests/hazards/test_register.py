"""The register as a user of the library sees it: in, upon, out, back in time, and what it refuses."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

from patrol.errors import RegisterError
from patrol.hazards.ids import hazard_id, report_id
from patrol.hazards.model import HAZARD_COLUMNS, REPORT_COLUMNS, Event, Intake
from patrol.hazards.stamps import is_stamp, last_moment, plus_hours, short, stamps
from patrol.hazards.stamps import stamp as as_stamp
from register_cases import KITE, NEST, NOW, OWNER, READY, TREE, TYPES, do, event, opened, reports, shown, stamp, take

A, B = hazard_id("a"), hazard_id("b")
OFFICE = {"actor": "office", "party": "enterprise"}


@pytest.fixture
def register(tmp_path):
    with opened(tmp_path / "register.gpkg") as register:
        yield register


def refused(register, *args, **kw):
    before = register.head()
    with pytest.raises(RegisterError) as caught:
        do(register, *args, **kw)
    assert register.head() == before, "nothing is recorded of what is refused"
    return str(caught.value)


# Taking in


def test_taking_the_same_reports_twice_changes_nothing(register):
    rows = [{"key": "a", "person_name": "王五"}, {"key": "b", "hazard_id": A}, {"key": "b"}]
    frame = reports(
        *rows, {"key": "q", "record": "request", "request_kind": "dispute"}, {"key": "w", "record": "alert"}
    )
    kept = frame.copy()
    intake = Intake(frame, frame.iloc[:0], (), "csv", "ab" * 32, "reports.csv")
    first = register.take(frame, at_now=NOW, intake=intake, **OFFICE)
    assert first.reports == (report_id("a"), report_id("b"))
    assert (first.hazards_new, first.hazards_grown, first.known) == ((A,), (), 1)
    assert (len(first.requests), len(first.alerts)) == (1, 1)
    head, hazards = register.head(), register.hazards()
    again = register.take(frame, at_now=stamp(21), intake=intake, **OFFICE)
    assert (again.reports, again.known) == ((), 5)
    assert register.head() == head
    pd.testing.assert_frame_equal(register.hazards(), hazards)
    pd.testing.assert_frame_equal(frame, kept)
    assert register.known_keys(["a", "z", "q", "w"]) == {"a", "q", "w"}
    last = register.events().iloc[-1]
    assert (last["action"], last["source_sha256"]) == ("import", "ab" * 32)
    assert '"label":"csv-abababababab"' in last["body"], "people put names into the names of files"


def test_frames_have_the_promised_columns_even_when_empty(register):
    for _ in range(2):
        hazards = register.hazards()
        assert list(hazards.columns) == [*HAZARD_COLUMNS, "geometry"]
        assert hazards.crs.to_epsg() == 4326
        kinds = {"str": "object", "time": "datetime64[us, UTC]"}
        assert [str(kind) for kind in hazards.dtypes[:-1]] == [
            kinds.get(kind, kind) for kind in HAZARD_COLUMNS.values()
        ]
        assert {"report_id", "hazard_id", "case_id", *REPORT_COLUMNS} - {"person_name", "person_contact"} <= set(
            register.reports()
        )
        assert {"overdue", "due_level"} <= set(register.hazards(date(2024, 8, 3)))
        take(register, {"key": "a"})


def test_a_word_nobody_knows_is_refused_with_every_row(register):
    with pytest.raises(RegisterError) as caught:
        take(register, {"type": "X99"}, {"party": "martian"}, {"key": ""}, {"record": "poem"})
    assert [(one.row, one.field) for one in caught.value.findings] == [
        (4, "record"),
        (2, "party"),
        (1, "type"),
        (3, "key"),
    ]
    assert register.events().empty


def test_a_report_of_what_was_closed_meanwhile_is_a_new_occurrence(register):
    take(register, {"key": "a"})
    do(register, "refute", A, stamp(5))
    late = {"captured_at": stamp(6), "hazard_id": A}
    taken = take(
        register, {"key": "b", **late}, {"key": "c", **late}, {"key": "d", "hazard_id": A, "captured_at": stamp(4)}
    )
    assert taken.hazards_new == (B,)
    assert taken.hazards_grown == (A,), "seen before it was closed: the same thing"
    again = shown(register, B)
    assert (again["previous_id"], again["reports"], again["state"]) == (A, 2, "reported")
    assert shown(register, A)["reports"] == 2


def test_previous_occurrence_as_the_caller_found_it(register):
    take(register, {"key": "a"}, {"key": "b", "previous_id": A})
    assert shown(register, B)["previous_id"] == A


def test_an_offices_list_brings_its_states(register):
    shut = {"given_state": "closed", "given_closed": stamp(9)}
    taken = take(
        register,
        {"key": "a", "party": "enterprise", **shut},
        {"key": "b", "party": "government", "given_state": "assigned"},
        {"key": "c", "party": "villager"},
        {"key": "d", "party": "villager", **shut},
    )
    hazards = register.hazards().set_index("hazard_id").loc[list(taken.hazards_new)]
    assert hazards["state"].tolist() == ["closed", "assigned", "reported", "closed"]
    told = reports({"key": "e", "party": "villager", **shut})
    register.take(told, at_now=NOW, actor="somebody", party="villager")
    assert shown(register, hazard_id("e"))["state"] == "reported", "villagers keep no lists"
    assert hazards["closed"].iloc[0] == pd.Timestamp(stamp(9))
    assert register.hazards(date(2024, 8, 8)).set_index("hazard_id").loc[A, "state"] == "reported"
    assert "may take over" in refused(register, "adopt", hazard_id("c"), stamp(9), {"state": "closed"}, party="fire")


def test_hostile_text_comes_out_clean(register):
    evil = "\ud800{{7*7}}\x00<script>\u202e" + "长" * 10
    take(register, {"key": "a", "description": evil, "person_name": "\x00名\u202e", "feeder_ref": "\ud83d"})
    do(register, "assign", A, stamp(2), {"owner": evil, "owner_party": "enterprise"}, actor="\x00crew\u202e 1")
    hazard = shown(register, A)
    assert hazard["description"] == "?{{7*7}} <script>" + "长" * 10
    assert "\x00" not in hazard["owner"]
    assert register.identities()["person_name"].tolist() == ["名"]
    assert register.events()["actor"].tolist() == ["office", "crew 1"]
    assert register.rebuild() == []


# Actions


def test_from_report_to_closed_and_its_history(register):
    take(register, {"key": "a"}, {"key": "b", "hazard_id": A})
    do(register, "verify", A, stamp(2))
    do(register, "assign", A, stamp(3), OWNER)
    do(register, "ready", A, stamp(4), READY)
    do(register, "start", A, stamp(5))
    do(register, "rectify", A, stamp(6), {"parties": ["villager", "enterprise", "government"]})
    assert "second look is somebody else's" in refused(register, "confirm", A, stamp(7))
    do(register, "confirm", A, stamp(7), actor="crew 2")
    hazard = shown(register, A)
    assert (hazard["state"], hazard["open"], hazard["owner"]) == ("closed", False, "crew 7")
    assert hazard["closed"] == pd.Timestamp(stamp(7))
    assert register.history(A)["action"].tolist() == [
        "report", "report", "verify", "assign", "ready", "start", "rectify", "confirm",
    ]  # fmt: skip
    assert register.allowed(A) == {"reopen": ("enterprise", "government"), "set": ("enterprise", "government")}


def test_a_refusal_says_what_is_allowed_now_and_by_whom(register):
    take(register, {"key": "a"})
    text = refused(register, "start", A, stamp(2))
    assert "it is reported, and start needs ready" in text
    assert "verify (enterprise, government)" in text


def test_times_keep_their_order(register):
    take(register, {"key": "a", "captured_at": stamp(3)})
    assert "before it was reported" in refused(register, "verify", A, stamp(2))
    do(register, "verify", A, stamp(5))
    assert "before the last action" in refused(register, "assign", A, stamp(4), OWNER)
    assert "in the future" in refused(register, "assign", A, stamp(21), OWNER)
    assert "is no time" in refused(register, "assign", A, "2024-08-06", OWNER)


def test_all_faults_of_all_actions_at_once_and_all_or_nothing(register):
    take(register, {"key": "a"}, {"key": "b"})
    asked = [
        event("verify", A, stamp(2)),
        event("start", B, stamp(2)),
        event("ready", A, stamp(3), {}),
        event("verify", "H-ZZ", stamp(2)),
    ]
    with pytest.raises(RegisterError) as caught:
        register.act(asked, recorded_at=NOW)
    assert {one.row for one in caught.value.findings} == {2, 3, 4}
    assert shown(register, A)["state"] == "reported"


@pytest.mark.parametrize("body", ["", "[]", "{", "null", '{"lon": NaN}', "[" * 9999])
def test_bodies_that_are_none(register, body):
    take(register, {"key": "a"})
    with pytest.raises(RegisterError, match="no JSON object"):
        register.act([Event("set", A, stamp(2), "x", "enterprise", body)], recorded_at=NOW)


@pytest.mark.parametrize("action", ["report", "import", "erase", "request", "alert", "explode", ""])
def test_what_cannot_be_asked_for(register, action):
    take(register, {"key": "a"})
    assert "no action that can be asked for" in refused(register, action, A, stamp(2))


def test_a_customers_asset(register):
    take(register, {"key": "a"})
    do(register, "set", A, stamp(2), {"asset_owner": "砖厂"})
    do(register, "assign", A, stamp(3), OWNER)
    assert "serve a notice" in refused(register, "ready", A, stamp(4), READY)
    do(register, "notice", A, stamp(4))
    assert shown(register, A)["notice_served"]
    do(register, "confirm", A, stamp(5))
    assert shown(register, A)["state"] == "closed"


def test_writing_is_one_step(register):
    take(register, {"key": "a"})

    def half():
        with register.writing() as tx:
            take(tx, {"key": "b"})
            assert len(tx.hazards()) == 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert register.hazards()["hazard_id"].tolist() == [A]
    with register.writing() as tx:
        take(tx, {"key": "b"})
    assert len(register.hazards()) == 2


# Merging


def test_merge_and_unmerge_are_exact(register):
    take(register, {"key": "a"}, {"key": "b", "type": KITE, "captured_at": stamp(2)}, {"key": "c"})
    c = hazard_id("c")
    do(register, "escalate", B, stamp(3), {"level": "station"})
    before = register.hazards()
    register.merge(A, B, at=stamp(4), **OFFICE)
    one = register.hazards()
    register.merge(c, A, at=stamp(5), **OFFICE)
    hazards = register.hazards()
    assert hazards["hazard_id"].tolist() == [c]
    assert (hazards["reports"][0], hazards["hazard_class"][0]) == (3, "emergency")
    assert register.find(B) == register.find(B[:8].lower()) == register.find(report_id("b")) == c
    assert register.reports()["hazard_id"].tolist() == [c] * 3
    assert set(register.history(c)["subject"]) >= {A, B, c, report_id("b")}
    for into, absorbed in ((A, c), (c, c), (B, c)):
        assert "cannot be merged into itself" in refused(register, "merge", into, stamp(6), {"from": absorbed})
    assert f"merged into {A} already" in refused(register, "merge", c, stamp(6), {"from": B})
    register.unmerge(A, at=stamp(6), **OFFICE)
    assert register.find(B) == A
    pd.testing.assert_series_equal(shown(register, A), one.set_index("hazard_id").loc[A])
    register.unmerge(B, at=stamp(7), **OFFICE)
    pd.testing.assert_frame_equal(register.hazards(), before)
    assert "not merged into anything" in refused(register, "unmerge", B, stamp(8))
    assert register.rebuild() == []


def test_an_open_hazard_does_not_vanish_in_a_closed_one(register):
    take(register, {"key": "a"}, {"key": "b"})
    do(register, "refute", A, stamp(2))
    assert "merge the other way round" in refused(register, "merge", A, stamp(3), {"from": B})
    do(register, "merge", B, stamp(3), {"from": A})
    assert register.hazards()["hazard_id"].tolist() == [B]


@pytest.mark.parametrize("party", ["villager", "sensor", "fire"])
def test_only_offices_merge_and_split(register, party):
    take(register, {"key": "a"}, {"key": "b"}, {"key": "c", "hazard_id": A})
    assert f"{party} may not merge" in refused(register, "merge", A, stamp(3), {"from": B}, party=party)
    assert f"{party} may not split" in refused(
        register, "split", A, stamp(3), {"reports": [report_id("c")]}, party=party
    )


def test_split_and_merge_back_are_exact(register):
    take(
        register,
        {"key": "a"},
        {"key": "b", "hazard_id": A, "type": NEST},
        {"key": "c", "hazard_id": A, "captured_at": stamp(2)},
    )
    before = shown(register, A)
    new = register.split(A, [report_id("b"), report_id("c")], at=stamp(3), **OFFICE)
    assert new == B
    assert (shown(register, new)["type"], shown(register, new)["reports"], shown(register, A)["reports"]) == (
        TREE,
        2,
        1,
    ), "the tree is serious, the vines are not"
    assert "no report would be left" in refused(register, "split", A, stamp(4), {"reports": [report_id("a")]})
    assert "is not of" in refused(register, "split", A, stamp(4), {"reports": [report_id("b")]})
    assert "names the 'reports'" in refused(register, "split", A, stamp(4), {"reports": []})
    register.merge(A, new, at=stamp(4), **OFFICE)
    pd.testing.assert_series_equal(shown(register, A), before)
    assert register.rebuild() == []


def test_the_founding_report_split_off_gets_an_id_of_its_own(register):
    take(register, {"key": "a"}, {"key": "b", "hazard_id": A})
    new = register.split(A, [report_id("a")], at=stamp(3), **OFFICE)
    assert new not in {A, B}
    assert shown(register, A)["reports"] == 1


# Photos, requests, alerts


def test_photos_follow_their_report(register):
    take(register, {"key": "a"}, {"key": "b", "hazard_id": A})
    photo = {"sha256": "ab" * 32, "name": "photos/ab.jpg", "lon": 106.5, "lat": 38.9, "taken": "2024-08-01T10:00:00"}
    do(register, "photo", report_id("b"), stamp(2), photo, party="villager", actor="grid worker")
    do(register, "photo", A, stamp(2), {"sha256": "cd" * 32, "name": "photos/cd.jpg"})
    do(register, "photo", A, stamp(3), {"sha256": "cd" * 32, "name": "photos/cd.jpg"})
    assert shown(register, A)["photos"] == 2
    new = register.split(A, [report_id("b")], at=stamp(3), **OFFICE)
    assert (shown(register, A)["photos"], shown(register, new)["photos"]) == (1, 1)
    assert register.photos()["name"].tolist() == ["photos/ab.jpg", "photos/cd.jpg"]
    for wrong in ({"name": "x"}, {"sha256": "ab", "name": "x"}, {**photo, "lon": "x"}, {**photo, "taken": 3}):
        refused(register, "photo", A, stamp(3), wrong)
    assert register.rebuild() == []


def test_requests_and_alerts(register):
    ask = {"record": "request", "request_kind": "dispute", "due": "2024-08-30", "liaison": "crew 7", "minutes": 30.0}
    warn = {"record": "alert", "area_wkt": "POLYGON((0 0,1 0,1 1,0 0))", "given_closed": stamp(3), "type": ""}
    taken = take(register, {"key": "q", **ask}, {"key": "r", **ask}, {"key": "w", **warn})
    assert register.hazards().empty
    do(register, "request_done", taken.requests[0], stamp(6))
    assert register.requests()["state"].tolist() == ["done", "open"]
    assert register.requests(date(2024, 8, 5))["state"].tolist() == ["open", "open"]
    assert register.requests()["minutes"].tolist() == [30.0, 30.0]
    assert "it is done already" in refused(register, "request_cancelled", taken.requests[0], stamp(7))
    assert "may not" in refused(register, "request_done", taken.requests[1], stamp(7), party="villager")
    alert = register.alerts().iloc[0]
    assert (alert["area_wkt"], alert["given_closed"]) == (warn["area_wkt"], pd.Timestamp(stamp(3)))
    assert register.rebuild() == []


# Back in time


def test_as_of_answers_for_any_day_in_the_projects_time_zone(register):
    take(register, {"key": "a", "captured_at": "2024-08-01T17:00:00.000000Z"})  # 1 am of the 2nd in Shanghai
    do(register, "verify", A, stamp(5))
    assert register.hazards(date(2024, 8, 1)).empty
    assert register.hazards(date(2024, 8, 2))["state"].tolist() == ["reported"]
    assert register.hazards(datetime(2024, 8, 5, 8, 0, tzinfo=timezone(timedelta(hours=8))))["state"].tolist() == [
        "verified"
    ]
    assert register.hazards(datetime(2024, 8, 5, 7, 59, 59))["state"].tolist() == ["reported"]
    assert register.reports(date(2024, 8, 1)).empty
    assert len(register.reports(date(2024, 8, 2))) == 1
    do(register, "assign", A, stamp(6), OWNER)
    assert register.hazards(date(2024, 8, 4))["owner"].tolist() == [""], "what is kept of the past is not stale"
    assert register.hazards(date(2024, 8, 6))["owner"].tolist() == ["crew 7"]


def test_as_of_before_a_merge_and_before_the_founding_report(register):
    take(
        register,
        {"key": "a", "captured_at": stamp(5)},
        {"key": "b", "captured_at": stamp(3), "hazard_id": A},
        {"key": "c", "captured_at": stamp(4)},
    )
    register.merge(A, hazard_id("c"), at=stamp(6), **OFFICE)
    assert register.hazards(date(2024, 8, 3))["hazard_id"].tolist() == [A]
    assert sorted(register.hazards(date(2024, 8, 5))["reports"]) == [1, 2]
    assert register.hazards(date(2024, 8, 6))["reports"].tolist() == [3]


def test_overdue_and_levels_on_any_date(register):
    take(register, {"key": "a", "type": KITE}, {"key": "b", "type": TREE}, {"key": "c", "type": TREE})
    do(register, "refute", hazard_id("c"), stamp(2))

    def on(day):
        hazards = register.hazards(day).set_index("hazard_id")
        return [(hazards.loc[name, "overdue"], hazards.loc[name, "due_level"]) for name in (A, B)]

    assert on(datetime(2024, 8, 1, 0, 1, tzinfo=UTC)) == [(False, "station"), (False, "zone")], "an emergency at once"
    assert on(datetime(2024, 8, 4, 13, tzinfo=UTC))[1] == (False, "station"), "half of the week is gone"
    assert on(date(2024, 8, 2)) == [(True, "county"), (False, "zone")]
    assert on(date(2024, 8, 9)) == [(True, "county"), (True, "county")]
    assert not register.hazards(date(2024, 8, 30)).set_index("hazard_id").loc[hazard_id("c"), "overdue"]


def test_a_joint_party_that_nobody_named_is_missing(tmp_path):
    types = TYPES.copy()
    types.loc[TREE, "rectify"] = "ENT+GOV"
    with opened(tmp_path / "r.gpkg", types=types) as register:
        take(register, {"key": "a", "type": TREE}, {"key": "b", "type": TREE})
        for name, parties in ((A, []), (B, ["government"])):
            do(register, "verify", name, stamp(1, 1))
            do(register, "assign", name, stamp(1, 1), {**OWNER, "parties": parties})
        levels = register.hazards(datetime(2024, 8, 1, 2, tzinfo=UTC)).set_index("hazard_id")["due_level"]
        assert (levels[A], levels[B]) == ("station", "zone")


def test_escalation_is_recorded_once(register):
    take(register, {"key": "a", "type": KITE}, {"key": "b"})
    now = datetime(2024, 8, 1, 1, tzinfo=UTC)
    assert register.escalate(now) == [A]
    head = register.head()
    assert register.escalate(now) == []
    assert register.head() == head
    assert shown(register, A)["level"] == "station"
    assert sorted(register.escalate(datetime(2024, 8, 20, tzinfo=UTC))) == sorted([A, B])
    last = register.events().iloc[-1]
    assert (last["actor"], last["body"]) == ("patrol", '{"level":"county","overdue":true}')
    assert register.rebuild() == []


# Finding


def test_finding_by_the_start_of_an_id(register):
    take(register, *({"key": f"k{n}"} for n in range(60)))
    hazards = register.hazards()["hazard_id"].tolist()
    assert [register.find(name) for name in hazards] == hazards
    assert register.find(hazards[0].lower()[2:]) == hazards[0]
    with pytest.raises(RegisterError, match="is the start of several: H-"):
        register.find("H-")
    with pytest.raises(RegisterError, match="no id begins with 'H-0001'"):
        register.find("0001")
    with pytest.raises(RegisterError, match="no id begins"):
        register.find("%' OR 1=1 --")


# Privacy


def planted(folder, name):
    needles = [name.encode("utf-8"), name.encode("utf-16-le")]
    return [entry.name for entry in folder.iterdir() for needle in needles if needle in entry.read_bytes()]


def test_names_stand_nowhere_but_in_their_table_and_can_be_erased(register, tmp_path):
    take(
        register,
        {"key": "a", "person_name": "欧阳植字甲", "person_contact": "13912345678"},
        {"key": "b", "person_name": "欧阳植字乙"},
    )
    frames = [register.hazards(), register.reports(), register.events(), register.history(A)]
    assert not any("欧阳" in frame.to_csv() or "13912345678" in frame.to_csv() for frame in frames)
    assert planted(tmp_path, "欧阳植字甲")
    register.erase_person(report_id("a"), at=stamp(3), **OFFICE)
    assert planted(tmp_path, "欧阳植字甲") == planted(tmp_path, "13912345678") == []
    assert register.identities()["person_name"].tolist() == ["欧阳植字乙"]
    assert register.events()["action"].tolist()[-1] == "erase"
    assert register.rebuild() == []
    head = register.head()
    register.erase_person(report_id("a"), at=stamp(4), **OFFICE)
    assert register.head() == head
    take(register, {"key": "a", "person_name": "欧阳植字甲"})
    assert planted(tmp_path, "欧阳植字甲") == [], "what was erased does not come back with the same file"


def test_erasing_some_of_many_leaves_no_trace_in_the_gaps_of_pages(register, tmp_path):
    names = [f"植名{n:04d}" + "某" * (n % 40) for n in range(300)]
    take(register, *({"key": f"k{n}", "person_name": name} for n, name in enumerate(names[:200])))
    take(register, *({"key": f"k{n + 200}", "person_name": name} for n, name in enumerate(names[200:])))
    register._connection.execute("PRAGMA synchronous = OFF")
    gone = np.random.default_rng(1).permutation(300)[:120]
    for n in gone:
        register.erase_person(report_id(f"k{n}"), at=stamp(3), **OFFICE)
    raw = b"".join(entry.read_bytes() for entry in tmp_path.iterdir())
    assert [n for n in gone if f"植名{n:04d}".encode() in raw] == []
    assert len(register.identities()) == 180


def test_erasing_says_when_a_reader_holds_old_pages(register, tmp_path, monkeypatch):
    take(register, {"key": "a", "person_name": "欧阳植字甲"})
    monkeypatch.setattr("patrol.hazards.store.BUSY_S", 0.05)  # it is set again before the pages are looked at
    register._connection.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(register.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchall()
        with pytest.raises(RegisterError, match="close the other programs and erase again"):
            register.erase_person(report_id("a"), at=stamp(3), **OFFICE)
        reader.execute("ROLLBACK")
    register.erase_person(report_id("a"), at=stamp(3), **OFFICE)
    assert planted(tmp_path, "欧阳植字甲") == []


# Nobody rewrites history


def test_events_cannot_be_changed_through_sql(register):
    take(register, {"key": "a"})
    for sql in (
        "UPDATE events SET actor = 'x'",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT seq, at, at, 'x', party, action, '', body, '', prev, hash FROM events",
    ):
        with pytest.raises(sqlite3.DatabaseError, match="append-only"):
            register._connection.execute(sql)


def test_rebuild_names_what_was_changed_from_outside_and_mends_it(register):
    take(register, {"key": "a"}, {"key": "b"}, {"key": "c"})
    good = register.hazards()
    raw = register._connection
    raw.execute("UPDATE hazards SET state = 'closed' WHERE hazard_id = ?", (A,))
    raw.execute("DELETE FROM reports WHERE report_id = ?", (report_id("b"),))
    raw.execute("INSERT INTO photos (fid, subject) VALUES (99, 'x')")
    found = [str(one) for one in register.rebuild()]
    assert len(found) == 3
    assert "state differ" in found[1]
    assert "is missing" in found[0]
    assert "not from any event" in found[2]
    register.rebuild(check=False)
    assert register.rebuild() == []
    pd.testing.assert_frame_equal(register.hazards(), good)


def test_a_broken_chain_is_not_mended_over(register):
    take(register, {"key": "a"}, {"key": "b"})
    raw = register._connection
    raw.execute("DROP TRIGGER events_no_delete")
    assert [one.code for one in register.rebuild()] == ["register.guard"]
    raw.execute("DELETE FROM events WHERE seq = 1")
    found = register.rebuild()
    assert {"register.guard", "register.chain", "register.derived"} == {one.code for one in found}
    assert "event 2 follows event 0" in str(found[0])
    with pytest.raises(RegisterError, match="history was changed"):
        register.rebuild(check=False)


# Times


def test_stamps():
    assert (
        as_stamp(datetime(2024, 8, 16, 9, 2, 3, tzinfo=timezone(timedelta(hours=8)))) == "2024-08-16T01:02:03.000000Z"
    )
    with pytest.raises(ValueError, match="no time zone"):
        as_stamp(datetime(2024, 8, 16))
    assert short("2024-08-16T01:02:03.123456Z") == "2024-08-16T01:02:03.123Z"
    assert last_moment(date(2024, 8, 16), "Asia/Shanghai") == "2024-08-16T15:59:59.999999Z"
    assert last_moment(date(2024, 10, 27), "Europe/Berlin") == "2024-10-27T22:59:59.999999Z", "a day of 25 hours"
    assert plus_hours("2024-08-16T01:02:03.123Z", 24) == "2024-08-17T01:02:03.123Z"
    assert plus_hours("2024-08-16T01:02:03.123Z", 1e12) == "9999-12-31T23:59:59.999Z"
    assert plus_hours("2024-08-16T01:02:03.123Z", None) is None
    times = pd.Series(pd.to_datetime(["2024-08-16T09:02:03.5+08:00", None], utc=True, format="ISO8601"))
    for unit in ("ns", "us", "ms"):
        assert stamps(times.astype(f"datetime64[{unit}, UTC]")) == ["2024-08-16T01:02:03.500000Z", ""]
    assert is_stamp(NOW)
    for wrong in (
        "",
        "2024-08-16",
        "2024-13-16T01:02:03.000000Z",
        "2024-02-30T01:02:03.000000Z",
        NOW + "\n",
        NOW[:-1] + "+",
    ):
        assert not is_stamp(wrong)
