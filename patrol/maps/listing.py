"""The plan as plain HTML: what a page says without any script, and what the scripts then attach to.

Every word that the page owns carries its key (``data-say``) so that the language can change; names and
labels of the plan stand in both languages where they differ, and CSS shows the one that is read. All text
of the plan passes ``text.html``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from patrol import text
from patrol.maps.routes import MAPPED, crew_colours
from patrol.maps.style import ROUTES_LIGHT
from patrol.plan import Plan, plan_tag, stop_codes
from patrol.words import (
    LANGUAGES,
    grouped_notes,
    idle_words,
    instead_words,
    keys,
    say,
    uncounted,
    unreached_words,
    way_words,
)

CALL_NOW = "call_now"
MOST = 300  # tasks left out that are listed for one reason; the map and the spreadsheet have them all
SCORES = "scores"  # engine of what is no plan: a map of scores alone
_NAMED = ("idle_crew", "task.unreachable")


def says(key: str, lang: str) -> str:
    """Return one of the page's own words, which a script changes with the language."""
    return f'<span data-say="{key}">{text.html(say(f"maps.{key}", lang))}</span>'


def both(zh: object, en: object) -> str:
    """Return a text of the plan in both languages, once if they are the same."""
    one, other = text.html(zh) or text.html(en), text.html(en) or text.html(zh)
    if one == other:
        return one
    return f'<span data-in="zh" lang="zh-CN">{one}</span><span data-in="en" lang="en">{other}</span>'


def said(key: str, **values: Any) -> str:
    """Return a sentence with figures in both languages."""
    return both(say(f"maps.{key}", "zh", **values), say(f"maps.{key}", "en", **values))


def page_title(plan: Plan, lang: str, *, synthetic: bool) -> str:
    """Return the plain text of the title bar: synthetic data say so first."""
    project = plan.document["project"]
    order = ("name_zh", "name") if lang == "zh" else ("name", "name_zh")
    name = next((project[key] for key in order if project[key]), "")
    title = say(_title(plan), lang, name=text.clean(name))
    return f"{say('maps.synthetic', lang)} · {title}" if synthetic else title


def _title(plan: Plan) -> str:
    return "maps.title_scores" if plan.document["engine"] == SCORES else "maps.title"


def header(plan: Plan, lang: str, *, synthetic: bool) -> str:
    """Return the bar that stays in view: what this is, and that it is no work permit, in both languages always."""
    project = plan.document["project"]
    zh, en = project["name_zh"] or project["name"], project["name"] or project["name_zh"]
    name = both(say(_title(plan), "zh", name=text.clean(zh)), say(_title(plan), "en", name=text.clean(en)))
    days = int(plan.document["days"])
    first = date.fromisoformat(plan.document["from"])
    last = first + timedelta(days=max(0, days - 1))
    days_words = (
        both(first, first) if plan.document["engine"] == SCORES else said("range", first=first, last=last, days=days)
    )
    if plan.document["engine"] != SCORES:  # what replies by message begin with
        days_words += f' · {says("plan_tag", lang)} <code class="tag">{plan_tag(plan)}</code>'
    badge = f' <span class="badge">{says("synthetic", lang)}</span>' if synthetic else ""
    return (
        f'<a class="skip" href="#panel">{says("skip", lang)}</a>\n'
        f'<header class="top" data-from="{first}"><div class="what"><h1>{name}{badge}</h1>'
        f'<p class="range">{days_words}</p></div>'
        f'<p class="permit"><span lang="zh-CN">{say("maps.not_a_permit", "zh")}</span> · '
        f'<span lang="en">{say("maps.not_a_permit", "en")}</span></p><div id="tools"></div></header>\n'
        f'<p class="no-map-note" role="status">{says("no_map", lang)}</p>\n'
    )


