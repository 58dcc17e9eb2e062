"""The back-test on the sample county, and on worlds whose truth is known."""

import dataclasses
import itertools
from datetime import date

import numpy as np
import pandas as pd
import pytest

import patrol.studies.history as remembering
from patrol.errors import LayerError
from patrol.studies import metrics
from patrol.studies.backtest import POLICIES, back_test, look_back, months_of, next_month, summary, summary_errors
from patrol.studies.history import counts, true_hazards
from patrol.studies.measures import OUTCOMES, Panels, measure, reliability_tables, scale_before
from patrol.studies.policies import BASELINES, Policy, by_section

FIRST, LAST = date(2023, 12, 1), date(2024, 3, 1)


@pytest.fixture(scope="module")
def tested(county):
    layers, types, _ = county
    return back_test(layers, types, first=FIRST, last=LAST, draws=15)


@pytest.fixture(scope="module")
def panels(county):
    layers, _, ground = county
    return look_back(ground, layers, POLICIES, months_of(FIRST, LAST))


def test_months():
    assert months_of(date(2023, 11, 30), date(2024, 2, 1)) == tuple(
        date(y, m, 1) for y, m in ((2023, 11), (2023, 12), (2024, 1), (2024, 2))
    )
    assert next_month(date(2023, 12, 31)) == date(2024, 1, 1)
    assert months_of(date(2024, 2, 1), date(2024, 1, 31)) == ()


def test_the_table_is_tidy_and_whole(tested):
    table = tested.table
    assert table.columns.tolist() == ["policy", "split", "key", "outcome", "measure", "value", "se"]
    assert not table.duplicated(["policy", "split", "key", "outcome", "measure"]).any()
    assert table["value"].notna().all()
    assert set(table["policy"]) == {policy.name for policy in POLICIES}
    assert set(table["outcome"]) == set(OUTCOMES)
    assert set(table.loc[table["split"] == "month", "key"]) == {"2023-12", "2024-01", "2024-02", "2024-03"}
    assert set(table.loc[table["split"] == "feeder", "key"]) >= {"F611", "F624"}
    pooled = table[(table["split"] == "all") & (table["outcome"] == "finds")]
    assert (pooled["se"].isna() | (pooled["se"] >= 0)).all()
    assert tested.synthetic


def test_length_tells_no_kilometre_from_another(tested):
    here = summary(tested, "finds").loc["length", ["pai_5", "pai_10", "pai_20"]]
    assert here.tolist() == pytest.approx([1.0, 1.0, 1.0])
    assert summary_errors(tested, "patrolled").at["length", "pai_10"] == pytest.approx(0.0, abs=1e-9)


def test_pooled_measures_are_those_of_the_pure_functions(tested, panels):
    got = summary(tested, "finds")
    for name, scores in panels.scores.items():
        caught = best = right = pairs = 0.0
        for score, finds in zip(scores, panels.finds, strict=True):
            caught += metrics.captured(score / panels.length_km, finds, panels.length_km, [0.1])[0]
            best += metrics.best_captured(finds, panels.length_km, [0.1])[0]
            with_it, without = score[finds > 0], score[finds == 0]
            right += sum((with_it > x).sum() + 0.5 * (with_it == x).sum() for x in without)
            pairs += len(with_it) * len(without)
        assert got.at[name, "pai_10"] == pytest.approx(caught / panels.finds.sum() / 0.1)
        assert got.at[name, "pei_10"] == pytest.approx(caught / best)
        assert got.at[name, "auc"] == pytest.approx(right / pairs)
        if (scores > 0).all():
            slope = metrics.calibration_slope(scores.ravel(), panels.finds.ravel()).slope
            assert got.at[name, "slope"] == pytest.approx(slope)
        else:
            assert np.isnan(got.at[name, "slope"])


