"""Every input of a project through one door: checked frames in one metric CRS, or every fault at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from patrol import text
from patrol.errors import Finding, LayerError
from patrol.layers.area import AREA_M, area_of, in_metres, within, without_strays
from patrol.layers.calendar import Calendar
from patrol.layers.calendar_file import read_calendar
from patrol.layers.columns import empty_values, known_headings
from patrol.layers.crews import placed_crews
from patrol.layers.cross import beside_the_lines, place_by_pole, unknown_crews, unknown_feeders, unknown_regions
from patrol.layers.crs import metric_crs, to_wgs84
from patrol.layers.elsewhere import lines_elsewhere
from patrol.layers.gcj import Wgs84
from patrol.layers.inputs import Input, first_points, frame_of, read_input
from patrol.layers.memory import give_back, large_apart, without_collection
from patrol.layers.raw import Raw, contents_of
from patrol.layers.results import FieldResults, nothing_yet, read_field, with_walked
from patrol.layers.rounds import with_rounds
from patrol.layers.schema import SCHEMAS
from patrol.layers.source import fingerprint, read_source
from patrol.layers.whereabouts import place_findings
from patrol.plan import write_bytes
from patrol.project import INPUTS, REQUIRED_INPUTS, Project

Progress = Callable[[str, int, int], None]
MANY_ROWS = 50_000  # of an input, from which what reading it took is given back to the system
REJECTED_COLUMNS = ("kind", "source", "row", "field", "code", "reason", "mend", "content")


@dataclass(frozen=True, slots=True)
class Layers:
    """The inputs of a project as checked frames; see :mod:`patrol.layers.schema` for their columns.

    Attributes
    ----------
    project : Project
    crs : pyproj.CRS
        Metric; of every frame with geometry.
    lines, poles, equipment, roads, zones, places, water, service_points, requests, hazards : GeoDataFrame
    crews, roster, rounds, patrols, faults, weather : DataFrame
        The places of rounds stand among the service points too.
        Absent inputs are empty frames with all columns. Crews have ``start_x, start_y, end_x, end_y`` too (metres).
    calendar : Calendar
        The project's, and the package's seasons where it names none.
    findings : tuple of Finding
        Rejected rows, suspicions and notes, in this order.
    rejected : DataFrame
        One row a fault of a row: ``kind, source, row, field, code, reason, mend, content`` (JSON).
    hashes : mapping
        SHA-256 of the file(s) of each input.
    outcomes : DataFrame
        What came back from the field, see :data:`patrol.layers.results.OUTCOMES`; what was patrolled by it stands
        among ``patrols``, after those of the layer.
    """

    project: Project
    crs: pyproj.CRS
    lines: gpd.GeoDataFrame
    poles: gpd.GeoDataFrame
    equipment: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    crews: pd.DataFrame
    roster: pd.DataFrame
    service_points: gpd.GeoDataFrame
    rounds: pd.DataFrame
    requests: gpd.GeoDataFrame
    patrols: pd.DataFrame
    faults: pd.DataFrame
    hazards: gpd.GeoDataFrame
    weather: pd.DataFrame
    calendar: Calendar
    findings: tuple[Finding, ...]
    rejected: pd.DataFrame
    hashes: Mapping[str, str]
    outcomes: pd.DataFrame = field(default_factory=lambda: nothing_yet().outcomes)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What could be read of a project, faults and all: for ``patrol check``, which must not stop at the first.

    ``crs`` is None, and ``frames`` are partly empty, where faults left nothing to go on.
    """

    project: Project
    crs: pyproj.CRS | None
    frames: Mapping[str, pd.DataFrame]
    raws: Mapping[str, Raw]
    calendar: Calendar
    findings: tuple[Finding, ...]
    hashes: Mapping[str, str]
    outcomes: pd.DataFrame

    @property
    def failed(self) -> bool:
        """Whether a fault stops the run."""
        return any(one.level == "error" for one in self.findings)


def load_layers(
    project: Project, *, progress: Progress | None = None, area_m: float = AREA_M, kinds: Collection[str] = INPUTS
) -> Layers:
    """Read, check and transform every input that a project names.

    Parameters
    ----------
    project : Project
    progress : callable, optional
        Told ``(input, done, total)`` before each input.
    area_m : float
        What lies farther than this from the lines' bounding box is outside the project's area.
    kinds : collection of str
        Inputs to read, lines among them; the others are as if the project did not name them.

    Returns
    -------
    Layers
        Rows with faults are set aside: they are in ``rejected``, and the rest is here.

    Raises
    ------
    LayerError
        Names every fault of every input that stops the run; rejected rows follow where none was left.
    """
    large_apart()
    seen = gather(project, progress=progress, area_m=area_m, kinds=kinds)
    if seen.failed or seen.crs is None:  # without a usable line there is always a fault
        errors = [one for one in seen.findings if one.level == "error"]
        spent = {one.code.split(".")[0] for one in errors if one.code.endswith(".no_rows")}
        raise LayerError(
            errors + [one for one in seen.findings if one.level == "rejected" and one.code.split(".")[0] in spent]
        )
    loaded = Layers(
        project=project,
        crs=seen.crs,
        **seen.frames,
        calendar=seen.calendar,
        findings=seen.findings,
        rejected=rejected_rows(seen),
        hashes=seen.hashes,
        outcomes=seen.outcomes,
    )
    del seen  # the files as they were read
    give_back()
    return loaded


