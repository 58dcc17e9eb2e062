"""What is asked of the search goes before the project's settings, and nonsense is named all at once."""

import dataclasses

from patrol.config import Settings
from patrol.planning.effort import Effort
from patrol.routing.solve import BUDGETS
from routing_cases import make_problem


def test_faults_are_named_together():
    effort = Effort(engine="magic", seed=-1, budget="huge", iterations=0, seconds=0.0)
    codes = [finding.code for finding in effort.faults()]
    assert codes == ["solver.engine", "solver.budget", "solver.seed", "solver.iterations", "solver.seconds"]
    assert Effort().faults() == []


def test_what_is_asked_for_goes_before_the_settings(monkeypatch):
    told = []
    monkeypatch.setattr("patrol.planning.effort.solve", lambda problem, **how: told.append(how))
    solver = dataclasses.replace(Settings().solver, iterations=30, seed=5, streams=3)
    for effort in (Effort(), Effort(budget="fast"), Effort("ruin", 7, None, 11, 2.5)):
        effort.search(None, solver, lambda *_: None)
    plain, fast, asked = told
    assert (plain["engine"], plain["seed"], plain["iterations"], plain["streams"]) == ("default", 5, 30, 3)
    assert (fast["budget"], fast["iterations"]) == ("fast", None)
    assert (asked["engine"], asked["seed"], asked["iterations"], asked["seconds"]) == ("ruin", 7, 11, 2.5)


def test_settings_of_a_new_project_search_by_budget():
    problem = make_problem(1, tasks=6, crews=2, days=1)
    solution = Effort(budget="fast").search(problem, Settings().solver, lambda *_: None)
    assert solution.iterations >= BUDGETS["fast"]
