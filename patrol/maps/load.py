"""The load of crews as a table of the planners' page: hours of this plan, of the weeks before, and an even share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patrol import text
from patrol.maps.listing import both
from patrol.plan import Plan
from patrol.words import LANGUAGES, crew_words, even_load_words, say

COLUMNS = ("worked_h", "offered_h", "even_h", "free_h", "recent_h", "recent_even_h")


def load_table(plan: Plan) -> str:
    """Return hours by crew, in the order of ids, folded away; nothing where neither price nor weeks are known."""
    load = plan.figures.get("load", {})
    rows: Mapping[str, Mapping[str, Any]] = load.get("crews", {})
    known = [name for name in COLUMNS if any(name in row for row in rows.values())]
    if not {"free_h", "recent_h"} & {*known}:
        return ""
    head = "".join(f'<th scope="col">{_both(f"load.column.{name}")}</th>' for name in known)
    body = "".join(
        f'<tr><th scope="row">{both(*(crew_words([crew], plan.shifts, lang) for lang in LANGUAGES))}</th>'
        + "".join(f"<td>{_hours(row.get(name))}</td>" for name in known)
        + "</tr>"
        for crew, row in sorted(rows.items())
    )
    said = [_both("load.even")]
    if span := load.get("recent"):
        said.append(_both("load.before", first=span["from"], last=span["to"], days=span["days"]))
    if "free_h" in known:
        said.append(_both("load.cost", cost=f"{float(load['fairness_cost_ecm']):,.1f}"))
        said += [both(*said) for said in zip(*(even_load_words(load, lang) for lang in LANGUAGES), strict=True)]
    return (
        f'<details id="load"><summary>{_both("load.title")}</summary><p>{" ".join(said)}</p>'
        f'<table><thead><tr><th scope="col">{_both("load.column.crew")}</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></details>"
    )


def _both(key: str, **values: object) -> str:
    return both(*(say(key, lang, **values) for lang in LANGUAGES))


def _hours(value: object) -> str:
    return text.html(f"{float(value):.1f}") if isinstance(value, (int, float)) else ""
