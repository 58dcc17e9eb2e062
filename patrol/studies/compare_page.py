"""The comparison of two plans in words, and as one page that needs nothing else: tables, and bars drawn as SVG."""

from __future__ import annotations

from typing import Any

from patrol import text
from patrol.studies.compare import FIGURES, GROUPS, alike
from patrol.words import keys, say

COLORS = ("#6b7280", "#2563eb")
WIDTH, LEFT, BAR, ROW = 760, 220, 11, 34
TASKS = {"added": "only_second", "gone": "only_first", "moved": "moved", "shifted": "shifted"}
_STYLE = (
    "body{font-family:'Noto Sans SC','Microsoft YaHei',sans-serif;margin:24px;color:#111827;max-width:1000px}"
    "table{border-collapse:collapse;margin:8px 0 20px}td,th{border:1px solid #d1d5db;padding:4px 8px;text-align:left}"
    "td.n{text-align:right}.warn{background:#fee2e2;border:2px solid #dc2626;padding:8px;font-weight:bold}"
    ".notice{color:#b91c1c}svg{max-width:100%;height:auto}"
)


def plan_words(head: dict[str, Any], lang: str) -> str:
    """Return what a plan of a comparison is called."""
    name = head["name_zh"] if lang == "zh" else head["name"]
    return say(
        "compare.plan", lang, name=text.clean(name), first=head["from"], days=head["days"], tag=head["tag"]
    )  # fmt: skip


def warnings(rows: dict[str, Any], lang: str) -> list[str]:
    """Return what must be known before the numbers: a what-if plan, invented data, other days."""
    first, second = rows["plans"]
    lines = [say("reports.sheet.notice", lang)]
    if first["synthetic"] or second["synthetic"]:
        lines.append(say("reports.sheet.synthetic", lang))
    for key, head in (("first", first), ("second", second)):
        if head["scenario"]:
            name = f"{say(f'compare.{key}', lang)}: {plan_words(head, lang)}"
            lines.append(say("replan.scenario", lang, name=name))
    if (first["from"], first["days"]) != (second["from"], second["days"]):
        days = [f"{head['from']} +{head['days']}" for head in (first, second)]
        lines.append(say("compare.warn_days", lang, first=days[0], second=days[1]))
    return lines


def name(group: str, key: str, lang: str) -> str:
    """Return what a number of a comparison is of."""
    if group == "figures":
        return say(f"compare.figure.{key}", lang)
    if group == "by_party" and f"reports.party.{key}" in keys(lang):
        return say(f"reports.party.{key}", lang)
    return text.clean(key) or say("compare.zone_none", lang)


def number(value: float, *, sign: bool = False) -> str:
    """Return a number as people read it, whole ones without decimals."""
    whole = float(value).is_integer()
    return f"{value:{'+' if sign else ''},.{0 if whole else 1}f}"


def task_counts(rows: dict[str, Any], lang: str) -> str:
    """Return how many tasks differ, in one sentence."""
    counts = {key: len(value) if isinstance(value, list) else value for key, value in rows["tasks"].items()}
    return say("compare.tasks", lang, **counts)


def compare_page(rows: dict[str, Any], lang: str) -> str:
    """Return the comparison as one HTML page; all field text in it is made safe."""
    title = say("compare.title", lang)
    first, second = (plan_words(head, lang) for head in rows["plans"])
    parts = [f"<h1>{text.html(title)}</h1>"]
    warned = any(head["scenario"] for head in rows["plans"])
    parts += [
        f'<p class="{"warn" if warned and k else "notice"}">{text.html(line)}</p>'
        for k, line in enumerate(warnings(rows, lang))
    ]
    parts.append(
        f"<p>{text.html(say('compare.first', lang))}: {text.html(first)}<br>"
        f"{text.html(say('compare.second', lang))}: {text.html(second)}</p>"
    )
    parts.append(f"<p>{text.html(say('compare.same', lang) if alike(rows) else task_counts(rows, lang))}</p>")
    parts.append(_table("figures", rows["figures"], lang))
    parts.append(f"<p>{text.html(say('compare.bars', lang))}</p>")
    for group in GROUPS:
        parts += [f"<h2>{text.html(say(f'compare.{group}', lang))}</h2>", _bars(group, rows[group], lang)]
    parts.append(_tasks(rows["tasks"], lang))
    body = "\n".join(parts)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width"><title>{text.html(title)}</title>'
        f"<style>{_STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def _table(group: str, pairs: dict[str, dict[str, float]], lang: str) -> str:
    heads = [say(f"compare.{key}", lang) for key in (group, "first", "second", "difference")]
    order = [key for key in (*FIGURES[:7], "hours_used", *FIGURES[7:]) if key in pairs]
    lines = [
        f"<tr><td>{text.html(name(group, key, lang))}</td><td class=n>{number(pairs[key]['first'])}</td>"
        f"<td class=n>{number(pairs[key]['second'])}</td>"
        f"<td class=n>{number(pairs[key]['difference'], sign=True)}</td></tr>"
        for key in order
    ]
    return (
        f"<table><tr>{''.join(f'<th>{text.html(head)}</th>' for head in heads)}</tr>\n{chr(10).join(lines)}\n</table>"
    )


def _bars(group: str, pairs: dict[str, dict[str, float]], lang: str) -> str:
    """Return bars of two plans, a pair a row, each with its number."""
    most = max((max(pair["first"], pair["second"]) for pair in pairs.values()), default=0) or 1
    scale = (WIDTH - LEFT - 90) / most
    out = []
    for row, (key, pair) in enumerate(pairs.items()):
        y, label = row * ROW + 4, text.xml(name(group, key, lang))
        out.append(f'<text x="{LEFT - 10}" y="{y + 16}" font-size="13" text-anchor="end">{label}</text>')
        for place, side in enumerate(("first", "second")):
            top, wide = y + place * (BAR + 1), pair[side] * scale
            out.append(
                f'<rect x="{LEFT}" y="{top}" width="{wide:.1f}" height="{BAR}" fill="{COLORS[place]}"/>'
                f'<text x="{LEFT + wide + 5:.1f}" y="{top + BAR - 1}" font-size="11">{number(pair[side])}</text>'
            )
    height = len(pairs) * ROW + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'fill="#111827">{"".join(out)}</svg>'
    )


def _tasks(tasks: dict[str, Any], lang: str) -> str:
    lines = []
    for key, words in TASKS.items():
        for one in tasks[key]:
            label = one["label_zh" if lang == "zh" else "label"] or one["label"] or one["task_id"]
            cells = [
                say(f"compare.{words}", lang),
                text.clean(label),
                *(_place(one[side]) for side in ("first", "second")),
            ]
            lines.append(f"<tr>{''.join(f'<td>{text.html(cell)}</td>' for cell in cells)}</tr>")
    if not lines:
        return ""
    heads = ["", *(say(f"compare.{key}", lang) for key in ("task", "first", "second"))]
    table = f"<tr>{''.join(f'<th>{text.html(head)}</th>' for head in heads)}</tr>\n" + "\n".join(lines)
    return f"<h2>{text.html(say('compare.tasks_head', lang))}</h2>\n<table>{table}</table>"


def _place(at: dict[str, str] | None) -> str:
    return "" if at is None else f"{text.clean(at['crew_id'])} {at['start'][:16].replace('T', ' ')}"
