"""A crew's day as plain HTML: the stops in order, readable without script, in both languages.

Every word stands in both languages and CSS shows one: that of the script where one runs, else of the page, or of the
link at the top that was followed (``:target``). All text of the plan passes ``text.html``. A stop is called by its
short code everywhere: in this list, on the map, in a reply by message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from patrol import text
from patrol.maps.assets import HTML_LANG
from patrol.maps.field_facts import Facts, Known
from patrol.maps.listing import both, shared
from patrol.maps.navigation import WayThere
from patrol.plan import Plan
from patrol.words import LANGUAGES, aid_words, say, usual_crew, way_words

Shift = Mapping[str, Any]
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def two(key: str, **values: object) -> str:
    """Return a message of the field page in both languages."""
    return both(*(say(f"fieldpage.{key}", lang, **values) for lang in LANGUAGES))


def page_title(shift: Shift, lang: str, *, synthetic: bool) -> str:
    """Return the plain text of the title bar: synthetic data say so first."""
    order = ("name_zh", "name") if lang == "zh" else ("name", "name_zh")
    crew = next((shift[key] for key in order if shift[key]), shift["crew_id"])
    title = say("fieldpage.title", lang, crew=text.clean(crew), date=shift["date"])
    return f"{say('maps.synthetic', lang)} · {title}" if synthetic else title


def header(shift: Shift, *, tag: str, synthetic: bool) -> str:
    """Return the bar that stays in view: whose day, which day, that it is no work permit, and the languages.

    The first two elements are what the links of the languages lead to where no script runs.
    """
    day = date.fromisoformat(shift["date"])
    weekday = both(*(say(f"fieldpage.{_WEEKDAYS[day.weekday()]}", lang) for lang in LANGUAGES))
    crew = both(shift["name_zh"] or shift["crew_id"], shift["name"] or shift["crew_id"])
    badge = f' <span class="badge">{both(*(say("maps.synthetic", lang) for lang in LANGUAGES))}</span>'
    facts = f"{shift['date']} {weekday} · {_clock(shift['start'])}–{_clock(shift['end'])} · "
    return (
        '<i id="zh"></i><i id="en"></i>\n'
        f'<a class="skip" href="#stops">{two("skip")}</a>\n'
        f'<header class="top"><div class="what"><h1>{crew}{badge if synthetic else ""}</h1>'
        f'<p class="range">{facts}<code>{text.html(tag)}</code></p></div>'
        f'<p class="permit"><span lang="zh-CN">{say("maps.not_a_permit", "zh")}</span> · '
        f'<span lang="en">{say("maps.not_a_permit", "en")}</span></p>'
        '<nav id="tools" aria-label="语言 Language"><a href="#zh" lang="zh-CN">中文</a>'
        '<a href="#en" lang="en">English</a></nav></header>\n'
    )


def emergency(numbers: Mapping[str, str], near: Sequence[Known], *, chinas_by_default: bool) -> str:
    """Return whom to call before anything else, and which emergencies are open near the way."""
    calls = " ".join(_call(name, number) for name, number in numbers.items())
    items = "".join(f"<li>{_known(one)}</li>" for one in near)
    listed = f'<p>{two("emergencies_near", n=len(near))}</p><ul class="plain">{items}</ul>' if near else ""
    doubt = f"<p>{two('numbers_of_china')}</p>" if chinas_by_default else ""
    return (
        f'<section class="urgent" aria-labelledby="call-first"><h2 id="call-first">{two("call_first")}</h2>'
        f'<p class="calls">{calls}</p><p>{two("stay_away")}</p>{doubt}{listed}</section>\n'
    )


def stop_list(
    plan: Plan,
    shift: Shift,
    codes: Mapping[int, int],
    facts: Mapping[int, Facts],
    ways: Mapping[int, Sequence[WayThere]],
    zones: Mapping[str, Mapping[str, object]],
) -> str:
    """Return the stops with their ways between them; ``data-code`` and ``data-stop`` are what scripts attach to.

    ``zones`` names zones by id, with ``name`` and ``name_zh``.
    """
    tasks, legs = plan.tasks, {leg["to"]: leg["kind"] for leg in shift["legs"]}
    on_foot = shift["mode"] == "foot"
    items, mapped = [], 0
    for at, stop in enumerate(shift["route"]):
        leg = _leg(stop, legs.get(at, "walk" if on_foot else "drive"))
        row = f' data-stop="{mapped}"' if stop["kind"] in {"start", "section", "visit"} else ""
        mapped += bool(row)
        if at in codes:
            told = (
                _joint(plan, stop)
                + _aid(stop, text.clean(tasks.get(stop["task_id"], {}).get("zone_id")), zones)
                + _instead(plan, stop)
            )
            body = _task(stop, tasks.get(stop["task_id"], {}), codes[at], told, facts.get(at, Facts()), ways[at])
            items.append(f'<li class="stop" id="stop-{codes[at]}" data-code="{codes[at]}"{row}>{leg}{body}</li>')
        else:
            what = shared(f"reports.kind.{stop['kind']}", stop["kind"])
            items.append(
                f'<li class="{stop["kind"]}"{row}>{leg}<div class="head"><span class="no"><b>·</b></span>'
                f'<p class="what"><time>{_clock(stop["arrive"])}</time> <span class="name-of">{what}</span></p>'
                "</div></li>"
            )
    who = (
        shared(f"reports.party.{shift['party']}", shift["party"]),
        shared(f"reports.mode.{shift['mode']}", shift["mode"]),
        two("people", n=int(shift["people"])),
        two("stops", n=len(codes)),
    )
    head = f'<h2>{two("today")}</h2>\n<p class="meta">{" · ".join(who)}</p>\n'
    return f'{head}<ol class="stops-of-day">{"".join(items)}</ol>\n'


def reply_help(tag: str, codes: Sequence[int]) -> str:
    """Return how to answer by message where no script runs, with the plan's tag and codes of this crew."""
    said = {lang: "<br>".join(map(text.html, _reply(tag, codes, lang))) for lang in LANGUAGES}
    lines = "".join(f'<span data-in="{lang}" lang="{HTML_LANG[lang]}">{said[lang]}</span>' for lang in LANGUAGES)
    return (
        f'<details class="reply-help" id="reply"><summary>{two("reply_head")}</summary>'
        f'<p>{two("reply_text")}</p><p class="reply">{lines}</p></details>\n'
    )


