"""A small drawing of the lines: how many customers one fault on each section interrupts."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely

from patrol import text

WIDE = 640.0  # of the drawing, in its own units
MARGIN = 14.0
SIMPLER_M = 25.0  # lines are drawn without bends smaller than this
SHARES = (0.25, 0.5, 0.75)  # of the most customers: where a darker colour begins


def section_map(sections: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, places: Sequence[object], label: str) -> str:
    """Return the drawing as SVG.

    Parameters
    ----------
    sections : GeoDataFrame
        ``customers_interrupted`` and lines in a metric CRS.
    zones : GeoDataFrame
        Areas in the same CRS, drawn as outlines.
    places : sequence
        Index of the sections that get the numbers 1, 2, 3 ...
    label : str
        What a screen reader says of it.
    """
    if sections.empty:
        return ""
    x0, y0, x1, y1 = (float(one) for one in sections.total_bounds)
    scale = (WIDE - 2 * MARGIN) / max(x1 - x0, y1 - y0, 1.0)
    wide, high = (x1 - x0) * scale + 2 * MARGIN, (y1 - y0) * scale + 2 * MARGIN

    def path(shape: shapely.Geometry) -> str:
        parts = []
        for part in shapely.get_parts(shapely.simplify(shape, SIMPLER_M)):
            points = shapely.get_coordinates(part)
            drawn = " ".join(f"{MARGIN + (x - x0) * scale:.1f} {MARGIN + (y1 - y) * scale:.1f}" for x, y in points)
            parts.append(f"M{drawn}")
        return "".join(parts)

    customers = sections["customers_interrupted"].to_numpy(float)
    shade = np.searchsorted(SHARES, customers / max(customers.max(), 1.0), side="right")
    out = [f'<path class="zone" d="{"".join(path(area) for area in zones.boundary)}"/>'] if len(zones) else []
    for level in range(len(SHARES) + 1):
        drawn = "".join(path(line) for line in sections.geometry.to_numpy()[shade == level])
        out.append(f'<path class="w w{level}" d="{drawn}"/>' if drawn else "")
    for number, index in enumerate(places, start=1):
        middle = sections.geometry.loc[index].interpolate(0.5, normalized=True)
        x, y = MARGIN + (middle.x - x0) * scale, MARGIN + (y1 - middle.y) * scale
        out.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="14"/>')
        out.append(f'<text class="num" x="{x:.1f}" y="{y + 6.8:.1f}">{number}</text>')
    return f'<svg viewBox="0 0 {wide:.0f} {high:.0f}" role="img" aria-label="{text.html(label)}">{"".join(out)}</svg>'
