"""Pages of a plan: the planners' map, the crews' pages, maps in notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from patrol.api.asking import score_all
from patrol.api.opening import day_of, head_of, opened_of
from patrol.errors import Finding, PlanError
from patrol.hazards.taxonomy import project_types
from patrol.layers.caring import names_of
from patrol.layers.files import Layers
from patrol.maps.field_page import field_pages
from patrol.maps.overview import overview_map
from patrol.maps.risk_map import risk_map
from patrol.plan import Plan, write_bytes
from patrol.planning.horizon import Planned
from patrol.planning.known import load_all
from patrol.planning.picture import Picture, open_hazards, picture
from patrol.planning.scored import Scored
from patrol.project import Project
from patrol.risk.lookout import likely_by_party

CREWS = "crews"  # folder of the field pages


_CREW_PAGE = re.compile(r"\d{4}-\d\d-\d\d-.+\.html$")


_NAMELESS = {"name": "", "name_zh": "", "timezone": "", "synthetic": False, "attribution": ""}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plan with the frames that its pages are drawn from, as its project has them now."""

    plan: Plan
    layers: Layers
    picture: Picture


def draw(plan: Plan, project: Project | Path | str) -> Drawn:
    """Load again what the pages and papers of a plan are drawn from; nothing is planned.

    The picture is that of the plan's first day, or of the day on which it was made anew.

    Raises
    ------
    PatrolError
        Every fault of the inputs at once.
    """
    opened = opened_of(project)
    layers, testimony = load_all(opened)
    first, days = date.fromisoformat(plan.document["from"]), int(plan.document["days"])
    again = plan.document.get("replanned")
    on = date.fromisoformat(again["at"][:10]) if again else first
    days -= (on - first).days
    types = project_types(opened)
    return Drawn(plan, layers, picture(layers, types, opened.settings, on=on, days=days, testimony=testimony))


def changed_inputs(drawn: Drawn) -> list[str]:
    """Return the inputs that are no longer what the plan was made from, by kind."""
    then = {kind: entry["sha256"] for kind, entry in drawn.plan.document["inputs"].items()}
    now = dict(drawn.layers.hashes)
    return sorted(kind for kind in then.keys() & now.keys() if then[kind] != now[kind])


def map_of(planned: Planned | Drawn, *, lang: str, against: Plan | None = None) -> str:
    """Return the plan's offline map as one HTML text; ``against`` another plan it tells what has changed."""
    return overview_map(
        planned.plan,
        **_ground(planned),
        hazards=planned.picture.hazards,
        against=against,
        maps=planned.layers.project.settings.maps,
        lang=lang,
    )


