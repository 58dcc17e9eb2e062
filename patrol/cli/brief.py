"""``scripts/make_brief.py``: one page on a plan."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from patrol.api import open_project
from patrol.api.drawing import CREWS
from patrol.cli.show import errors, progress_bar, run_words
from patrol.maps.field_page import page_names
from patrol.meter import Meter
from patrol.plan import read_plan, write_bytes
from patrol.reports.brief import brief_page
from patrol.studies.brief import brief_facts

NAME = "brief.html"


def make_brief(plan: Path, *, project: Path, folder: Path | None, lang: str) -> int:
    """Write the brief of a plan beside it, or into a folder; return the exit code.

    Raises
    ------
    PatrolError
        Every fault of the plan and the project's inputs at once.
    """
    meter = Meter()
    made, opened = read_plan(plan), open_project(project)
    home = plan if plan.is_dir() else plan.parent
    out = folder or home
    with meter.running(), progress_bar() as tell:
        facts = brief_facts(opened, made, home, progress=tell)
    names = page_names(made)

    def crew_page(shift_id: str) -> str:
        name = f"{CREWS}/{names.get(shift_id, '')}"
        return name if (out / name).is_file() else ""

    write_bytes(out / NAME, brief_page(facts, lang or opened.language, crew_page=crew_page).encode())
    errors().print(Text(run_words(meter.read(), out / NAME, lang or opened.language)))
    return 0
