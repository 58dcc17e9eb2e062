"""``patrol hazards list, show, history, requests, export``: what the register knows, now or on any day."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
import typer
from rich.table import Table
from rich.text import Text

from patrol.cli.hazard_request import is_request, show_request
from patrol.cli.options import spare_own
from patrol.cli.register import day_or_moment, lonlat, word_of
from patrol.cli.show import out
from patrol.hazards.choose import choose, doubtful_of
from patrol.hazards.model import REPORTERS
from patrol.hazards.office import open_project_register
from patrol.hazards.register import Register
from patrol.layers.files import load_layers
from patrol.layers.schema import PARTIES
from patrol.project import Project, read_project
from patrol.reports.hazard_files import csv_bytes, plain_table, write_hazards
from patrol.text import clean
from patrol.words import name_of, say

MAX_ROWS = 200
_PROJECT = typer.Argument(..., help="Project folder, or its project.toml.")
_ID = typer.Argument(..., metavar="ID", help="Hazard, report or request, or the start of its id.")
_AS_OF = typer.Option("", "--as-of", help="As it was at the end of this day, such as 2024-08-16; now by default.")
_LANG = typer.Option("", help="zh or en; the project's language by default.")


def list_command(
    project: Path = _PROJECT,
    open_: bool = typer.Option(False, "--open", help="Only what is still open."),
    overdue: bool = typer.Option(False, "--overdue", help="Only what is past its deadline."),
    doubtful: bool = typer.Option(
        False, "--doubtful", help="Only open ones whose type or place is doubtful, with what is doubtful."
    ),
    zone: str = typer.Option("", help="Only of this zone."),
    party: str = typer.Option("", help=f"Only what this party reported or looks after: {', '.join(PARTIES)}, sensor."),
    near: str = typer.Option("", help="Only near this place, longitude,latitude (WGS84); the nearest first."),
    within: float = typer.Option(500.0, min=1, help="How near, in metres."),
    as_of: str = _AS_OF,
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
    as_csv: bool = typer.Option(False, "--csv", help="Print CSV."),
    gpkg: Path | None = typer.Option(None, help="Write a GeoPackage instead of printing."),
    lang: str = _LANG,
) -> None:
    """List hazards, the most urgent first."""
    read = read_project(project)
    if gpkg is not None:
        spare_own(read, gpkg, "--gpkg")
    place = lonlat(near, "--near") if near else None
    if party:
        word_of(party, REPORTERS, "--party")
    with open_project_register(read) as register:
        frame = register.hazards(on=day_or_moment(as_of, read))
        check_zone(zone, frame, read)
        if doubtful:
            doubts = doubtful_of(frame, register.reports(on=day_or_moment(as_of, read)))
            frame = frame.assign(doubts=doubts["doubts"], candidates=doubts["candidates"])
        wishes = {
            "still_open": open_ or doubtful,
            "overdue": overdue,
            "doubtful": doubtful,
            "zone": zone,
            "party": party,
            "within_m": within,
        }
        chosen = named(choose(frame, near=place, **wishes), register)  # type: ignore[arg-type]
    if gpkg is not None:
        write_hazards(chosen, gpkg)
        out().print(Text(f"{len(chosen)} -> {gpkg}"))
    elif as_json:
        rows = plain_table(chosen).to_dict("records")
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    elif as_csv:
        sys.stdout.write(csv_bytes(chosen).decode("utf-8-sig").replace("\r\n", "\n"))
    else:
        _print(chosen, read, lang or read.language)


def check_zone(zone: str, frame: gpd.GeoDataFrame, project: Project) -> None:
    """Refuse a zone that neither a hazard nor the project's layer of zones knows.

    No hazards there would be a lie, and a hazard put there is looked after by nobody.
    """
    used = {str(one) for one in frame["zone_id"]} - {""}
    if not zone or zone in used:
        return
    zones = load_layers(project, kinds=("lines", "zones")).zones
    word_of(zone, sorted(used | {str(one) for one in zones["zone_id"]}) or ["no zones here"], "--zone")


def named(frame: gpd.GeoDataFrame, register: Register) -> gpd.GeoDataFrame:
    """Return hazards with the names of their types in both languages, after the type."""
    at = list(frame.columns).index("type") + 1
    names = register.types.reindex(frame["type"])
    out_frame = frame.copy()
    out_frame.insert(at, "type_name", names["name_en"].fillna("").to_numpy(object))
    out_frame.insert(at + 1, "type_name_zh", names["name_zh"].fillna("").to_numpy(object))
    return out_frame


def _print(frame: gpd.GeoDataFrame, project: Project, lang: str) -> None:
    table = Table(expand=True)
    heads = ("id", "type", "class", "state", "place", "zone", "reported", "deadline", "reports")
    for head in heads:
        table.add_column(say(f"hazards.list.{head}", lang), overflow="fold")
    for row in frame.head(MAX_ROWS).to_dict("records"):
        cells = [
            row["hazard_id"],
            name_of({"name": row["type_name"], "name_zh": row["type_name_zh"]}, lang),
            say(f"hazards.class.{row['hazard_class']}", lang),
            say(f"hazards.state.{row['state']}", lang),
            where(row, lang) + doubts_told(row, lang),
            row["zone_id"],
            local(row["reported"], project),
            local(row["deadline"], project) + (" !" if row["overdue"] else ""),
            str(row["reports"]),
        ]
        table.add_row(*(Text(clean(cell)) for cell in cells), style="red" if row["overdue"] else "")
    out().print(table)
    more = "" if len(frame) <= MAX_ROWS else say("hazards.list.more", lang, n=len(frame) - MAX_ROWS)
    out().print(Text(say("hazards.list.count", lang, n=len(frame), overdue=int(frame["overdue"].sum())) + more))


def where(row: dict[str, Any], lang: str) -> str:
    """Return the place of a hazard in words: line and pole, else what is known."""
    if row["snap_state"] in {"", "off_network"}:
        return say(f"hazards.list.{row['snap_state'] or 'nowhere'}", lang)
    place = f"{row['feeder_id']} {row['pole_no']}".strip()
    if row["snap_state"] != "ambiguous":
        return place
    other = f"{row['other_feeder_id']} {row['other_pole_no']}".strip()
    return say("hazards.list.either", lang, one=place, other=other) if other else f"{place}?"


def doubts_told(row: dict[str, Any], lang: str) -> str:
    """Return what is doubtful about a hazard in words, in brackets; "" if nothing is, or nobody asked."""
    codes = [code for code in str(row.get("doubts", "")).split("|") if code]
    told = [say(f"hazards.doubt.{code}", lang) for code in codes]
    if row.get("candidates"):
        told.append(say("hazards.doubt.candidates", lang, types=str(row["candidates"]).replace("|", ", ")))
    return f" ({'; '.join(told)})" if told else ""


def local(moment: pd.Timestamp, project: Project) -> str:
    """Return a moment in the project's time zone, to the minute."""
    return "" if pd.isna(moment) else f"{moment.tz_convert(project.timezone):%Y-%m-%d %H:%M}"