def field_pages_of(planned: Planned | Drawn, *, lang: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the HTML of the field page of every crew and day, see :mod:`patrol.maps.field_page`."""
    project = planned.layers.project
    types = project_types(project)
    return field_pages(
        planned.plan,
        **_ground(planned),
        hazards=told_hazards(planned, types),
        types=types,
        likely=likely_of(planned, types),
        numbers=project.settings.planning.emergency_numbers,
        people=people_of(planned.layers),
        lang=lang,
    )


def told_hazards(planned: Planned | Drawn, types: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the hazards that pages and papers tell of: open ones as a picture has them, and those that are past.

    What was reported after the day of the picture counts among the open ones up to the last day of the plan.
    """
    every, seen = planned.layers.hazards, planned.picture.hazards
    last = max((date.fromisoformat(shift["date"]) for shift in planned.plan.shifts), default=date.min)
    rest = every[~every["hazard_id"].isin(set(seen["hazard_id"]))].reset_index(drop=True)
    off_line = np.full(len(rest), -1)  # nobody asks what these would cost
    later = open_hazards(replace(planned.layers, hazards=rest), planned.picture.sections, types, off_line, on=last)
    past = rest[~rest["hazard_id"].isin(set(later["hazard_id"]))]
    known = [frame for frame in (seen, later, past) if len(frame)]
    return gpd.GeoDataFrame(pd.concat(known, ignore_index=True)) if known else seen


def likely_of(planned: Planned | Drawn, types: pd.DataFrame) -> pd.DataFrame:
    """Return what crews look for on the sections of a plan, by the picture it has; pages and papers say the same."""
    plan = planned.plan
    served = {stop["task_id"] for shift in plan.shifts for stop in shift["route"]}
    return likely_by_party(
        planned.picture.setting.scene, types, planned.picture.sections["section_id"],
        parties={shift["party"] for shift in plan.shifts},
        only={task["section_id"] for key, task in plan.tasks.items() if key in served and "section_id" in task},
    )  # fmt: skip


def people_of(layers: Layers) -> frozenset[str]:
    """Return the people and households in care whom the project's files name: no paper for crews repeats them.

    Members of crews are among them. A crew that cares for a point by its id or name is no person.
    """
    points = layers.service_points
    care = points[points["kind"] == "care"]
    crews = {str(name).casefold() for key in ("crew_id", "name", "name_zh") for name in layers.crews[key]}
    cells = (cell for column in (points["person"], layers.crews["members"]) for cell in column.dropna())
    several = {name for cell in cells for name in names_of(cell) if name.casefold() not in crews}
    columns = (layers.zones["leader"], care["name"], care["name_zh"])
    return frozenset(several | {str(name) for column in columns for name in column.dropna() if str(name)})


def write_crew_pages(planned: Planned | Drawn, folder: Path, *, lang: str) -> list[Path]:
    """Write the field pages into a folder, and remove those of an earlier plan that lie there."""
    written = []
    for name, page in field_pages_of(planned, lang=lang):
        write_bytes(folder / name, page.encode())
        written.append(folder / name)
    for old in folder.glob("*.html") if folder.is_dir() else ():
        if old not in written and _CREW_PAGE.match(old.name):
            old.unlink()
    return written


def write_maps(
    planned: Planned | Drawn, out: Path, *, lang: str | None = None, against: Plan | None = None
) -> list[Path]:
    """Write ``index.html`` for planners and ``crews/<date>-<crew>.html`` for the field; return their paths.

    ``against`` another plan the planners' page tells what has changed.
    """
    language = lang or planned.layers.project.language
    write_bytes(out / "index.html", map_of(planned, lang=language, against=against).encode())
    return [out / "index.html", *write_crew_pages(planned, out / CREWS, lang=language)]


def show(
    what: Planned | Plan | Scored | gpd.GeoDataFrame,
    *,
    project: Project | Path | str | None = None,
    on: date | str | None = None,
    lang: str = "zh",
    height: int = 600,
) -> Any:
    """Return a map for a notebook cell: of a plan the planner's page, of scores the sections by their value.

    Parameters
    ----------
    what : Planned, Plan, Scored or GeoDataFrame
        What :func:`plan_all`, :func:`plan_patrols`, :func:`score_all` or :func:`score` returned, or a plan from a file.
    project : Project or path, optional
        Needed for a ``Plan``, whose lines and roads it has. With it, roads and names lie under a frame of scores.
    on : date or ISO text, optional
        Day of a frame of scores, for its title; by default what :func:`score` noted in it.
    lang : {'zh', 'en'}
        The page follows the reader's browser where that speaks one of both.
    height : int
        Of the cell, in pixels.

    Raises
    ------
    TypeError
        If it is none of these.
    PatrolError
        Every fault of the project at once; or a plan comes without its project.
    """
    from IPython.display import HTML

    page = html_attribute(_page_of(what, project=project, on=on, lang=lang))
    style = f"width:100%;height:{int(height)}px;border:0"
    # in a box of its own, or IPython advises an IFrame, which needs an address that this page does not have
    return HTML(f'<div><iframe srcdoc="{page}" style="{style}" title="patrol"></iframe></div>')  # type: ignore[no-untyped-call]


def _page_of(what: Any, *, project: Project | Path | str | None, on: date | str | None, lang: str) -> str:
    """Return the page of a plan or of scores."""
    if isinstance(what, Planned):
        return map_of(what, lang=lang)
    if isinstance(what, Plan):
        if project is None:
            mend = "show(plan, project='folder')"
            raise PlanError(Finding("error", "show.project", "project", "a plan alone has no lines and roads", mend))
        scored = score_all(project, on=what.document["from"])
        layers = {**_base_layers(scored.layers), "hazards": scored.picture.hazards}
        return overview_map(what, sections=scored.picture.sections, lang=lang, **layers)
    if isinstance(what, Scored):
        layers = {**_base_layers(what.layers), "hazards": what.picture.hazards}
        return risk_map(what.sections, on=what.on, project=head_of(what.layers.project), lang=lang, **layers)
    if isinstance(what, gpd.GeoDataFrame) and "risk_class" in what:
        known = load_all(opened_of(project))[0] if project is not None else None
        head = head_of(known.project) if known else what.attrs.get("project", _NAMELESS)
        layers = _base_layers(known) if known else {}
        day = day_of(on or what.attrs.get("on") or _day_of(what))
        return risk_map(what, on=day, project=head, lang=lang, **layers)
    raise TypeError(f"a plan or scores can be shown, not {type(what).__name__}")


def _base_layers(layers: Layers) -> dict[str, gpd.GeoDataFrame]:
    names = ("roads", "zones", "places", "water", "equipment", "poles")
    return {name: getattr(layers, name) for name in names}


def _day_of(sections: gpd.GeoDataFrame) -> date:
    """Return the day that sections were scored on: their last patrol, and the days since."""
    last = (sections["last_patrol"] + pd.to_timedelta(sections["tau_days"], unit="D")).dropna()
    return (last.max() if len(last) else sections["due"].max()).date()  # type: ignore[no-any-return]


def html_attribute(page: str) -> str:
    """Return a whole page quoted for an attribute (it is our own page, so nothing in it is cut)."""
    return page.replace("&", "&amp;").replace('"', "&quot;")


def _ground(planned: Planned | Drawn) -> dict[str, gpd.GeoDataFrame]:
    """Return what every map is drawn on, by the names the maps take it by."""
    layers = planned.layers
    return {
        "sections": planned.picture.sections, "roads": layers.roads, "zones": layers.zones, "places": layers.places,
        "water": layers.water, "equipment": layers.equipment, "poles": layers.poles,
    }  # fmt: skip
