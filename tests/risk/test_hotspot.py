"""Hot spots: shrinkage, what counts as a find, and no look into the future."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from patrol.config import RiskSettings
from patrol.hazards.taxonomy import load_types
from patrol.risk.hotspot import hot_spot

ON = date(2024, 8, 16)
SETTINGS = RiskSettings()


def types():
    return load_types().loc[["V01", "A01", "S01", "F01", "unclassified"]]


def at(age):
    return pd.Timestamp(ON) - pd.Timedelta(days=age)


def visits(*rows):
    frame = pd.DataFrame(rows, columns=["section", "age", "finds", "row"])
    when = pd.Timestamp(ON) - pd.to_timedelta(frame.pop("age"), unit="D")
    return frame.assign(date=when, method="foot", share=1.0, party="enterprise")


def hazards(*rows):
    frame = pd.DataFrame(rows, columns=["section", "type", "age"])
    when = pd.Timestamp(ON) - pd.to_timedelta(frame.pop("age"), unit="D")
    return frame.assign(reported=when, party="enterprise", state="verified", closed=pd.Series(dtype="datetime64[ns]"))


def spots(seen, known, sections=3, **more):
    rate = np.full((sections, 5), 0.002)
    rate[:, 4] = 0.0
    full = {"cycle_days": np.full(sections, 90.0), "settings": SETTINGS} | more
    return hot_spot(rate, types(), seen, known, ON, **full)


def finds(got, section):
    return {name: value for name, value in zip(got.groups, got.finds[section], strict=True) if value}


def test_without_data_the_factor_is_one():
    got = spots(visits(), hazards())
    assert (got.factor == 1).all()
    assert (got.by_type() == np.ones((3, 5))).all()


def test_where_nobody_writes_finds_down_nothing_is_learned():
    got = spots(visits((0, 50, 0, 0), (1, 50, 0, 1)), hazards((0, "V01", 80)))
    assert (got.factor == 1).all()
    told = spots(visits((0, 50, 1, 0), (1, 50, 0, 1)), hazards())
    assert (told.factor[1] <= 1).all(), "there, nothing found is something"
    assert told.factor[1].min() < 1
    assert (told.factor[2] == 1).all()


def test_shrinkage_by_hand():
    got = spots(visits((0, 50, 0, 0)), hazards((0, "V01", 50), (0, "A01", 49)))
    veg = got.groups.index("veg")
    assert finds(got, 0) == {"veg": 2.0}
    assert got.factor[0, veg] == pytest.approx(3.0 / (1 + got.expected[0, veg]))
    assert (got.by_type()[0, :2] == got.factor[0, veg]).all()
    firm = spots(visits((0, 50, 0, 0)), hazards((0, "V01", 50)), settings=RiskSettings(hot_spot_finds=1000.0))
    assert firm.factor == pytest.approx(1.0, abs=0.002)


@pytest.mark.parametrize(
    "change",
    [
        {"party": "villager"}, {"section": -1}, {"section": 1}, {"reported": at(46)}, {"reported": at(51)},
        {"reported": at(0)}, {"state": "refuted"}, {"state": "refuted", "closed": at(1)},
    ],
)  # fmt: skip
def test_what_was_not_found_on_the_patrol_does_not_count(change):
    known = hazards((0, "V01", 50)).assign(**change)
    assert not spots(visits((0, 50, 0, 0)), known).finds.any()


def test_refuted_later_still_counted_on_the_day():
    known = hazards((0, "V01", 50)).assign(state="refuted", closed=at(-3))
    assert finds(spots(visits((0, 50, 0, 0)), known), 0) == {"veg": 1.0}


def test_a_count_beyond_the_register_is_shared_out_as_was_to_be_expected():
    """One patrol of two sections found three; the register knows one of them."""
    seen = visits((0, 50, 2.0, 0), (1, 50, 1.0, 0))
    got = spots(seen, hazards((0, "V01", 50)))
    assert got.finds.sum() == pytest.approx(3.0)
    rest = got.finds.copy()
    rest[0, got.groups.index("veg")] -= 1
    assert rest == pytest.approx(2 * got.expected / got.expected.sum())


def test_what_is_known_twice_counts_once():
    got = spots(visits((0, 50, 1.0, 0)), hazards((0, "V01", 50)))
    assert finds(got, 0) == {"veg": 1.0}
    more = spots(visits((0, 50, 1.0, 0)), hazards((0, "V01", 50), (0, "S01", 50)))
    assert finds(more, 0) == {"veg": 1.0, "equip": 1.0}


def test_a_find_without_a_type_stays_on_its_section():
    got = spots(visits((0, 50, 0.5, 0), (1, 50, 0.5, 0)), hazards((1, "unclassified", 50)))
    assert got.finds[1].sum() == pytest.approx(1.0)
    assert got.finds[0].sum() == 0
    assert got.finds[1] == pytest.approx(got.expected[1] / got.expected[1].sum())


def test_the_future_is_not_looked_at():
    seen, known = visits((0, 50, 1.0, 0)), hazards((0, "V01", 50))
    later = visits((0, 0, 5.0, 1), (1, -9, 5.0, 2))
    more = hazards((0, "V01", 0), (1, "S01", -9))
    one = spots(seen, known)
    two = spots(pd.concat([seen, later], ignore_index=True), pd.concat([known, more], ignore_index=True))
    assert (one.finds == two.finds).all()
    assert (one.expected == two.expected).all()
    assert not spots(visits((0, 1, 0, 0)), hazards((0, "V01", 0))).finds.any(), "reported on the day itself"


def test_the_truth_is_met_on_average_and_each_factor_is_fair():
    """Simulated: true rates from the prior, births, exits, faults, patrols that miss; one kind hardly stays."""
    rng = np.random.default_rng(7)
    kinds = types().iloc[[1, 2, 3]]  # a nest for 60 days, a leaning pole, a stubble fire
    sections, days = 4000, np.arange(30, 730, 90)
    rate = np.full((sections, 3), [0.004, 0.006, 0.05])
    true = rng.gamma(1.0, 1.0, (sections, 3))
    rows = []
    for k, kind in enumerate(kinds.itertuples()):
        count = rng.poisson(true[:, k] * rate[0, k] * 1460)
        place = np.repeat(np.arange(sections), count)
        born = rng.random(len(place)) * 1460 - 730
        stay = rng.exponential(1 / kind.phi_per_day, len(place))
        if np.isfinite(kind.persist_days):
            stay = np.minimum(stay, rng.exponential(kind.persist_days, len(place)))
        gone = born + stay
        for day in np.arange(30 - 720, 730, 90):
            caught = (born < day) & (gone > day) & (rng.random(len(place)) < kind.d_foot)
            gone[caught] = day
            if day >= 30:
                rows += [(s, kinds.index[k], 730 - day) for s in place[caught].tolist()]
    seen = visits(*[(s, 730 - day, 0, s * 10 + i) for s in range(sections) for i, day in enumerate(days.tolist())])
    got = hot_spot(rate, kinds, seen, hazards(*rows), ON, cycle_days=np.full(sections, 90.0), settings=SETTINGS)
    truth = true[:, [kinds["category"].tolist().index(name) for name in got.groups]]
    error = got.factor - truth
    assert (np.abs(error.mean(axis=0)) < 4 * error.std(axis=0) / np.sqrt(sections)).all()
    assert (error.std(axis=0) < truth.std(axis=0)).all(), "better than not learning"
    high = got.factor[:, 0] > np.quantile(got.factor[:, 0], 0.8)
    assert abs(error[high, 0].mean()) < 4 * error[high, 0].std() / np.sqrt(high.sum())
