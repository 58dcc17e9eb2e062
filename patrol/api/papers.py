"""Papers of a plan: sheets, GPX, KML, GeoJSON, a workbook."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from patrol import text
from patrol.api.drawing import people_of
from patrol.api.opening import Progress, day_of, opened_of
from patrol.errors import Finding
from patrol.hazards.actions import look_parties
from patrol.plan import Plan
from patrol.planning.scored import Scored, score_day
from patrol.project import Project
from patrol.reports.known import Known
from patrol.reports.papers import Papers, write_papers
from patrol.reports.sheet_map import Ground
from patrol.risk.lookout import likely_types
from patrol.words import say

LIKELY_SHOWN = 3  # hazard types named at a stop


def write_report(
    plan: Plan,
    project: Project | Path | str,
    out: Path | str,
    *,
    lang: str | None = None,
    pdf: bool = True,
    progress: Progress | None = None,
) -> Papers:
    """Write the papers of a plan: sheets, GPX, KML, GeoJSON, a workbook; see :mod:`patrol.reports.papers`.

    Maps and hazards are the project's as they were known on the plan's first day. Inputs that have changed since the
    plan was made are told in ``findings``.

    Raises
    ------
    PatrolError
        Every fault of the inputs at once; or a file cannot be written.
    """
    opened = opened_of(project)
    language = lang or opened.language
    if progress is not None:
        progress(say("papers.step_score", language), 0, 1)
    scored = score_day(opened, on=day_of(plan.document["from"]))
    papers = write_papers(plan, known_of(scored, plan), Path(out), lang=language, pdf=pdf, progress=progress)
    return Papers(papers.files, (*_changed(plan, scored, language), *papers.findings))


def known_of(scored: Scored, plan: Plan) -> Known:
    """Return what papers are drawn from beside a plan, from a project scored on its first day."""
    layers, scene = scored.layers, scored.picture.setting.scene
    sections = scored.picture.sections
    may = look_parties(scored.types)
    likely = {
        party: likely_types(scene, {code for code in may.index if party in may[code]}, most=LIKELY_SHOWN).to_numpy()
        for party in sorted({shift["party"] for shift in plan.shifts})
    }
    return Known(
        sections=sections[["section_id", "geometry"]],
        hazards=scored.hazards,
        zones=layers.zones,
        types=scored.types,
        likely=pd.DataFrame(likely, index=sections["section_id"].to_numpy(object)),
        ground=Ground(lines=sections, roads=layers.roads, water=layers.water, places=layers.places),
        numbers=layers.project.settings.planning.emergency_numbers,
        people=people_of(layers),
    )


def _changed(plan: Plan, scored: Scored, lang: str) -> list[Finding]:
    """Return a note of the inputs that are not those of the plan any more."""
    inputs, hashes = plan.document["inputs"], scored.layers.hashes
    names = [text.clean(one["file"]) for kind, one in inputs.items() if hashes.get(kind) != one["sha256"]]
    if not names:
        return []
    return [Finding("note", "report.changed", "project", say("papers.changed", lang, files=", ".join(names)))]
