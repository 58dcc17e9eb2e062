"""Factors by day and group: each section gets its own group's, and means count whole days since the last patrol."""

from datetime import date

import numpy as np
import pandas as pd

from patrol.hazards.taxonomy import load_types
from patrol.risk.days import Days, joined_groups, mean_since, same_days
from patrol.risk.latent import latent

ON, LASTING = date(2024, 8, 16), "V01"


def types():
    few = ["V01", "A01", "F01"]
    return load_types().loc[few]


def visits(*rows):
    table = pd.DataFrame(rows, columns=["section", "ago", "method", "share"])
    return table.assign(date=pd.Timestamp(ON) - pd.to_timedelta(table["ago"], unit="D"))


def test_sections_alike_in_every_part_share_a_group():
    weather = np.array([0, 0, 1, 1, 0])
    events = np.array([[0, 0], [0, 1], [0, 1], [0, 1], [0, 0]], dtype=bool)
    group, first = joined_groups(weather, events)
    assert group[0] == group[4]
    assert group[2] == group[3]
    assert len(set(group.tolist())) == 3
    assert group[first].tolist() == [0, 1, 2]


def test_each_section_is_stepped_through_its_own_group():
    days = pd.date_range(end="2024-08-15", periods=9)
    storm, busy = pd.DataFrame({LASTING: 6.0}, index=days), pd.DataFrame({LASTING: 3.0}, index=days)
    none = same_days(1)
    apart = Days(np.array([1, 0, 1]), (none.faults[0], storm), (busy, none.arrivals[0]))
    rate, tau, cycle = np.full((3, 3), 0.02), np.array([60, 60, 30]), np.full(3, 90)
    seen = visits((0, 60, "foot", 1.0), (1, 60, "foot", 1.0), (2, 30, "foot", 1.0))
    got = latent(rate, types(), seen, ON, tau_days=tau, cycle_days=cycle, days=apart)
    for row, alone in enumerate((same_days(3, faults=storm), same_days(3, arrivals=busy), same_days(3, faults=storm))):
        one = latent(rate, types(), seen, ON, tau_days=tau, cycle_days=cycle, days=alone)
        assert (got.n[row] == one.n[row]).all()
        assert (got.n0[row] == one.n0[row]).all()
        assert apart.of_row(row).faults[0] is apart.faults[apart.group[row]]


def test_the_mean_since_the_last_patrol_counts_whole_days():
    days = pd.date_range("2024-08-12", "2024-08-15")
    tables = (pd.DataFrame({LASTING: 20.0}, index=days), pd.DataFrame(index=days))
    tau = np.array([1.0, 4.0, 8.0, 0.0, 8.0])
    got = mean_since(tables, np.array([0, 0, 0, 0, 1]), tau, date(2024, 8, 16), types().index)
    assert got[:, 0].tolist() == [20.0, 20.0, 10.5, 20.0, 1.0]
    assert (got[:, 1:] == 1).all()
