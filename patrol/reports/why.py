"""Why a section or a hazard has its score, in words: the sum line by line, and where each number comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from patrol import text
from patrol.config import Settings
from patrol.reports.figures import decimals_of, figure, parts_that_sum
from patrol.reports.guesses import guess_mark
from patrol.risk.latent import condition_factor
from patrol.risk.reasons import HazardWhy, SectionWhy, Weather, WhatIf
from patrol.risk.score import COST_PARTS
from patrol.words import name_of, say

MAX_TYPES = 8
MOST_TIMES = 20.0
_STEP = {
    "verified": "repair", "assigned": "repair", "ready": "repair", "in_rectification": "repair", "rectified": "confirm",
}  # fmt: skip
_ESTIMATED = {"kva": "customers_per_kva", "length": "customers_per_km"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of words: the first column is text, the others are numbers."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class WhyWords:
    """An explanation ready to be shown: what it is about, tables, where numbers come from, what if."""

    title: str
    facts: tuple[str, ...]
    sheets: tuple[Sheet, ...]
    sources: tuple[str, ...]
    what_if: tuple[str, ...]


def section_words(why: SectionWhy, lang: str, *, synthetic: bool) -> WhyWords:
    """Return why a section has its score, in one language."""
    own = why.section
    top = why.parts.head(MAX_TYPES)
    value = own["value_foot"]
    label = own["label_zh"] if lang == "zh" and own["label_zh"] else own["label"]
    facts = (
        _say("fact_value", lang, value=figure(value), per_hour=figure(own["value_per_hour"]),
             hours=figure(own["hours_foot"]), rank=own["rank"]),
        _say("fact_risk", lang, risk=figure(own["risk_ecm_day"]), hazards=figure(own["hazards_expected"]),
             chance=f"{own['hazard_chance']:.1%}"),
    )  # fmt: skip
    return WhyWords(
        title=titled(_say("section_title", lang, label=text.clean(label), id=own["section_id"], on=why.on), lang,
                     synthetic=synthetic),
        facts=facts,
        sheets=(_hidden_sheet(why, top, lang), _worth_sheet(why, top, lang)),
        sources=tuple(_section_sources(why, top, lang)),
        what_if=_others(why.what_if, value, why.weather, lang),
    )  # fmt: skip


def hazard_words(why: HazardWhy, lang: str, *, synthetic: bool) -> WhyWords:
    """Return why an open hazard has its score, in one language; nobody's name is in it."""
    own, cost = why.hazard, why.cost
    label = own["label_zh"] if lang == "zh" else own["label"]
    facts = (
        _say(f"fact_worth.{_STEP.get(own['state'], 'look')}", lang, value=figure(own["worth_ecm_day"]),
             rank=own["rank"]),
        _say("fact_true", lang, p=f"{why.sum['p']:.1%}", basis=_say(f"basis.{why.sum['basis']}", lang)),
    )  # fmt: skip
    return WhyWords(
        title=titled(_say("hazard_title", lang, label=text.clean(label), id=text.clean(own["hazard_id"]), on=why.on),
                     lang, synthetic=synthetic),
        facts=facts,
        sheets=(_belief_sheet(why, lang), _loss_sheet(why, lang)),
        sources=tuple(_hazard_sources(why, lang)),
        what_if=_others(why.what_if, cost["value_ecm"], why.weather, lang),
    )  # fmt: skip


def titled(title: str, lang: str, *, synthetic: bool) -> str:
    """Return a title that says first if the data are invented."""
    return f"{say('reports.sheet.synthetic', lang)} {title}" if synthetic else title


def _say(key: str, lang: str, **values: object) -> str:
    return say(f"score.{key}", lang, **values)


def _hidden_sheet(why: SectionWhy, top: pd.DataFrame, lang: str) -> Sheet:
    columns = ("rate_yr", "season", "condition", "hot_spot", "events", "n0", "n", "tau_days", "growth")
    rows = [(_type(row, lang), *(_shown(name, row[name]) for name in columns)) for row in top.to_dict("records")]
    rest = why.parts.iloc[len(top) :]
    if len(rest):
        sums = {name: float(rest[name].sum()) for name in ("rate_yr", "n0", "n", "growth")}
        shown = tuple(figure(sums[name]) if name in sums else "" for name in columns)
        rows.append((_say("others", lang, count=len(rest)), *shown))
    headings = ("type", *columns)
    return Sheet(_say("hidden_title", lang), tuple(_say(f"column.{name}", lang) for name in headings), tuple(rows))


def _shown(name: str, value: float) -> str:
    return f"{value:g}" if name == "tau_days" else figure(value)