def test_a_month_and_a_feeder_are_what_they_are_alone(tested, panels):
    table = tested.table.set_index(["policy", "split", "key", "outcome", "measure"])["value"]
    score, finds, km = panels.scores["days"], panels.finds, panels.length_km
    assert table["days", "month", "2024-01", "finds", "pai_20"] == pytest.approx(
        metrics.pai(score[1] / km, finds[1], km, 0.2)
    )
    own = panels.feeder_id == "F612"
    caught = sum(metrics.captured((s / km)[own], f[own], km[own], [0.2])[0] for s, f in zip(score, finds, strict=True))
    assert table["days", "feeder", "F612", "finds", "pai_20"] == pytest.approx(caught / finds[:, own].sum() / 0.2)


def test_brier_is_of_scores_scaled_by_the_months_before(tested, panels):
    squares, rows = 0.0, 0
    for month in range(1, 4):
        scale = scale_before(panels, "days", month)
        there = panels.looks[month] > 0
        seen = panels.looks[:month] > 0
        before = (panels.scores["days"][:month] * panels.looks[:month])[seen].sum()
        assert scale == pytest.approx(panels.finds[:month][seen].sum() / before)
        chance = 1 - np.exp(-scale * (panels.scores["days"][month] * panels.looks[month])[there])
        squares += ((chance - (panels.finds[month][there] > 0)) ** 2).sum()
        rows += there.sum()
    assert summary(tested, "patrolled").at["days", "brier"] == pytest.approx(squares / rows)
    table = reliability_tables(panels).set_index("policy")
    assert table.loc["days", "n"].sum() == rows
    assert scale_before(panels, "days", 0) is None


def test_who_knows_the_future_is_perfect_and_ahead_of_all(county):
    layers, types, ground = county

    def prophet(history, on):
        rows = layers.hazards[
            (layers.hazards["reported"] >= pd.Timestamp(on))
            & (layers.hazards["reported"] < pd.Timestamp(next_month(on)))
        ]
        return by_section(history, counts(ground, true_hazards(rows)))

    result = back_test(layers, types, (Policy("prophet", prophet), *BASELINES), first=FIRST, last=LAST, draws=15)
    best = summary(result, "finds").loc["prophet"]
    assert best[["pei_5", "pei_10", "pei_20", "auc"]].tolist() == pytest.approx([1.0] * 4)
    leads = result.leads[(result.leads["policy"] == "prophet") & (result.leads["outcome"] == "finds")]
    assert set(leads["against"]) == {policy.name for policy in BASELINES}
    assert (leads["ahead"] == 1.0).all()
    assert (leads["lead"] > 0).all()


def test_the_same_seed_gives_the_same_and_another_only_other_errors(county, tested):
    layers, types, _ = county
    again = back_test(layers, types, first=FIRST, last=LAST, draws=15)
    pd.testing.assert_frame_equal(again.table, tested.table)
    pd.testing.assert_frame_equal(again.leads, tested.leads)
    other = back_test(layers, types, first=FIRST, last=LAST, draws=30, seed=2)
    pd.testing.assert_frame_equal(other.table.drop(columns="se"), tested.table.drop(columns="se"))
    assert not other.table["se"].equals(tested.table["se"])


def test_the_network_is_traced_once(county, monkeypatch):
    layers, types, _ = county
    calls, real = [], remembering.build_network
    monkeypatch.setattr(remembering, "build_network", lambda *a, **k: calls.append(1) or real(*a, **k))
    told = []
    back_test(layers, types, BASELINES[:1], first=FIRST, last=LAST, draws=10, progress=lambda *step: told.append(step))
    assert len(calls) == 1
    assert [step for step, _ in itertools.groupby(told, key=lambda one: one[0])] == ["network", "months", "measures"]


def test_what_lies_nowhere_is_told(tested, county):
    codes = {note.code: note.count for note in tested.notes}
    assert "backtest.short" not in codes, "the records begin more than a year before"
    layers = county[0]
    rows = layers.faults[(layers.faults["date"] >= "2023-12-01") & (layers.faults["date"] < "2024-04-01")]
    assert codes["backtest.nowhere"] == (rows["pole_no"] == "").sum() > 0