def panel(plan: Plan, lang: str, *, legend: str, tables: str = "", load: str = "") -> str:
    """Return everything beside the map: figures, days and crews with their stops, what was left out, notes."""
    if plan.document["engine"] == SCORES:
        parts = [f'<p class="lead">{said("scores_only")}</p>', '<section id="filters" hidden></section>', legend]
        return '<main id="panel" tabindex="-1">\n' + "\n".join([*parts, credit(plan, lang)]) + "\n</main>"
    parts = [
        urgent(plan, lang),
        '<section id="search" hidden></section>',
        summary(plan, lang),
        '<section id="filters" hidden></section>',
        tables,
        load,
        schedule(plan, lang),
        dropped(plan, lang),
        notes(plan, lang),
        legend,
        credit(plan, lang),
    ]
    return '<main id="panel" tabindex="-1">\n' + "\n".join(part for part in parts if part) + "\n</main>"


def credit(plan: Plan, lang: str) -> str:
    """Return whom the map must name as the source of its data, if the project says so."""
    source = plan.document["project"].get("attribution", "")
    return (
        f'<p id="credit">{says("credit", lang)}: <span class="source">{text.html(source)}</span></p>' if source else ""
    )


def summary(plan: Plan, lang: str) -> str:
    """Return the figures; hours needed against hours there come first, before anything is said of what was dropped."""
    figures = plan.figures
    needed, available = float(figures.get("hours_needed", 0)), float(figures.get("hours_available", 0))
    if available:
        share = round(100 * needed / available)
        hours = {"needed": f"{needed:.1f}", "available": f"{available:.1f}", "share": share}
        told = {
            code: (say("maps.hours", code, **hours), say(f"maps.{plan.hours_suffice}", code, n=plan.due_left_out))
            for code in LANGUAGES
        }
        lead = both("".join(told["zh"]), " ".join(told["en"]))  # no space after a Chinese full stop
    else:
        lead = said("hours_none", needed=f"{needed:.1f}")
    cells = [("due_count", "due", 0), ("planned", "planned", 0), ("dropped", "dropped", 0)]
    cells += [(key, key, 1) for key in ("patrol_km", "drive_km", "walk_km")]
    boxes = "".join(
        f"<div><dt>{says(word, lang)}</dt><dd>{float(figures[key]):,.{digits}f}</dd></div>"
        for word, key, digits in cells
        if isinstance(figures.get(key), (int, float))
    )
    parties = figures.get("hours_by_party", {})
    rows = "".join(
        f'<tr><th scope="row">{shared(f"reports.party.{name}", name)}</th>'
        f"<td>{float(row.get('used', 0)):.1f}</td><td>{float(row.get('available', 0)):.1f}</td></tr>"
        for name, row in parties.items()
    )
    head = f'<tr><th scope="col">{says("party", lang)}</th><th scope="col">{says("used", lang)}</th>'
    head += f'<th scope="col">{says("available", lang)}</th></tr>'
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>" if rows else ""
    return f'<p class="lead">{lead}</p><dl class="figures">{boxes}</dl>{table}'


def urgent(plan: Plan, lang: str) -> str:
    """Return what no plan may wait for: open emergencies with the numbers to call."""
    calls = [note for note in plan.document["notes"] if note.get("code") == CALL_NOW]
    if not calls:
        return ""
    numbers = sorted({pair for note in calls for pair in dict(note.get("numbers", {})).items()})
    phones = " / ".join(f"{shared(f'maps.call_{name}', name)} {text.html(number)}" for name, number in numbers)
    items = "".join(f"<li>{both(note.get('label_zh', ''), note.get('label', ''))}</li>" for note in calls)
    return (
        f'<section class="urgent"><h2>{says("call_now", lang)}: {phones}</h2>'
        f'<details><summary>{said("n_hazards", n=len(calls))}</summary><ul class="plain">{items}</ul></details>'
        "</section>"
    )


def shared(key: str, value: object) -> str:
    """Return a word that other outputs use too, or the value itself where no word is known for it."""
    if key not in keys("zh"):
        return text.html(value)
    return both(say(key, "zh"), say(key, "en"))