def _reply(tag: str, codes: Sequence[int], lang: str) -> list[str]:
    """Return the lines of an example: one code done, one not reached, one walked in part."""
    examples = ("reply_done", "reply_not_done", "reply_partly")
    return [tag, *(say(f"fieldpage.{key}", lang, code=code) for key, code in zip(examples, codes, strict=False))]


def notes(plan: Plan) -> str:
    """Return what else the page says: where tracks come from, whose data these are, what it is not."""
    source = plan.document["project"].get("attribution", "")
    credit = (
        f'<p id="credit">{both(*(say("maps.credit", lang) for lang in LANGUAGES))}: '
        f'<span class="source">{text.html(source)}</span></p>'
        if source
        else ""
    )
    return f'<p class="fine">{two("tracks")}</p><p class="fine">{two("private")}</p>{credit}\n'


def _task(
    stop: Mapping[str, Any], task: Mapping[str, Any], code: int, told: str, facts: Facts, ways: Sequence[WayThere]
) -> str:
    label = both(task.get("label_zh", ""), task.get("label", "")) or shared(f"reports.kind.{stop['kind']}", "")
    kind = shared(f"reports.kind.{task.get('kind', stop['kind'])}", task.get("kind", ""))
    until = f"–{_clock(stop['leave'])}" if stop["leave"] != stop["arrive"] else ""
    meta = " · ".join(fact for fact in (kind, *_facts(stop, task, facts)) if fact)
    return (
        f'<div class="head"><span class="no"><b>{code}</b></span>'
        f'<div class="what"><h3><time>{_clock(stop["arrive"])}{until}</time> <span class="name-of">{label}</span></h3>'
        f'<p class="meta">{meta}</p>{told}</div></div>'
        f'<div class="doing" hidden></div>{_look(facts, stop)}{_navigate(ways, code)}'
    )


