"""Nothing of the future is seen; what is seen is what the plan itself would see on that day."""

import dataclasses
from datetime import date
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from patrol.hazards.taxonomy import load_types
from patrol.layers.files import load_layers
from patrol.planning.picture import picture
from patrol.project import read_project
from patrol.studies.backtest import POLICIES
from patrol.studies.history import (
    NOWHERE,
    counts,
    effort,
    history_at,
    lay_ground,
    sections_of_rows,
    true_hazards,
    truncate,
)

ORIGINS = [date(2023, 12, 1), date(2024, 3, 1), date(2024, 8, 1)]
FRAMES = [
    "lines", "poles", "equipment", "roads", "zones", "places", "water", "crews", "roster", "service_points",
    "requests", "patrols", "faults", "hazards", "weather",
]  # fmt: skip


def another_future(layers, on, seed):
    """Change everything that happened on a day or later: shuffled, moved, undone, made up."""
    day, rng = pd.Timestamp(on), np.random.default_rng(seed)

    def shuffled(rows, column):
        late = np.flatnonzero((rows[column] >= day).to_numpy())
        mixed = rows.copy()
        for name in rows.columns.drop([column]):
            mixed.iloc[late, mixed.columns.get_loc(name)] = rows[name].iloc[rng.permutation(late)].to_numpy()
        moved = pd.to_timedelta(rng.integers(0, 200, len(late)), unit="D")
        mixed.iloc[late, mixed.columns.get_loc(column)] = day + moved
        keep = np.ones(len(rows), dtype=bool)
        keep[late[rng.random(len(late)) < 0.3]] = False
        return pd.concat([mixed[keep], mixed.iloc[late[:5]]], ignore_index=True)

    hazards = layers.hazards.copy()
    known = (hazards["reported"] < day) & ~(hazards["closed"] < day)
    states = rng.choice(["reported", "verified", "refuted", "closed", "rectified"], int(known.sum()))
    hazards.loc[known, "state"] = states
    hazards.loc[known, "closed"] = [day + pd.Timedelta(days=k) if k % 2 else pd.NaT for k in range(len(states))]
    hazards = gpd.GeoDataFrame(shuffled(hazards, "reported"), geometry="geometry", crs=layers.crs)
    hazards = hazards.assign(deadline=day, hazard_class=rng.choice(["emergency", "general"], len(hazards)))
    points = layers.service_points.copy()
    points.loc[~(points["last_visit"] < day), "last_visit"] = day + pd.Timedelta(days=3)
    return dataclasses.replace(
        layers,
        hazards=hazards,
        patrols=shuffled(layers.patrols, "date"),
        faults=shuffled(layers.faults, "date"),
        weather=shuffled(layers.weather, "date"),
        roster=layers.roster.iloc[::-1].reset_index(drop=True),
        requests=layers.requests.iloc[:3],
        service_points=points,
        findings=(),
        hashes=MappingProxyType({"lines": "another"}),
    )


@pytest.mark.parametrize("on", ORIGINS, ids=str)
@pytest.mark.parametrize("seed", [1, 2])
def test_another_future_leaves_the_same_past_and_the_same_scores(county, on, seed):
    layers, _, ground = county
    other = another_future(layers, on, seed)
    assert len(other.hazards) != len(layers.hazards)
    one, two = truncate(layers, on), truncate(other, on)
    for name in FRAMES:
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(one, name)), pd.DataFrame(getattr(two, name)))
    assert (one.findings, dict(one.hashes)) == (two.findings, dict(two.hashes))
    before, after = history_at(ground, layers, on), history_at(ground, other, on)
    for policy in POLICIES:
        pd.testing.assert_series_equal(policy.score(before, on), policy.score(after, on))


def test_the_scores_do_change_with_the_past(county):
    """Else the test above would hold for a scorer that sees nothing."""
    layers, _, ground = county
    on = date(2024, 8, 1)
    before = history_at(ground, layers, on)
    after = history_at(ground, another_future(layers, date(2024, 5, 1), 1), on)
    changed = {policy.name for policy in POLICIES if not policy.score(before, on).equals(policy.score(after, on))}
    assert changed == {policy.name for policy in POLICIES} - {"length"}


