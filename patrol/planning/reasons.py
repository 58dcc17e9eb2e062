"""Why a section or a hazard of a scored project has its score, and what it would be if one thing were otherwise."""

from __future__ import annotations

import difflib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pandas as pd

from patrol import text
from patrol.errors import Finding, PlanError
from patrol.hazards.stamps import last_moment
from patrol.hazards.taxonomy import load_types
from patrol.layers.calendar import Event
from patrol.planning.frames import records
from patrol.planning.picture import believed
from patrol.planning.scored import Scored
from patrol.planning.testimony import Testimony
from patrol.risk.credibility import credibility, report_parts
from patrol.risk.explain import why_hazard as hazard_days
from patrol.risk.factors import factor_table
from patrol.risk.reasons import HazardWhy, SectionWhy, Weather, WhatIf
from patrol.risk.score import Scene, patrol_values, visit_values
from patrol.risk.whatif import calm, longer_ago, one_section, patrolled_yesterday, with_a_look, with_one_more_report

MAX_NAMED = 8


def why(scored: Scored, name: str) -> SectionWhy | HazardWhy:
    """Return why the section or open hazard that a name means has its score.

    Parameters
    ----------
    name : str
        Id of a section or hazard, the label of a section in either language, or the start of one of them.

    Raises
    ------
    PlanError
        If it means none, or several: they are named, or those most like it.
    """
    kind, place = _find(scored, name)
    return why_section(scored, place) if kind == "section" else why_hazard(scored, place)


def why_section(scored: Scored, place: int) -> SectionWhy:
    """Return why the section at a place of ``scored.sections`` has its score."""
    row = int(scored.sections.index[place])
    setting = scored.picture.setting
    scene, hot = setting.scene, setting.hot
    parts = factor_table(scene, scored.picture.sections, scored.learned, rows=[row])
    tau = float(scene.latent.tau_days[row])
    here = calm(one_section(scene, row), setting.sky.conditions)
    others = (
        WhatIf("patrolled", _on_foot(patrolled_yesterday(scene, setting.trail, row))),
        WhatIf("longer", _on_foot(longer_ago(scene, setting.trail, row)), 2 * tau),
        WhatIf("calm", _on_foot(here)),
    )
    seasons = tuple(one for one in scored.layers.calendar.seasons if one.covers(scored.on))
    return SectionWhy(
        section=records(pd.DataFrame(scored.sections.iloc[[place]]))[0],
        on=scored.on,
        parts=parts,
        own_types=own_types(scored.types),
        categories=dict(zip(scored.types.index, scored.types["category"], strict=True)),
        hot_weight=hot.weight,
        finds_known=bool(hot.finds.any()),
        seasons=seasons,
        events=_events(scored, row),
        weather=_weather(scored, row),
        burns=bool(scene.fire_ecm[row] > scene.consequence.fire_ecm),
        settings=scored.project.settings,
        what_if=others,
    )


def _events(scored: Scored, row: int) -> tuple[Event, ...]:
    """Return the events with factors that lay on a section since its last patrol."""
    sky, tau = scored.picture.setting.sky, scored.picture.setting.scene.latent.tau_days[row]
    first, last = scored.on - timedelta(days=max(1, int(tau))), scored.on - timedelta(days=1)
    lying = zip(sky.events, sky.where[row].tolist(), strict=True)
    return tuple(one for one, here in lying if here and one.meets(first, last))


def why_hazard(scored: Scored, place: int) -> HazardWhy:
    """Return why the hazard at a place of ``scored.hazards`` has its score."""
    setting, settings = scored.picture.setting, scored.project.settings
    one = scored.hazards.iloc[[place]]
    hazard = records(pd.DataFrame(one))[0]
    row, name = int(hazard["section"]), str(hazard["hazard_id"])
    told, zone = scored.testimony, scored.project.timezone
    chance = credibility(
        told.reports, scored.layers.hazards, scored.types, scored.on, settings=settings.risk, outcomes=told.outcomes,
        timezone=zone,
    )  # fmt: skip
    parts = report_parts(
        told.reports, scored.layers.hazards, scored.on, settings=settings.risk, outcomes=told.outcomes, timezone=zone
    )
    section = records(pd.DataFrame(scored.picture.sections.iloc[[row]]))[0] if row >= 0 else {}
    return HazardWhy(
        hazard=hazard,
        section=section,
        on=scored.on,
        reports=parts[parts["hazard_id"] == name].assign(seen=parts["seen"].dt.tz_convert(zone)).reset_index(drop=True),
        sum=records(chance.loc[[name]])[0],
        cost=records(hazard_days(setting.scene, one, 0, 1))[0],
        own_types=own_types(scored.types),
        persist_days=float(scored.types.loc[hazard["type"], "persist_days"]),
        weather=_weather(scored, row),
        burns=bool(row >= 0 and setting.scene.fire_ecm[row] > setting.scene.consequence.fire_ecm),
        settings=settings,
        what_if=_hazard_otherwise(scored, one, name),
    )