def _worth_sheet(why: SectionWhy, top: pd.DataFrame, lang: str) -> Sheet:
    columns = ("growth", "phi_day", "weather", "lead", "found", *(f"{part}_ecm" for part in COST_PARTS))
    rest = why.parts.iloc[len(top) :]
    parts = [*top["value_ecm"].tolist(), *([float(rest["value_ecm"].sum())] if len(rest) else [])]
    shown, total = parts_that_sum(parts, decimals_of(math.fsum(parts)))
    rows = [
        (_type(row, lang), *(figure(row[name]) for name in columns), value)
        for row, value in zip(top.to_dict("records"), shown, strict=False)
    ]
    blank = ("",) * len(columns)
    if len(rest):
        rows.append((_say("others", lang, count=len(rest)), *blank, shown[-1]))
    rows.append((_say("total", lang), *blank, total))
    headings = ("type", *columns, "value_ecm")
    return Sheet(_say("worth_title", lang), tuple(_say(f"column.{name}", lang) for name in headings), tuple(rows))


def _belief_sheet(why: HazardWhy, lang: str) -> Sheet:
    """Return the sum of log-odds: what was thought before, each report, clips and looks."""
    belief = why.sum
    rows = [(_say("prior", lang, p=f"{belief['prior']:.0%}"), "", "", f"{belief['prior_logit']:+.3f}")]
    for row in why.reports.to_dict("records"):
        basis = _say("learned", lang) if row["basis"] == "learned" else say("reports.guess", lang)
        what = _say("report", lang, kind=_say(f"kind.{row['kind']}", lang), day=f"{row['seen']:%Y-%m-%d}")
        rows.append((what, f"{row['r']:.2f}{basis}", figure(row["weight"]), f"{row['logit']:+.3f}"))
    for name in ("reports_clip", "looks_logit", "looks_clip"):
        if belief[name]:
            rows.append((_say(name, lang), "", "", f"{belief[name]:+.3f}"))
    sure = 1.0 / (1.0 + math.exp(-belief["logit"]))
    rows.append((_say("belief_total", lang, p=f"{sure:.1%}"), "", "", f"{belief['logit']:+.3f}"))
    headings = ("said", "r", "weight", "logit")
    return Sheet(_say("belief_title", lang), tuple(_say(f"column.{name}", lang) for name in headings), tuple(rows))


def _loss_sheet(why: HazardWhy, lang: str) -> Sheet:
    cost = why.cost
    columns = ("p", "phi_day", "weather", *(f"{part}_ecm" for part in COST_PARTS), "value_ecm")
    row = (_type_of(why.hazard, lang), *(figure(cost[name]) for name in columns))
    headings = ("type", *columns)
    return Sheet(_say("loss_title", lang), tuple(_say(f"column.{name}", lang) for name in headings), (row,))


def _section_sources(why: SectionWhy, top: pd.DataFrame, lang: str) -> list[str]:
    own, found = why.section, []
    codes = top["code"].tolist()
    found.append(_types_source(tuple(code for code in codes if code in why.own_types), lang))
    comma = say("reports.comma", lang)
    seasons = comma.join(
        text.clean(name_of({"name": one.name, "name_zh": one.name_zh}, lang) or one.season)
        + (say("reports.guess", lang) if one.default else "")
        for one in why.seasons
    )
    found.append(_say("source.seasons", lang, seasons=seasons) if seasons else _say("source.no_season", lang))
    score = own["condition"]
    if math.isnan(score):
        found.append(_say("source.no_condition", lang))
    else:
        worn = figure(float(condition_factor([score])[0]))
        found.append(_say("source.condition", lang, score=figure(score), factor=worn))
    found += _hot_spots(why, top, lang)
    if why.events:
        names = [name_of({"name": one.name, "name_zh": one.name_zh}, lang) or one.kind for one in why.events]
        found.append(_say("source.events", lang, names=comma.join(map(text.clean, names))))
    if own["assumed"]:
        found.append(_say("source.assumed", lang, days=own["tau_days"]))
    else:
        found.append(_say("source.patrolled", lang, day=f"{own['last_patrol']:%Y-%m-%d}", days=own["tau_days"]))
    found.append(
        _say(
            "source.lead",
            lang,
            days=f"{why.settings.planning.fix_lead_days:g}",
            mark=guess_mark("planning.fix_lead_days", why.settings, lang),
        )
    )
    return [*found, *_weather_sources(why.weather, lang), *_cost_sources(own, why.settings, why.burns, lang)]


