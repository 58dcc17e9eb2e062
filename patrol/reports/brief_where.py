"""Of the brief: who loses power where."""

from __future__ import annotations

import pandas as pd

from patrol import text
from patrol.reports.brief_facts import Facts
from patrol.reports.brief_map import section_map
from patrol.reports.brief_parts import heading, paragraph, table, zone_name
from patrol.words import say

SHOWN = 5


def worst_sections(sections: pd.DataFrame, most: int = SHOWN) -> pd.DataFrame:
    """Return of each line the section where a fault interrupts most customers (then costs most), the worst lines."""
    order = ["customers_interrupted", "customer_minutes", "section_id"]
    ranked = pd.DataFrame(sections).sort_values(order, ascending=[False, False, True], kind="stable")
    return ranked.drop_duplicates("feeder_id").head(most)


def where_part(facts: Facts, lang: str) -> str:
    """Return who loses power where: the worst section of each of the worst lines, and where they lie."""
    worst = worst_sections(facts.sections)
    rows = []
    for number, (_, row) in enumerate(worst.iterrows(), start=1):
        label = row["label_zh"] if lang == "zh" else row["label"]
        rows.append(
            [
                f"{number}",
                say("brief.place", lang, label=text.clean(label), zone=zone_name(facts, row["zone_id"], lang)),
                f"{row['customers_interrupted']:,.0f}",
                f"{row['customer_minutes'] / 60:,.0f}",
                say("brief.tie_yes" if row["has_tie"] else "brief.tie_no", lang),
            ]
        )
    columns = ("number", "place", "customers", "hours", "tie")
    heads = [say(f"brief.col_{name}", lang) for name in columns]
    most = float(facts.sections["customers_interrupted"].max()) if len(facts.sections) else 0.0
    drawing = section_map(
        facts.sections, facts.zones, list(worst.index), say("brief.map_label", lang, count=len(worst))
    )
    key = "".join(f'<span class="k{level}"></span>' for level in range(4))
    low, high = (say(f"brief.map_{end}", lang, count=f"{most:,.0f}") for end in ("low", "high"))
    pumps = "".join(paragraph(line, "soft") for line in _pumps(facts, lang))
    return (
        heading("where_head", lang)
        + drawing
        + f'<p class="soft key">{text.html(low)}{key}{text.html(high)}</p>'
        + paragraph(say("brief.where_text", lang))
        + table(heads, rows, numbers=(2, 3))
        + pumps
        + paragraph(say("brief.where_note", lang), "soft")
    )


def _pumps(facts: Facts, lang: str) -> list[str]:
    shown = [
        say("brief.zone_count", lang, zone=zone_name(facts, zone, lang), count=count)
        for zone, count in sorted(facts.pumps.items())
    ]
    return [say("brief.zone_pumps", lang, zones=say("reports.comma", lang).join(shown))] if shown else []