def requests_command(
    project: Path = _PROJECT,
    open_: bool = typer.Option(False, "--open", help="Only what still waits for a visit."),
    as_of: str = _AS_OF,
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
    lang: str = _LANG,
) -> None:
    """List requests (disputes, new connections, notices ...), the first due first."""
    read = read_project(project)
    on = day_or_moment(as_of, read)
    with open_project_register(read) as register:
        frame = register.requests(on=on)
    today = f"{on.astimezone(ZoneInfo(read.timezone)):%Y-%m-%d}"
    late = (frame["state"] == "open") & (frame["due"] != "") & (frame["due"] < today)
    frame = frame.assign(overdue=late, last=frame["due"].replace("", "9999")).sort_values(["last", "request_id"])
    chosen = frame.drop(columns="last")[frame["state"].eq("open") | (not open_)]
    if as_json:
        sys.stdout.write(json.dumps(plain_table(chosen).to_dict("records"), ensure_ascii=False, indent=1) + "\n")
    else:
        _print_requests(chosen, lang or read.language)


def _print_requests(frame: gpd.GeoDataFrame, lang: str) -> None:
    table = Table(expand=True)
    for head in ("id", "kind", "state", "due", "place", "zone", "liaison", "what"):
        table.add_column(say(f"hazards.requests.{head}", lang), overflow="fold")
    for row in frame.head(MAX_ROWS).to_dict("records"):
        cells = [
            row["request_id"],
            say(f"hazards.requests.{row['request_kind']}", lang),
            say(f"hazards.requests.{row['state']}", lang),
            row["due"] + (" !" if row["overdue"] else ""),
            f"{row['feeder_id']} {row['pole_no']}".strip(),
            row["zone_id"],
            row["liaison"],
            clean(row["description"], limit=120),
        ]
        table.add_row(*(Text(clean(cell)) for cell in cells), style="red" if row["overdue"] else "")
    out().print(table)
    more = "" if len(frame) <= MAX_ROWS else say("hazards.requests.more", lang, n=len(frame) - MAX_ROWS)
    out().print(Text(say("hazards.requests.count", lang, n=len(frame), overdue=int(frame["overdue"].sum())) + more))


