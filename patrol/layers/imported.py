"""The last step of every importer: a project file for the place where the lines lie, and the folder written whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from patrol import text
from patrol.errors import Finding
from patrol.layers.folder import PROJECT_FILE, file_of, write_folder
from patrol.layers.project_file import project_text
from patrol.layers.starter import cold_start, local_defaults
from patrol.layers.templates import inbox_files

Settings = Mapping[str, Mapping[str, Any]]


def write_import(
    out: Path,
    frames: Mapping[str, pd.DataFrame],
    name: str,
    *,
    on: date | None,
    overwrite: bool,
    attribution: str = "",
    settings: Settings | None = None,
    texts: Mapping[str, str] | None = None,
) -> Finding:
    """Write an imported project folder, see :func:`patrol.layers.folder.write_folder`.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Input kind -> frame, ``lines`` (EPSG:4326) among them; empty ones are left out.
    name : str
        Of the project; text of somebody else's.
    on : date, optional
        Day from which sections of unknown last patrol are spread over a cycle (``cold_start``); without it
        every plan spreads them from its own first day.
    attribution, settings, texts
        Whom maps must name, what is set beside ``cold_start``, and further files.

    Returns
    -------
    Finding
        The note on the time zone, which is guessed from where the lines lie.
    """
    frames = {kind: frame for kind, frame in frames.items() if len(frame)}
    lines = frames["lines"]
    assert isinstance(lines, gpd.GeoDataFrame)
    place = local_defaults(lines)
    inputs = {kind: {"path": file_of(kind, frame)} for kind, frame in frames.items()}
    chosen = {**cold_start(on), **(settings or {})}
    project = project_text(inputs, name=text.clean(name), attribution=attribution, settings=chosen, **place)
    write_folder(out, frames, {PROJECT_FILE: project, **(texts or {}), **inbox_files()}, overwrite=overwrite)
    what = f"timezone is set to {place['timezone']}" + (", guessed" if place["timezone_guessed"] else "")
    return Finding("note", "project.timezone", PROJECT_FILE, what, "mend it if it is not yours")


def no_places() -> gpd.GeoDataFrame:
    """Return settlements of an import that knows none."""
    return gpd.GeoDataFrame({"kind": [], "name": [], "name_zh": []}, geometry=[], crs="EPSG:4326")
