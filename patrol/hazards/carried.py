"""What was decided by hand about a hazard that was merged into another one, carried over while they are one."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from patrol.hazards.lifecycle import CLASS_SET, LEVELS
from patrol.hazards.model import canonical
from patrol.hazards.picks import rank
from patrol.hazards.tables import CASE_TABLE, quoted

_CLASS = ("hazard_class", "deadline_h", CLASS_SET)


def carry(connection: sqlite3.Connection) -> bool:
    """Fill the temporary table ``carried`` with cases of ``picked`` that show more than their own; say if any do.

    An owner, a customer's asset and a notice served count where the hazard that stays has none of its own; the
    gravest class that was set by hand counts if it is graver than what stays says; so does the highest level.
    A merge loses none of them, and unmerging gives each its own again: nothing is written into any case.
    """
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS carried (fid, {quoted(CASE_TABLE)})")
    connection.execute("DELETE FROM carried")
    roots = connection.execute(
        "SELECT x.rowid, x.case_id, u.hazard_class FROM picked x JOIN reports u ON u.fid = x.urgent WHERE EXISTS "
        "(SELECT 1 FROM cases m WHERE m.root = x.case_id AND m.case_id <> x.case_id)"
    ).fetchall()
    names = ("fid", *CASE_TABLE)
    found = False
    for place, root, grade in roots:
        rows = connection.execute(f"SELECT fid, {quoted(CASE_TABLE)} FROM cases WHERE root = ? ORDER BY fid", (root,))
        cases = [dict(zip(names, row, strict=True)) for row in rows]
        own = next(case for case in cases if case["case_id"] == root)
        more = _with_others(own, [case for case in cases if case is not own], grade)
        if more != own:
            found = True
            marks = ",".join("?" * len(names))
            connection.execute(f"INSERT INTO carried VALUES ({marks})", tuple(more[name] for name in names))
            connection.execute("UPDATE picked SET carried = 1 WHERE rowid = ?", (place,))
    return found


def _with_others(own: dict[str, Any], others: list[dict[str, Any]], reported: str) -> dict[str, Any]:
    """Return a case with what counts of those that were merged into it; ``reported`` is the class by the reports."""
    case = dict(own)
    fixed: dict[str, Any] = json.loads(own["fixed"] or "{}")
    for other in others:
        if other["owner"] and not case["owner"]:
            case |= {"owner": other["owner"], "owner_party": other["owner_party"]}
        case["notice_served"] = case["notice_served"] or other["notice_served"]
        case["level"] = max(case["level"], other["level"], key=LEVELS.index)
        said: dict[str, Any] = json.loads(other["fixed"] or "{}")
        if said.get("asset_owner"):
            fixed.setdefault("asset_owner", said["asset_owner"])
        if "hazard_class" in said and rank(said["hazard_class"]) < rank(fixed.get("hazard_class", reported)):
            fixed = {name: value for name, value in fixed.items() if name not in _CLASS}
            fixed |= {name: said[name] for name in _CLASS if name in said}
    return case | {"fixed": canonical(fixed) if fixed else None}