@without_collection()
def gather(
    project: Project, *, progress: Progress | None = None, area_m: float = AREA_M, kinds: Collection[str] = INPUTS
) -> Gathered:
    """Read and check inputs, and return what came of them with every finding; nothing is raised."""
    named = [kind for kind in INPUTS if kind in kinds and project.has(kind)]
    inputs: dict[str, Input] = {}
    for number, kind in enumerate(named):
        if progress:
            progress(kind, number, len(named))
        inputs[kind] = _without_cells(read_input(project.inputs[kind]))
    if progress:
        progress("area", len(named), len(named))
    found: list[Finding] = []
    found += place_findings(project, _lonlat(inputs["lines"]) if "lines" in inputs else None)
    crs = _metric(project, inputs, found)
    placed = inputs if crs is None else _placed(inputs, crs, area_m)
    raws = {kind: one.raw for kind, one in placed.items()}
    frames = {}
    for kind in INPUTS:
        frames[kind] = _frame(kind, placed.get(kind), crs)
        if kind in placed:
            placed[kind] = replace(placed[kind], values={})  # the frame has them now
    for one in placed.values():
        found += one.findings
    if crs is not None:
        found += _crossed(frames, placed, raws, crs, area_m)
        found += unknown_regions(frames, raws, project.settings.cycles)
    for kind, one in placed.items():
        if one.failed or not frames[kind].empty or not len(one.raw.rows):
            continue
        if kind in REQUIRED_INPUTS:
            mend = "mend the rows named below; without them there is nothing to plan"
            found.append(one.raw.fault("no_rows", "no row is left", mend))
        else:
            found.append(
                one.raw.suspicion("no_rows", "no row is left, so it is as if the input were absent", "mend the rows")
            )
    calendar = _calendar(project, frames["lines"], found)
    paths = {kind: one.spec.path for kind, one in inputs.items()}
    if (path := project.file("calendar")) is not None:
        paths["calendar"] = path
    failed = {kind for kind, one in inputs.items() if one.failed}  # perhaps because they cannot be opened
    hashes = {kind: fingerprint(path) for kind, path in paths.items() if kind not in failed and path.exists()}
    outcomes = nothing_yet().outcomes
    if "patrols" in kinds:
        back = _from_the_field(project, found)
        outcomes, frames["patrols"] = back.outcomes, with_walked(frames["patrols"], back.walked)
        hashes |= {"field": back.sha256} if back.sha256 else {}
    return Gathered(project, crs, frames, raws, calendar, in_order(found), MappingProxyType(hashes), outcomes)


def _from_the_field(project: Project, found: list[Finding]) -> FieldResults:
    try:
        return read_field(project.file("field"))
    except LayerError as error:
        found += error.findings
        return nothing_yet()


def _without_cells(one: Input) -> Input:
    """Return an input without the cells and shapes as they stood in its file: only rows set aside need them again.

    Beside the checked values they would double what a district takes; see :func:`rejected_rows`.
    """
    lean = replace(one, raw=replace(one.raw, table=one.raw.table.iloc[:0], geometry=None))
    if len(one.raw.rows) > MANY_ROWS:
        del one
        give_back()
    return lean


def _calendar(project: Project, lines: pd.DataFrame, found: list[Finding]) -> Calendar:
    """Return the project's calendar; a faulty one is told, and the package's stands in."""
    spec = project.files.get("calendar")
    if spec is None:
        return read_calendar()
    # lines that name no feeder get one later, when the network is traced
    known = set() if lines.empty or (lines["feeder_id"] == "").any() else set(lines["feeder_id"])
    if known:
        known |= {*lines["name"], *lines["name_zh"]}
    try:
        return read_calendar(spec.path, label=spec.label, feeders=known)
    except LayerError as error:
        found += error.findings
        return read_calendar()


def in_order(found: list[Finding]) -> tuple[Finding, ...]:
    """Return findings by level, then by input, each as it was found."""
    levels = {"error": 0, "rejected": 1, "suspicion": 2, "note": 3}
    kinds = {kind: number for number, kind in enumerate(INPUTS)}
    return tuple(sorted(found, key=lambda one: (levels[one.level], kinds.get(one.code.split(".")[0], -1))))


def _metric(project: Project, inputs: dict[str, Input], found: list[Finding]) -> pyproj.CRS | None:
    """Return the metric CRS by the lines; where they are unusable by any layer, to go on finding faults."""
    for one in sorted(inputs.values(), key=lambda one: one.spec.kind != "lines"):
        lonlat = _lonlat(one)
        if lonlat is None:
            continue
        try:
            return metric_crs(project.crs, lonlat)
        except LayerError as error:
            found += error.findings
            return metric_crs("", lonlat)
    return None


