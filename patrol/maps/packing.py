"""Frames packed for a page: columns, not GeoJSON, so that 50,000 spans are half a megabyte instead of 25.

Coordinates are whole numbers of 1e-6 degrees, each the difference to the point before it, written as
zig-zag varints; words that repeat become a dictionary and codes; ids that count up become a prefix and
differences. Everything is deflated and written in base64, which is inert in HTML, in Jinja and in
JavaScript. ``assets/reader.js`` reads it back.

Layout of a block before deflating: four bytes (little-endian) with the length of the header, the header
as UTF-8 JSON, then the streams one after the other. Header: ``rows``, ``parts`` and ``points`` are counts,
``cols`` describes the columns, ``len`` holds the length of every stream; ``coarse``, where it is there, is how
many steps one whole number stands for. Streams: row of each part, points
of each part (both absent for points), steps of longitude, steps of latitude, then the columns.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from patrol import text

Ints = NDArray[np.int64]
Shape = Literal["point", "line", "area"]

WGS84 = "EPSG:4326"
STEP = 1e-6  # degrees: 0.1 m, finer than any office knows its poles
MAX_NUMBER = 2**50  # twice this and its sign still fit the whole numbers of JavaScript
MAX_DECIMALS = 3
SEPARATOR = "\x1f"  # text.clean() leaves no control character in field text


def to_wgs84(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows that have a geometry, in WGS84; an empty frame needs no CRS.

    Raises
    ------
    ValueError
        If a frame with rows has no CRS: this is a fault of the caller, loaded layers always have one.
    """
    geometry = frame.geometry
    kept = frame[~(geometry.isna() | geometry.is_empty).to_numpy(dtype=bool)]
    if kept.empty:
        return kept.reset_index(drop=True).set_crs(WGS84, allow_override=True)
    if kept.crs is None:
        raise ValueError("a frame for a map has no CRS")
    return kept.to_crs(WGS84).reset_index(drop=True)


def pack(
    frame: gpd.GeoDataFrame, columns: Sequence[str], *, shape: Shape, by_place: bool = False, coarse: int = 1
) -> str:
    """Return a block of base64 that holds geometry and columns of a frame.

    Parameters
    ----------
    frame : GeoDataFrame
        WGS84, without empty geometries (see :func:`to_wgs84`).
    columns : sequence of str
        Columns to carry. Dates become whole days, numbers keep up to three decimals, booleans 0 and 1,
        everything else is cleaned text. Missing stays missing.
    shape : {'point', 'line', 'area'}
        ``line`` and ``area`` may be multi-part; of an area all rings are kept. A geometry that is no
        point is reduced to a point on it if ``point`` is asked for.
    by_place : bool
        Sort rows along a Hilbert curve, which makes blocks smaller and drawing faster where the order
        of the file means nothing (roads).
    coarse : int
        Steps of :data:`STEP` that make one step of the coordinates, for lines that are seen from far away only.

    Raises
    ------
    ValueError
        If the frame is not in WGS84, or a number is too large to be exact in a browser.
    """
    if frame.crs is None or not frame.crs.equals(WGS84):
        raise ValueError("packing takes WGS84 only")
    if by_place and len(frame) > 1:
        frame = frame.iloc[np.argsort(frame.geometry.hilbert_distance().to_numpy(), kind="stable")]
    streams, points, parts = _geometry(frame.geometry.to_numpy(), shape, STEP * coarse)
    described = []
    for name in columns:
        meta, blobs = _column(frame[name])
        described.append({"k": name, **meta})
        streams += blobs
    header = {
        "shape": shape,
        "rows": len(frame),
        "parts": parts,
        "points": points,
        "cols": described,
        "len": [len(s) for s in streams],
    }
    if coarse != 1:
        header["coarse"] = coarse
    head = json.dumps(header, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return deflated(len(head).to_bytes(4, "little") + head + b"".join(streams))


def deflated(data: bytes) -> str:
    """Return bytes as base64 of a zlib stream, as ``DecompressionStream('deflate')`` reads it."""
    return base64.b64encode(zlib.compress(data, 9)).decode("ascii")


def varints(values: Ints) -> bytes:
    """Return whole numbers (n,) as zig-zag LEB128: small ones of either sign take one byte."""
    signed = np.asarray(values, dtype=np.int64).ravel()
    zigzag = ((signed << 1) ^ (signed >> 63)).astype(np.uint64)
    length = np.ones(len(zigzag), dtype=np.int64)
    for k in range(1, 10):
        length += zigzag >= np.uint64(1) << np.uint64(7 * k)
    out = np.zeros(int(length.sum()), dtype=np.uint8)
    start = np.concatenate([[0], np.cumsum(length)[:-1]]).astype(np.int64)
    for k in range(int(length.max(initial=0))):
        has = length > k
        low = (zigzag[has] >> np.uint64(7 * k)) & np.uint64(0x7F)
        out[start[has] + k] = low.astype(np.uint8) | np.where(length[has] > k + 1, 0x80, 0).astype(np.uint8)
    return out.tobytes()


def _steps(values: Ints) -> Ints:
    return np.diff(values, prepend=np.int64(0))


def _geometry(shapes: NDArray[np.object_], shape: Shape, step: float) -> tuple[list[bytes], int, int]:
    """Return (streams, number of points, number of parts)."""
    if shape == "point":
        plain = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
        xy = shapely.get_coordinates(np.where(plain, shapes, shapely.point_on_surface(shapes)))
        streams: list[bytes] = []
        parts = len(xy)
    else:
        single, row = shapely.get_parts(shapes, return_index=True)
        if shape == "area":
            single, of = shapely.get_rings(single, return_index=True)
            row = row[of]
        xy = shapely.get_coordinates(single)
        streams = [varints(_steps(row)), varints(shapely.get_num_coordinates(single))]
        parts = len(single)
    whole = np.round(xy / step).astype(np.int64)
    return [*streams, varints(_steps(whole[:, 0])), varints(_steps(whole[:, 1]))], len(whole), parts


def _column(values: pd.Series[Any]) -> tuple[dict[str, Any], list[bytes]]:
    if pd.api.types.is_datetime64_any_dtype(values):
        days = values.to_numpy(dtype="datetime64[D]")
        number = np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(float))
        meta, blobs = _numbers(number)
        return {**meta, "date": 1}, blobs
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return _numbers(values.to_numpy(dtype=float, na_value=np.nan))
    return _texts(values)


