"""Write a project folder whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from patrol import text
from patrol.errors import Finding, LayerError

PROJECT_FILE = "project.toml"
_STAMP = "OGR_CURRENT_DATE"  # GeoPackages carry the time of writing; a fixed one keeps imports byte-equal
_STAMP_VALUE = "2000-01-01T00:00:00.000Z"


def file_of(kind: str, frame: pd.DataFrame) -> str:
    """Return the file an input is written to: GeoPackage for geometry, CSV for a plain table."""
    return f"{kind}.gpkg" if isinstance(frame, gpd.GeoDataFrame) else f"{kind}.csv"


def write_folder(
    out: Path,
    frames: Mapping[str, pd.DataFrame],
    texts: Mapping[str, str],
    *,
    overwrite: bool = False,
) -> None:
    """Write frames and text files into a project folder.

    Everything is made in a temporary folder beside ``out`` and moved in at the end, ``project.toml``
    last, so that a run that fails leaves no half-written project.

    Parameters
    ----------
    out : Path
        The project folder; made if absent. Other files in it are left alone.
    frames : mapping of str to DataFrame
        Input kind -> frame: GeoDataFrames (with a CRS) become ``<kind>.gpkg``, others ``<kind>.csv``.
    texts : mapping of str to str
        File name, also in a folder of its own, -> content; written as UTF-8, CSV files with BOM so that spreadsheets
        read Chinese.
    overwrite : bool
        Replace files of the same names; otherwise an existing one is an error.

    Raises
    ------
    LayerError
        If a file is in the way, or the folder cannot be written.
    """
    names = [*(file_of(kind, frame) for kind, frame in frames.items()), *texts]
    refuse_overwrite(out, names, overwrite=overwrite)
    with unwritable_told(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        build = Path(tempfile.mkdtemp(prefix=".patrol-", dir=out.parent))
        try:
            for kind, frame in frames.items():
                _write_frame(build / file_of(kind, frame), kind, frame)
            for name, content in texts.items():
                encoding = "utf-8-sig" if name.endswith(".csv") else "utf-8"
                (build / name).parent.mkdir(parents=True, exist_ok=True)
                (build / name).write_text(content, encoding, newline="\n")
            out.mkdir(exist_ok=True)
            for name in sorted(names, key=lambda name: name == PROJECT_FILE):
                (out / name).parent.mkdir(parents=True, exist_ok=True)
                (build / name).replace(out / name)
        finally:
            shutil.rmtree(build, ignore_errors=True)


def refuse_overwrite(out: Path, names: list[str] | tuple[str, ...] = (PROJECT_FILE,), *, overwrite: bool) -> None:
    """Raise LayerError if ``out`` is a file, or holds one of ``names`` and ``overwrite`` is false.

    Importers ask this first, so that nobody waits for an import that cannot be written.
    """
    if out.exists() and not out.is_dir():
        what = "is a file, and a project is a folder"
        raise LayerError(Finding("error", "folder.is_file", str(out), what, "name another --out"))
    there = [] if overwrite else [name for name in names if (out / name).exists()]
    if there:
        what = f"already holds {', '.join(there)}"
        raise LayerError(
            Finding("error", "folder.exists", str(out), what, "name another folder, or say --overwrite to replace them")
        )


@contextmanager
def unwritable_told(out: Path) -> Iterator[None]:
    """Turn a failing disk or a missing permission into a LayerError that names the folder."""
    try:
        yield
    except (OSError, pyogrio.errors.DataSourceError) as error:
        what = f"cannot be written: {error}"
        mend = "close programs that hold its files, check the permission and the free space"
        raise LayerError(Finding("error", "folder.unwritable", str(out), what, mend)) from error


def _write_frame(path: Path, kind: str, frame: pd.DataFrame) -> None:
    if not isinstance(frame, gpd.GeoDataFrame):
        safe = frame.copy()
        for column in safe.columns:
            if not pd.api.types.is_numeric_dtype(safe[column].dtype):  # true of bool, too
                safe[column] = [text.cell(value) for value in safe[column]]
        safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
        return
    before = pyogrio.get_gdal_config_option(_STAMP)
    pyogrio.set_gdal_config_options({_STAMP: _STAMP_VALUE})
    try:
        pyogrio.write_dataframe(frame, path, layer=kind, driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({_STAMP: before})