def schedule(plan: Plan, lang: str) -> str:
    """Return days, crews and stops as lists that unfold."""
    by_day: dict[str, list[int]] = {}
    for number, shift in enumerate(plan.shifts):
        by_day.setdefault(shift["date"], []).append(number)
    if not by_day:
        return f'<section id="schedule"><h2>{says("schedule", lang)}</h2><p>{says("empty_plan", lang)}</p></section>'
    colours, codes, mapped, rows = crew_colours(plan), stop_codes(plan), 0, {}
    for number, shift in enumerate(plan.shifts):
        head = _shift_head(number, shift, colours[shift["crew_id"]] % len(ROUTES_LIGHT))
        rows[number] = f'{head}<ol class="stops">{_stops(shift, plan, codes, mapped, lang)}</ol></details>'
        mapped += sum(stop["kind"] in MAPPED for stop in shift["route"])
    days = []
    for place, (day, numbers) in enumerate(sorted(by_day.items())):
        stops = sum(stop["task_id"] != "" for n in numbers for stop in plan.shifts[n]["route"])
        name = text.html(day)
        title = f'<span class="grow">{name}</span>{said("n_crews", n=len(numbers))} · {said("n_stops", n=stops)}'
        inner = "".join(rows[n] for n in numbers)
        opened = " open" if place == 0 else ""
        days.append(f'<details class="day" data-day="{name}"{opened}><summary>{title}</summary>{inner}</details>')
    return f'<section id="schedule"><h2>{says("schedule", lang)}</h2>{"".join(days)}</section>'


def _shift_head(number: int, shift: Mapping[str, Any], colour: int) -> str:
    """Return the line of one crew's day, with the list of its stops still to follow."""
    party, mode = (shared(f"reports.{key}.{shift[key]}", shift[key]) for key in ("party", "mode"))
    stops = sum(stop["task_id"] != "" for stop in shift["route"])
    hours = f"{_clock(shift['start'])}–{_clock(shift['end'])}"
    meta = f"{party} · {mode} · {said('n_people', n=int(shift['people']))} · {hours} · {said('n_stops', n=stops)}"
    name = both(shift["name_zh"] or shift["crew_id"], shift["name"] or shift["crew_id"])
    return (
        f'<details class="shift route-{colour}" data-shift="{number}"><summary>'
        f'<span class="swatch"></span><span class="grow">{name}<span class="meta">{meta}</span></span></summary>'
    )


def _stops(shift: Mapping[str, Any], plan: Plan, codes: Mapping[tuple[str, int], int], row: int, lang: str) -> str:
    """Return the stops of a shift by their short codes, those of the field page and of replies.

    ``data-stop`` is the row of a stop in the packed block ``stops``.
    """
    items, tasks = [], plan.document["tasks"]
    legs = {leg["to"]: leg["kind"] for leg in shift["legs"]}
    for place, stop in enumerate(shift["route"]):
        mark = f' data-stop="{row}"' if stop["kind"] in MAPPED else ""
        row += bool(mark)
        badge = f"<b>{codes.get((shift['shift_id'], place), '·')}</b>"
        line = _stop(stop, tasks.get(stop["task_id"], {}), legs.get(place, ""), plan.document["shifts"], lang)
        items.append(f'<li{mark}><span class="no">{badge}</span>{line}</li>')
    return "".join(items)


def _stop(
    stop: Mapping[str, Any], task: Mapping[str, Any], leg: str, shifts: Sequence[Mapping[str, Any]], lang: str
) -> str:
    arrive, leave = _clock(stop["arrive"]), _clock(stop["leave"])
    until = f"<small>–{leave}</small>" if leave != arrive else ""
    facts = [_poles(stop, task, lang)]
    if way := way_words(leg, stop["distance_m"], stop["travel_s"]):
        facts.append(both(*way))
    if task.get("mandatory"):
        facts.append(f'<span class="must">{says("must", lang)}</span>')
    if task.get("asset_owner"):
        facts.append(f'<span class="must">{says("notice_only", lang)}</span>')
    if task.get("overdue_days"):
        facts.append(f"{says('overdue', lang)} {said('n_days', n=int(task['overdue_days']))}")
    facts.append(both(*(instead_words(stop, shifts, code) for code in ("zh", "en"))))
    meta = " · ".join(fact for fact in facts if fact)
    what = both(task.get("label_zh", ""), task.get("label", "")) or says(f"kind_{stop['kind']}", lang)
    return f'<time>{arrive}{until}</time><span class="text">{what}<span class="meta">{meta}</span></span>'


