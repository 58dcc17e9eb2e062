"""Worlds are what their kind says, and the same for the same seed."""

import dataclasses

import numpy as np
import pytest

from patrol.config import Settings
from patrol.hazards.taxonomy import load_types
from patrol.risk.latent import loss_rates
from patrol.routing.model import Problem
from patrol.studies.county import County
from patrol.studies.worlds import BEFORE_DAYS, KINDS, LIARS, belief_of, draw_world

DAYS = 1000


@pytest.fixture(scope="module")
def county():
    """Forty sections in a row with two types: one lasts, one goes within days."""
    types = load_types().loc[["V01", "N04"]]
    phi, kappa = loss_rates(types)
    count = 40
    ends = np.arange(count - 1)
    beside = np.concatenate([np.column_stack([ends, ends + 1]), np.column_stack([ends + 1, ends])])
    cost = np.random.default_rng(1).lognormal(10.0, 0.8, (count, 1)).repeat(2, axis=1)
    return County(
        settings=Settings(), types=types, problem=Problem(7, (), (), ()), length_m=np.full(count, 400.0),
        cycle_days=np.full(count, 90.0), tau_days=np.full(count, 30.0),
        rate=np.full((count, 2), 0.01) * np.array([1.0, 0.5]), cost=cost, phi=phi, kappa=kappa,
        fix_days=np.full(2, 7.0), seen=np.full((3, 2), 0.8), beside=np.unique(beside, axis=0), synthetic=True,
    )  # fmt: skip


def world(county, name, number=0, seed=1):
    kind = KINDS[name]
    return draw_world(county, belief_of(county, kind, seed, number), kind, days=DAYS, seed=seed, world=number)


@pytest.mark.parametrize("name", KINDS)
def test_the_same_seed_is_the_same_world_and_another_is_not(county, name):
    one, same, other = world(county, name), world(county, name), world(county, name, number=1)
    for a, b in zip((*one.hazards, *one.reports), (*same.hazards, *same.reports), strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(one.hazards.birth) != len(other.hazards.birth) or (one.hazards.birth != other.hazards.birth).any()


@pytest.mark.parametrize("name", KINDS)
def test_hazards_are_ordered_and_come_as_often_as_the_model_says_on_the_whole(county, name):
    expected = county.rate.sum() * (DAYS + BEFORE_DAYS)
    counts = []
    for number in range(12):
        hazards = world(county, name, number).hazards
        assert hazards.begin[0] == 0
        assert hazards.begin[-1] == len(hazards.birth)
        assert np.all(np.diff(hazards.section) >= 0)
        assert np.all(np.diff(hazards.birth)[np.diff(hazards.section) == 0] >= 0)
        assert np.all((hazards.gone > hazards.birth) & (hazards.fault > hazards.birth) & (hazards.luck > 0))
        counts.append(len(hazards.birth))
    assert np.mean(counts) == pytest.approx(expected, rel=0.2 if "error" in name else 0.06)


def test_what_the_model_knows_and_what_it_does_not(county):
    plain = belief_of(county, KINDS["own"], 1)
    np.testing.assert_allclose(plain.rate, county.rate)
    np.testing.assert_allclose(plain.cost, county.cost)
    strong, mild = belief_of(county, KINDS["strong"], 1), belief_of(county, KINDS["mild"], 1)
    assert strong.rate.sum() == pytest.approx(county.rate.sum())
    assert np.log(strong.rate[:, 0]).std() == pytest.approx(2 * np.log(mild.rate[:, 0]).std())
    assert np.log(mild.cost).std(axis=0) == pytest.approx([0.5, 0.5])
    wrong = belief_of(county, KINDS["error_one"], 1)
    np.testing.assert_array_equal(wrong.rate, strong.rate)  # an error is what the model does not know
    other = belief_of(county, KINDS["strong"], 1, 1)
    assert np.corrcoef(np.log(other.rate[:, 0]), np.log(strong.rate[:, 0]))[0, 1] < 0.9, "each world has its own"


def test_bursts_bring_several_at_once_on_neighbours(county):
    def near(name):
        hazards = world(county, name).hazards
        order = np.argsort(hazards.birth)
        birth, section = hazards.birth[order], hazards.section[order]
        return np.mean((np.diff(birth) < 14) & (np.abs(np.diff(section)) <= 1))

    assert near("bursts") > 2 * near("strong")


def test_villagers_are_right_as_often_as_is_thought_and_a_few_lie_most(county):
    many = dataclasses.replace(county, rate=county.rate * 20)
    reports = world(many, "liars").reports
    real = reports.hazard >= 0
    assert real.mean() == pytest.approx(many.settings.risk.report_villager, abs=0.03)
    liar = reports.source < LIARS
    assert real[liar].mean() < 0.25
    assert real[~liar].mean() > 0.7
    assert np.all(np.diff(reports.day) >= 0)
    assert len(world(many, "strong").reports.day) == 0
