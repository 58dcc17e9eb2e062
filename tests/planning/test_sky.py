"""Events and warnings are stepped day by day: they change what comes after them, not what lay before."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
import shapely

from patrol.layers.calendar import Event, Part
from patrol.planning.picture import picture_of
from patrol.planning.reasons import why_section
from patrol.planning.testimony import NO_TESTIMONY
from patrol.risk.score import patrol_values

DAY = date(2024, 8, 16)
LASTING, SHORT = "V01", "E01"


def looked_at(scored, *, layers=None, alerts=None, on=DAY, days=1):
    testimony = NO_TESTIMONY if alerts is None else replace(NO_TESTIMONY, alerts=alerts)
    return picture_of(
        scored.network, scored.cut, layers or scored.layers, scored.types, scored.project.settings, on=on, days=days,
        testimony=testimony,
    )  # fmt: skip


def setting(scored, **what):
    return looked_at(scored, **what).setting


def with_event(layers, first, last, *parts, **factors):
    event = Event("campaign", "Works", "施工", first, last, tuple(parts), tuple(factors.items()))
    return replace(layers, calendar=replace(layers.calendar, events=(event,)))


def test_an_event_after_the_last_patrol_leaves_what_that_patrol_left(scored):
    """Every section was patrolled 27 days ago or earlier; the campaign lasted the four days before the day."""
    before = setting(scored)
    layers = with_event(scored.layers, DAY - timedelta(days=4), DAY - timedelta(days=1), veg=20.0, ext=20.0)
    after = setting(scored, layers=layers)
    old, new = before.scene.latent, after.scene.latent
    assert old.tau_days.min() > 4
    np.testing.assert_array_equal(new.n0, old.n0)
    np.testing.assert_array_equal(after.hot.factor, before.hot.factor)
    kind = scored.types.index.get_loc(LASTING)
    phi = float(scored.types.loc[LASTING, "phi_per_day"])
    season = after.sky.days.arrivals[0][LASTING].loc["2024-08-12":"2024-08-15"].to_numpy() / 20.0
    more = 0.0
    for day in range(4):
        more = more * np.exp(-phi) + old.rate[:, kind] * 19.0 * season[day] * -np.expm1(-phi) / phi
    np.testing.assert_allclose(new.n[:, kind] - old.n[:, kind], more, rtol=1e-9)


def test_of_short_lived_hazards_an_event_that_ended_yesterday_left_its_factor(scored):
    kind = scored.types.index.get_loc(SHORT)
    layers = with_event(scored.layers, DAY - timedelta(days=4), DAY - timedelta(days=1), ext=20.0)
    ratio = setting(scored, layers=layers).scene.latent.n[:, kind] / setting(scored).scene.latent.n[:, kind]
    assert ratio == pytest.approx(np.full(len(ratio), 20.0), rel=1e-6)


def test_an_event_long_ago_is_no_hot_spot(scored):
    """What came more often by an event is expected by those who patrolled then."""
    layers = with_event(scored.layers, date(2024, 6, 1), date(2024, 7, 1), veg=20.0)
    patrols = layers.patrols.assign(finds=[2, *([0] * (len(layers.patrols) - 1))])
    plain, busy = (
        setting(scored, layers=replace(one, patrols=patrols)).hot for one in (scored.layers, layers)
    )  # fmt: skip
    column = plain.groups.index("veg")
    more = busy.expected[:, column] / plain.expected[:, column]
    assert ((more > 2) | (more == 1)).all(), "patrolled in July, or not since the spring"
    assert (more > 2).any()


def test_events_lie_on_their_own_sections_only(scored):
    part = Part("F1", "026", "050")
    layers = with_event(scored.layers, DAY - timedelta(days=4), DAY - timedelta(days=1), part, veg=20.0)
    there = setting(scored, layers=layers)
    here = there.sky.where[:, 0]
    assert here.any()
    assert not here.all()
    changed = (there.scene.latent.n != setting(scored).scene.latent.n).any(axis=1)
    np.testing.assert_array_equal(changed, here)


def test_the_events_since_the_last_patrol_are_named(scored):
    part = Part("F1", "026", "050")
    layers = with_event(scored.layers, DAY - timedelta(days=4), DAY - timedelta(days=1), part, veg=20.0)
    seen = looked_at(scored, layers=layers)
    lies = seen.setting.sky.where[scored.sections.index, 0]
    again = replace(scored, picture=seen)
    here, there = (why_section(again, int(np.flatnonzero(lies == flag)[0])) for flag in (True, False))
    assert [one.name for one in here.events] == ["Works"]
    assert here.parts.set_index("code").loc[LASTING, "events"] == pytest.approx(
        1 + 19 * 4 / here.section["tau_days"], rel=1e-9
    )
    assert there.events == ()
    assert (there.parts["events"] == 1).all()
    long_ago = with_event(scored.layers, date(2023, 1, 1), date(2023, 1, 5), veg=20.0)
    past = replace(scored, picture=looked_at(scored, layers=long_ago))
    assert why_section(past, 0).events == ()


def gale(day, area=""):
    """A warning of the register that held on one day."""
    at = pd.Timestamp(day, tz="Asia/Shanghai")
    row = {
        "seen": at, "given_closed": at + pd.Timedelta(hours=23), "description": "", "source": "cap", "external_id": "1",
        "area_wkt": area, "type_ref": "大风",
    }  # fmt: skip
    return pd.DataFrame([row])


def test_a_warning_that_has_run_out_has_made_faults_of_what_was_there(scored):
    kind = scored.types.index.get_loc(LASTING)
    two_days_ago = DAY - timedelta(days=2)
    calm, after = setting(scored), setting(scored, alerts=gale(two_days_ago))
    assert (after.scene.latent.n[:, kind] < calm.scene.latent.n[:, kind]).all()
    assert (after.scene.weather == 1).all(), "it blows no more"
    assert (patrol_values(after.scene)["foot"] < patrol_values(calm.scene)["foot"]).all()
    long_before = setting(scored, alerts=gale(date(2021, 1, 1)))
    np.testing.assert_array_equal(long_before.scene.latent.n, calm.scene.latent.n)


def test_a_warning_that_has_run_out_bears_on_its_area_only(scored):
    lines = scored.layers.lines.to_crs("EPSG:4326")
    west, south, east, north = lines.total_bounds
    half = shapely.box(west - 0.01, south - 0.01, (west + east) / 2, north + 0.01).wkt
    after, calm = setting(scored, alerts=gale(DAY - timedelta(days=2), half)), setting(scored)
    changed = (after.scene.latent.n != calm.scene.latent.n).any(axis=1)
    assert changed.any()
    assert not changed.all()


def test_the_prize_of_a_later_day_is_that_of_the_day(scored):
    """Without weather and events, what day 9 of a plan says is what a score of that day says; but for its season."""
    now = setting(scored, days=10)
    later = setting(scored, on=DAY + timedelta(days=9))
    got = patrol_values(now.scene, 9)["foot"].to_numpy()
    assert got == pytest.approx(patrol_values(later.scene)["foot"].to_numpy(), rel=1e-9)
    assert (got > patrol_values(now.scene)["foot"].to_numpy()).all()
