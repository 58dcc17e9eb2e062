"""Read OpenStreetMap files through GDAL: plain, gzipped and PBF."""

from __future__ import annotations

import gzip
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from patrol import text
from patrol.errors import Finding, LayerError
from patrol.layers.osm_tags import parse_hstore

STEPS = 1e7  # OpenStreetMap stores coordinates in steps of 1e-7 degrees
_GZIP = b"\x1f\x8b"
_TAIL = 512  # bytes in which the closing tag of a whole XML file stands
# GDAL's own columns beside other_tags; anything else it may add is no tag.
_COLUMNS = ("name", "highway", "ref", "place", "railway", "waterway", "man_made", "barrier")
_POWER = "other_tags LIKE '%\"power\"=>%'"
_WHERE = {
    "points": f"place IS NOT NULL OR {_POWER}",
    "lines": f"highway IS NOT NULL OR {_POWER}",
    "multipolygons": f"place IS NOT NULL OR {_POWER}",
}


@dataclass(frozen=True, slots=True)
class Extract:
    """What an extract holds for us: frames in EPSG:4326 with ``osm_id`` (n, w or r and the number) and ``tags``."""

    points: gpd.GeoDataFrame
    lines: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame


def read_osm(source: Path) -> Extract:
    """Read the power features, roads and settlements of an OpenStreetMap file.

    Parameters
    ----------
    source : Path
        ``.osm``, ``.osm.gz`` (told by its first bytes, not by its name) or ``.osm.pbf``.

    Returns
    -------
    Extract
        Coordinates are exactly those of the nodes (steps of 1e-7 degrees), so that ways which share
        a node share a coordinate, and ways that only cross do not.

    Raises
    ------
    LayerError
        If the file is absent, empty, cut short, or no OpenStreetMap data.
    """
    with _plain(source) as plain:
        try:
            return Extract(*(_layer(plain, name) for name in ("points", "lines", "multipolygons")))
        except (DataSourceError, DataLayerError, RuntimeError) as error:
            raise _unreadable(source, _reason(str(error))) from error


@contextmanager
def _plain(source: Path) -> Iterator[Path]:
    """Give a path GDAL can read: GDAL does not know .osm.gz, so that is unpacked beside nothing of the user's."""
    if not source.is_file():
        raise LayerError(Finding("error", "osm.missing", str(source), "the file does not exist", "mend the path"))
    with source.open("rb") as file:
        zipped = file.read(2) == _GZIP
    if not zipped:
        _check_whole(source, source)
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="patrol-osm-") as folder:
        inner = source.name[:-3] if source.name.endswith(".gz") else source.name
        target = Path(folder) / ("extract.osm.pbf" if inner.endswith(".pbf") else "extract.osm")
        try:
            with gzip.open(source) as packed, target.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked, 1 << 20)
        except (EOFError, OSError) as error:
            raise _unreadable(source, f"the archive is damaged or cut short ({error})") from error
        _check_whole(source, target)
        yield target


def _check_whole(source: Path, plain: Path) -> None:
    """Refuse nothing at all, and XML without its closing tag: GDAL would hand over the first part in silence."""
    size = plain.stat().st_size
    with plain.open("rb") as file:
        start = file.read(_TAIL)
        file.seek(max(0, size - _TAIL))
        end = file.read()
    if size <= _TAIL and not start.strip(b"\xef\xbb\xbf \r\n\t"):
        raise _unreadable(source, "the file is empty")
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") and b"</osm>" not in end:
        what = "is no whole OpenStreetMap file: the closing </osm> is missing"
        raise _unreadable(source, what)


def _reason(told: str) -> str:
    """Return what GDAL means: its own words are for developers, and speak of drivers and layers."""
    if "not recognized" in told:
        return "is no OpenStreetMap data: it begins neither like .osm (XML) nor like .osm.pbf"
    at = re.search(r"byte (\d+)", told)
    return "is damaged or cut short" + (f": it cannot be read beyond about byte {at.group(1)}" if at else "")


def _unreadable(source: Path, why: str) -> LayerError:
    mend = "give a whole .osm, .osm.gz or .osm.pbf file; download or export it again"
    return LayerError(Finding("error", "osm.unreadable", source.name, why, mend))


def _layer(path: Path, layer: str) -> gpd.GeoDataFrame:
    frame = pyogrio.read_dataframe(path, layer=layer, where=_WHERE[layer])
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)].reset_index(drop=True)
    prefix = {"points": "n", "lines": "w"}.get(layer, "r")
    ids = prefix + frame["osm_id"].astype("string")
    if "osm_way_id" in frame:  # areas: closed ways have this id, relations the other
        ids = ids.fillna("w" + frame["osm_way_id"].astype("string"))
    columns = [name for name in _COLUMNS if name in frame]
    rows = zip(frame[columns].itertuples(index=False), frame["other_tags"], strict=True)
    tags = [{**dict(zip(columns, row, strict=True)), **parse_hstore(rest)} for row, rest in rows]
    tags = [{key: text.clean(value) for key, value in row.items() if not pd.isna(value)} for row in tags]
    data = {"osm_id": ids.astype(str).to_numpy(), "tags": tags}
    # XML and PBF come back a rounding error apart, and so may a node and the way through it.
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda xy: np.round(xy * STEPS) / STEPS)
    return gpd.GeoDataFrame(data, geometry=shapes, crs="EPSG:4326")
