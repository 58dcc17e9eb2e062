"""``patrol score --sensitivity``: which of the first stay when a guess is halved or doubled."""

from __future__ import annotations

import pandas as pd
from rich.table import Table
from rich.text import Text

from patrol import text
from patrol.cli.show import out, progress_bar
from patrol.planning.scored import Scored
from patrol.reports.why import titled
from patrol.studies.sensitivity import sensitivity
from patrol.words import say

MAX_NAMED = 3
WHATS = ("sections", "hazards")


def _say(key: str, lang: str, **values: object) -> str:
    return say(f"score.sensitivity.{key}", lang, **values)


def print_sensitivity(scored: Scored, lang: str, *, top: int) -> None:
    """Print one table for sections and one for hazards, the changes that move most first."""
    with progress_bar() as tell:

        def told(step: str, done: int, total: int) -> None:
            tell(say(f"score.step.{step}", lang), done, total)

        table = sensitivity(scored, top=top, progress=told)
    for what in WHATS:
        rows = table[(table["what"] == what) & (table["of"] > 0)]
        if len(rows):
            _print(rows, what, names_of(scored, what, lang), scored.project.synthetic, lang)
    out().print(Text(_say("bounds", lang)))


def names_of(scored: Scored, what: str, lang: str) -> dict[str, str]:
    """Return what sections, or hazards, are called, by id."""
    frame, key = (scored.sections, "section_id") if what == "sections" else (scored.hazards, "hazard_id")
    label = frame["label_zh" if lang == "zh" else "label"].astype(str)
    names = label if what == "sections" else frame["hazard_id"].astype(str) + " " + label
    return dict(zip(frame[key].astype(str), names, strict=True))


def setting_words(name: str, lang: str) -> str:
    """Return a setting, or a guessed column of the hazard types, in words."""
    group, key = name.split(".")
    return say(f"score.types_column.{key}" if group == "types" else f"reports.settings.{name}", lang)


def _print(rows: pd.DataFrame, what: str, names: dict[str, str], synthetic: bool, lang: str) -> None:
    of = int(rows["of"].iloc[0])
    moved = rows[rows["kept"] < rows["of"]].sort_values(["kept", "setting", "times"], kind="stable")
    title = titled(_say(f"title_{what}", lang, top=of), lang, synthetic=synthetic)
    table = Table(title=Text(title), title_justify="left")
    for heading in ("setting", "times", "kept", "leaves", "comes"):
        justify = "right" if heading in {"times", "kept"} else "left"
        table.add_column(Text(_say(heading, lang)), justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in moved.to_dict("records"):
        cells = (
            setting_words(row["setting"], lang), f"{row['times']:g}", f"{row['kept']}/{of}",
            _some(row["leaves"], names, lang), _some(row["comes"], names, lang),
        )  # fmt: skip
        table.add_row(*(Text(text.clean(cell)) for cell in cells))
    out().print(table if len(moved) else Text(title))
    still = rows[rows["kept"] == rows["of"]]
    if len(still):
        comma = say("reports.comma", lang)
        both = comma.join(dict.fromkeys(setting_words(name, lang) for name in still["setting"]))
        out().print(Text(_say("rest", lang, count=len(still), all=len(rows), names=both)))


def _some(ids: tuple[str, ...], names: dict[str, str], lang: str) -> str:
    shown = "; ".join(text.clean(names.get(one, one)) for one in ids[:MAX_NAMED])
    return shown + (_say("and_more", lang, count=len(ids) - MAX_NAMED) if len(ids) > MAX_NAMED else "")