def _lonlat(one: Input) -> Wgs84 | None:
    """Return a point of each geometry, None where there is nothing or it cannot be placed."""
    if one.failed or one.system is None or not len(one.geometry):
        return None
    return to_wgs84(first_points(one.geometry), one.system)


def _placed(inputs: dict[str, Input], crs: pyproj.CRS, area_m: float) -> dict[str, Input]:
    metric = {kind: in_metres(one, crs) for kind, one in inputs.items()}
    if "lines" in metric:
        metric["lines"] = without_strays(metric["lines"])
    # lines at fault say nothing of where the others should be
    box = area_of(metric["lines"], area_m) if "lines" in metric and not metric["lines"].failed else None
    if box is None:
        return metric
    metric["lines"] = lines_elsewhere(metric, box, crs)
    if metric["lines"].failed:
        return metric
    return {
        kind: within(one, inputs[kind], box, crs)
        if kind not in {"lines", "crews"} and not one.failed and len(one.geometry)
        else one
        for kind, one in metric.items()
    }


def _frame(kind: str, one: Input | None, crs: pyproj.CRS | None) -> pd.DataFrame:
    """Return the checked frame of an input, empty with all columns if there is none."""
    schema = SCHEMAS[kind]
    usable = one is not None and not one.failed and bool(one.values)
    if usable and one is not None:
        frame = frame_of(one)
    else:
        frame = pd.DataFrame({**empty_values(schema.columns), "source_row": np.zeros(0, dtype=np.int64)})
    if not schema.geometry:
        return frame
    geometry = one.geometry if usable and one is not None else np.empty(0, dtype=object)
    placed: pd.DataFrame = gpd.GeoDataFrame(frame, geometry=gpd.array.from_shapely(geometry, crs=crs))
    return placed


def _crossed(
    frames: dict[str, pd.DataFrame],
    placed: dict[str, Input],
    raws: dict[str, Raw],
    crs: pyproj.CRS,
    area_m: float,
) -> list[Finding]:
    """Run the checks between inputs; frames that lose rows by them are replaced."""
    found: list[Finding] = []
    box = area_of(placed["lines"], area_m) if "lines" in placed and not placed["lines"].failed else None
    frames["crews"], told = placed_crews(frames["crews"], placed.get("crews"), crs, box)
    found += told
    if "rounds" in raws:
        frames["service_points"], told = with_rounds(
            frames["service_points"], frames["rounds"], frames["places"], raws["rounds"]
        )
        found += told
    if "hazards" in raws:
        frames["hazards"], told = place_by_pole(frames["hazards"], frames["poles"], raws["hazards"])
        found += told
    if "roster" in raws and not placed["roster"].failed and "crews" in placed and not placed["crews"].failed:
        frames["roster"], told = unknown_crews(frames, raws["roster"])
        found += told
    return found + unknown_feeders(frames, raws) + beside_the_lines(frames, raws, crs)


def rejected_rows(seen: Gathered) -> pd.DataFrame:
    """Return one row for each fault of a row that was set aside, with what the row held: its file is read again."""
    aside = [one for one in seen.findings if one.level == "rejected" and one.row is not None]
    content: dict[tuple[str, int], str] = {}
    for kind in sorted({one.code.split(".")[0] for one in aside}):
        raw = read_source(seen.project.inputs[kind], known_headings(kind, seen.project.inputs[kind]))
        rows = np.unique([one.row for one in aside if one.row is not None and one.code.startswith(f"{kind}.")])
        words = contents_of(raw, np.searchsorted(raw.rows, rows))
        content |= {(kind, int(row)): word for row, word in zip(rows, words, strict=True)}
    table = []
    for one in aside:
        kind, row = one.code.split(".")[0], one.row or 0
        table.append((kind, one.source, row, one.field, one.code, one.what, one.mend, content[kind, row]))
    return pd.DataFrame(table, columns=list(REJECTED_COLUMNS))


def write_rejected(rejected: pd.DataFrame, path: Path | str) -> None:
    """Write ``rejected.csv``: source, row, field, reason, how to mend it, and the row itself as JSON.

    ``rejected`` is as of :func:`rejected_rows`.

    UTF-8 with BOM, every cell safe in a spreadsheet. The file is written beside its place and moved there.
    A project without rejected rows gets the heading alone.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["source", "row", "field", "reason", "mend", "content"])
    for row in rejected.itertuples(index=False):
        safe = [text.cell(value) for value in (row.source, row.row, row.field, row.reason, row.mend)]
        # JSON begins with a brace, which is no formula; text.cell would cut it short
        writer.writerow([*safe, text.clean(row.content, limit=30_000)])
    write_bytes(Path(path), b"\xef\xbb\xbf" + out.getvalue().encode())