def _hazard_otherwise(scored: Scored, one: Any, name: str) -> tuple[WhatIf, ...]:
    setting, told = scored.picture.setting, scored.testimony
    at = pd.Timestamp(last_moment(scored.on, scored.project.timezone))

    def worth(testimony: Testimony, scene: Scene) -> float:
        again = believed(
            one, scored.layers, testimony, scored.types, scored.project.settings, on=scored.on
        )  # fmt: skip
        return float(visit_values(scene, again, 1)[0, 0])

    more = with_one_more_report(told.reports, scored.layers.hazards, name, at=at)
    looked = with_a_look(told.outcomes, name, at=at)
    return (
        WhatIf("report", worth(replace(told, reports=more), setting.scene)),
        WhatIf("verified", worth(replace(told, outcomes=looked), setting.scene)),
        WhatIf("calm", worth(told, calm(setting.scene, setting.sky.conditions))),
    )


def own_types(types: pd.DataFrame) -> tuple[str, ...]:
    """Return the codes whose numbers are not the package's own."""
    usual = load_types().reindex(types.index)[list(types.columns)]
    same = ((types == usual) | (types.isna() & usual.isna())).all(axis=1)
    return tuple(str(code) for code in types.index[~same])


def _on_foot(scene: Scene) -> float:
    return float(patrol_values(scene)["foot"][0])


def _weather(scored: Scored, row: int) -> Weather:
    """Return the weather of the day at a section; off the network that of the first group."""
    setting = scored.picture.setting
    day = pd.Timestamp(scored.on)
    group = int(setting.scene.group[row]) if row >= 0 else 0
    on = setting.sky.conditions[group].loc[day]
    known = day in setting.sky.table.index
    by_table = setting.sky.table.loc[day] if known else on & False
    conditions = tuple((str(name), "table" if by_table[name] else "warning") for name in on.index[on.to_numpy(bool)])
    fwi = float(setting.sky.fire.settled(pd.DatetimeIndex([day]))["fwi"].iloc[0])
    return Weather(known, conditions, fwi, float(setting.scene.fire_weather[0]))


def _find(scored: Scored, name: str) -> tuple[str, int]:
    """Return ``section`` or ``hazard`` and its place in the ranked frame."""
    wanted = text.clean(name).casefold()
    names = [
        (str(value).casefold(), "section", place)
        for column in ("section_id", "label", "label_zh")
        for place, value in enumerate(scored.sections[column].tolist())
    ]
    names += [(str(value).casefold(), "hazard", place) for place, value in enumerate(scored.hazards["hazard_id"])]
    for fits in (
        [(kind, place) for called, kind, place in names if wanted and called == wanted],
        [(kind, place) for called, kind, place in names if wanted and called.startswith(wanted)],
    ):
        found = sorted(set(fits))
        if len(found) == 1:
            return found[0]
        if found:
            what = f"{text.clean(name, limit=60)!r} is the start of {len(found)}"
            raise PlanError(Finding("error", "score.why", "--why", what, f"say which: {_named(scored, found)}"))
    raise PlanError(Finding("error", "score.why", "--why", *_unknown(scored, name, wanted, names)))


def _unknown(scored: Scored, name: str, wanted: str, names: list[tuple[str, str, int]]) -> tuple[str, str]:
    shown = repr(text.clean(name, limit=60))
    shut = scored.layers.hazards["hazard_id"].astype(str).str.casefold() == wanted
    if shut.any():
        return f"hazard {shown} is not open on {scored.on}", f"it may be closed: patrol hazards show {text.clean(name)}"
    near = difflib.get_close_matches(wanted, [called for called, _, _ in names], n=MAX_NAMED, cutoff=0.5)
    places = {called: (kind, place) for called, kind, place in names}
    found = list(dict.fromkeys(places[called] for called in near))
    hint = f"near it: {_named(scored, found)}" if found else "patrol score without --why lists them"
    return f"no section and no open hazard is called {shown}", hint


def _named(scored: Scored, found: list[tuple[str, int]]) -> str:
    shown = [
        text.clean(scored.sections[["section_id", "label"]].iloc[place].str.cat(sep=" = "))
        if kind == "section"
        else text.clean(scored.hazards["hazard_id"].iloc[place])
        for kind, place in found[:MAX_NAMED]
    ]
    return "; ".join(shown) + ("; ..." if len(found) > MAX_NAMED else "")
