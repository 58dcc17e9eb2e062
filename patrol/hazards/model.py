"""What a report, a hazard and an event are: the columns and words every module of the register shares.

A **report** is what one person (or satellite) said, a **hazard** is what is out there: one or more
reports. **Events** are the truth; the tables of reports, hazards and requests are derived from them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from patrol.errors import Finding
from patrol.layers.schema import PARTIES

REPORTERS = (*PARTIES, "sensor")  # a satellite, a drone's software, a warning service
RECORDS = ("hazard", "request", "alert")  # alert: a warned area (CAP), nothing on a line
REQUEST_KINDS = (
    "dispute", "consultation", "new_connection", "disconnection_notice", "reconnection_notice", "campaign",
)  # fmt: skip
LOCATED_BY = ("", "lonlat", "pole", "equipment", "along", "area")  # the last: centre of a pixel or polygon
SNAP_STATES = ("", "snapped", "ambiguous", "off_network")
STATES = ("reported", "verified", "refuted", "assigned", "ready", "in_rectification", "rectified", "closed")
OPEN_STATES = ("reported", "verified", "assigned", "ready", "in_rectification", "rectified")

# What a parser returns: one row a report, in the order of the file. Every column is always there.
REPORT_COLUMNS: dict[str, str] = {
    "row": "int64",  # as a person counts in the file, 1 = first data row, feature or message
    "record": "str",  # RECORDS
    "source": "str",  # who keeps the ids: "open311:<host>", "kobo:<form>", "firms:<satellite>"; "" for a plain table
    "external_id": "str",  # id within source, "" if none
    "party": "str",  # REPORTERS
    "captured_at": "time",  # datetime64[us, UTC]; when it was seen; NaT if the file does not say
    "precision": "str",  # "s" or "day": a bare date is midnight of the project's time zone
    "lon": "float64",  # WGS84 degrees, NaN where there are none
    "lat": "float64",
    "uncertainty_m": "float64",  # radius that holds the true place; NaN: not said (settings give a default)
    "feeder_ref": "str",  # line, pole, equipment as the report calls them
    "pole_ref": "str",
    "equipment_ref": "str",
    "along_m": "float64",  # metres along the feeder from its source
    "area_wkt": "str",  # WGS84 polygon of an alert
    "type_ref": "str",  # code or name of the hazard type as given, "" if the description must tell
    "description": "str",  # cleaned by text.clean(multiline=True); reporter's name and phones masked
    "photos": "str",  # paths of photos beside the file, joined by "|"
    "given_state": "str",  # STATES, where an office list says how far it is; else ""
    "given_closed": "time",  # datetime64[us, UTC]
    "request_kind": "str",  # REQUEST_KINDS for a request
    "due": "str",  # ISO day of a request, ""
    "minutes": "float64",  # of a request's visit
    "liaison": "str",  # party or crew that looks after a request; no person
    "person_name": "str",  # identity: goes to the erasable table only, never into an event
    "person_contact": "str",
}

# What snapping adds (see match.snap) and what the register keeps with each report.
PLACE_COLUMNS: dict[str, str] = {
    "located_by": "str",  # LOCATED_BY
    "feeder_id": "str",  # of the nearest span, "" off the network
    "pole_no": "str",  # nearest pole of that feeder
    "pole_m": "float64",  # distance to it
    "snap_m": "float64",  # distance to the nearest span, NaN if beyond reach
    "snap_state": "str",  # SNAP_STATES
    "confidence": "float64",  # 0..1 that the nearest span is the right one
    "other_feeder_id": "str",  # second candidate of an ambiguous place
    "other_pole_no": "str",
    "other_m": "float64",
    "zone_id": "str",
}

# Columns of Register.hazards(): derived from the reports of each hazard and from the actions upon it.
HAZARD_COLUMNS: dict[str, str] = {
    "hazard_id": "str",
    "type": "str",  # code of its gravest report, or "unclassified"
    "may_be": "str",  # every type its reports name, joined by "|"; "unclassified" where words speak against theirs
    "hazard_class": "str",  # emergency, serious, general: of its gravest report
    "state": "str",  # STATES
    "open": "bool",
    "reported": "time",  # earliest captured_at
    "last_report": "time",
    "party": "str",  # of the earliest report
    "parties": "str",  # all, sorted, joined by "|"
    "reports": "int64",
    "feeder_id": "str",
    "pole_no": "str",
    "snap_state": "str",
    "snap_m": "float64",
    "confidence": "float64",
    "other_feeder_id": "str",  # the other line it may be, where snap_state is ambiguous
    "other_pole_no": "str",
    "other_m": "float64",
    "uncertainty_m": "float64",
    "zone_id": "str",
    "owner": "str",  # crew, station or person responsible (an office, not a reporter)
    "owner_party": "str",
    "asset_owner": "str",  # "" utility; anything else a customer's asset: notice only
    "deadline": "time",
    "due_from": "time",  # when that deadline began to run
    "level": "str",  # zone, station, county: how far it has been escalated by events
    "notice_served": "bool",
    "closed": "time",  # when confirmed closed or refuted
    "previous_id": "str",  # the closed hazard of which this is a new occurrence
    "description": "str",  # of the earliest report that has one
    "photos": "int64",
    "lon": "float64",
    "lat": "float64",
}

ACTIONS = (
    "report",  # a report is taken in and put to a hazard (subject: report id)
    "correct",  # what a report or request says, by a higher revision of its file (subject: its id; body: what changed)
    "withdraw",  # a report counts no more: a higher revision leaves it out, or the place is hot all year
    "adopt",  # state of an office's own list taken over (subject: hazard id; body: state)
    "verify", "refute", "assign", "ready", "start", "rectify", "confirm", "reopen",
    "notice",  # customer's asset: notice served
    "set",  # type, place, class, deadline or owner of the asset corrected by hand
    "merge", "unmerge", "split",
    "escalate",
    "photo",
    "request", "request_done", "request_cancelled", "request_reopened",  # subject: request id
    "alert",  # subject: alert id
    "import",  # a file was taken in: counts, format, hash (subject: "")
    "erase",  # identity of a report erased (subject: report id)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, before the register numbers and chains it.

    Attributes
    ----------
    action : str
        One of :data:`ACTIONS`.
    subject : str
        Id of the hazard, report, request or alert.
    at : str
        When it happened, ISO 8601 in UTC with microseconds (``2024-08-16T01:02:03.000000Z``).
    actor : str
        Name of the office, crew or user that acted; never a reporter's.
    party : str
        Party of the actor, one of :data:`REPORTERS`.
    body : str
        Canonical JSON of the rest, see :func:`canonical`.
    source_sha256 : str
        Hash of the file it came from, or "".
    """

    action: str
    subject: str
    at: str
    actor: str
    party: str
    body: str = "{}"
    source_sha256: str = ""


