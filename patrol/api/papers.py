"""Papers of a plan: sheets, GPX, KML, GeoJSON, a workbook."""

from __future__ import annotations

from pathlib import Path

from patrol import text
from patrol.api.drawing import Drawn, draw, likely_of, people_of, told_hazards
from patrol.api.opening import Progress, opened_of
from patrol.errors import Finding
from patrol.hazards.taxonomy import project_types
from patrol.layers.files import Layers
from patrol.plan import Plan
from patrol.planning.horizon import Planned
from patrol.project import Project
from patrol.reports.known import Known
from patrol.reports.papers import Papers, write_papers
from patrol.reports.sheet_map import Ground
from patrol.words import say


def write_report(
    plan: Plan,
    project: Project | Path | str,
    out: Path | str,
    *,
    lang: str | None = None,
    pdf: bool = True,
    drawn: Planned | Drawn | None = None,
    progress: Progress | None = None,
) -> Papers:
    """Write the papers of a plan: sheets, GPX, KML, GeoJSON, a workbook; see :mod:`patrol.reports.papers`.

    They are drawn from what the plan's pages are drawn from, and say the same: ``drawn`` where that is at hand, else
    it is loaded (:func:`patrol.api.drawing.draw`). Inputs that have changed since the plan was made are told in
    ``findings``.

    Raises
    ------
    PatrolError
        Every fault of the inputs at once; or a file cannot be written.
    """
    opened = opened_of(project)
    language = lang or opened.language
    if progress is not None:
        progress(say("papers.step_score", language), 0, 1)
    drawn = drawn or draw(plan, opened)
    papers = write_papers(plan, known_of(drawn), Path(out), lang=language, pdf=pdf, progress=progress)
    return Papers(papers.files, (*_changed(plan, drawn.layers, language), *papers.findings))


def known_of(drawn: Planned | Drawn) -> Known:
    """Return what papers are drawn from beside a plan."""
    layers, sections = drawn.layers, drawn.picture.sections
    types = project_types(layers.project)
    return Known(
        sections=sections[["section_id", "geometry"]],
        hazards=told_hazards(drawn, types),
        zones=layers.zones,
        types=types,
        likely=likely_of(drawn, types),
        ground=Ground(lines=sections, roads=layers.roads, water=layers.water, places=layers.places),
        numbers=layers.project.settings.planning.emergency_numbers,
        people=people_of(layers),
    )


def _changed(plan: Plan, layers: Layers, lang: str) -> list[Finding]:
    """Return a note of the inputs that are not those of the plan any more."""
    inputs, hashes = plan.document["inputs"], layers.hashes
    names = [text.clean(one["file"]) for kind, one in inputs.items() if hashes.get(kind) != one["sha256"]]
    if not names:
        return []
    return [Finding("note", "report.changed", "project", say("papers.changed", lang, files=", ".join(names)))]