def test_short_records_are_told(county):
    layers, types, _ = county
    patrols, hazards = layers.patrols, layers.hazards
    late = dataclasses.replace(
        layers,
        patrols=patrols[patrols["date"] >= "2023-02-01"].reset_index(drop=True),
        hazards=hazards[hazards["reported"] >= "2022-12-01"].reset_index(drop=True),
    )
    notes = back_test(late, types, BASELINES[:1], first=FIRST, last=LAST, draws=10).notes
    assert {note.code: note.count for note in notes}["backtest.short"] == 2, "2024-02-01 has its year"


def test_no_hazards_and_no_faults_is_an_error_in_words(county):
    layers, types, _ = county
    with pytest.raises(LayerError, match="no hazard or fault from 2019-01 to 2019-02"):
        back_test(layers, types, first=date(2019, 1, 1), last=date(2019, 2, 1), draws=10)


@pytest.mark.parametrize("spoil", [lambda s: s.iloc[1:], lambda s: -s, lambda s: s * np.nan])
def test_a_scorer_that_leaves_sections_out_is_our_bug(county, spoil):
    layers, _, ground = county
    bad = Policy("bad", lambda history, on: spoil(BASELINES[0].score(history, on)))
    with pytest.raises(ValueError, match="bad: a score"):
        look_back(ground, layers, [bad], [FIRST])


def world(seed, months=12, sections=400, feeders=20):
    """A world whose finds are Poisson with the rates that one policy states."""
    rng = np.random.default_rng(seed)
    km = rng.uniform(0.2, 0.5, sections)
    rate = km * rng.gamma(1.0, 0.15, sections)
    looks = (rng.random((months, sections)) < 0.5).astype(float)
    return Panels(
        months=months_of(date(2020, 1, 1), date(2020, months, 1)),
        scores={
            name: np.tile(score, (months, 1))
            for name, score in (("knows", rate), ("too_bold", rate**2), ("length", km))
        },
        stated=frozenset({"knows"}),
        finds=rng.poisson(rate * looks).astype(float),
        faults=np.zeros((months, sections)),
        looks=looks,
        hours=looks * km / 2.0,
        length_km=km,
        ecm_per_fault=rng.uniform(1, 2, sections),
        feeder_id=np.array([f"F{k % feeders:02d}" for k in range(sections)], dtype=object),
    )


def test_a_right_forecast_is_calibrated_and_ahead():
    table, leads = measure(world(1), draws=60, seed=1)
    pooled = table[(table["split"] == "all") & (table["outcome"] == "patrolled")].set_index(["policy", "measure"])
    value, se = pooled["value"], pooled["se"]
    assert abs(value["knows", "slope"] - 1) < 3 * se["knows", "slope"]
    assert abs(value["knows", "found_per_expected"] - 1) < 3 * se["knows", "found_per_expected"]
    assert value["too_bold", "slope"] == pytest.approx(value["knows", "slope"] / 2, abs=0.1)
    assert value["knows", "brier"] < value["too_bold", "brier"]
    ahead = leads[(leads["policy"] == "knows") & (leads["against"] == "length") & (leads["outcome"] == "patrolled")]
    assert (ahead["ahead"] > 0.95).all()
    assert not len(table[table["outcome"] == "faults"]), "what never happened has no measure"


def test_errors_of_draws_are_the_spread_over_worlds():
    """The bootstrap's standard error against that of new worlds of the same kind, other counts but same sections."""
    first = world(0, months=4)
    first = dataclasses.replace(first, scores={"knows": first.scores["knows"]})
    rng, found = np.random.default_rng(5), []
    for _ in range(30):
        again = dataclasses.replace(first, finds=rng.poisson(first.scores["knows"] * first.looks).astype(float))
        table, _ = measure(again, draws=2 if found else 100, seed=1)
        row = table.set_index(["policy", "split", "key", "outcome", "measure"]).loc[
            ("knows", "all", "", "patrolled", "found_per_expected")
        ]
        found.append(row)
    spread, stated = np.std([row["value"] for row in found], ddof=1), found[0]["se"]
    assert 0.5 < stated / spread < 2.0
