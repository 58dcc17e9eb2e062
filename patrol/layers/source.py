"""Reading one input as it stands: vector files by GDAL with Arrow, tables by their own readers."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import re
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj

from patrol import text
from patrol.errors import Finding, LayerError
from patrol.layers.encoding import DbfText, dbf_text
from patrol.layers.parquet import PARQUET_SUFFIXES, read_parquet
from patrol.layers.raw import Raw
from patrol.layers.tables import CSV_SUFFIXES, XLSX_SUFFIXES, read_csv, read_xlsx
from patrol.project import InputSpec

SIDECARS = {
    ".shp": (".shx", ".dbf", ".prj", ".cpg"),
    ".tab": (".dat", ".map", ".id", ".ind"),
    ".mif": (".mid",),
}
REMOTE = (b"<OGRVRTDataSource", b"<OGRWFSDataSource", b"gdal_streamed_alg", b"<GDAL_WMS")
BYTES = "ISO-8859-1"  # every byte is a character of it
NAN_WARNING = "invalid value encountered in from_wkb"  # such rows are named by patrol.layers.geometry


def read_source(spec: InputSpec, known: frozenset[str]) -> Raw:
    """Read one input, whatever its format.

    Parameters
    ----------
    spec : InputSpec
    known : frozenset of str
        Keys of headings that mean something, see :func:`patrol.layers.tables.heading_key`.

    Raises
    ------
    LayerError
        If the file cannot be read at all.
    """
    bare = Raw(spec.kind, spec.label, pd.DataFrame(), np.zeros(0, dtype=np.int64))
    try:
        return _read(spec, known, bare)
    except OSError as error:  # a fault of one input like any other: it must not hide those of the rest
        if spec.path.is_dir():
            raise LayerError(bare.fault("unreadable", "is a folder, not a file", "name the file in it")) from error
        what = f"cannot be opened: {error.strerror or text.clean(error, limit=200)}"
        raise LayerError(
            bare.fault("unreadable", what, "check its rights, and whether a program has it open")
        ) from error


def _read(spec: InputSpec, known: frozenset[str], bare: Raw) -> Raw:
    suffix = spec.path.suffix.lower()
    if not spec.path.exists():
        raise LayerError(bare.fault("missing", "the file does not exist", "put it there, or mend its path"))
    if spec.path.is_file() and spec.path.stat().st_size == 0:
        raise LayerError(bare.fault("empty", "the file is empty", "fill it, or take it out of project.toml"))
    if suffix == ".xls":
        raise LayerError(bare.fault("format", "is an old workbook (.xls)", "save it as .xlsx or CSV UTF-8"))
    if suffix in CSV_SUFFIXES:
        return read_csv(spec, known)
    if suffix in XLSX_SUFFIXES:
        return read_xlsx(spec, known)
    if suffix in PARQUET_SUFFIXES:
        return _raw(spec, read_parquet(spec, bare), spec.label)
    return _read_vector(spec, bare)


def _read_vector(spec: InputSpec, bare: Raw) -> Raw:
    if spec.path.is_file():
        with spec.path.open("rb") as file:
            head = file.read(4096)
        if any(mark in head for mark in REMOTE):
            what = "points at other files or servers, and only what project.toml names is read"
            raise LayerError(bare.fault("format", what, "export the layer itself, for example as GeoPackage"))
    try:
        layers = pyogrio.list_layers(spec.path)
    except Exception as error:  # on a damaged file GDAL and its readers raise all kinds
        mend = "export it again from your GIS, for example as GeoPackage; a shapefile needs its .shx and .dbf"
        raise LayerError(bare.fault("unreadable", _words(error, spec.path), mend)) from error
    layer, notes = _layer_of(spec, bare, [str(name) for name, kind in layers], [kind for _, kind in layers])
    label = spec.label if len(layers) == 1 else f"{spec.label} ({layer})"
    named = Raw(spec.kind, label, pd.DataFrame(), bare.rows)
    encoding, cut = _shape_encoding(spec, layer, named, notes)
    # GDAL refuses text that ends within a character: take its bytes as they are, and decode them here
    frame = _frame(spec, layer, BYTES if cut else encoding, named, notes)
    if cut:
        frame = _decoded(frame, encoding)
    shapefile = encoding and spec.path.suffix.lower() in {".shp", ".dbf", ".zip"}
    return dataclasses.replace(
        _raw(spec, frame, label), name_bytes=(10, encoding) if shapefile else (), findings=tuple(notes)
    )


def _raw(spec: InputSpec, frame: pd.DataFrame, label: str) -> Raw:
    """Return a frame as it was read, its geometry and CRS apart."""
    geometry, crs = None, ""
    if isinstance(frame, gpd.GeoDataFrame):
        geometry = np.asarray(frame.geometry.array, dtype=object)
        crs = _stated(frame.crs)
        frame = frame.drop(columns=frame.geometry.name)
    table = pd.DataFrame(frame).reset_index(drop=True)
    rows = np.arange(1, len(table) + 1, dtype=np.int64)
    return Raw(spec.kind, label, table, rows, geometry, crs)


def _decoded(frame: pd.DataFrame, encoding: str) -> pd.DataFrame:
    """Return a frame read as :data:`BYTES` with its text in the encoding it is in, cut characters left out."""

    def decode(value: object) -> object:
        return value.encode(BYTES).decode(encoding, "ignore") if isinstance(value, str) else value

    return frame.assign(**{name: frame[name].map(decode) for name in _texts(frame)}).rename(
        columns={name: decode(name) for name in frame.columns}
    )


def _stated(crs: pyproj.CRS | None) -> str:
    """Return the WKT of a CRS; formats that must write one write "undefined" or a plain plane, which is none."""
    if crs is None or crs.is_engineering or crs.name.casefold().startswith("undefined"):
        return ""
    return crs.to_wkt()


def _layer_of(spec: InputSpec, bare: Raw, names: list[str], kinds: list[str | None]) -> tuple[str, list[Finding]]:
    """Return the layer to read: the declared one, the only one, or the one that is called like the input."""
    if spec.layer:
        if spec.layer in names:
            return spec.layer, []
        near = difflib.get_close_matches(spec.layer, names, n=1)
        mend = f"did you mean {near[0]!r}?" if near else f"layer may be: {', '.join(names)}"
        raise LayerError(bare.fault("layer", f"no layer {spec.layer!r}", mend))
    real = [name for name, kind in zip(names, kinds, strict=True) if kind is not None or len(names) == 1]
    if len(real) == 1:
        return real[0], []
    same = [name for name in names if name.casefold() == spec.kind]
    if len(same) == 1:
        others = ", ".join(name for name in names if name != same[0])
        return same[0], [bare.note("layer", f"layer {same[0]!r} is read, not: {others}", 'layer = "..." names another')]
    if not names:
        raise LayerError(bare.fault("empty", "holds no layers", "fill it, or take it out of project.toml"))
    what = f"holds several layers: {', '.join(names)}"
    raise LayerError(bare.fault("layer", what, f'write layer = "..." under [inputs.{spec.kind}]'))


def _frame(spec: InputSpec, layer: str, encoding: str, raw: Raw, notes: list[Finding]) -> pd.DataFrame:
    """Read the layer by Arrow; what Arrow cannot hold (curves, text that is not UTF-8) by GDAL's older way."""
    tries: list[tuple[bool, str]] = [(True, encoding), (False, encoding)]
    if not encoding:
        tries.append((False, "gb18030"))
    last: Exception | None = None
    for arrow, name in tries:
        try:
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                frame: pd.DataFrame = pyogrio.read_dataframe(
                    spec.path, layer=layer, use_arrow=arrow, encoding=name or None, on_invalid="ignore"
                )
                if not frame.columns.is_unique:
                    frame = frame.loc[:, ~frame.columns.duplicated()]
                # newer pandas keeps Arrow's text as it is, and finds bytes that are no UTF-8 only when they are used
                kept = [name for name in _texts(frame) if frame[name].dtype != object]
                frame = frame.astype(dict.fromkeys(kept, object)) if kept else frame
        except Exception as error:  # see above
            last = error
            continue
        if name and name != encoding:
            notes.append(raw.note("encoding", f"is not UTF-8; read as {name}"))
        told = [one for one in told if issubclass(one.category, (UserWarning, RuntimeWarning))]
        for words in sorted({str(one.message) for one in told} - {NAN_WARNING}):
            notes.append(raw.note("gdal", text.clean(words, limit=300)))
        return frame
    mend = "export it again from your GIS, for example as GeoPackage in UTF-8"
    raise LayerError(raw.fault("unreadable", _words(last, spec.path), mend)) from last


