"""How likely a report is true: the brief's numbers, what teaches, what ages, and that nothing looks ahead."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from patrol.config import RiskSettings
from patrol.hazards.ids import hazard_id, report_id
from patrol.risk.credibility import credibility, report_parts
from patrol.risk.verdicts import OUTCOME_ACTIONS, outcomes_of
from patrol.risk.weighing import taught_by, weighed
from patrol.risk.witnesses import kind_priors, source_kinds, with_witnesses
from register_cases import KITE, OWNER, TREE, do, opened, stamp, take
from register_cases import TYPES as REAL_TYPES

RISK = RiskSettings()
ON = date(2024, 8, 16)
KINDS = {"enterprise": 0.95, "fire": 0.85, "government": 0.75, "villager": 0.55}
TYPES = pd.DataFrame(
    {"persist_days": [np.nan, 3.0], "d_foot": [0.85, 0.8], "d_vehicle": [0.6, 0.7], "d_drone": [1.0, 0.6]},
    index=["tree", "kite"],
)


def day(number, hour=0):
    return pd.Timestamp(2024, 8, number, hour, tz="UTC")


def said(*rows):
    """Return reports: (hazard, party, day) or (hazard, party, day, {column: value})."""
    frame = []
    for at, row in enumerate(rows):
        hazard, party, when, *more = row
        extra = {"source": "", "reporter": "", "photo_keys": "", **(more[0] if more else {})}
        frame.append({"report_id": f"R{at:04d}", "hazard_id": hazard, "party": party, "seen": day(when), **extra})
    columns = ["report_id", "hazard_id", "party", "seen", "source", "reporter", "photo_keys"]
    return pd.DataFrame(frame, columns=columns).astype({"seen": "datetime64[us, UTC]"})


def hazards(reports, state="reported", kind="tree", closed=pd.NaT, **states):
    """Return the hazards of reports, all in one state but those named."""
    first = reports.groupby("hazard_id").first()
    frame = pd.DataFrame({"hazard_id": first.index, "type": kind, "party": first["party"].to_numpy()})
    frame["state"] = [states.get(name, state) for name in first.index]
    frame["reported"] = reports.groupby("hazard_id")["seen"].min().array
    return frame.assign(closed=pd.Series(closed, frame.index, "datetime64[us, UTC]"))


def outcomes(*rows):
    """Return outcomes: (hazard, day, outcome) or (hazard, day, outcome, party), in the order they were recorded."""
    frame = [
        {"hazard_id": name, "seq": at, "at": day(when, 12), "outcome": what, "party": (*party, "enterprise")[0]}
        for at, (name, when, what, *party) in enumerate(rows)
    ]
    return pd.DataFrame(frame, columns=["hazard_id", "seq", "at", "outcome", "party"])


def looks(*rows):
    return pd.DataFrame([{"hazard_id": n, "at": day(w, 12), "method": m} for n, w, m in rows])


def chance(reports, known=None, on=ON, risk=RISK, **more):
    known = hazards(reports) if known is None else known
    return credibility(reports, known, TYPES, on, settings=risk, **more)


def p_of(*rows, **more):
    return chance(said(*rows), **more).loc["H", "p"]


# The brief's numbers


def test_one_two_three_villagers():
    got = [p_of(*[("H", "villager", 1)] * count) for count in (1, 2, 3)]
    assert [round(p, 2) for p in got] == [0.55, 0.86, 0.97]


@pytest.mark.parametrize(("party", "r"), KINDS.items())
def test_one_report_is_believed_as_its_kind_is(party, r):
    assert p_of(("H", party, 1)) == pytest.approx(r, rel=1e-12)


def test_devices_are_satellites_or_drones():
    kinds = source_kinds(pd.Series(["sensor", "sensor", "villager"]), pd.Series(["firms:VIIRS", "", "firms:x"]))
    assert kinds.tolist() == ["satellite", "drone", "villager"]
    assert p_of(("H", "sensor", 1, {"source": "firms:VIIRS"})) == pytest.approx(RISK.report_satellite)
    assert p_of(("H", "sensor", 1)) == pytest.approx(RISK.report_drone)
    assert set(kinds) <= set(kind_priors(RISK))


def test_many_reports_are_clipped_and_a_look_still_counts():
    many = [("H", "villager", 1)] * 1000
    assert p_of(*many) == pytest.approx(expit(4))
    assert p_of(*many, looks=looks(("H", 2, "foot"))) == pytest.approx(expit(4 + math.log(0.15)))
    assert p_of(*many, looks=looks(*[("H", 2, "foot")] * 50)) == pytest.approx(expit(-4))


def test_a_look_adds_the_logarithm_of_what_it_would_have_missed():
    got = chance(said(("H", "villager", 3)), looks=looks(("H", 2, "foot"), ("H", 5, "vehicle"), ("other", 5, "foot")))
    assert got.loc["H", "logit"] == pytest.approx(logit(0.55) + math.log(0.4))
    assert got.loc["H", "looks_logit"] == pytest.approx(math.log(0.4))


def test_a_look_that_sees_everything_leaves_the_least():
    assert p_of(("H", "villager", 3), looks=looks(("H", 5, "drone"))) == pytest.approx(expit(-4))


def test_a_look_by_a_method_nobody_knows_is_our_bug():
    with pytest.raises(ValueError, match="balloon"):
        p_of(("H", "villager", 3), looks=looks(("H", 5, "balloon")))


def test_households_count_less_and_less():
    term = logit(0.55) - logit(0.2)
    same = [("H", "villager", d, {"reporter": "R0"}) for d in (1, 2, 3)]
    assert chance(said(*same)).loc["H", "reports_logit"] == pytest.approx(1.75 * term)
    photo = [("H", "villager", 1, {"photo_keys": "aa|bb"}), ("H", "villager", 2, {"photo_keys": "bb"})]
    assert chance(said(*photo)).loc["H", "reports_logit"] == pytest.approx(1.5 * term)
    chained = [
        ("H", "villager", 1, {"photo_keys": "aa"}),
        ("H", "villager", 1, {"reporter": "R0", "photo_keys": "aa"}),
        ("H", "villager", 1, {"reporter": "R0"}),
    ]
    assert chance(said(*chained)).loc["H", "reports_logit"] == pytest.approx(1.75 * term)
    apart = [("H", "villager", 1, {"reporter": "R0"}), ("K", "villager", 1, {"reporter": "R0"})]
    assert chance(said(*apart))["p"].tolist() == pytest.approx([0.55, 0.55])


def test_of_a_household_the_strongest_counts_whole():
    rows = [("H", "villager", 1, {"photo_keys": "a"}), ("H", "enterprise", 2, {"photo_keys": "a"})]
    parts = report_parts(said(*rows), hazards(said(*rows)), ON, settings=RISK)
    assert parts["weight"].tolist() == [0.5, 1.0]


def test_one_satellite_is_one_household():
    pixels = [("H", "sensor", 1, {"source": "firms:VIIRS"})] * 2
    assert chance(said(*pixels)).loc["H", "reports_logit"] == pytest.approx(1.5 * (logit(0.45) - logit(0.2)))


# Ageing and states


def test_what_goes_by_itself_ages_from_the_last_report():
    reports = said(("H", "villager", 1), ("H", "villager", 13))
    got = chance(reports, hazards(reports, kind="kite")).loc["H"]
    assert got["age_days"] == pytest.approx(3.0, abs=1e-6)
    assert got["p"] == pytest.approx(expit(got["logit"]) * math.exp(-3 / 3), rel=1e-6)
    assert chance(reports).loc["H", "aged"] == 1.0


def test_what_is_reported_on_the_day_is_fresh():
    reports = said(("H", "villager", 16))
    assert chance(reports, hazards(reports, kind="kite")).loc["H", ["age_days", "aged"]].tolist() == [0.0, 1.0]


def test_verified_is_certain_and_ages_from_then():
    reports = said(("H", "villager", 1))
    proof = outcomes(("H", 14, "true"))
    assert chance(reports, hazards(reports, "verified"), outcomes=proof).loc["H", ["p", "basis"]].tolist() == [
        1.0,
        "verified",
    ]
    kite = chance(reports, hazards(reports, "verified", "kite"), outcomes=proof).loc["H"]
    assert kite["p"] == pytest.approx(math.exp(-1.5 / 3), rel=1e-6)
    # A patrol that passed a kite yesterday and saw nothing: odds times 1 - d.
    again = chance(reports, hazards(reports, "verified", "kite"), outcomes=proof, looks=looks(("H", 15, "foot")))
    odds = kite["p"] / (1 - kite["p"]) * 0.2
    assert again.loc["H", "p"] == pytest.approx(odds / (1 + odds), rel=1e-6)


def test_assigned_on_hearsay_is_not_verified():
    reports = said(("H", "villager", 1))
    assert chance(reports, hazards(reports, "assigned")).loc["H", "p"] == pytest.approx(0.55)


@pytest.mark.parametrize(("state", "p"), [("refuted", 0.0), ("closed", 0.0), ("rectified", RISK.repair_left)])
def test_what_is_over(state, p):
    reports = said(*[("H", "enterprise", 1)] * 3)
    assert chance(reports, hazards(reports, state)).loc["H", ["p", "basis"]].tolist() == [p, state]


def test_a_plain_file_without_reports():
    file = pd.DataFrame(
        {
            "hazard_id": ["b", "a", "c", "late"],
            "type": ["tree", "no such type", "tree", "tree"],
            "party": ["government", "villager", "fire", "villager"],
            "state": ["reported", "reported", "verified", "reported"],
            "reported": pd.to_datetime(["2024-08-01", "2024-08-02", "2024-08-03", "2024-08-17"]),
            "closed": pd.NaT,
        }
    )
    got = credibility(said(), file, TYPES, ON, settings=RISK, timezone="Asia/Shanghai")
    assert got["p"].to_dict() == pytest.approx({"a": 0.55, "b": 0.75, "c": 1.0})
    parts = report_parts(said(), file, ON, settings=RISK, timezone="Asia/Shanghai")
    assert parts["report_id"].tolist() == ["", "", ""]
    assert parts["kind"].tolist() == ["villager", "government", "fire"]


def test_nothing_at_all():
    assert credibility(said(), hazards(said()), TYPES, ON, settings=RISK).empty
    assert report_parts(said(), hazards(said()), ON, settings=RISK).empty


# Learning


def taught(count, truth, party="villager", looked="enterprise", **columns):
    """Return reports of hazards that were verified or refuted, and what came of them."""
    names = [f"L{at:02d}" for at in range(count)]
    rows = [(name, party, 1, columns) for name in names]
    return rows, outcomes(*[(name, 2, truth, looked) for name in names])


def r_of(rows, came, row, risk=RISK):
    reports = said(*rows, row)
    parts = report_parts(reports, hazards(reports), ON, settings=risk, outcomes=came).set_index("hazard_id")
    return parts.loc["H", ["r", "basis"]].tolist()


@pytest.mark.parametrize(("truth", "hits"), [("true", 1), ("false", 0)])
def test_outcomes_move_the_kind(truth, hits):
    rows, came = taught(10, truth)
    assert r_of(rows, came, ("H", "villager", 3)) == [pytest.approx((5.5 + 10 * hits) / 20), "learned"]
    assert r_of(rows, came, ("H", "government", 3)) == [pytest.approx(0.75), "default"]


def test_a_source_moves_from_its_kind_to_its_own():
    mine, came = taught(10, "false", reporter="R0000")
    assert r_of(mine, came, ("H", "villager", 3))[0] == pytest.approx(5.5 / 20)  # the kind learns of them
    assert r_of(mine, came, ("H", "villager", 3, {"reporter": "R0000"}))[0] == pytest.approx(5.5 / 20)  # counted once
    theirs = [(f"K{at}", "villager", 1) for at in range(10)]
    both = pd.concat([came, outcomes(*[(f"K{at}", 2, "true") for at in range(10)])])
    kind = (5.5 + 10) / 20
    own = r_of([*mine, *theirs], both, ("H", "villager", 3, {"reporter": "R0000"}))[0]
    assert own == pytest.approx(10 * kind / 20)
    assert r_of([*mine, *theirs], both, ("H", "villager", 3))[0] == pytest.approx((5.5 + 10) / 30)


def test_nobody_confirms_themselves():
    rows, came = taught(10, "true", party="government", looked="government")
    assert r_of(rows, came, ("H", "government", 3)) == [0.75, "default"]
    rows, came = taught(10, "true", party="government", looked="enterprise")
    assert r_of(rows, came, ("H", "government", 3))[1] == "learned"


def test_who_repeats_what_is_verified_proves_nothing():
    rows, came = taught(10, "true")
    late = [(name, "villager", 3) for name, *_ in rows]
    early = [(name, "enterprise", 1) for name, *_ in rows]
    assert r_of([*early, *late], came, ("H", "villager", 3)) == [0.55, "default"]


def test_a_chorus_is_one_lesson():
    rows, came = taught(1, "true", reporter="R0000")
    assert r_of(rows * 8, came, ("H", "villager", 3))[0] == pytest.approx(6.5 / 11)


def test_a_reopened_refutation_teaches_nothing():
    rows, came = taught(1, "false")
    back = pd.concat([came, outcomes(("L00", 3, "reopened")).assign(seq=9)])
    assert r_of(rows, back, ("H", "villager", 3)) == [0.55, "default"]


def test_reopening_what_was_closed_shows_it_there():
    reports = said(("H", "villager", 1))
    came = outcomes(("H", 2, "true"), ("H", 14, "reopened"))
    got = chance(reports, hazards(reports, "verified", "kite"), outcomes=came).loc["H"]
    assert got["age_days"] == pytest.approx(1.5, abs=1e-6)


def test_a_plain_file_teaches_by_what_was_closed_and_refuted():
    reports = said()
    file = pd.DataFrame({"hazard_id": [f"h{at}" for at in range(11)], "type": "tree", "party": "villager"})
    file = file.assign(state=["refuted"] * 10 + ["reported"], reported=pd.Timestamp("2024-08-01"))
    file["closed"] = pd.to_datetime(["2024-08-05"] * 10 + [None])
    got = report_parts(reports, file, ON, settings=RISK).set_index("hazard_id").loc["h10", "r"]
    assert got == pytest.approx(5.5 / 20)
    staff = report_parts(reports, file.assign(party="enterprise"), ON, settings=RISK).set_index("hazard_id")
    assert staff.loc["h10", ["r", "basis"]].tolist() == [0.95, "default"]  # perhaps they looked themselves
    before = report_parts(reports, file, date(2024, 8, 4), settings=RISK).set_index("hazard_id")
    assert before.loc["h10", ["r", "basis"]].tolist() == [0.55, "default"]


def test_what_befell_a_merged_hazard_bears_on_its_own_reports():
    reports = said(("H", "villager", 1), ("H", "villager", 1), ("K", "villager", 5)).assign(case_id=["H", "A", "K"])
    known = hazards(reports)
    refuted = report_parts(reports, known, ON, settings=RISK, outcomes=outcomes(("A", 2, "false")))
    assert refuted["r"].to_numpy() == pytest.approx(5.5 / 11)  # one lesson, of the report of A
    assert chance(reports, known, outcomes=outcomes(("A", 2, "true"))).loc["H", "basis"] == "verified"


# Privacy


def test_no_mark_of_a_person_comes_out():
    reports = said(("H", "villager", 1), ("H", "villager", 2), ("K", "villager", 3))
    people = pd.DataFrame(
        {
            "report_id": ["R0000", "R0001", "R0002"],
            "person_name": ["Li Lei", "李雷", "Han Meimei"],
            "person_contact": ["+86 138-0000-0001", "13800000001", ""],
        }
    )
    photos = pd.DataFrame({"subject": ["R0002", "H"], "sha256": ["ab" * 32] * 2})
    marked = with_witnesses(reports, identities=people, photos=photos)
    assert marked["reporter"].tolist() == ["R0000", "R0000", "R0002"]
    assert marked["photo_keys"].tolist() == ["", "", "ab" * 32]
    parts = report_parts(marked, hazards(marked), ON, settings=RISK)
    assert parts["weight"].tolist() == [1.0, 0.5, 1.0]
    table = chance(marked)
    assert not {"reporter", "photo_keys", "household"} & {*parts.columns, *table.columns}
    text = marked.to_csv() + parts.to_csv() + table.to_csv()
    assert not [word for word in ("Li Lei", "李雷", "Han", "1380000", "0000-0001") if word in text]


def test_namesakes_of_two_places_are_two():
    reports = said(("H", "villager", 1), ("H", "villager", 2)).assign(zone_id=["Z1", "Z2"])
    people = pd.DataFrame({"report_id": ["R0000", "R0001"], "person_name": "王伟", "person_contact": ""})
    assert with_witnesses(reports, identities=people)["reporter"].tolist() == ["R0000", "R0001"]
    alike = with_witnesses(reports.assign(zone_id="Z1"), identities=people)
    assert alike["reporter"].tolist() == ["R0000", "R0000"]


def test_the_callers_frames_stay():
    reports = said(("H", "villager", 1), ("K", "fire", 2))
    known, came = hazards(reports), outcomes(("H", 2, "true"))
    copies = [frame.copy(deep=True) for frame in (reports, known, came)]
    chance(reports, known, outcomes=came)
    for frame, copy in zip((reports, known, came), copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


# Properties

row = st.tuples(
    st.sampled_from(["H", "K", "M"]),
    st.sampled_from([*KINDS, "sensor"]),
    st.integers(1, 15),
    st.fixed_dictionaries(
        {"reporter": st.sampled_from(["", "R0", "R1"]), "source": st.sampled_from(["", "firms:VIIRS"])}
    ),
)
came = st.lists(
    st.tuples(
        st.sampled_from(["H", "K", "M"]),
        st.integers(1, 31),
        st.sampled_from(["true", "false", "reopened"]),
        st.sampled_from(["enterprise", "government"]),
    ),
    max_size=6,
)
passed = st.lists(
    st.tuples(st.sampled_from(["H", "K", "M"]), st.integers(1, 31), st.sampled_from(["foot", "drone"])), max_size=4
)
few = settings(deadline=None, max_examples=10)


def looked(rows):
    return looks(*rows) if rows else None


@few
@given(st.lists(row, min_size=1, max_size=8), came, passed)
def test_the_parts_sum_to_the_score(rows, results, gone):
    reports = said(*rows)
    table = chance(reports, outcomes=outcomes(*results), looks=looked(gone))
    parts = report_parts(reports, hazards(reports), ON, settings=RISK, outcomes=outcomes(*results))
    told = parts.groupby("hazard_id")["logit"].sum()
    assert table["reports_logit"].to_numpy() == pytest.approx(told.to_numpy(), rel=1e-12)
    terms = table[["prior_logit", "reports_logit", "reports_clip", "looks_logit", "looks_clip"]]
    assert terms.sum(axis=1).to_numpy() == pytest.approx(table["logit"].to_numpy(), rel=1e-9, abs=1e-9)
    assert parts["logit"].to_numpy() == pytest.approx(
        (parts["weight"] * (logit(parts["r"].to_numpy()) - logit(0.2))).to_numpy()
    )
    of = table[table["basis"] == "reports"]
    assert of["p"].to_numpy() == pytest.approx((expit(of["logit"]) * of["aged"]).to_numpy(), rel=1e-9)
    assert table["p"].between(0, 1).all()


@few
@given(st.lists(row, min_size=1, max_size=8), row, came, passed, st.sampled_from(["tree", "kite"]))
def test_a_supporting_report_never_lowers_p(rows, more, results, gone, kind):
    name, _, when, _ = more
    # A report older than the first would make the looks since then count too.
    assume(any(one[0] == name and one[2] <= when for one in rows))
    reports, proof = said(*rows, more), outcomes(*results)
    known = hazards(reports, kind=kind)
    parts = report_parts(reports, known, ON, settings=RISK, outcomes=proof).set_index("report_id")["r"]
    before = report_parts(reports.iloc[:-1], known, ON, settings=RISK, outcomes=proof).set_index("report_id")["r"]
    new = reports["report_id"].iloc[-1]
    # One that also teaches may change what the others are worth: that is another matter.
    assume(parts[new] > RISK.report_base and parts.drop(new).sort_index().equals(before.sort_index()))
    p = [
        chance(rows, known, outcomes=proof, looks=looked(gone)).loc[name, "p"] for rows in (reports.iloc[:-1], reports)
    ]
    assert p[1] >= p[0] - 1e-12


@few
@given(st.lists(row, min_size=1, max_size=8), came, passed, st.sampled_from(["H", "K", "M"]), st.integers(1, 15))
def test_a_look_that_found_nothing_never_raises_p(rows, results, gone, name, when):
    reports, proof = said(*rows), outcomes(*results)
    before = chance(reports, outcomes=proof, looks=looked(gone))["p"]
    after = chance(reports, outcomes=proof, looks=looked([*gone, (name, when, "foot")]))["p"]
    assert (after <= before + 1e-12).all()


@few
@given(st.integers(1, 8), st.integers(0, 8), st.booleans())
def test_refuting_another_never_raises_what_the_source_says(count, refuted, named):
    who = {"reporter": "R0"} if named else {}
    rows = [(f"L{at}", "villager", 1, who) for at in range(count)]
    came_of = [outcomes(*[(f"L{at}", 2, "false") for at in range(min(k, count))]) for k in (refuted, refuted + 1)]
    p = [p_of(*rows, ("H", "villager", 3, who), outcomes=one) for one in came_of]
    assert p[1] <= p[0] + 1e-12


@few
@given(st.lists(row, min_size=1, max_size=8), came, passed, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, results, gone, random):
    reports, proof, seen = said(*rows), outcomes(*results), looked(gone)

    def mixed(frame):
        return None if frame is None else frame.iloc[random.sample(range(len(frame)), len(frame))]

    known = hazards(reports)
    table = chance(reports, known, outcomes=proof, looks=seen)
    parts = report_parts(reports, known, ON, settings=RISK, outcomes=proof)
    other = chance(mixed(reports), mixed(known), outcomes=mixed(proof), looks=mixed(seen))
    pd.testing.assert_frame_equal(table, other, check_exact=True)
    again = report_parts(mixed(reports), mixed(known), ON, settings=RISK, outcomes=mixed(proof))
    pd.testing.assert_frame_equal(parts, again, check_exact=True)


@few
@given(st.lists(row, min_size=1, max_size=8), came, passed, st.integers(2, 14))
def test_nothing_later_is_looked_at(rows, results, gone, on):
    on = date(2024, 8, on)
    reports, proof = said(*rows), outcomes(*results)
    early = reports[reports["seen"] < day(on.day + 1)]
    if early.empty:
        return
    known, then = hazards(reports), hazards(early)
    kept = looked([one for one in gone if one[1] <= on.day])
    now = chance(reports, known, on, outcomes=proof, looks=looked(gone))
    past = chance(early, then, on, outcomes=proof[proof["at"] < day(on.day + 1)], looks=kept)
    pd.testing.assert_frame_equal(now, past, check_exact=True)


def test_a_later_report_and_a_later_look_are_not_heard_of():
    reports = said(("H", "villager", 1), ("H", "enterprise", 5))
    passes = looks(("H", 6, "foot"))
    got = [chance(reports, on=date(2024, 8, on), looks=passes).loc["H", "p"] for on in (4, 5, 6)]
    term = logit(0.55) + logit(0.95) - logit(0.2)
    assert got == pytest.approx([0.55, expit(4), expit(4 + math.log(0.15))])
    assert term > 4


def test_what_was_shut_later_was_not_shut_then():
    reports = said(("H", "villager", 1))
    shut = hazards(reports, "refuted", closed=day(10))
    assert chance(reports, shut, date(2024, 8, 9)).loc["H", "p"] == pytest.approx(0.55)
    assert chance(reports, shut, date(2024, 8, 10)).loc["H", "p"] == 0.0


def test_weighing_counts_by_group_as_by_hand():
    """The same as a loop over the reports, on random lessons."""
    rng = np.random.default_rng(5)
    rows = [
        (f"L{at}", rng.choice(["villager", "fire"]), 1, {"reporter": rng.choice(["", "a", "b"])}) for at in range(60)
    ]
    reports = said(*rows)
    reports = reports.assign(case_id=reports["hazard_id"], kind=reports["party"])
    judged = pd.DataFrame(
        {"true": rng.random(60) < 0.5, "at": day(2), "fresh": day(2), "party": "enterprise"},
        index=reports["hazard_id"],
    )
    reports = reports.assign(household=np.arange(60))
    got = weighed(reports, taught_by([reports], judged), RISK)["r"].to_numpy()
    truth = judged["true"].to_numpy()
    for at, (_, party, _, who) in enumerate(rows):
        own = [k for k, other in enumerate(rows) if who["reporter"] and other[1] == party and other[3] == who]
        rest = [k for k, other in enumerate(rows) if other[1] == party and k not in own]
        kind = (10 * KINDS[party] + truth[rest].sum()) / (10 + len(rest))
        assert got[at] == pytest.approx((10 * kind + truth[own].sum()) / (10 + len(own)))


# On a register of its own


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    """Eight kites of villagers refuted, two trees verified, one tree open: made through the register's own actions."""
    with opened(tmp_path_factory.mktemp("register") / "register.gpkg") as one:
        wang = {"person_name": "王小二", "person_contact": "13900000002"}
        kites = [{"key": f"kite{at}", "type": KITE, "captured_at": stamp(1)} for at in range(8)]
        trees = [{"key": f"tree{at}", "type": TREE, "captured_at": stamp(2), **wang} for at in range(2)]
        take(one, *kites, *trees, {"key": "open", "type": TREE, "captured_at": stamp(10)})
        for row in kites:
            do(one, "refute", hazard_id(row["key"]), stamp(3))
        for row in trees:
            do(one, "verify", hazard_id(row["key"]), stamp(4))
        again = {"hazard_id": hazard_id("open"), "type": TREE, "captured_at": stamp(11), **wang}
        take(one, {"key": "more1", **again}, {"key": "more2", **again, "captured_at": stamp(12)})
        picture = {"sha256": "ab" * 32, "name": "photos/x.jpg"}
        for key in ("open", "more1"):
            do(one, "photo", report_id(key), stamp(13), picture)
        do(one, "assign", hazard_id("open"), stamp(14), OWNER)
        yield one


