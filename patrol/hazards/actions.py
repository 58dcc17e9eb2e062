"""Who may do what about a hazard: look, make safe, rectify; and the bounds that hold whatever a file says.

**Look** is standing off (8 m and more from a conductor on the ground), warning and phoning. **Make
safe** is what cannot wait for the repair: switching off, guarding the spot, putting out. **Rectify**
takes the hazard away. A cell of the table names parties by code: ``|`` between those of whom any may do
it alone, ``+`` (rectify only) between those who must act together.

Villagers and officials only look, warn and phone (design section 7). Their part in a rectification is to
be present, to persuade, to enforce, beside a party that does the work: hands off poles, stays, wires and
leaking equipment. So they are never in make safe, and never in rectify without the enterprise or the fire
service.
"""

from __future__ import annotations

import unicodedata
from typing import Any, Literal

import pandas as pd

from patrol.layers.schema import PARTIES

Action = Literal["look", "make_safe", "rectify"]

ACTIONS: tuple[Action, ...] = ("look", "make_safe", "rectify")
PARTY_CODES = {"ENT": "enterprise", "GOV": "government", "FIRE": "fire", "VIL": "villager"}
HANDS_ON = frozenset({"ENT", "FIRE"})  # who may touch or switch anything
UNCLASSIFIED = "unclassified"

# Emergencies that anybody may look at from a distance and phone in: the danger is to the person under
# the line, not to the one who warns him.
LOOK_FROM_AFAR = frozenset({"E01", "E09"})  # kite near a conductor, fishing under a line
# No emergencies by class, yet live or falling parts: as a downed line or leaking live equipment.
LIVE_OR_FALLING = frozenset({"S02", "S05", "S06", "S10"})  # broken pole, broken strands, low conductor, oil leak
Groups = tuple[tuple[str, ...], ...]


def parse_groups(cell: str, action: Action) -> Groups:
    """Return the groups of party codes that a cell names: ``ENT|FIRE+GOV`` is ENT alone, or FIRE with GOV.

    Raises
    ------
    ValueError
        If the cell is empty, names an unknown party, repeats one within a group, or ties parties
        together for anything but rectification. The text says which.
    """
    plain = "".join(unicodedata.normalize("NFKC", cell).upper().split())
    if not plain:
        raise ValueError("names nobody")
    groups = tuple(tuple(group.split("+")) for group in plain.split("|"))
    for group in groups:
        unknown = [code for code in group if code not in PARTY_CODES]
        if unknown:
            raise ValueError(f"names a party nobody knows: {unknown[0]!r}")
        if len(set(group)) < len(group):
            raise ValueError("names a party twice")
        if len(group) > 1 and action != "rectify":
            raise ValueError("joins parties by +, which only rectify may")
    return groups


def look_bound(code: str, category: str, hazard_class: str) -> frozenset[str]:
    """Return the codes of the parties that may look at most, whatever a table says.

    1. nobody knows what it is (``unclassified``): the enterprise only;
    2. an emergency by class: the enterprise, and at fires the fire service too, since volunteers and
       officials are never routed to fire, flood or a line that is or may come down; but for what anybody
       may warn of from a distance (:data:`LOOK_FROM_AFAR`);
    3. live or falling parts (:data:`LIVE_OR_FALLING`): the enterprise only;
    4. everything else: all four parties.

    Emergencies are closed unless named, so a new emergency type is safe before anyone thinks of it.
    """
    if code == UNCLASSIFIED or code in LIVE_OR_FALLING:
        return frozenset({"ENT"})
    if hazard_class == "emergency" and code not in LOOK_FROM_AFAR:
        return HANDS_ON if category == "fire" else frozenset({"ENT"})
    return frozenset(PARTY_CODES)


def beyond_bounds(action: Action, groups: Groups, look: frozenset[str]) -> str:
    """Return why parties may not do this, or "" if they may.

    Parameters
    ----------
    action : {'look', 'make_safe', 'rectify'}
    groups : tuple of tuples of party codes
        As :func:`parse_groups` gives them.
    look : frozenset of str
        Bound of this type, see :func:`look_bound`.
    """
    named = [code for group in groups for code in group]
    if action == "look":
        outside = [code for code in named if code not in look]
        return f"{'|'.join(outside)} may not be sent to look at this" if outside else ""
    if action == "make_safe":
        outside = [code for code in named if code not in HANDS_ON]
        return f"{'|'.join(outside)} may look, warn and phone, not make safe" if outside else ""
    alone = ["+".join(group) for group in groups if not HANDS_ON & set(group)]
    return f"{'|'.join(alone)} may not rectify without ENT or FIRE beside them" if alone else ""


def narrowed(cell: str, bound: frozenset[str]) -> str:
    """Return a look cell without the parties that are beyond a bound; the enterprise always may."""
    kept = [code for (code,) in parse_groups(cell, "look") if code in bound]
    return "|".join(kept or ["ENT"])


def action_groups(types: pd.DataFrame, action: Action) -> pd.Series[Any]:
    """Return who may do an action, for each type a tuple of groups of party names.

    Parameters
    ----------
    types : DataFrame
        As :func:`patrol.hazards.taxonomy.load_types` returns it.
    action : {'look', 'make_safe', 'rectify'}

    Returns
    -------
    Series
        On the index of ``types``: ``(("enterprise",), ("fire", "government"))`` is the enterprise alone,
        or the fire service with the government. Groups of one for look and make safe.
    """
    return pd.Series([_named(cell, action) for cell in types[action]], index=types.index, name=action, dtype=object)


def _named(cell: str, action: Action) -> Groups:
    return tuple(tuple(PARTY_CODES[code] for code in group) for group in parse_groups(cell, action))


def look_parties(types: pd.DataFrame) -> pd.Series[Any]:
    """Return the parties that may be routed to look at a hazard, a tuple for each type, in the order of PARTIES.

    What the table says, within :func:`look_bound` even for a table that nobody has checked.
    """
    return pd.Series([_look(str(code), row) for code, row in types.iterrows()], index=types.index, name="look")


def _look(code: str, row: pd.Series[Any]) -> tuple[str, ...]:
    bound = look_bound(code, str(row["category"]), str(row["default_class"]))
    may = {PARTY_CODES[part] for part in narrowed(str(row["look"]), bound).split("|")}
    return tuple(party for party in PARTIES if party in may)