def _clock(moment: str) -> str:
    return text.html(moment[11:16])


def _poles(stop: Mapping[str, Any], task: Mapping[str, Any], lang: str) -> str:
    """Return in which direction a section is walked, by its pole numbers."""
    first, last = task.get("first_pole", ""), task.get("last_pole", "")
    if stop["kind"] != "section":
        return ""
    if stop["direction"] == 0:
        return says("both_ways", lang)
    if not (first and last):
        return ""
    ends = (first, last) if stop["direction"] > 0 else (last, first)
    return f"{text.html(ends[0])} → {text.html(ends[1])}"


def dropped(plan: Plan, lang: str) -> str:
    """Return what was left out, by reason."""
    by_reason: dict[str, list[str]] = {}
    for item in plan.dropped:
        by_reason.setdefault(str(item["reason"]), []).append(item["task_id"])
    head = f"<h2>{says('dropped', lang)}</h2>"
    if not by_reason:
        return f'<section id="dropped">{head}<p>{says("nothing_dropped", lang)}</p></section>'
    tasks, parts = plan.tasks, []
    mapped = (item["task_id"] for item in plan.dropped if item["task_id"] in tasks)
    row = {task_id: number for number, task_id in enumerate(mapped)}
    for code, ids in sorted(by_reason.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        items = "".join(_left_out(tasks.get(task_id, {}), task_id, row.get(task_id), lang) for task_id in ids[:MOST])
        if len(ids) > MOST:
            items += f"<li>{said('and_more', n=len(ids) - MOST)}</li>"
        summary_ = f'<summary><span class="grow">{reason(code)}</span>{len(ids)}</summary>'
        parts.append(f'<details>{summary_}<ul class="plain">{items}</ul></details>')
    return f'<section id="dropped">{head}{"".join(parts)}</section>'


def reason(code: str) -> str:
    """Return the sentence of a reason code in both languages, or the code where no sentence is known."""
    known = f"reasons.{code}"
    if known in keys("zh"):
        return both(say(known, "zh"), say(known, "en"))
    return text.html(code)


def _left_out(task: Mapping[str, Any], task_id: str, number: int | None, lang: str) -> str:
    notes = []
    if task.get("mandatory"):
        notes.append(f'<span class="must">{says("must", lang)}</span>')
    if task.get("due"):
        assumed = f" ({says('assumed', lang)})" if task.get("assumed") else ""
        notes.append(f"{says('due', lang)} {text.html(task['due'])}{assumed}")
    label = both(task.get("label_zh") or task_id, task.get("label") or task_id)
    row = f' data-left="{number}"' if number is not None else ""
    return f'<li{row}>{label}<span class="meta">{" · ".join(notes)}</span></li>'


def notes(plan: Plan, lang: str) -> str:
    """Return what else readers of the plan must know."""
    lines = [_named(note) for note in plan.document["notes"] if note.get("code") in _NAMED]
    rest = [note for note in plan.document["notes"] if note.get("code") not in {CALL_NOW, *_NAMED}]
    for key, values, count in grouped_notes(rest):
        number = "" if uncounted(key) else f" ({count})"
        lines.append(both(*(say(key, code, **values) + number for code in ("zh", "en"))))
    if not lines:
        return ""
    return f'<details id="notes"><summary>{says("notes", lang)} ({len(lines)})</summary>{_list(lines)}</details>'


def _named(note: Mapping[str, Any]) -> str:
    """Return a note about one crew or task by its name."""
    if note["code"] == "idle_crew":
        return both(idle_words(note, "zh"), idle_words(note, "en"))
    label = {"zh": note.get("label_zh") or note.get("label", ""), "en": note.get("label") or note.get("label_zh", "")}
    return both(*(f"{label[code]}: {unreached_words(note, code)}" for code in ("zh", "en")))


def _list(lines: Sequence[str]) -> str:
    return '<ul class="plain">' + "".join(f"<li>{line}</li>" for line in lines) + "</ul>"
