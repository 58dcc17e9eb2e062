"""The rows of a sheet's stop table: when, where, what to look for, who else comes, and boxes to tick."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from patrol import text
from patrol.hazards.at_stops import Here, Row, hazards_at_stops
from patrol.plan import Plan
from patrol.reports.known import Known
from patrol.reports.sheet_words import both, only
from patrol.reports.stops import clock
from patrol.reports.tables import word
from patrol.risk.lookout import look_for
from patrol.words import LANGUAGES, aid_words, name_of, say, usual_crew, way_words

MAX_WORDS = 90  # of what somebody reported


@dataclass(frozen=True, slots=True)
class StopWords:
    """What is said of the stops of one shift beside times and places, as HTML by position on the route."""

    look: Mapping[int, str]
    joint: Mapping[int, str]

    @staticmethod
    def of(plan: Plan, stops: gpd.GeoDataFrame, known: Known) -> StopWords:
        """Gather what is known of each stop."""
        party = stops["party"].iloc[0]
        shift = plan.shifts[int(stops["shift"].iloc[0])]
        zones = {row["zone_id"]: row for row in known.zones.drop(columns="geometry").to_dict("records")}
        here = hazards_at_stops(plan, shift, sections=known.sections, hazards=known.hazards, types=known.types)
        look, joint = {}, {}
        for row in stops.drop(columns="geometry").to_dict("records"):
            hazards = _hazards(here.get(row["order"], Here()), known, party)
            look[row["order"]] = hazards + _likely(row["section_id"], known, party)
            stop = shift["route"][row["order"]]
            notes = (aid_words(stop, row["zone_id"], zones), usual_crew(stop, plan.shifts))
            told = "".join(f'<p class="aid">{only(*said)}</p>' for said in notes if said)
            joint[row["order"]] = _joint(plan, stop) + told
        return StopWords(look, joint)


def stop_rows(stops: gpd.GeoDataFrame, words: StopWords) -> str:
    """Return the rows of a table, one a stop, breaks and the way home included."""
    return "".join(_row(row, words) for row in stops.drop(columns="geometry").to_dict("records"))


def _row(row: Mapping[str, Any], words: StopWords) -> str:
    times = "–".join(dict.fromkeys(clock(row[key], row["date"]) for key in ("start_service", "leave")))
    if not row["code"]:
        what = only(row["label_zh"], row["label"])
        return f'<tr class="between"><td></td><td class="time">{times}</td><td colspan="3">{what}{_way(row)}</td></tr>'
    boxes = "".join(f'<li><span class="box"></span>{both(key)}</li>' for key in ("done", "partly", "not_reached"))
    return (
        f'<tr class="stop"><td class="code"><b>{row["code"]}</b></td><td class="time">{times}{_way(row)}</td>'
        f'<td class="where">{_where(row)}{words.joint[row["order"]]}</td>'
        f'<td class="look">{words.look[row["order"]]}</td>'
        f'<td class="result"><ul>{boxes}</ul><p class="why">{both("why")}<span class="rule"></span></p></td></tr>'
    )


def _way(row: Mapping[str, Any]) -> str:
    """Return how the crew gets to a stop."""
    said = way_words(row["way"], row["distance_m"], row["travel_s"])
    return f'<p class="leg">{only(*said)}</p>' if said else ""


def _where(row: Mapping[str, Any]) -> str:
    """Return what is to be done where: label, poles in the order of walking, dates, what binds the crew."""
    lines = [f'<p class="label">{only(row["label_zh"], row["label"])}</p>']
    first, last = row["first_pole"], row["last_pole"]
    if row["kind"] == "section" and first:
        ends = f"{first} {'⇄' if row['direction'] == 0 else '→'} {last}" if last and last != first else first
        turn = f' <span class="turn">{both("both_ways")}</span>' if row["direction"] == 0 else ""
        lines.append(f'<p class="poles">{text.html(ends)} {both("poles_word")}{turn}</p>')
    facts = []
    if row["overdue_days"]:
        facts.append(both("overdue", days=row["overdue_days"]))
    elif row["due"]:
        facts.append(both("due", date=row["due"]))
    if row["mandatory"]:
        facts.append(f"<b>{both('mandatory')}</b>")
    if row["state"]:
        facts.append(both("done_before" if row["state"] == "done" else "under_way"))
    if row["kind"] != "section":  # whose label and poles say what it is
        facts.insert(0, only(word("kind", row["kind"], "zh"), word("kind", row["kind"], "en")))
    lines.append(f'<p class="facts">{" · ".join(facts)}</p>')
    if row["notice_only"]:
        lines.append(f'<p class="bind">{both("notice_only")}</p>')
    return "".join(lines)


def _hazards(here: Here, known: Known, party: str) -> str:
    """Return the open hazards of a stop."""
    items = "".join(_hazard(one, known, party) for one in here.open)
    return f'<p class="sub">{both("open_hazards")}</p><ul class="hazards">{items}</ul>' if items else ""


def _hazard(one: Row, known: Known, party: str) -> str:
    """Return an open hazard with its last finding; nothing says who reported it.

    Type and pole of a hazard that is a stop of its own stand in the column before. Who is not known to be of those
    who may look keeps away.
    """
    grade = only(*(say(f"hazards.class.{one['grade']}", lang) for lang in LANGUAGES))
    states = {lang: say(f"hazards.state.{one['state']}", lang) for lang in LANGUAGES}
    found = only(*(say("papers.found", lang, date=one["day"], state=states[lang]) for lang in LANGUAGES))
    pole = f" {text.html(one['pole_no'])}" if one["pole_no"] else ""
    said = text.html(text.clean(_masked(one["description"], known.people), limit=MAX_WORDS))
    quote = f' <span class="said">“{said}”</span>' if said else ""
    may = one["parties"] if isinstance(one["parties"], tuple) else ()
    far = "" if party in may else f' <b class="far">{both("keep_away")}</b>'
    kind: Row = known.types.loc[one["type"]].to_dict() if one["type"] in known.types.index else {}
    what = only(text.clean(kind.get("name_zh", one["type"])), text.clean(kind.get("name_en", one["type"])))
    name = "" if one["own"] else f"<b>{what}</b>{pole} "
    return f"<li>{name}[{grade}] {found}{quote}{far}</li>"


def _masked(words: object, people: Collection[str]) -> str:
    """Return what somebody reported without numbers to call and without names."""
    masked = text.mask_identity(text.clean(words))
    for name in sorted(people, key=len, reverse=True):  # mask_identity spares single letters
        if name in masked:
            masked = text.mask_identity(masked, name)
    return masked


def _likely(section_id: str, known: Known, party: str) -> str:
    """Return the types to look for on a section."""
    codes = look_for(known.likely, section_id, party)
    zh = say("papers.list", "zh").join(text.clean(known.types.at[code, "name_zh"]) for code in codes)
    en = say("papers.list", "en").join(text.clean(known.types.at[code, "name_en"]) for code in codes)
    return f'<p class="likely">{both("likely")}{text.html(say("papers.colon", "zh"))}{only(zh, en)}</p>' if zh else ""


def _joint(plan: Plan, stop: Mapping[str, Any]) -> str:
    """Return when a joint task is, who else comes, and since when each party has agreed."""
    joint = stop.get("joint")
    if not joint:
        return ""
    at = text.clean(joint.get("at", stop["start_service"]))[11:16]
    lines = []
    for other in joint["with"]:
        who, party = _who(plan, other)
        when = text.clean(joint.get("confirmed", {}).get(party) or joint.get("confirmed", {}).get(other))[:16]
        key = "joint_confirmed" if when else "joint_proposed"
        said = (say(f"papers.{key}", lang, who=who[lang], when=when.replace("T", " ")) for lang in LANGUAGES)
        lines.append(f"<li>{only(*said)}</li>")
    return f'<div class="joint"><p>{both("joint_at", time=at)}</p>{both("with")}<ul>{"".join(lines)}</ul></div>'


def _who(plan: Plan, other: str) -> tuple[dict[str, str], str]:
    """Return the name of a crew that comes too (named by its shift, itself or its party), and its party."""
    for shift in plan.shifts:
        if other in {shift["shift_id"], shift["crew_id"]}:
            names = {lang: text.clean(name_of(shift, lang) or shift["crew_id"]) for lang in LANGUAGES}
            party = shift["party"]
            return {lang: f"{names[lang]} ({word('party', party, lang)})" for lang in LANGUAGES}, party
    return {lang: text.clean(word("party", other, lang)) for lang in LANGUAGES}, other