def of_register(one, on, **more):
    reports = with_witnesses(one.reports(on), identities=one.identities(), photos=one.photos(on))
    came_of = outcomes_of(one.events(*OUTCOME_ACTIONS))
    both = (reports, one.hazards(on))
    table = credibility(*both, REAL_TYPES, on, settings=RISK, outcomes=came_of, timezone="Asia/Shanghai", **more)
    return table, report_parts(*both, on, settings=RISK, outcomes=came_of, timezone="Asia/Shanghai")


def test_a_register_by_hand(register):
    table, parts = of_register(register, ON)
    assert table["basis"].value_counts().to_dict() == {"refuted": 8, "verified": 2, "reports": 1}
    assert sorted(table["p"])[:8] == [0.0] * 8
    # The person's two trees were true, everybody else's eight kites were not.
    kind, trees = 5.5 / 18, 2
    mine = (10 * kind + trees) / 12
    strange = (5.5 + trees) / 20
    assert parts.set_index("report_id").loc[report_id("more1"), "r"] == pytest.approx(mine)
    assert parts.set_index("report_id").loc[report_id("open"), "r"] == pytest.approx(strange)
    terms = sorted((logit(mine), logit(mine), logit(strange)), reverse=True)
    total = logit(0.2) + sum(w * (term - logit(0.2)) for w, term in zip((1, 0.5, 0.25), terms, strict=True))
    row = table.loc[hazard_id("open")]
    assert row["logit"] == pytest.approx(total)
    assert row["p"] == pytest.approx(expit(total))