def show_command(project: Path = _PROJECT, name: str = _ID, as_of: str = _AS_OF, lang: str = _LANG) -> None:
    """Show one hazard or request: what is known of it, its reports, and what may be done now."""
    read = read_project(project)
    language = lang or read.language
    if is_request(name):
        show_request(read, name, as_of, language)
        return
    with open_project_register(read) as register:
        key = register.find(name)
        on = day_or_moment(as_of, read)
        hazards = named(register.hazards(on=on), register)
        row = hazards[hazards["hazard_id"] == key]
        reports = register.reports(on=on)
        allowed = register.allowed(key) if not as_of else {}
        doubts = doubtful_of(row, reports)
    if not len(row):
        out().print(Text(say("hazards.list.not_yet", language, id=key)))
        raise typer.Exit(2)
    table = Table(show_header=False, expand=True)
    for column, value in plain_table(row).iloc[0].items():
        if value not in (None, ""):
            table.add_row(Text(str(column)), Text(clean(value)))
    out().print(table)
    if told := doubts_told({str(key): value for key, value in doubts.iloc[0].items()}, language):
        out().print(Text(say("hazards.doubt.head", language) + told))
    for report in reports[reports["hazard_id"] == key].to_dict("records"):
        words = clean(report["description"], limit=300)
        gone = "" if pd.isna(report["withdrawn"]) else say("hazards.list.withdrawn", language)
        when = local(report["captured_at"], read)
        out().print(Text(f"{report['report_id']}  {when}  {report['party']}: {words} {gone}".rstrip()))
    for action, parties in allowed.items():
        out().print(Text(f"-> {action}: {', '.join(parties)}"))


def history_command(project: Path = _PROJECT, name: str = _ID) -> None:
    """Show everything that happened to a hazard or a request, in order."""
    read = read_project(project)
    with open_project_register(read) as register:
        events = register.history(name)
    table = Table(expand=True)
    for head in ("seq", "at", "who", "action", "subject", "what", "file"):
        table.add_column(head, overflow="fold")
    for row in events.to_dict("records"):
        who = f"{row['actor']} ({row['party']})"
        at = local(pd.Timestamp(row["at"]), read)
        cells = [str(row["seq"]), at, who, row["action"], row["subject"], told(row["body"]), row["source_sha256"][:12]]
        table.add_row(*(Text(clean(cell)) for cell in cells))
    out().print(table)


def told(body: str) -> str:
    """Return what an event says, without what is empty."""
    values = json.loads(body)
    return ", ".join(f"{key}={value}" for key, value in values.items() if value not in (None, "", [], 0))


def export_command(
    project: Path = _PROJECT,
    target: Path = typer.Argument(..., metavar="OUT", help="File ending in .geojson .csv .xlsx .gpkg or .kml."),
    personal: bool = typer.Option(False, "--with-personal", help="With names and telephone numbers of reporters."),
    open_: bool = typer.Option(False, "--open", help="Only what is still open."),
    as_of: str = _AS_OF,
) -> None:
    """Write all hazards to a file for others; nobody's name is in it unless asked for."""
    read = read_project(project)
    spare_own(read, target, "OUT")
    with open_project_register(read) as register:
        on = day_or_moment(as_of, read)
        frame = named(choose(register.hazards(on=on), still_open=open_), register)
        if personal:
            frame = with_people(frame, register.reports(on=on), register.identities())
    write_hazards(frame, target, private=personal)
    out().print(Text(f"{len(frame)} -> {target}"))


def with_people(frame: gpd.GeoDataFrame, reports: pd.DataFrame, people: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return hazards with ``reporters`` and ``contacts``, joined by semicolons."""
    known = reports[["report_id", "hazard_id"]].merge(people, on="report_id")
    joined = known.groupby("hazard_id")[["person_name", "person_contact"]].agg(_listed)
    rows = joined.reindex(frame["hazard_id"]).fillna("")
    return frame.assign(reporters=rows["person_name"].to_numpy(), contacts=rows["person_contact"].to_numpy())


def _listed(values: pd.Series[str]) -> str:
    return "; ".join(sorted({value for value in values if value}))
