"""Four invented reports of one tree at one pole of the network, really taken into a register of their own.

An official names line and pole, a villager and a fireman only where they stood, an employee writes the type. They go
through the same reading, placing and matching as any file; the register is thrown away afterwards, and the project's
own is not touched.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import tempfile
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd

from patrol.errors import Finding, NetworkError
from patrol.hazards.ground import Ground, context_of, ground_of
from patrol.hazards.model import IntakeContext
from patrol.hazards.receive import read_files, receive
from patrol.hazards.register import open_register
from patrol.layers.crs import WGS84
from patrol.project import Project
from patrol.reports.brief_facts import Taken
from patrol.words import name_of, say

WHEN = {"villager": "06:50", "government": "07:20", "fire": "07:45", "enterprise": "08:05"}  # of the plan's first day
NOW = "08:30"
NAMED = ("government", "enterprise")  # who names line and pole; the others give coordinates
ASIDE_DEG = {"villager": (1.2e-4, 4e-5), "fire": (-8e-5, 9e-5)}  # some 10 m from the pole, as phones have it


def four_reports(project: Project, sections: gpd.GeoDataFrame, day: date, lang: str) -> Taken:
    """Return what four parties say of one tree, in a language, and what the register makes of it.

    The pole is the first of the section on which one fault costs most, of those whose first pole is known.

    Parameters
    ----------
    sections : GeoDataFrame
        ``feeder_id, first_pole, ecm_per_fault`` and lines.

    Raises
    ------
    PatrolError
        If the project's layers are at fault.
    """
    ground = ground_of(project)
    pole, line = _pole(ground, sections)
    moment = pd.Timestamp(f"{day}T{NOW}", tz=project.timezone)
    stamp = moment.tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "reports.csv"
        file.write_text(_table(pole, line, day, lang), "utf-8")
        context = context_of(project, now=stamp)
        [(_, intake)], _ = read_files([file], _plain(context), ground)
        with open_register(
            Path(place) / "register.gpkg", create=True, timezone=project.timezone, settings=project.settings.hazards,
            types=ground.types,
        ) as register:  # fmt: skip
            receive(register, intake, ground, now=stamp, actor="brief", party="enterprise")
            reports, hazards = register.reports(), register.hazards(on=day)
    return Taken(_reports(reports, project), _hazards(hazards, ground, project, lang))


def _plain(context: IntakeContext) -> IntakeContext:
    """Return a context for our own table: its headings and coordinates are not the office's."""
    return dataclasses.replace(context, crs="EPSG:4326", columns={}, party="", source="", history=None)


def _pole(ground: Ground, sections: gpd.GeoDataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the pole (with ``lon, lat``) and its line as the network has it.

    Raises
    ------
    NetworkError
        If no section begins at a pole whose place is known.
    """
    poles = ground.layers.poles.to_crs(WGS84)
    poles = poles.assign(lon=poles.geometry.x, lat=poles.geometry.y).drop_duplicates(["feeder_id", "pole_no"])
    worst = sections.sort_values(["ecm_per_fault", "section_id"], ascending=[False, True], kind="stable")
    found = pd.DataFrame(worst)[["feeder_id", "first_pole"]].merge(
        pd.DataFrame(poles)[["feeder_id", "pole_no", "lon", "lat"]],
        left_on=["feeder_id", "first_pole"], right_on=["feeder_id", "pole_no"],
    )  # fmt: skip
    if found.empty:
        what, mend = "no section begins at a pole whose place is known", "give the project a layer of poles"
        raise NetworkError(Finding("error", "brief.pole", "poles", what, mend))
    pole = found.iloc[0]
    return pole, ground.network.feeders.set_index("feeder_id").loc[pole["feeder_id"]]


def _table(pole: pd.Series, line: pd.Series, day: date, lang: str) -> str:
    """Return the reports as a table that an office could have kept."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["party", "captured_at", "line", "pole", "lon", "lat", "description"])
    name = name_of(dict(line), lang) or str(pole["feeder_id"])
    for party, clock in WHEN.items():
        aside = ASIDE_DEG.get(party, (0.0, 0.0))
        where = (
            [name, pole["pole_no"], "", ""]
            if party in NAMED
            else ["", "", f"{pole['lon'] + aside[0]:.6f}", f"{pole['lat'] + aside[1]:.6f}"]
        )
        writer.writerow([party, f"{day} {clock}:00", *where, say(f"brief.said.{party}", lang)])
    return out.getvalue()


def _local(times: pd.Series, project: Project) -> list[str]:
    return [one.tz_convert(project.timezone).strftime("%Y-%m-%d %H:%M") for one in times]


def _reports(reports: gpd.GeoDataFrame, project: Project) -> pd.DataFrame:
    kept = pd.DataFrame(reports)[["party", "description", "located_by", "hazard_id"]]
    return kept.assign(captured_at=_local(reports["captured_at"], project))


def _hazards(hazards: gpd.GeoDataFrame, ground: Ground, project: Project, lang: str) -> pd.DataFrame:
    names = ground.types[f"name_{lang}"].to_dict()
    lines = ground.network.feeders.set_index("feeder_id")
    labels = [
        say("brief.pole", lang, line=name_of(dict(lines.loc[row.feeder_id]), lang), pole=row.pole_no)
        if row.feeder_id in lines.index
        else ""
        for row in hazards.itertuples()
    ]
    kept = pd.DataFrame(hazards)[["hazard_id", "hazard_class", "zone_id", "reports"]]
    return kept.assign(
        name=[names.get(one, one) for one in hazards["type"]],
        label=labels,
        parties=[len(one.split("|")) for one in hazards["parties"]],
        deadline=_local(hazards["deadline"], project),
    )
