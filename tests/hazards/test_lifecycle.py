"""Who may do what to a hazard, when, and what comes of it: the rules alone, without a file."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.hazards.lifecycle import BEFORE, Case, Kind, after, allowed, kinds_of, refusals
from patrol.hazards.model import REPORTERS, STATES
from register_cases import OWNER, READY, TYPES, stamp

PLAIN = Kind("serious", "", False, ("enterprise", "government", "fire", "villager"), (("enterprise",),))
CUSTOMERS = replace(PLAIN, asset_owner="砖厂")
FIRE = Kind("emergency", "", True, ("enterprise", "fire"), (("enterprise",), ("fire",)))
JOINT = replace(PLAIN, rectify=(("enterprise", "government"),))
CASE = Case("H-A", "H-A")
BODIES = {
    "assign": OWNER, "ready": READY, "set": {"pole_no": "38"}, "escalate": {"level": "county"},
    "adopt": {"state": "assigned"}, "rectify": {"parties": ["government"]},
}  # fmt: skip


def case(state, **kw):
    return replace(CASE, state=state, **kw)


def refused(state, action, party="enterprise", kind=PLAIN, body=None, actor="crew 1", **kw):
    return refusals(case(state, **kw), kind, action, actor, party, BODIES.get(action, {}) if body is None else body)


@pytest.mark.parametrize(
    ("state", "action", "then"),
    [
        ("reported", "verify", "verified"),
        ("reported", "refute", "refuted"),
        ("verified", "assign", "assigned"),
        ("assigned", "ready", "ready"),
        ("ready", "start", "in_rectification"),
        ("in_rectification", "rectify", "rectified"),
        ("rectified", "confirm", "closed"),
        ("rectified", "reopen", "verified"),
        ("closed", "reopen", "verified"),
        ("refuted", "reopen", "reported"),
        ("in_rectification", "assign", "assigned"),
        ("verified", "set", "verified"),
        ("verified", "escalate", "verified"),
        ("reported", "adopt", "assigned"),
    ],
)
def test_the_way_through(state, action, then):
    assert refused(state, action) == []
    assert after(case(state), action, stamp(2), "crew 1", BODIES.get(action, {})).state == then


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", ["verify", "assign", "ready", "start", "rectify", "confirm", "reopen"])
def test_no_other_way(state, action):
    assert bool(refused(state, action)) == (state not in BEFORE[action])


@pytest.mark.parametrize("action", sorted(set(BEFORE) - {"adopt"}))
@pytest.mark.parametrize("kind", [PLAIN, CUSTOMERS, FIRE, JOINT])
def test_villagers_and_sensors_never_act(action, kind):
    for state in STATES:
        for party in ("villager", "sensor"):
            assert any(f"{party} may not" in fault or "asset" in fault for fault in refused(state, action, party, kind))


@pytest.mark.parametrize("code", TYPES.index)
def test_of_every_type_only_the_enterprise_and_the_fire_service_do_the_work(code):
    kind = replace(kinds_of(TYPES)[code], hazard_class=TYPES.loc[code, "default_class"])
    for party in REPORTERS:
        for action in ("ready", "start", "rectify"):
            faults = refused(BEFORE[action][0], action, party, kind, {**READY, "parties": list(REPORTERS[:4])})
            if party not in {"enterprise", "fire"}:
                assert faults
            if party == "enterprise" and action == "ready":
                assert not faults


def test_officials_verify_only_what_they_may_look_at():
    assert refused("reported", "verify", "government") == []
    closed = replace(PLAIN, look=("enterprise",))
    assert refused("reported", "verify", "government", closed) == ["government may not verify this, only enterprise"]


def test_the_fire_service_looks_and_works_at_fires_only():
    assert refused("reported", "verify", "fire")
    assert refused("reported", "verify", "fire", FIRE) == []
    assert refused("reported", "rectify", "fire", FIRE, {}) == []
    assert refused("ready", "rectify", "fire", PLAIN, {})


def test_an_emergency_does_not_wait_for_ready():
    assert refused("reported", "start", kind=replace(PLAIN, hazard_class="emergency")) == []
    assert refused("reported", "start") == ["it is reported, and start needs ready"]


@pytest.mark.parametrize("lacking", ["permit", "outage", "materials"])
@pytest.mark.parametrize("value", [False, None, "", "yes", 1.5, "Not needed"])
def test_ready_needs_all_three(lacking, value):
    assert refused("assigned", "ready", body={**READY, lacking: value}) == [
        f"ready needs {lacking}: true, or 'not needed'"
    ]


def test_joint_work_names_every_party():
    assert refused("ready", "rectify", kind=JOINT) == []
    assert "enterprise+government together" in refused("ready", "rectify", kind=JOINT, body={})[0]
    assert refused("ready", "rectify", kind=JOINT, body={"parties": "government"})
    assert refused("ready", "rectify", "government", JOINT), "the government is there, but does not do it"
    assert refused("ready", "start", kind=JOINT, body={}) == [], "one may begin; who is missing is told by the level"
    assert refused("ready", "start", "government", JOINT)


@pytest.mark.parametrize("action", ["ready", "start", "rectify"])
def test_a_customers_asset_is_not_ours_to_repair(action):
    faults = refused(BEFORE[action][0], action, kind=CUSTOMERS)
    assert faults == ["the asset belongs to 砖厂: serve a notice, it is not ours to repair"]
    assert action not in {name for state in STATES for name in allowed(case(state), CUSTOMERS)}


def test_a_customers_asset_is_closed_by_a_look_after_the_notice():
    assert refused("verified", "confirm", kind=CUSTOMERS)
    assert refused("verified", "notice", kind=CUSTOMERS) == []
    served = after(case("verified"), "notice", stamp(2), "crew 1", {})
    assert served.notice_served
    assert refusals(served, CUSTOMERS, "confirm", "crew 1", "enterprise", {}) == []
    assert refused("verified", "notice") == [
        "a notice is for a customer's asset, and this is the utility's (set asset_owner first)"
    ]


def test_the_second_look_is_somebody_elses():
    done = after(case("in_rectification"), "rectify", stamp(3), "Crew  1", {})
    assert refusals(done, PLAIN, "confirm", "crew 1 ", "enterprise", {}) == [
        "crew 1  rectified it: the second look is somebody else's"
    ]
    assert refusals(done, PLAIN, "confirm", "crew 2", "enterprise", {}) == []


def test_reopening_what_was_shut_starts_the_deadline_anew():
    shut = case("closed", closed=stamp(3), level="county", rectified_by="crew 1")
    again = after(shut, "reopen", stamp(9), "crew 2", {})
    assert (again.closed, again.level, again.restarted) == (None, "zone", "2024-08-09T00:00:00.000Z")
    still = after(case("rectified", level="county"), "reopen", stamp(9), "crew 2", {})
    assert (still.level, still.restarted) == ("county", None), "it was never shut"


def test_escalation_only_goes_up():
    assert refused("reported", "escalate", level="station") == []
    assert refused("reported", "escalate", level="county")
    assert refused("reported", "escalate", body={"level": "moon"})


def test_set_checks_what_is_set():
    assert refused("closed", "set", body={"lon": 106.1, "lat": 38.0, "asset_owner": "砖厂", "note": "x"}) == []
    assert refused("closed", "set", body={}) != []
    for wrong in (
        {"state": "closed"}, {"lon": "106"}, {"lon": 106.0}, {"lon": 206.0, "lat": 1.0}, {"deadline": "tomorrow"},
        {"hazard_class": "urgent"}, {"deadline_h": True}, {"type": 3},
    ):  # fmt: skip
        assert refused("closed", "set", body=wrong), wrong


def test_set_is_taken_back_by_null():
    one = after(CASE, "set", stamp(2), "a", {"pole_no": "38", "asset_owner": "砖厂"})
    assert after(one, "set", stamp(3), "a", {"asset_owner": None}).fixed == '{"pole_no":"38"}'
    assert after(one, "set", stamp(3), "a", {"asset_owner": None, "pole_no": None}).fixed is None


@given(st.sampled_from(STATES), st.sampled_from([PLAIN, CUSTOMERS, FIRE, JOINT]), st.booleans())
def test_allowed_is_what_is_not_refused(state, kind, served):
    now = allowed(case(state, notice_served=served), kind)
    for action in set(BEFORE) - {"adopt", "escalate"}:
        for party in REPORTERS:
            faults = refused(state, action, party, kind, notice_served=served)
            assert (party in now.get(action, ())) == (not faults), (action, party, faults)


def test_an_unknown_action_is_refused():
    assert refused("reported", "explode") == ["'explode' is no action upon a hazard"]


@pytest.mark.parametrize("body", [{"type": "A01"}, {"hazard_class": "general"}, {"deadline_h": 720.0}])
def test_only_who_may_look_says_what_it_is(body):
    down = replace(PLAIN, hazard_class="emergency", look=("enterprise",))
    (told,) = refusals(Case("H", "H"), down, "set", "officer", "government", body)
    assert "may not look at this" in told
    assert refusals(Case("H", "H"), down, "set", "crew", "enterprise", body) == []
    assert refusals(Case("H", "H"), PLAIN, "set", "officer", "government", body) == []
    assert refusals(Case("H", "H"), down, "set", "officer", "government", {"asset_owner": "砖厂"}) == []
