"""What notebooks and scripts use: open a project, plan, score, ask why, test the model, draw, show."""

from patrol.api.asking import backtest, kpis, score, score_all, simulate, why
from patrol.api.drawing import (
    Drawn,
    changed_inputs,
    draw,
    field_pages_of,
    html_attribute,
    map_of,
    show,
    write_crew_pages,
    write_maps,
)
from patrol.api.opening import OpenProject, open_project
from patrol.api.papers import known_of, write_report
from patrol.api.planning import in_scenario, plan_all, plan_patrols, replan_all, write_outputs, write_replan
from patrol.plan import Plan, to_bytes

__all__ = [
    "Drawn",
    "OpenProject",
    "Plan",
    "backtest",
    "changed_inputs",
    "draw",
    "field_pages_of",
    "html_attribute",
    "in_scenario",
    "known_of",
    "kpis",
    "map_of",
    "open_project",
    "plan_all",
    "plan_patrols",
    "replan_all",
    "score",
    "score_all",
    "show",
    "simulate",
    "to_bytes",
    "why",
    "write_crew_pages",
    "write_maps",
    "write_outputs",
    "write_replan",
    "write_report",
]