def _facts(stop: Mapping[str, Any], task: Mapping[str, Any], facts: Facts) -> list[str]:
    told = text.clean(task.get("label")) + text.clean(task.get("label_zh"))
    found = [both(facts.feeder_zh, facts.feeder) if facts.feeder not in told else "", _poles(stop, task)]
    if task.get("mandatory"):
        found.append(f'<span class="must">{both(*(say("maps.must", lang) for lang in LANGUAGES))}</span>')
    if task.get("asset_owner"):
        found.append(f'<span class="must">{both(*(say("maps.notice_only", lang) for lang in LANGUAGES))}</span>')
    if stop.get("state"):
        found.append(f'<span class="must">{two("state_" + stop["state"])}</span>')
    if stop["start_service"] != stop["arrive"]:
        found.append(two("begins", time=_clock(stop["start_service"])))
    return found


def _poles(stop: Mapping[str, Any], task: Mapping[str, Any]) -> str:
    """Return which poles a section runs between, in the direction in which it is walked."""
    first, last = text.clean(task.get("first_pole")), text.clean(task.get("last_pole"))
    if stop["kind"] != "section" or not (first and last):
        return ""
    if stop["direction"] < 0:
        first, last = last, first
    poles = two("poles", first=first, last=last)
    return poles if stop["direction"] else f"{poles} ({both(*(say('maps.both_ways', lang) for lang in LANGUAGES))})"


def _joint(plan: Plan, stop: Mapping[str, Any]) -> str:
    """Return with whom a task is done together, and who has agreed since when."""
    joint = stop.get("joint")
    if not joint:
        return ""
    others = [_who(plan, other) for other in joint["with"]]
    names = {lang: say("fieldpage.comma", lang).join(pair[k] for pair in others) for k, lang in enumerate(LANGUAGES)}
    key = "joint_at" if "at" in joint else "joint"
    head = both(*(say(f"fieldpage.{key}", lang, who=names[lang], at=_at(joint)) for lang in LANGUAGES))
    state = two("joint_" + joint["state"])
    since = "".join(
        f"<br>{shared(f'reports.party.{party}', party)}: {two('since', when=_moment(when))}"
        for party, when in sorted(joint.get("confirmed", {}).items())
    )
    return f'<p class="joint {joint["state"]}">{head} <strong>{state}</strong>{since}</p>'


def _at(joint: Mapping[str, Any]) -> str:
    return _moment(joint.get("at", ""))[11:]


def _who(plan: Plan, name: str) -> tuple[str, str]:
    """Return who comes, in both languages: a crew by its name, a party by its word."""
    for shift in plan.shifts:
        if name in {shift["crew_id"], shift["shift_id"]}:
            zh, en = text.clean(shift["name_zh"]), text.clean(shift["name"])
            return zh or en or text.clean(shift["crew_id"]), en or zh or text.clean(shift["crew_id"])
    try:
        zh, en = (say(f"reports.party.{name}", lang) for lang in LANGUAGES)
    except KeyError:
        return text.clean(name), text.clean(name)
    return zh, en


def _aid(stop: Mapping[str, Any], zone_id: str, zones: Mapping[str, Mapping[str, object]]) -> str:
    """Return which zone a crew of other zones helps out, and why."""
    said = aid_words(stop, zone_id, zones)
    return f'<p class="joint">{both(*said)}<br>{two("aid_" + stop["aid"]["why"])}</p>' if said else ""