def test_a_register_of_an_earlier_day(register):
    table, parts = of_register(register, date(2024, 8, 2))
    assert table["basis"].unique().tolist() == ["reports"]
    assert parts["basis"].unique().tolist() == ["default"]
    # Frames of today asked about that day give the same chances but for states nobody dated.
    reports, known = register.reports(), register.hazards().assign(state="reported")
    came_of = outcomes_of(register.events(*OUTCOME_ACTIONS))
    now = credibility(
        reports, known, REAL_TYPES, date(2024, 8, 2), settings=RISK, outcomes=came_of, timezone="Asia/Shanghai"
    )
    pd.testing.assert_series_equal(now["p"], table["p"])


def test_events_become_outcomes_without_a_name(register):
    came_of = outcomes_of(register.events())
    assert came_of["outcome"].value_counts().to_dict() == {"false": 8, "true": 2}
    assert list(came_of) == ["hazard_id", "seq", "at", "outcome", "party"]


def test_an_adopted_list_teaches(tmp_path):
    with opened(tmp_path / "register.gpkg") as one:
        shut = {"given_state": "closed", "given_closed": stamp(5)}
        take(one, *[{"key": f"old{at}", **shut} for at in range(10)], {"key": "new", "captured_at": stamp(6)})
        table, parts = of_register(one, ON)
        assert table["basis"].value_counts().to_dict() == {"closed": 10, "reports": 1}
        assert table.loc[hazard_id("new"), "p"] == pytest.approx(15.5 / 20)
        assert set(parts["basis"]) == {"learned"}
        assert of_register(one, date(2024, 8, 4))[1]["basis"].unique().tolist() == ["default"]


def test_who_is_erased_counts_as_somebody_of_their_kind(tmp_path):
    with opened(tmp_path / "register.gpkg") as one:
        li = {"person_name": "李", "person_contact": "13700000003"}
        take(one, {"key": "a", **li}, {"key": "b", **li, "hazard_id": hazard_id("a"), "captured_at": stamp(2)})
        assert of_register(one, ON)[1]["weight"].tolist() == [1.0, 0.5]
        one.erase_person(report_id("b"), at=stamp(3), actor="office", party="enterprise")
        assert of_register(one, ON)[1]["weight"].tolist() == [1.0, 1.0]
