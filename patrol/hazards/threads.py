"""What comes in under an id, or in words, that the register knows: the same again, or something else.

The same again changes nothing. Something else is never dropped: it is taken in as a further report (``follows`` names
the one before) of the same hazard, whatever has changed, and told. Which of them was read first makes no difference:
what is said at the same time has an order of its own (``rank``), made of what is said. Where one of them says that the
hazard is rectified or closed, the furthest state counts (:mod:`patrol.hazards.states`), unless a person has acted upon
the hazard; what was seen after the closing is a hazard of its own. A crew's report-back is not of this kind: its
revisions say which is right (:mod:`patrol.hazards.revise`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from patrol.errors import Finding
from patrol.hazards.frames import put, renumbered
from patrol.hazards.keys import MADE, content
from patrol.hazards.lookup import MACHINE
from patrol.hazards.model import Event, canonical
from patrol.hazards.register import Register

_TOLD = 20
_COMPARED = {"type_ref": "type", "description": "words", "given_state": "state", "captured_at": "time"}


def said(reports: pd.DataFrame) -> pd.Series[str]:
    """Return a hash of what reports say and of the state that a list gives, as placed or as the register holds them.

    Coordinates count only where the report gave them itself: where the words lead may change with the map. When it was
    seen counts only where it says its day: else it is taken to be from the day of its import.
    """
    own = (reports["located_by"] == "lonlat").to_numpy(bool)
    state = reports["given_state"].where(reports["given_state"] != "reported", "")
    closed = reports["given_closed"].dt.floor("ms").astype(str).where(reports["given_closed"].notna(), "")
    return content(
        put(
            reports,
            captured_at=reports["captured_at"].dt.floor("ms").mask(reports["external_id"].str.startswith(MADE)),
            lon=np.where(own, reports["lon"], np.nan),
            lat=np.where(own, reports["lat"], np.nan),
            description=reports["description"] + " |" + state + "|" + closed,
        )
    )


def in_turn(reports: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return placed reports of one file in which each key stands once, and the further ones of the same keys.

    The first of a key is the one that was seen first, or is due first, else it is chosen by what it says: never by
    where it stands in the file.
    """
    among = reports["key"].duplicated(keep=False)
    if not among.any():
        return reports, reports.iloc[:0]
    some = reports[among]
    order = put(some, said=said(some), last=some["due"].replace("", "9999"), liaison=some["liaison"].astype(str))
    order = order.sort_values(["captured_at", "last", "said", "minutes", "liaison", "row"])
    further = order.index[order["key"].duplicated()]
    return renumbered(reports.drop(further)), renumbered(reports.loc[further])


def differing(register: Register, known: pd.DataFrame) -> pd.DataFrame:
    """Return the placed reports of hazards among ``known`` that say something else than the one of the same key.

    With the columns ``base`` and ``case`` of that one; ``key`` is made of what is said.
    """
    rows = known[known["record"] == "hazard"]
    held = register.memory.held(rows["key"].tolist())
    rows = rows[rows["key"].isin(held.index)]
    if rows.empty:
        return rows.assign(base="", case="", base_rank="", follows="")
    before = held.loc[rows["key"]]
    now, then = said(rows), said(before.reset_index(drop=True))
    other = now.to_numpy() != then.to_numpy()
    rows, before = rows[other], before[other]
    rank = before["key"].to_numpy() + "#" + then[other].str[2:18].to_numpy()
    found = put(
        rows, key=(rows["key"] + "#" + now[other].str[2:18]), base=before["report_id"].to_numpy(),
        case=before["hazard_id"].to_numpy(), base_rank=np.where(before["rank"] == "", rank, ""),
        changed=_changes(rows, before),
    )  # fmt: skip
    found = found[~found["key"].duplicated()]
    return found[~found["key"].isin(register.known_keys(found["key"].tolist()))].reset_index(drop=True)


def _changes(rows: pd.DataFrame, before: pd.DataFrame) -> list[str]:
    columns = [(word, rows[name].to_numpy(), before[name].to_numpy()) for name, word in _COMPARED.items()]
    return [
        ", ".join(
            word for word, new, old in columns if not (new[at] == old[at] or (pd.isna(new[at]) and pd.isna(old[at])))
        )
        or "place"
        for at in range(len(rows))
    ]


def follow(register: Register, known: pd.DataFrame, label: str, *, now: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Return what known reports say otherwise as reports to be taken in, and what to tell."""
    rows = differing(register, known)
    if rows.empty:
        return rows, []
    ranks = rows[rows["base_rank"] != ""].drop_duplicates("base")
    register.note(
        [
            Event("correct", base, now, MACHINE, "enterprise", canonical({"rank": rank}))
            for base, rank in zip(ranks["base"], ranks["base_rank"], strict=True)
        ],
        recorded_at=now,
    )
    forgotten = rows["base"].isin(set(register.events("erase")["subject"])).to_numpy(bool)
    out = put(
        rows, follows=rows["base"],
        person_name=rows["person_name"].where(~forgotten, ""),
        person_contact=rows["person_contact"].where(~forgotten, ""),
    )  # fmt: skip
    told = []
    columns = (rows[name].head(_TOLD) for name in ("row", "external_id", "base", "case", "changed"))
    for row, name, base, case, changed in zip(*columns, strict=True):
        here, hazard = f"id {name!r}" if name else "this", register.find(case)
        what = f"{here} is {base} of {hazard}, which says something else ({changed}): both are kept"
        mend = f"look which is right, then patrol hazards set PROJECT {hazard}"
        told.append(Finding("suspicion", "hazards.other_content", label, what, mend, row=int(row)))
    if len(rows) > _TOLD:
        what = f"{len(rows) - _TOLD} more reports say something else than before"
        told.append(Finding("suspicion", "hazards.other_content", label, what, "see patrol hazards list"))
    return out, told


def unheard(register: Register, reports: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return the reports, before they are placed, that the register does not know or that say something else now.

    Parameters
    ----------
    reports : DataFrame
        REPORT_COLUMNS.
    keys : sequence of str
        Their content keys.
    """
    if not len(reports) or not (known := register.known_keys(list(keys))):
        return reports
    held = register.memory.held(list(keys))
    later = register.memory.followers(held["report_id"].tolist())
    of = dict(zip(held["report_id"], held["key"], strict=True))
    names = [*held["key"], *(of[base] for base in later["follows"])]
    texts = pd.concat([held[["type_ref", "description"]], later[["type_ref", "description"]]]).to_numpy().tolist()
    heard = {(name, *text) for name, text in zip(names, texts, strict=True)}
    hazards = set(of.values())
    lines = {key for key in known if key not in hazards}  # requests and alerts: nothing to call for
    told = zip(keys, reports["type_ref"], reports["description"], strict=True)
    new = [key not in lines and (key, kind, words) not in heard for key, kind, words in told]
    return reports[np.array(new, dtype=bool)]
