"""Messages in two languages, from ``locale/zh.toml`` and ``locale/en.toml``."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from string import Formatter
from typing import Any

from patrol.text import clean

LANGUAGES = ("zh", "en")
UNCOUNTED = {"reports.notes.travel.no_roads", "reports.notes.cycles.cold_start_late"}


@lru_cache(maxsize=len(LANGUAGES))
def _messages(lang: str) -> dict[str, str]:
    table = tomllib.loads((files("patrol") / "locale" / f"{lang}.toml").read_text("utf-8"))
    flat: dict[str, str] = {}

    def walk(prefix: str, node: dict[str, object]) -> None:
        for key, value in node.items():
            if isinstance(value, dict):
                walk(f"{prefix}{key}.", value)
            else:
                flat[prefix + key] = str(value)

    walk("", table)
    return flat


def say(key: str, lang: str, **values: object) -> str:
    """Return the message ``key`` in ``lang`` (``zh`` or ``en``) with ``{names}`` filled in.

    Raises
    ------
    KeyError
        If the message does not exist: a missing word is our bug, and tests look for it.
    """
    return _messages(lang)[key].format(**values)


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number with its English noun, and what depends on it: ``1 row read``, ``2 rows read``.

    Parameters
    ----------
    count : int
    one, many : str
        What follows the number; the plural adds an s to ``one`` if it is not given.
    """
    return f"{count} {one if count == 1 else many or one + 's'}"


def keys(lang: str) -> set[str]:
    """Return every message key of a language, for the test that holds the two files together."""
    return set(_messages(lang))


def grouped_notes(notes: Iterable[Mapping[str, Any]]) -> list[tuple[str, dict[str, Any], int]]:
    """Return the notes of a plan as message keys with values, and how many things each is about.

    Counts of notes of one kind are added up, and so are their further ``values``.

    A code has words of its own (``reports.notes.<code>``), or those of its last part, with the input it is
    about (``reports.notes.any.<part>``); for any other its input is named, and that the file says more.
    """
    known, count = keys(LANGUAGES[0]), dict[tuple[str, str], int]()
    more: dict[tuple[str, str], Counter[str]] = {}
    for note in notes:
        code, source = str(note.get("code", "")), str(note.get("source", ""))
        part = f"reports.notes.any.{code.rpartition('.')[2]}"
        values = {str(name): int(value) for name, value in note.get("values", {}).items()}
        if f"reports.notes.{code}" in known and _gaps(f"reports.notes.{code}") <= {"source", "count", *values}:
            key = f"reports.notes.{code}"
            source = source if "source" in _gaps(key) else ""
        else:
            key, source = (part, source) if part in known else ("reports.notes.any.other", source or code)
        count[key, source] = count.get((key, source), 0) + int(note.get("count", 1))
        more.setdefault((key, source), Counter()).update(values)
    return [
        (key, {**more[key, source], "source": clean(source), "count": number}, number)
        for (key, source), number in sorted(count.items())
    ]


def uncounted(key: str) -> bool:
    """Return whether no count stands behind a note: its words tell it, or are about one input or setting."""
    return key in UNCOUNTED or bool(_gaps(key) & {"source", "count"})


def _gaps(key: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(_messages(LANGUAGES[0])[key]) if name}


def unreached_words(note: Mapping[str, Any], lang: str) -> str:
    """Return why nobody can reach a task, from its note."""
    return "; ".join(say(f"reports.unreached.{why['code']}", lang, **why) for why in note.get("why", ()))


def idle_words(note: Mapping[str, Any], lang: str) -> str:
    """Return why a crew has no route, from its note."""
    crew = clean(name_of(dict(note), lang) or note["crew_id"])
    why = "reports.idle.not_worth" if note["why"] == "not_worth" else f"reports.kept.{note['why']}"
    return say("reports.idle.line", lang, crew=crew, crew_id=clean(note["crew_id"]), why=say(why, lang))


