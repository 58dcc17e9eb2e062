"""What the register knows of who said what, what looks have shown, and of warnings."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from patrol.hazards.model import REPORT_COLUMNS, empty_frame
from patrol.hazards.register import Register
from patrol.risk.verdicts import OUTCOME_ACTIONS, outcomes_of
from patrol.risk.witnesses import with_witnesses


@dataclass(frozen=True, slots=True, eq=False)
class Testimony:
    """What the register knows of who said what, and of warnings; nobody's name.

    Attributes
    ----------
    reports : DataFrame
        With ``reporter`` and ``photo_keys``, by which reports of one household are known.
    outcomes : DataFrame
        What looks and work showed, see :func:`patrol.risk.verdicts.outcomes_of`.
    alerts : DataFrame
        Weather warnings with their areas.
    """

    reports: pd.DataFrame
    outcomes: pd.DataFrame
    alerts: pd.DataFrame


_EVENT_COLUMNS = {"seq": "int64", "subject": "str", "action": "str", "body": "str", "at": "str", "party": "str"}
NO_TESTIMONY = Testimony(
    empty_frame(REPORT_COLUMNS | {"report_id": "str", "hazard_id": "str"}),
    outcomes_of(empty_frame(_EVENT_COLUMNS)),
    pd.DataFrame(),
)


def read_testimony(register: Register) -> Testimony:
    """Return what an open register knows."""
    said = with_witnesses(register.reports(), identities=register.identities(), photos=register.photos())
    return Testimony(said, outcomes_of(register.events(*OUTCOME_ACTIONS)), register.alerts())
