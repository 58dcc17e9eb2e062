"""What tasks are worth: a look is worth what it moves forward."""

from dataclasses import replace
from datetime import date

import pandas as pd

from patrol.planning.tasks import make_tasks

DAY = date(2024, 8, 16)


def prizes(scored, state, keep=0.0):
    """Return the prize of the look at each hazard, with all hazards in a state and nothing added for due work."""
    seen = replace(scored.picture, hazards=scored.picture.hazards.assign(state=state))
    settings = scored.project.settings
    settings = replace(settings, planning=replace(settings.planning, due_ecm=keep))
    tasks = make_tasks(scored.layers, seen, settings, first=DAY, days=1)
    return tasks.loc[tasks["kind"] == "hazard"].set_index("task_id")["prize_foot"].map(lambda days: days[0])


def test_a_look_at_what_is_known_and_waits_for_its_repair_moves_nothing(scored):
    new = prizes(scored, "reported")
    assert (new > 0).all()
    for state in ("verified", "assigned", "in_rectification"):
        assert (prizes(scored, state) == 0).all(), state
    for state in ("ready", "rectified"):
        assert prizes(scored, state).tolist() == new.tolist(), state


def test_what_is_due_stays_due_while_it_waits(scored):
    hazards = scored.picture.hazards
    deadline = hazards["deadline"].where(hazards["hazard_id"] != "HZ2", pd.Timestamp(DAY))
    seen = replace(scored, picture=replace(scored.picture, hazards=hazards.assign(deadline=deadline)))
    assert prizes(seen, "verified", keep=5.0).to_dict() == {"H:HZ1": 0, "H:HZ2": 5000, "H:HZ3": 0}
