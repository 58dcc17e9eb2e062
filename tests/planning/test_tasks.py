"""What tasks are worth: a look is worth what it moves forward."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

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


def together(scored, **columns):
    """Return the tasks of the hazards with the parties that rectify HZ2 (enterprise and villagers) together."""
    hazards = scored.picture.hazards.assign(**columns)
    both = [("enterprise", "villager") if one == "HZ2" else () for one in hazards["hazard_id"]]
    seen = replace(scored.picture, hazards=hazards.assign(together=both))
    tasks = make_tasks(scored.layers, seen, scored.project.settings, first=DAY, days=1)
    return tasks.set_index("task_id").loc["H:HZ2"]


def test_a_rectification_of_several_parties_is_done_together(scored):
    assert together(scored)["together"] == ("enterprise", "villager")


def test_an_emergency_waits_for_no_other_party(scored):
    task = together(scored, hazard_class="emergency")
    assert task["together"] == ()
    assert (task["mandatory"], task["aid"], task["aid_why"]) == (100, "open", "emergency")


@pytest.mark.parametrize(("reported", "want"), [
    ("2024-07-20", ("open", "half_deadline", -1)), ("2024-08-02", ("open", "half_deadline", -1)),
    ("2024-08-03", ("room", "no_room", 1)), ("2024-08-04", ("room", "no_room", 2)),
])  # fmt: skip
def test_a_hazard_is_open_to_all_from_the_day_on_which_half_its_deadline_is_gone(scored, reported, want):
    hazards = scored.picture.hazards
    mine = hazards["hazard_id"] == "HZ2"
    hazards = hazards.assign(
        reported=hazards["reported"].mask(mine, pd.Timestamp(reported)),
        deadline=hazards["deadline"].mask(mine, pd.Timestamp(reported) + pd.Timedelta(days=30)),
    )
    seen = replace(scored.picture, hazards=hazards)
    tasks = make_tasks(scored.layers, seen, scored.project.settings, first=DAY, days=1).set_index("task_id")
    assert tuple(tasks.loc["H:HZ2", ["aid", "aid_why", "aid_from"]]) == want


def test_a_customer_s_asset_is_only_looked_at(scored):
    assert together(scored, asset_owner="customer")["together"] == ()


def test_who_must_keep_away_is_not_sent_to_the_repair(scored):
    task = together(scored, parties=[("enterprise",)] * len(scored.picture.hazards))
    assert task["together"] == ()
    assert task["parties"] == ("enterprise",), "the look that is due remains"
