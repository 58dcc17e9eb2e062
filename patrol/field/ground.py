"""What the words of crews are put on: the sections with their poles, who the crews are, and the plans they went by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np

from patrol.field.done import Stops, stops_of
from patrol.field.model import Parts
from patrol.hazards.ground import GROUND, Ground, ground_of
from patrol.layers.schema import PARTIES
from patrol.network.sections import cut_sections
from patrol.plan import Plan, plan_sha256, plan_tag, stop_codes
from patrol.project import Project

_PREFIX = {"S": "section", "H": "hazard", "V": "service", "R": "request"}
# What follows the id says which occurrence of a cycle it is, or whose part of a joint task.
_TASK = re.compile(rf"([SHVR]):(.+?)(?:#\d+)?(?:/(?:{'|'.join(PARTIES)}))?", re.DOTALL)
NEEDED = (*GROUND, "crews", "service_points", "places", "rounds", "requests")


@dataclass(frozen=True, slots=True)
class Chain:
    """A section as a chain of poles: their numbers, and where each stands in metres from the first."""

    section: str
    feeder: str
    poles: tuple[str, ...]
    metres: tuple[float, ...]

    @property
    def whole(self) -> Parts:
        """Return the part that is all of it."""
        return ((0, len(self.poles) - 1),)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a task is: its kind, what it is about, and the poles of a section."""

    kind: str
    ref: str
    chain: Chain | None


class Known:
    """A plan with what is looked up in it: its tag, the stops of its tasks, the stop of each code."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.sha256 = plan_sha256(plan)
        self.tag = plan_tag(plan)
        self.stops: Stops = stops_of(plan)
        self.shifts: dict[str, dict[str, Any]] = {shift["shift_id"]: shift for shift in plan.shifts}
        self.tasks = plan.tasks
        self.by_code: dict[int, tuple[str, str]] = {  # shift and task
            code: (shift, self.shifts[shift]["route"][position]["task_id"])
            for (shift, position), code in stop_codes(plan).items()
        }


class FieldGround:
    """Everything that coming back needs to know of a project and its plans; loaded once an import."""

    def __init__(self, ground: Ground, plans: Sequence[Plan] = ()) -> None:
        self.ground = ground
        self.plans: Mapping[str, Known] = {known.sha256: known for known in map(Known, plans)}
        settings = ground.settings
        self.sections: gpd.GeoDataFrame = cut_sections(ground.network, settings.network, settings.consequence)

    @cached_property
    def chains(self) -> dict[str, Chain]:
        """The chain of poles of each section."""
        spans, label = self.ground.network.spans, self.ground.network.nodes["label"].to_numpy(object)
        u, v, length = spans["u"].to_numpy(), spans["v"].to_numpy(), spans["length_m"].to_numpy(float)
        chains = {}
        for section, feeder, rows in zip(
            self.sections["section_id"], self.sections["feeder_id"], self.sections["span_ids"], strict=True
        ):
            at = np.array(rows, dtype=np.int64)
            poles = (str(label[u[at[0]]]), *(str(label[node]) for node in v[at]))
            metres = (0.0, *np.round(np.cumsum(length[at]), 2).tolist())
            chains[section] = Chain(str(section), str(feeder), poles, metres)
        return chains

    @cached_property
    def modes(self) -> dict[str, str]:
        """How each crew of the crews table moves."""
        crews = self.ground.layers.crews
        return dict(zip(crews["crew_id"], crews["mode"], strict=True))

    @cached_property
    def parties(self) -> dict[str, str]:
        """The party of each crew of the crews table."""
        crews = self.ground.layers.crews
        return dict(zip(crews["crew_id"], crews["party"], strict=True))

    def mode_of(self, crew: str, on: str) -> str:
        """Return how a crew moves on a day: by its shift in a plan, else by the crews table, else on foot."""
        for known in self.plans.values():
            for shift in known.shifts.values():
                if (shift["crew_id"], shift["date"]) == (crew, on):
                    return str(shift["mode"])
        return self.modes.get(crew, "foot")

    def meaning(self, task_id: str, known: Known | None) -> Meaning | None:
        """Return what a task is, by its plan or else by the project as it is now; None if neither knows it.

        A section that has been cut otherwise since the plan was made is known by its first and last pole.
        """
        task = known.tasks.get(task_id) if known else None
        named = _TASK.fullmatch(task_id)
        if task is not None:
            kind = str(task["kind"])
            ref = str(task.get("section_id") or (named[2] if named else task_id))
            if kind != "section":
                return Meaning(kind, ref, None)
            ends = (str(task.get("first_pole", "")), str(task.get("last_pole", "")))
            usual = Chain(ref, str(task.get("feeder_id", "")), ends, (0.0, float(task.get("length_m", 0.0))))
            return Meaning(kind, ref, self.chains.get(ref, usual))
        if named is None or known is not None:
            return None
        kind, ref = _PREFIX[named[1]], named[2]
        if kind == "section":
            return Meaning(kind, ref, self.chains[ref]) if ref in self.chains else None
        layers = self.ground.layers
        there = {"service": layers.service_points["point_id"], "request": layers.requests["request_id"]}
        if kind in there and ref not in set(there[kind]) and not ref.startswith("Q-"):
            return None
        return Meaning(kind, ref, None)


def field_ground(project: Project, plans: Sequence[Plan] = ()) -> FieldGround:
    """Load what coming back is put on.

    Raises
    ------
    PatrolError
        Every fault of the layers.
    """
    return FieldGround(ground_of(project, kinds=NEEDED), plans)


def stretch(chain: Chain, first: str, last: str) -> Parts:
    """Return the part of a section between two poles, () if one of them does not stand on it or is not named.

    ``12`` is the pole ``012`` too, where the section has no pole that is called just so.
    """
    at = [_place(chain, name) for name in (first, last)]
    if at[0] < 0 or at[1] < 0 or at[0] == at[1]:
        return ()
    return ((min(at), max(at)),)


def _place(chain: Chain, name: str) -> int:
    name = "".join(name.split())
    if name in chain.poles:
        return chain.poles.index(name)
    bare = [pole.lstrip("0") or "0" for pole in chain.poles]
    wanted = name.lstrip("0") or "0"
    return bare.index(wanted) if name and bare.count(wanted) == 1 else -1