def _instead(plan: Plan, stop: Mapping[str, Any]) -> str:
    """Return who usually looks after what is visited, where it is another crew."""
    said = usual_crew(stop, plan.shifts)
    return f'<p class="joint">{both(*said)}</p>' if said else ""


def _look(facts: Facts, stop: Mapping[str, Any]) -> str:
    """Return what to look for at a stop: likely types, what is open there, what was found before."""
    parts = []
    if facts.open:
        items = "".join(f"<li>{_known(one, named=not one.own)}</li>" for one in facts.open)
        parts.append(f'<h4>{two("open_here")}</h4><ul class="plain">{items}</ul>')
    if facts.watch:
        names = both(*(
            say("fieldpage.comma", lang).join(f"{code} {zh if lang == 'zh' else en}" for code, en, zh in facts.watch)
            for lang in LANGUAGES
        ))  # fmt: skip
        parts.append(f"<h4>{two('in_season')}</h4><p>{names}</p>")
    if facts.past:
        items = "".join(f"<li>{_known(one)}</li>" for one in facts.past)
        parts.append(f'<h4>{two("found_before")}</h4><ul class="plain">{items}</ul>')
    if facts.last_patrol:
        parts.append(f"<p>{two('last_patrol', day=facts.last_patrol)}</p>")
    if not parts:
        return ""
    count = f" ({len(facts.open)})" if facts.open else ""
    opened = " open" if stop["kind"] == "visit" and facts.open else ""
    return f'<details class="look"{opened}><summary>{two("look")}{count}</summary>{"".join(parts)}</details>'


def _known(known: Known, *, named: bool = True) -> str:
    """Return a hazard in a line: what, how grave, how far, since when, at which pole, in whose words it may be.

    ``named``: its type and pole are said, which stand in the heading of a stop of its own.
    """
    grade = shared(f"maps.grade_{known.grade}", known.grade) if known.grade else ""
    facts = [
        f'<span class="grade {known.grade}">{grade}</span>' if grade else "",
        shared(f"hazards.state.{known.state}", known.state) if known.state else "",
        text.html(known.day),
        two("pole", pole=known.pole) if known.pole and named else "",
    ]
    words = f'<span class="words">{text.html(known.words)}</span>' if known.words else ""
    meta = " · ".join(fact for fact in facts if fact)
    name = both(known.type_zh, known.type) + " " if named else ""
    return f'{name}<span class="meta">{meta}</span>{words}'


def _navigate(ways: Sequence[WayThere], code: int) -> str:
    label = " ".join(say("fieldpage.way_there", lang) for lang in LANGUAGES)
    links = "".join(f'<a href="{text.html(way.href)}" rel="noreferrer">{two("app_" + way.app)}</a>' for way in ways)
    return (
        f'<details class="way"><summary>{two("way_there")}</summary>'
        f'<nav aria-label="{text.html(label)} {code}" class="apps">{links}</nav></details>'
    )


def _leg(stop: Mapping[str, Any], kind: str) -> str:
    """Return the way to a stop: on foot and by vehicle are told apart by word, by sign and by line."""
    said = way_words(kind, stop["distance_m"], stop["travel_s"])
    return f'<p class="leg {kind}">{both(*said)}</p>' if said else ""


def _call(name: str, number: str) -> str:
    """Return a number as a link that calls it."""
    digits = re.sub(r"[^\d+*#]", "", text.clean(number))
    said = f"{shared(f'maps.call_{name}', name)} {text.html(number)}"
    return f'<a class="call" href="tel:{digits.replace("#", "%23")}">{said}</a>' if digits else f"<span>{said}</span>"


def _clock(moment: str) -> str:
    return text.html(moment[11:16])


def _moment(moment: str) -> str:
    return text.clean(moment, limit=40).replace("T", " ")[:16]
