"""What lies beside a plan, by hash: the problem it was solved for; of a replan also what it was made from."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path

from patrol.errors import Finding, PlanError
from patrol.plan import Plan, check_form, sha256
from patrol.routing.codec import from_bytes
from patrol.routing.model import Problem


def problem_file(digest: str) -> str:
    """Return the name of the file of a problem beside a plan."""
    return f"problem-{digest[:12]}.json.gz"


def before_file(digest: str) -> str:
    """Return the name of the file of the plan that a replan was made from."""
    return f"before-{digest[:12]}.json.gz"


def rest_file(digest: str) -> str:
    """Return the name of the file of the plan of what a replan had left to plan."""
    return f"rest-{digest[:12]}.json.gz"


def read_problem(plan: Plan, folder: Path) -> tuple[Problem, bytes]:
    """Read the problem that a plan names, from beside it.

    Raises
    ------
    PlanError
        If it is missing or is not the one the plan was solved for.
    """
    return read_problem_of(plan.document["problem_sha256"], folder)


def read_problem_of(digest: str, folder: Path) -> tuple[Problem, bytes]:
    """Read a problem by its hash, like :func:`read_problem`."""
    data = _read(folder / problem_file(digest), digest, "problem", "the problem this plan was solved for")
    return from_bytes(data), data


def read_before(plan: Plan, folder: Path) -> Plan:
    """Read the plan that a replan was made from.

    Raises
    ------
    PlanError
        If it is missing, or another.
    """
    digest = plan.document["replanned"]["from_sha256"]
    return _plan(folder / before_file(digest), digest, "the plan this one was made from")


def read_rest(plan: Plan, folder: Path) -> Plan:
    """Return the plan of what was still to plan: of a replan the one beside it, else the plan itself.

    Its problem is the plan's, so that what is asked of a problem and its solution is asked of it.

    Raises
    ------
    PlanError
        If it is missing, or another.
    """
    replanned = plan.document.get("replanned")
    if replanned is None:
        return plan
    digest = replanned["rest_sha256"]
    return _plan(folder / rest_file(digest), digest, "the plan of the rest that this one was made with")


def _plan(file: Path, digest: str, what: str) -> Plan:
    data = _read(file, digest, file.name.partition("-")[0], what)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise PlanError(Finding("error", "plan.json", file.name, "is no JSON", "plan again")) from error
    if found := check_form(document, file.name):
        raise PlanError(found)
    return Plan(document)


def _read(file: Path, digest: str, code: str, right: str) -> bytes:
    """Return the bytes of a file beside a plan, which must have a hash."""
    try:
        data = gzip.decompress(file.read_bytes())
    except (OSError, EOFError, zlib.error) as error:  # a bad gzip file is an OSError
        gone = isinstance(error, FileNotFoundError)
        what = "is not beside plan.json" if gone else "cannot be read: it is damaged, or no gzip file"
        mend = "keep it beside plan.json, or plan again"
        raise PlanError(Finding("error", f"{code}.missing", file.name, f"{file.name} {what}", mend)) from error
    if sha256(data) != digest:
        raise PlanError(Finding("error", f"{code}.hash", file.name, f"is not {right}", "plan again"))
    return data