def test_the_ground_is_the_same_whatever_comes(county):
    layers, types, ground = county
    on = date(2023, 12, 1)
    other = lay_ground(another_future(layers, on, 3), types)
    pd.testing.assert_frame_equal(pd.DataFrame(ground.sections), pd.DataFrame(other.sections))


def test_a_hazard_not_yet_closed_is_only_reported(county):
    layers = county[0]
    row = layers.hazards[layers.hazards["closed"].notna()].iloc[100]
    between = row["reported"] + (row["closed"] - row["reported"]) / 2
    seen = truncate(layers, between.ceil("D").date()).hazards.set_index("hazard_id").loc[row["hazard_id"]]
    assert (seen["state"], pd.isna(seen["closed"])) == ("reported", True)
    later = truncate(layers, (row["closed"] + pd.Timedelta(days=1)).date()).hazards.set_index("hazard_id")
    assert later.loc[row["hazard_id"], ["state", "closed"]].tolist() == [row["state"], row["closed"]]
    on_the_day = truncate(layers, row["reported"].date()).hazards
    assert row["hazard_id"] not in set(on_the_day["hazard_id"])


def test_truncating_changes_nothing_of_the_callers(county):
    layers = county[0]
    before = {name: getattr(layers, name).copy() for name in FRAMES}
    truncate(layers, date(2024, 3, 1))
    for name in FRAMES:
        pd.testing.assert_frame_equal(before[name], getattr(layers, name))


@pytest.mark.parametrize("on", ORIGINS, ids=str)
def test_the_sections_are_those_that_a_plan_would_see(county, on):
    layers, types, ground = county
    seen = picture(truncate(layers, on), types, ground.settings, on=on).sections
    mine = history_at(ground, layers, on).sections
    assert {"last_patrol", "tau_days", "cycle_days", "critical_why", "due", "ecm_per_fault", "zone_id"} <= set(mine)
    pd.testing.assert_frame_equal(pd.DataFrame(seen[list(mine)]), pd.DataFrame(mine))


def test_a_pole_number_is_surer_than_a_point(tiny):
    ground = lay_ground(load_layers(read_project(tiny)), load_types())
    sections = ground.sections
    first = sections.geometry.iloc[0].interpolate(0.5, normalized=True)
    pole = str(ground.network.nodes.loc[sections["to_node"].iloc[-1], "pole_no"])
    feeder = sections["feeder_id"].iloc[-1]
    far = shapely.Point(first.x + 50_000, first.y)
    rows = pd.DataFrame(
        {
            "feeder_id": [feeder, "", feeder, "", feeder],
            "pole_no": [pole, "", "no such pole", "", ""],
            "geometry": [first, first, first, far, None],
        }
    )
    at = sections_of_rows(ground, rows).tolist()
    assert at == [len(sections) - 1, 0, 0, NOWHERE, NOWHERE]
    assert sections_of_rows(ground, rows.drop(columns="geometry")).tolist()[1:] == [NOWHERE] * 4
    assert counts(ground, rows).sum() == 3


def test_effort_is_metres_over_the_speed_of_the_mode(county):
    layers, _, ground = county
    one = layers.patrols.iloc[:2].assign(
        feeder_id=["F611", "F611"], first_pole="", last_pole="", mode=["foot", "drone"]
    )
    made = effort(ground, one)
    own = (ground.sections["feeder_id"] == "F611").to_numpy()
    assert np.allclose(made["looks"], np.where(own, 2.0, 0.0))
    speed = ground.settings.patrol
    km = ground.sections["length_m"].to_numpy() / 1000
    assert np.allclose(made["hours"], np.where(own, km / speed.foot_kmh + km / speed.drone_kmh, 0.0))
    unknown = effort(ground, one.assign(feeder_id="F999"))
    assert not unknown.to_numpy().any()
    lost = effort(ground, one.assign(first_pole="no such pole"))
    assert not lost.to_numpy().any()


def test_refuted_hazards_are_no_hazards(county):
    hazards = county[0].hazards
    assert len(hazards) - len(true_hazards(hazards)) == (hazards["state"] == "refuted").sum() > 0
