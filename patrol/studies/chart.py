"""A drawing of how policies stand against the calendar, as SVG: a point and an interval a policy, by kind of world."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import t

from patrol import text
from patrol.studies.standing import pairs

WIDTH, LEFT, RIGHT, TOP, ROW, GAP, BOTTOM = 900, 300, 40, 70, 22, 14, 50
COLORS = ("#6b7280", "#d97706", "#2563eb", "#059669", "#9333ea", "#dc2626")
TITLE_CHARS = 100  # of a line; Chinese has no spaces to break at, and says it in fewer
INTERVAL = 0.95  # chance that an interval holds the mean of all worlds, by Student's t
FONT = "font-family=\"'Noto Sans SC','Microsoft YaHei',sans-serif\""


def chart(table: pd.DataFrame, names: Mapping[str, str], *, title: str, axis: str, baseline: str = "calendar") -> str:
    """Return an SVG.

    Parameters
    ----------
    table : DataFrame
        From :func:`patrol.studies.standing.summary`.
    names : mapping
        Words for kinds and policies by their names.
    title, axis : str
        Title of the drawing and of its axis.
    """
    rows = table[table["policy"] != baseline]
    times = t.ppf((1.0 + INTERVAL) / 2.0, np.maximum(rows["worlds"].to_numpy(float) - 1.0, 1.0))
    rows = rows.assign(half=times * rows["change_se"].fillna(0.0))
    low, high, step = _scale((rows["change"] - rows["half"]).min(), (rows["change"] + rows["half"]).max())
    policies = list(dict.fromkeys(rows["policy"]))
    body, y = [], float(TOP)
    for kind, part in pairs(rows):
        body.append(_text(12, y + ROW * len(part) / 2 + 4, names.get(kind, kind), 13, anchor="start"))
        for policy, change, half in part[["policy", "change", "half"]].itertuples(index=False):
            color = COLORS[policies.index(policy) % len(COLORS)]
            body.append(_mark(change, half, y + ROW / 2, color, (low, high)))
            y += ROW
        y += GAP
    return _page(body, _grid(low, high, step, y) + _legend(policies, names, y), title, axis, y)


def _scale(low: float, high: float) -> tuple[float, float, float]:
    """Return the ends of the axis, which holds 0, and the step of its grid."""
    low, high = min(low, 0.0, -0.02), max(high, 0.0)  # NaN of an empty table is no end
    step = next((s for s in (0.02, 0.05, 0.1, 0.2, 0.5) if (high - low) / s <= 10), 1.0)
    return math.floor(low / step - 1e-9) * step, math.ceil(high / step + 1e-9) * step, step


def _x(value: float, ends: tuple[float, float]) -> float:
    low, high = ends
    return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)


def _mark(value: float, half: float, y: float, color: str, ends: tuple[float, float]) -> str:
    a, b, x = _x(value - half, ends), _x(value + half, ends), _x(value, ends)
    line = f'<line x1="{a:.1f}" y1="{y:.1f}" x2="{b:.1f}" y2="{y:.1f}" stroke="{color}" stroke-width="2"/>'
    label = _text(max(a, b) + 6, y + 4, f"{value:+.1%}", 11, anchor="start")
    return f'{line}<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{color}"/>{label}'


def _grid(low: float, high: float, step: float, bottom: float) -> list[str]:
    out = []
    for number in range(round((high - low) / step) + 1):
        value = low + number * step
        x, color = _x(value, (low, high)), "#111827" if abs(value) < step / 2 else "#e5e7eb"
        out.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{bottom:.1f}" stroke="{color}"/>')
        out.append(_text(x, bottom + 16, f"{round(value * 100):+d} %" if abs(value) >= step / 2 else "0", 11))
    return out


def _legend(policies: list[str], names: Mapping[str, str], bottom: float) -> list[str]:
    out, width = [], (WIDTH - 24) / max(1, len(policies))
    for number, policy in enumerate(policies):
        x = 20 + number * width
        color = COLORS[number % len(COLORS)]
        out.append(f'<circle cx="{x:.1f}" cy="{bottom + 56:.1f}" r="4.5" fill="{color}"/>')
        out.append(_text(x + 10, bottom + 60, names.get(policy, policy), 12, anchor="start"))
    return out


def _text(x: float, y: float, words: str, size: int, *, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{text.xml(words)}</text>'


def _page(body: list[str], around: list[str], title: str, axis: str, bottom: float) -> str:
    height = round(bottom + BOTTOM + 30)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'fill="#111827" {FONT}>'
    )
    paper = f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    lines = textwrap.wrap(text.clean(title), TITLE_CHARS)
    words = [_text(12, 26 + 20 * number, line, 15, anchor="start") for number, line in enumerate(lines[:2])]
    words.append(_text((LEFT + WIDTH) / 2, bottom + 36, axis, 12))
    return "\n".join([head, paper, *around, *body, *words, "</svg>", ""])
