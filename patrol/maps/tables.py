"""The tables of the planner's page: load and coverage by zone, hazards by state and age, what changed.

Plain HTML like the rest of the list, so that they read without any script; all text of the plan passes
``text.html``. Rows carry the number of their row in a packed block, so that the script can show them on the map.
"""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import pandas as pd

from patrol import text
from patrol.maps.listing import both, reason, said, says, shared
from patrol.plan import Plan

ZONE_FIGURES = [
    "tasks", "planned", "hours_needed", "hours_planned", "hours_available", "km_due", "km_due_planned", "km_planned",
]  # fmt: skip
AGES = (0, 8, 31, 91)  # days from which an age group begins
HOWS = ("added", "gone", "moved")
MOST = 300  # changes that are listed of one kind; the map has them all


def tables(
    plan: Plan,
    zones: gpd.GeoDataFrame,
    hazards: gpd.GeoDataFrame,
    changed: gpd.GeoDataFrame,
    lang: str,
    *,
    against: Plan | None,
) -> str:
    """Return all tables, those with something to tell."""
    parts = [zone_table(plan, zones, lang), hazard_table(hazards, lang)]
    if against is not None:
        parts.insert(0, change_list(changed, against, lang))
    return "".join(parts)


def zone_table(plan: Plan, zones: gpd.GeoDataFrame, lang: str) -> str:
    """Return load and coverage of each zone, the most loaded first."""
    known = plan.figures.get("by_zone", {})
    if not known:
        return ""
    number = {zone: row for row, zone in enumerate(zones.get("zone_id", pd.Series(dtype=object)))}
    lines = sorted(known.items(), key=lambda item: (-_share(item[1]), item[0]))
    there = zones.reindex(columns=["zone_id", "name", "name_zh"], fill_value="")
    names = {row["zone_id"]: row for row in there.to_dict("records")}
    body = "".join(
        f'<tr{_row("zone", number.get(zone))}><th scope="row">{_zone_name(names.get(zone, {}), zone, lang)}</th>'
        f"<td>{row['hours_needed']:.1f}</td><td>{row['hours_available']:.1f}</td><td>{row['hours_planned']:.1f}</td>"
        f"<td>{_percent(_share(row))}</td><td>{row['km_due']:.1f}</td><td>{_covered(row)}</td></tr>"
        for zone, row in lines
    )
    words = ("zone", "hours_needed", "hours_available", "hours_planned", "load", "km_due", "covered")
    due, done = (sum(row[key] for row in known.values()) for key in ("km_due", "km_due_planned"))
    lead = said("coverage", due=f"{due:.1f}", done=f"{done:.1f}", share=round(100 * done / due) if due else 100)
    return _folded(
        "zones", says("zone_load", lang), f"<p>{lead}</p>{_table(words, body, lang)}<p>{says('load_note', lang)}</p>"
    )


def hazard_table(hazards: gpd.GeoDataFrame, lang: str) -> str:
    """Return how many open hazards there are by state and age in days."""
    if hazards.empty or "state" not in hazards or "age" not in hazards:
        return ""
    group = pd.cut(hazards["age"].clip(lower=0), [*AGES, float("inf")], right=False, labels=False)
    counts = pd.crosstab(hazards["state"].map(text.clean), group).reindex(columns=range(len(AGES)), fill_value=0)
    counts = counts.loc[counts.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    heads = [f"{low}–{high - 1}" for low, high in pairwise(AGES)] + [f"≥ {AGES[-1]}"]
    cells = "".join(
        f'<tr><th scope="row">{shared(f"maps.state_{state}", state)}</th>'
        + "".join(f"<td>{count or ''}</td>" for count in row)
        + f"<td>{row.sum()}</td></tr>"
        for state, row in zip(counts.index, counts.to_numpy(), strict=True)
    )
    head = "".join(f'<th scope="col">{name} {says("days", lang)}</th>' for name in heads)
    first = f'<tr><th scope="col">{says("state", lang)}</th>{head}<th scope="col">{says("sum", lang)}</th></tr>'
    table = f'<div class="wide" tabindex="0"><table><thead>{first}</thead><tbody>{cells}</tbody></table></div>'
    return _folded("hazards", f"{says('layer_hazards', lang)} ({len(hazards)})", table)


def change_list(changed: gpd.GeoDataFrame, against: Plan, lang: str) -> str:
    """Return what this plan does otherwise than another: added, gone, moved."""
    lead = said("against", first=text.clean(against.document["from"]), days=int(against.document["days"]))
    if changed.empty:
        return _folded(
            "changes", says("changes", lang), f"<p>{lead}</p><p>{says('nothing_changed', lang)}</p>", opened=True
        )
    parts = []
    for how in HOWS:
        rows = changed[changed["how"] == how]
        if len(rows):
            items = "".join(_change(number, row, lang) for number, row in rows.head(MOST).iterrows())
            more = f"<li>{said('and_more', n=len(rows) - MOST)}</li>" if len(rows) > MOST else ""
            head = f'<span class="grow">{says(f"how_{how}", lang)}</span>{len(rows)}'
            parts.append(f'<details><summary>{head}</summary><ul class="plain">{items}{more}</ul></details>')
    return _folded("changes", says("changes", lang), f"<p>{lead}</p>" + "".join(parts), opened=True)


def _change(number: object, row: pd.Series, lang: str) -> str:
    facts = [f"{says(key, lang)} {text.html(row[key])}" for key in ("now", "before") if row[key]]
    if row["reason"]:
        facts.append(reason(str(row["reason"])))
    label = both(row["label_zh"], row["label"])
    return f'<li data-change="{number}">{label}<span class="meta">{" · ".join(facts)}</span></li>'


def _share(row: dict[str, float]) -> float:
    there = row["hours_available"]
    return 100 * row["hours_needed"] / there if there else (float("inf") if row["hours_needed"] else 0.0)


def _percent(share: float) -> str:
    return "–" if share == float("inf") else f"{share:.0f}&nbsp;%"


def _covered(row: dict[str, float]) -> str:
    return _percent(100 * row["km_due_planned"] / row["km_due"]) if row["km_due"] else ""


def _zone_name(names: dict[str, str], zone: str, lang: str) -> str:
    if not zone:
        return says("no_zone", lang)
    return both(names.get("name_zh") or zone, names.get("name") or zone)


def _row(kind: str, number: int | None) -> str:
    return "" if number is None else f' data-{kind}="{number}"'


def _table(words: tuple[str, ...], body: str, lang: str) -> str:
    head = "".join(f'<th scope="col">{says(word, lang)}</th>' for word in words)
    return f'<div class="wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _folded(name: str, title: str, inner: str, *, opened: bool = False) -> str:
    state = " open" if opened else ""
    return f'<details class="table" id="table-{name}"{state}><summary>{title}</summary>{inner}</details>'