def kept_words(result: str, detail: str, lang: str) -> str:
    """Return what became of a mark made by hand, with the day or row it is about (``detail``) if that is known."""
    known = keys(LANGUAGES[0])
    for key in (f"reports.kept.{result}_at" if detail else "", f"reports.kept.{result}"):
        if key in known:
            return say(key, lang, detail=clean(detail))
    return result


def crew_words(ids: Iterable[str], shifts: Iterable[Mapping[str, Any]], lang: str) -> str:
    """Return crews by their names in the shifts of a plan, with their ids; one without a shift there by its id."""
    names = {shift["crew_id"]: name_of(dict(shift), lang) for shift in shifts}
    said = (f"{clean(names[one])} ({clean(one)})" if names.get(one) else clean(one) for one in ids)
    return say("defence.comma", lang).join(said)


def usual_crew(stop: Mapping[str, Any], shifts: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return, in each language, who usually looks after what a stop visits; nothing where they come themselves."""
    entry = stop.get("instead_of")
    if not entry:
        return ()
    known = list(shifts)
    return tuple(say("persons.crew", lang, crews=crew_words(entry["crews"], known, lang)) for lang in LANGUAGES)


def instead_words(stop: Mapping[str, Any], shifts: Iterable[Mapping[str, Any]], lang: str) -> str:
    """Return in whose place another crew comes to a stop, and why; "" where the right one does."""
    entry = stop.get("instead_of")
    if not entry:
        return ""
    crews = crew_words(entry["crews"], shifts, lang)
    return say("persons.instead", lang, crews=crews, why=say(f"persons.why.{entry['why']}", lang))


def way_words(way: str, distance_m: float, travel_s: float) -> tuple[str, ...]:
    """Return, in each language, how a crew gets to a stop: how, how far, how long; nothing where it is there already.

    ``way`` is ``drive``, ``walk``, or empty where it is not known. Who goes at all goes a minute.
    """
    if travel_s < 30 and distance_m < 10:
        return ()
    unit, number = ("km", f"{distance_m / 1000:.1f}") if distance_m >= 995 else ("m", str(round(distance_m, -1)))
    minutes = max(1, round(travel_s / 60))
    return tuple(
        say(
            "papers.leg", lang, way=say(f"papers.legend_{way}", lang) if way else "", minutes=minutes,
            length=say(f"papers.scale_{unit}", lang, n=number),
        ).strip()
        for lang in LANGUAGES
    )  # fmt: skip


def aid_words(stop: Mapping[str, Any], zone_id: str, zones: Mapping[str, Mapping[str, object]]) -> tuple[str, ...]:
    """Return, in each language, which zone a crew of other zones helps out at a stop; nothing where it is its own.

    ``zone_id`` is that of the task, ``zones`` names zones by id, with ``name`` and ``name_zh``.
    """
    if not stop.get("aid"):
        return ()
    row = dict(zones.get(zone_id, {}))
    return tuple(say("papers.aid", lang, zone=clean(name_of(row, lang) or zone_id)) for lang in LANGUAGES)


def even_load_words(load: Mapping[str, Any], lang: str) -> list[str]:
    """Return what an even load gave up, by the ``load`` of a plan's figures; nothing if that is not known."""
    gave = load.get("given_up")
    if gave is None:
        return []
    weight, ecm = int(gave["weight"]), float(gave["ecm"])
    if weight > 0:
        return [say("load.gave_weight", lang, weight=weight)]
    if weight == 0 and ecm >= 0.05:  # what one decimal shows
        return [say("load.gave_ecm", lang, ecm=f"{ecm:,.1f}")]
    return [say("load.gave_nothing", lang)]


def name_of(row: dict[str, object], lang: str) -> str:
    """Return ``name_zh`` or ``name`` of a row, whichever the language prefers and the row has."""
    order = ("name_zh", "name") if lang == "zh" else ("name", "name_zh")
    for column in order:
        value = row.get(column)
        if isinstance(value, str) and value:
            return value
    return ""
