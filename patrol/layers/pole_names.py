"""How offices name poles: numbers with signs, branches named after the pole they leave from."""

from __future__ import annotations

import re
import unicodedata

Key = tuple[tuple[int, int, str], ...]

TRUNK = frozenset({"", "主线", "主干", "主干线", "干线", "trunk", "main", "mainline"})
_HEAD = re.compile(r"^(?:no\.?|n(?=\d)|#)+")
_TAIL = re.compile(r"(?:号?杆塔?|号|#|塔)+$")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_RUNS = re.compile(r"\d+|\D+")
_BRANCH = re.compile(r"^(?P<at>.*\d.*?)(?P<sign>(?:号|#)?杆?(?:分支线?|支线?|t接|-))(?P<number>\d[\d+]*)$")
_VOLTS = re.compile(r"(\d+(?:\.\d+)?)\s*(?:kv|千伏)", re.IGNORECASE)
_IN_BRANCH = re.compile(r"(?:n|#)?(\d+(?:\+\d+)?)(?:号|#)?杆?(?=支|分|t接|$)", re.IGNORECASE)


def canonical(name: str) -> str:
    """Return what two spellings of one pole share: ``012#``, ``No.12``, ``１２号杆`` and ``12`` are ``12``."""
    word = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    word = word.replace("—", "-").replace("–", "-").replace("_", "-")
    return _ZEROS.sub("", _TAIL.sub("", _HEAD.sub("", word)))


def natural_key(name: str) -> Key:
    """Return the key by which 2 comes before 10, and 12+1 between 12 and 13."""
    return tuple((0, int(run), "") if run.isdigit() else (1, 0, run) for run in _RUNS.findall(canonical(name)))


def is_trunk(branch: str) -> bool:
    """Return whether a branch column names the trunk itself."""
    return "".join(branch.casefold().split()) in TRUNK


def leaves_from(name: str) -> tuple[str, str] | None:
    """Return (pole it leaves from, branch) of a name such as ``12支3`` or ``12-3``, canonical; None if it is none.

    ``12支3支2`` is the second pole of the branch that leaves from ``12支3``.
    """
    found = _BRANCH.match(canonical(name))
    return (canonical(found["at"]), found["at"] + found["sign"]) if found else None


def pole_in_branch(branch: str) -> str:
    """Return the pole a branch is named after (``25号杆支线``, ``东支(25#)``), canonical; empty if none.

    A voltage in the name is no pole. Whether the pole exists, and lies near, is for the caller to ask.
    """
    word = _VOLTS.sub("", "".join(unicodedata.normalize("NFKC", branch).split()).replace("(", "").replace(")", ""))
    found = _IN_BRANCH.search(word)
    return canonical(found[1]) if found else ""


def voltage_kv(feeder: str) -> float | None:
    """Return the voltage in a feeder's name (``10kV新民线``), None if it names none."""
    found = _VOLTS.search(unicodedata.normalize("NFKC", feeder))
    return float(found[1]) if found else None
