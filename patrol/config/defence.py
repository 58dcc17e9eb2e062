"""Settings of the joint defence: who helps whom, what is done together, and how work is shared over weeks."""

from __future__ import annotations

from dataclasses import dataclass

from patrol.config.field import setting


@dataclass(frozen=True, slots=True)
class DefenceSettings:
    """How zones and parties work together."""

    aid_factor: float = setting(
        1.3, "what an hour of another zone's crew counts, service and extra way, of one at home", guess=True, low=1,
        high=10,
    )  # fmt: skip
    joint_minutes: float = setting(45.0, "a task that several parties do together", guess=True, low=1, high=480)
    joint_tolerance_min: float = setting(
        15.0, "minutes that a party may come before or after the agreed quarter of an hour", guess=True, low=0, high=120
    )
    joint_ecm: float = setting(
        400.0, "worth of a joint task for each party, beside the risk that its rectification ends", guess=True, low=0,
        high=1e9,
    )  # fmt: skip
    notice_days: dict[str, int] = setting(
        {"enterprise": 0, "government": 1, "fire": 1, "villager": 2},
        "days before an appointment on which a party must have been told, by party",
        guess=True, low=0, high=60,
    )  # fmt: skip
    other_person_ecm: float = setting(
        100.0, "price of a visit by another crew than that of the person whom the service point names", guess=True,
        low=0, high=1e6,
    )  # fmt: skip
    fair_ecm_hour: float = setting(
        0.0, "price of each hour that a crew works beyond its fair share; 0: load is shown, not equalised", low=0,
        high=1e6,
    )  # fmt: skip
    fair_weeks: int = setting(
        4, "weeks before a plan whose hours count for the fair share of each crew; 0: this plan's alone", guess=True,
        low=0, high=52,
    )  # fmt: skip
    spread: float = setting(
        0.0, "travel and service times may be this share longer or shorter than planned; 0 keeps no slack", low=0,
        high=1,
    )  # fmt: skip
    on_time: float = setting(
        0.9, "share of shifts that shall end on time; sets the slack kept in each", low=0.5, high=0.999
    )
    joint_on_time: float = setting(
        0.95, "share of appointments that shall be met by all parties; sets how long before it each plans to be there",
        low=0.5, high=0.999,
    )  # fmt: skip
    joint_after_minutes: float = setting(
        120.0, "how long a crew has usually been under way when it comes to an appointment", guess=True, low=1,
        high=1440,
    )  # fmt: skip
    task_minutes: float = setting(
        15.0, "usual length of one task with its way: how many there are in a shift, for its slack", guess=True, low=1,
        high=480,
    )  # fmt: skip