def _texts(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if pd.api.types.is_string_dtype(frame[name].dtype)]


def _words(error: Exception | None, path: Path) -> str:
    """Return what a reader said in words of our own where we know them, without our path and hints for programmers."""
    said = text.clean(error, limit=2000).replace(text.clean(path), path.name)
    said = re.sub(r"[;.]?\s*It might help to specify the correct driver.*", "", said)
    if "not recognized as being in a supported file format" in said or "not recognized as a supported" in said:
        return "is in no format that GDAL reads, or is damaged at its beginning"
    return "cannot be read: " + text.clean(said, limit=300)


def _shape_encoding(spec: InputSpec, layer: str, raw: Raw, notes: list[Finding]) -> tuple[str, bool]:
    """Return the encoding to read with, and whether some text is cut within a character; only shapefiles ask."""
    dbf, cpg = _attributes_of(spec.path, layer)
    if not dbf:
        return spec.encoding, False
    try:
        told: DbfText = dbf_text(dbf, cpg, spec.encoding)
    except LookupError as error:
        raise LayerError(raw.fault("encoding", str(error), 'write for example encoding = "gb18030"')) from error
    if not told.name:
        what = f"its text is not {spec.encoding}" if spec.encoding else "its text is neither UTF-8 nor GB18030"
        raise LayerError(raw.fault("encoding", what, 'declare it: encoding = "..."'))
    if told.why == "tried":
        said = f"the .cpg says {text.clean(cpg)}, which does not fit" if cpg.strip() else "has no .cpg"
        notes.append(
            raw.note("encoding", f"{said}; its text is read as {told.name}", 'encoding = "..." says otherwise')
        )
    if told.cut:
        notes.append(raw.note("encoding", "some text fills its field and ends within a character, which is left out"))
    return told.name, told.cut