def _hot_spots(why: SectionWhy, top: pd.DataFrame, lang: str) -> list[str]:
    if not why.finds_known:
        return [_say("source.no_finds", lang)]
    rows = top.assign(category=[why.categories[code] for code in top["code"]]).drop_duplicates("category")
    return [
        _say("source.hot_spot", lang, category=_say(f"category.{row['category']}", lang), finds=figure(row["finds"]),
             expected=figure(row["finds_expected"]), factor=figure(row["hot_spot"]), weight=f"{why.hot_weight:g}",
             mark=guess_mark("risk.hot_spot_finds", why.settings, lang))
        for row in rows.to_dict("records")
    ]  # fmt: skip


def _hazard_sources(why: HazardWhy, lang: str) -> list[str]:
    belief, own = why.sum, why.hazard
    found = []
    age = f"{round(belief['age_days'], 1):g}"
    if belief["basis"] == "reports":
        stays = f"{why.persist_days:g}" if why.persist_days > 0 else ""
        key = "source.aged" if stays else "source.lasts"
        found.append(_say(key, lang, days=age, stays=stays, left=f"{belief['aged']:.1%}"))
    else:
        left = belief["p"] if belief["basis"] == "rectified" else belief["aged"]
        mark = guess_mark("risk.repair_left", why.settings, lang)
        found.append(_say(f"source.basis_{belief['basis']}", lang, days=age, left=f"{left:.1%}", mark=mark))
    found.append(_types_source((own["type"],) if own["type"] in why.own_types else (), lang))
    if not why.section:
        found.append(_say("source.off_network", lang))
    return [*found, *_weather_sources(why.weather, lang), *_cost_sources(why.section, why.settings, why.burns, lang)]


def _types_source(own: tuple[str, ...], lang: str) -> str:
    if not own:
        return _say("source.types", lang)
    return _say("source.own_types", lang, codes=say("reports.comma", lang).join(map(text.clean, own)))


def _weather_sources(weather: Weather, lang: str) -> list[str]:
    on = [
        _say("source.condition_on", lang, name=_say(f"weather.{name}", lang), by=_say(f"source.by_{by}", lang))
        for name, by in weather.conditions
    ]
    if on:
        found = [_say("source.weather", lang, conditions=say("reports.comma", lang).join(on))]
    else:
        found = [_say("source.usual_weather" if weather.known else "source.no_weather", lang)]
    if math.isnan(weather.fwi):
        return [*found, _say("source.no_fwi", lang)]
    return [*found, _say("source.fwi", lang, fwi=figure(weather.fwi), g=figure(weather.g))]


def _cost_sources(section: dict[str, Any], settings: Settings, burns: bool, lang: str) -> list[str]:
    prices, found = settings.consequence, []
    if section:
        known, key = section["source_of_customers"], ""
        if known in _ESTIMATED:
            key = _ESTIMATED[known]
        found.append(
            _say(f"source.customers_{known}", lang, count=figure(section["customers_interrupted"]),
                 default=f"{getattr(prices, key):g}" if key else "",
                 mark=guess_mark(f"consequence.{key}", settings, lang) if key else "")
        )  # fmt: skip
    found.append(
        _say(
            "source.repair",
            lang,
            minutes=f"{prices.repair_min:g}",
            mark=guess_mark("consequence.repair_min", settings, lang),
        )
    )
    fire = max(prices.fire_ecm, prices.fire_zone_ecm) if burns else prices.fire_ecm
    fire_mark = guess_mark("consequence.fire_zone_ecm" if burns else "consequence.fire_ecm", settings, lang)
    shown = {"fire": f"{fire:,.0f}", "fire_mark": fire_mark, "injury": f"{prices.injury_ecm:,.0f}"}
    mark = guess_mark("consequence.injury_ecm", settings, lang)
    return [*found, _say("source.prices_burns" if burns else "source.prices", lang, mark=mark, **shown)]


def _others(others: tuple[WhatIf, ...], score: float, weather: Weather, lang: str) -> tuple[str, ...]:
    windy = any(name == "wind" for name, _ in weather.conditions)
    lines = []
    for one in others:
        much = one.score > MOST_TIMES * score  # of next to nothing, per cent say nothing
        change = "" if much or score <= 0 else _say("change", lang, percent=f"{one.score / score - 1:+.1%}")
        if one.code == "calm" and not windy:
            change = _say("no_wind_anyway", lang)
        detail = "" if math.isnan(one.detail) else f"{one.detail:g}"
        lines.append(_say(f"what_if.{one.code}", lang, score=figure(one.score), change=change, detail=detail))
    return tuple(lines)


def _type(row: Mapping[Any, Any], lang: str) -> str:
    return text.clean(f"{row['code']} {row['name_zh'] if lang == 'zh' else row['name_en']}")


def _type_of(hazard: dict[str, Any], lang: str) -> str:
    return text.clean(f"{hazard['type']} {hazard['type_name_zh'] if lang == 'zh' else hazard['type_name']}")
