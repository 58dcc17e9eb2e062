"""Links that open a phone's navigation for a place, each in the coordinates that the app documents.

======== ============================================================================ ==========
app      documented at                                                                coordinates
======== ============================================================================ ==========
geo      RFC 5870 (the scheme); developer.android.com/guide/components/intents-common WGS84
         (``?q=lat,lon(label)`` sets a pin)
amap     lbs.amap.com/api/uri-api/guide/travel/route, .../guide/mobile-web/point      GCJ-02
         (``coordinate=gaode`` is the default)
baidu    lbsyun.baidu.com/docs/webapi?title=mapadjustment/uri/web: ``marker``, the    BD-09
         service that needs no starting point (``coord_type`` bd09ll is the default)
tencent  lbs.qq.com/webApi/uriV1/uriGuide/uriWebRoute (``coord_type=2``: Tencent's    GCJ-02
         own, which lbs.qq.com names the same as Amap's)
google   developers.google.com/maps/documentation/urls/get-started; coordinates:      WGS84
         .../documentation/javascript/coordinates
organic  organicmaps.app/api: ``om://map?v=1&ll=lat,lon&n=name``                      WGS84
======== ============================================================================ ==========

A name in a link goes to whoever runs the app, so links carry the short code of a stop and nothing else of it.
Each function takes points of one type (:mod:`patrol.layers.gcj`), so that nothing is shifted twice or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from patrol.layers.gcj import Bd09, Gcj02, Wgs84, bd_from_gcj, gcj_from_wgs

APPS = ("geo", "amap", "baidu", "tencent", "google", "organic")
SOURCE = "patrol"  # what Amap, Baidu and Tencent ask for: who calls
_AMAP = {"foot": "walk", "ebike": "ride"}
_GOOGLE = {"foot": "walking", "ebike": "bicycling"}


@dataclass(frozen=True, slots=True)
class WayThere:
    """One link: ``app`` of :data:`APPS` and its ``href``, of ASCII without quotes or angle brackets."""

    app: str
    href: str


def ways_there(points: Wgs84, codes: Sequence[int], *, mode: str) -> list[tuple[WayThere, ...]]:
    """Return the links to each place, in the order of :data:`APPS`.

    Parameters
    ----------
    points : Wgs84
        Arrays of shape (n,).
    codes : sequence of int
        Short codes of the stops, (n,).
    mode : {'vehicle', 'ebike', 'foot', 'drone'}
        How the crew travels; apps that know no e-bike are asked for a way by car.

    Raises
    ------
    TypeError
        If the points are of another type than :class:`Wgs84`.
    """
    gcj = gcj_from_wgs(points)
    texts = [quote(str(code), safe="") for code in codes]
    columns = (
        _geo(points, texts),
        _amap(gcj, texts, mode),
        _baidu(bd_from_gcj(gcj), texts),
        _tencent(gcj, texts, mode),
        _google(points, mode),
        _organic(points, texts),
    )
    return [tuple(WayThere(*pair) for pair in zip(APPS, row, strict=True)) for row in zip(*columns, strict=True)]


def _geo(points: Wgs84, names: Sequence[str]) -> list[str]:
    return [f"geo:{place}?q={place}({name})" for place, name in zip(_lat_lon(points), names, strict=True)]


def _amap(points: Gcj02, names: Sequence[str], mode: str) -> list[str]:
    how = _AMAP.get(mode, "car")
    return [
        f"https://uri.amap.com/navigation?to={lon:.6f},{lat:.6f},{name}&mode={how}&src={SOURCE}&callnative=1"
        for lon, lat, name in zip(points.lon.tolist(), points.lat.tolist(), names, strict=True)
    ]


def _baidu(points: Bd09, names: Sequence[str]) -> list[str]:
    tail = f"coord_type=bd09ll&output=html&src=webapp.{SOURCE}.{SOURCE}"
    return [
        f"https://api.map.baidu.com/marker?location={place}&title={name}&content={name}&{tail}"
        for place, name in zip(_lat_lon(points), names, strict=True)
    ]


def _tencent(points: Gcj02, names: Sequence[str], mode: str) -> list[str]:
    how = "walk" if mode == "foot" else "drive"
    return [
        f"https://apis.map.qq.com/uri/v1/routeplan?type={how}&to={name}&tocoord={place}&coord_type=2&referer={SOURCE}"
        for place, name in zip(_lat_lon(points), names, strict=True)
    ]


def _google(points: Wgs84, mode: str) -> list[str]:
    how = _GOOGLE.get(mode, "driving")
    return [
        f"https://www.google.com/maps/dir/?api=1&destination={place.replace(',', '%2C')}&travelmode={how}"
        for place in _lat_lon(points)
    ]


def _organic(points: Wgs84, names: Sequence[str]) -> list[str]:
    return [f"om://map?v=1&ll={place}&n={name}" for place, name in zip(_lat_lon(points), names, strict=True)]


def _lat_lon(points: Wgs84 | Gcj02 | Bd09) -> list[str]:
    return [f"{lat:.6f},{lon:.6f}" for lon, lat in zip(points.lon.tolist(), points.lat.tolist(), strict=True)]