def _numbers(values: NDArray[np.float64]) -> tuple[dict[str, Any], list[bytes]]:
    """Pack numbers with as few decimals as they have; what is missing or infinite becomes a number no row has."""
    known = np.isfinite(values)
    real = values[known]
    decimals = next(
        (d for d in range(MAX_DECIMALS) if np.allclose(real, np.round(real, d), rtol=0, atol=1e-9)), MAX_DECIMALS
    )
    scaled = np.round(real * 10**decimals)
    if len(scaled) and np.abs(scaled).max() > MAX_NUMBER:
        raise ValueError("a number is too large to be exact in a browser")
    whole = np.zeros(len(values), dtype=np.int64)
    whole[known] = scaled.astype(np.int64)
    meta: dict[str, Any] = {"t": "n"}
    if decimals:
        meta["dec"] = decimals
    if not known.all():
        meta["na"] = int(whole[known].min(initial=0)) - 1
        whole[~known] = meta["na"]
    plain, steps = varints(whole), varints(_steps(whole))
    if len(zlib.compress(steps)) < len(zlib.compress(plain)):
        return {**meta, "d": 1}, [steps]
    return meta, [plain]


def _texts(values: pd.Series[Any]) -> tuple[dict[str, Any], list[bytes]]:
    """Pack texts as a dictionary, as prefix and number, or as they are: whichever suits them."""
    seen: dict[Any, int] = {}  # pandas takes texts that are no Unicode for one another
    codes = np.array([seen.setdefault(value, len(seen)) for value in values], dtype=np.int64)
    clean = pd.Series([text.clean(value) for value in seen], dtype=object)
    again, words = pd.factorize(clean.to_numpy())  # cleaning may have made two words one
    codes = again[codes] if len(again) else codes
    if len(words) <= max(8, len(values) // 2):
        return _dictionary(list(words), codes)
    split = pd.Series(words, dtype=object).str.extract(r"^(.*?)([0-9]{0,12})$")
    prefixes, head = pd.factorize(split[0].to_numpy())
    if len(head) > len(values) // 4:
        return {"t": "t"}, [SEPARATOR.join(np.asarray(words)[codes]).encode()]
    digits = split[1]
    meta, blobs = _dictionary(list(head), prefixes[codes])
    number = pd.to_numeric(digits.where(digits != "", "0")).to_numpy(dtype=np.int64)[codes]
    width = digits.str.len().to_numpy(dtype=np.int64)
    return {**meta, "t": "p"}, [*blobs, varints(np.take(width, codes)), varints(_steps(number))]


def _dictionary(words: list[str], codes: NDArray[Any]) -> tuple[dict[str, Any], list[bytes]]:
    return {"t": "w", "v": words}, [varints(codes.astype(np.int64))]