def _attributes_of(path: Path, layer: str) -> tuple[bytes, str]:
    """Return the .dbf and the .cpg of a shapefile, also inside a zip; empty for other formats."""
    if path.suffix.lower() in {".shp", ".dbf"}:
        beside = {one.suffix.lower(): one for one in _same_stem(path)}
        cpg = beside[".cpg"].read_bytes().decode("ascii", "replace") if ".cpg" in beside else ""
        return (beside[".dbf"].read_bytes() if ".dbf" in beside else b""), cpg
    if path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as box:
            inside = {Path(name).suffix.lower(): name for name in box.namelist() if Path(name).stem == layer}
            if ".shp" in inside and ".dbf" in inside:
                cpg = box.read(inside[".cpg"]).decode("ascii", "replace") if ".cpg" in inside else ""
                return box.read(inside[".dbf"]), cpg
    return b"", ""


def _same_stem(path: Path) -> list[Path]:
    stem = path.stem.casefold()
    return sorted(one for one in path.parent.iterdir() if one.stem.casefold() == stem and one.is_file())


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of an input: of the file, or of the names and hashes of all files that make it up."""
    if path.is_dir():
        parts = sorted(one for one in path.rglob("*") if one.is_file() and one.suffix.lower() != ".lock")
    else:
        wanted = SIDECARS.get(path.suffix.lower(), ())
        parts = [path, *(one for one in _same_stem(path) if one != path and one.suffix.lower() in wanted)]
    if len(parts) == 1:
        return _hash_of(parts[0])
    lines = [f"{one.relative_to(path.parent).as_posix()} {_hash_of(one)}\n" for one in sorted(parts)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