@dataclass(frozen=True, slots=True)
class ReportBack:
    """Head of a crew's report-back: a higher revision of the same plan, crew and day supersedes a lower one.

    Attributes
    ----------
    plan, crew : str
        Hash of the plan, id of the crew.
    revision : int
    items : tuple of str
        UUIDs of all its hazards and requests, those that cannot be taken in too.
    day : str
        Of the shift: a crew has a report for each day of a plan; "" where the file does not say it.
    """

    plan: str
    crew: str
    revision: int
    items: tuple[str, ...]
    day: str = ""


@dataclass(frozen=True, slots=True)
class Intake:
    """What a parser made of one file.

    Attributes
    ----------
    reports : DataFrame
        Columns :data:`REPORT_COLUMNS`, RangeIndex.
    rejected : DataFrame
        Rows set aside: ``row``, ``reason``, then the columns of the file as they were, all text, so
        that the quarantine file can be mended and imported again.
    findings : tuple of Finding
        One ``rejected`` finding a row set aside, notes, suspicions.
    form : str
        Name of the format.
    sha256 : str
        Hash of the file.
    label : str
        File name, for messages (no folder); never in an event: people put names into it.
    back : ReportBack, optional
        Which revision of which crew's report it is.
    static : DataFrame, optional
        Satellite detections set aside as static (``lon, lat, captured_at, uncertainty_m``): the register remembers
        them, so that the order of files does not matter.
    repeated : int
        Rows that say what another row says, counted once.
    unread : Series of tuple of str, optional
        On the index of ``reports``: the cells of each row whose headings mean nothing here, masked.
    elsewhere : DataFrame, optional
        Lines of sheets that were not read, as far as that goes: ``type_ref, description``, masked.
    origin : dict
        Of a mended quarantine file: its row -> (file, row, format) that it came from.
    """

    reports: pd.DataFrame
    rejected: pd.DataFrame
    findings: tuple[Finding, ...] = ()
    form: str = ""
    sha256: str = ""
    label: str = ""
    back: ReportBack | None = None
    static: pd.DataFrame | None = None
    repeated: int = 0
    unread: pd.Series[Any] | None = None
    elsewhere: pd.DataFrame | None = None
    origin: dict[int, tuple[str, str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IntakeContext:
    """What a parser needs to know of the project: nothing else of it is read while parsing.

    Attributes
    ----------
    timezone : str
        IANA name; times without offset are in it, and a note says so.
    crs : str
        Declared for coordinates of tables: an EPSG code, ``GCJ-02``, ``BD-09``; "" is WGS84 only where
        the format says so (GeoJSON, Open311, Kobo, ODK, FIRMS, CAP).
    columns : dict
        Column mapping of the project file, project name -> name in the file.
    party, source : str
        Stated for the whole file by the user, "" if not.
    now : str
        ISO time in UTC after which a capture time is refused as in the future.
    history : function without arguments, optional
        Returns earlier satellite detections (``lon, lat, captured_at, uncertainty_m``), asked only by what
        reads some: a file of one day cannot tell a kiln from a fire.
    lines : tuple of str
        Ids and names of the project's feeders, by which messages may call them.
    """

    timezone: str
    now: str
    crs: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    party: str = ""
    source: str = ""
    history: Callable[[], pd.DataFrame] | None = field(default=None, compare=False)
    lines: tuple[str, ...] = ()


def canonical(body: dict[str, Any]) -> str:
    """Return JSON with sorted keys and no white space: the same body always gives the same text."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def empty_frame(columns: dict[str, str], rows: int = 0) -> pd.DataFrame:
    """Return a frame of ``rows`` blank rows: "" for text, NaN and NaT for numbers and times, 0 and False."""
    blank: dict[Literal["str", "int64", "float64", "bool", "time"] | str, Any] = {
        "str": pd.Series([""] * rows, dtype=object),
        "int64": pd.Series([0] * rows, dtype="int64"),
        "float64": pd.Series([float("nan")] * rows, dtype="float64"),
        "bool": pd.Series([False] * rows, dtype=bool),
        "time": pd.Series([pd.NaT] * rows, dtype="datetime64[us, UTC]"),
    }
    # each column has cells of its own, which are not gathered into blocks: that would copy them all
    return pd.DataFrame({name: blank[kind].copy() for name, kind in columns.items()}, copy=False)
