"""What hazards cost, against hand reckoning and against drawing faults instead of expecting them."""

import numpy as np
import pytest

from patrol.studies.fate import Fates, Visits, expected_loss, look, untouched
from patrol.studies.worlds import Hazards

INF = np.inf
WEEK = np.array([7.0])


def hazards_of(rows, sections=1):
    """Hazards from (section, type, birth, gone, fault, luck, told)."""
    table = np.array(sorted(rows), dtype=float).reshape(-1, 7)
    section = table[:, 0].astype(np.int64)
    begin = np.searchsorted(section, np.arange(sections + 1))
    return Hazards(begin, section, table[:, 1].astype(np.int64), *(np.ascontiguousarray(c) for c in table[:, 2:].T))


def visits_of(*rows):
    return Visits(*(np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)))


def looked(hazards, visits, seen):
    fates = untouched(hazards)
    finds = np.zeros(len(visits.day), np.int64)
    look(visits, hazards, -np.log1p(-np.atleast_2d(np.asarray(seen, float))), fates, finds)
    return fates, finds


def test_a_hazard_is_found_when_its_luck_runs_out():
    # A look that finds half of what is there uses up ln 2 = 0.69 of luck.
    hazards = hazards_of([(0, 0, 5.0, INF, INF, 1.0, INF)])
    fates, finds = looked(hazards, visits_of((0, 3, 0), (0, 10, 0), (0, 20, 0), (0, 30, 0)), [[0.5]])
    assert fates.found[0] == 20
    assert finds.tolist() == [0, 0, 1, 0]


def test_gone_is_not_found_and_a_fault_is_no_find():
    gone = (0, 0, 0.0, 8.0, INF, 0.1, INF)
    fault = (0, 0, 0.0, INF, 9.0, 0.1, INF)
    fates, finds = looked(hazards_of([gone, fault]), visits_of((0, 10, 0)), [[0.9]])
    assert sorted(fates.found.tolist()) == [10.0, INF]
    assert finds.tolist() == [0]


def test_who_comes_for_a_report_finds_what_was_reported_and_nothing_else():
    told = (0, 0, 0.0, INF, INF, 9.0, 4.0)
    quiet = (0, 0, 1.0, INF, INF, 0.1, INF)
    fates, finds = looked(hazards_of([told, quiet]), visits_of((0, 3, -1), (0, 6, -1)), [[0.9]])
    assert fates.found.tolist() == [6.0, INF]
    assert finds.tolist() == [0, 1]


def test_each_look_finds_its_share():
    rng = np.random.default_rng(5)
    rows = [(0, k % 2, 0.0, INF, INF, luck, INF) for k, luck in enumerate(rng.exponential(size=40_000))]
    hazards = hazards_of(rows)
    fates, _ = looked(hazards, visits_of((0, 1, 0), (0, 2, 1)), [[0.2, 0.7], [0.5, 0.1]])
    for kind, first, second in ((0, 0.2, 0.8 * 0.5), (1, 0.7, 0.3 * 0.1)):
        found = fates.found[hazards.type == kind]
        assert (found == 1).mean() == pytest.approx(first, abs=0.01)
        assert (found == 2).mean() == pytest.approx(second, abs=0.01)


def test_loss_by_hand():
    hazards = hazards_of([(0, 0, 10.0, INF, INF, 1.0, INF)])
    found = Fates(hazards.luck, np.array([30.0]))
    cost, phi = np.array([[1000.0]]), np.array([0.01])
    whole = expected_loss(hazards, found, cost, phi, fix_days=WEEK, first=0.0, last=100.0)
    assert whole == pytest.approx(1000 * (1 - np.exp(-0.01 * 27)))
    late = expected_loss(hazards, found, cost, phi, fix_days=WEEK, first=20.0, last=100.0)
    assert late == pytest.approx(1000 * (np.exp(-0.01 * 10) - np.exp(-0.01 * 27)))
    assert expected_loss(hazards, found, cost, phi, fix_days=WEEK, first=40.0, last=100.0) == 0.0
    early = expected_loss(hazards, found, cost, phi, fix_days=WEEK, first=0.0, last=20.0)
    assert early == pytest.approx(whole - late)


def test_each_type_is_mended_in_its_own_time():
    hazards = hazards_of([(0, 0, 10.0, INF, INF, 1.0, INF), (0, 1, 10.0, INF, INF, 1.0, INF)])
    found = Fates(hazards.luck, np.array([30.0, 30.0]))
    cost, phi = np.array([[1000.0, 1000.0]]), np.array([0.01, 0.01])
    both = expected_loss(hazards, found, cost, phi, fix_days=np.array([1.0, 7.0]), first=0.0, last=100.0)
    assert both == pytest.approx(1000 * (2 - np.exp(-0.01 * 21) - np.exp(-0.01 * 27)))


def test_the_expected_loss_is_the_mean_of_drawn_faults():
    rng = np.random.default_rng(11)
    count, phi = 60_000, 0.02
    birth = rng.uniform(0, 300, count)
    gone = birth + rng.exponential(60.0, count)
    fault = birth + rng.exponential(1 / phi, count)
    rows = np.column_stack([
        np.zeros(count), np.zeros(count), birth, gone, fault, rng.exponential(size=count), np.full(count, INF),
    ])  # fmt: skip
    hazards = hazards_of(rows.tolist())
    fates, _ = looked(hazards, visits_of(*((0, day, 0) for day in range(20, 300, 40))), [[0.6]])
    got = expected_loss(
        hazards, fates, np.array([[1.0]]), np.array([phi]), fix_days=np.array([5.0]), first=50.0, last=250.0
    )
    happens = (
        (hazards.fault < np.minimum(hazards.gone, fates.found + 5.0)) & (hazards.fault >= 50) & (hazards.fault < 250)
    )
    assert got == pytest.approx(happens.sum(), rel=0.02)
