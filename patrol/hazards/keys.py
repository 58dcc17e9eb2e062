"""What makes two reports the same report, wherever and however often they come.

An id within its source, else what was said, when, where and by which party. Who said it is no part of that: names lie
outside the events and can be erased; nor is an id of a list that nobody named. But two people who say the same, or two
rows that have ids of their own, are two reports: within one file the second of them is numbered (``~2``), and so is
what comes later from somebody else or under another id (:func:`told_apart`).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

_KEY_TEXTS = ("record", "party", "feeder_ref", "pole_ref", "equipment_ref", "area_wkt", "type_ref", "request_kind",
              "due", "description")  # fmt: skip
MADE = "said:"  # begins an id that was made of a message's words, for it does not say its day
_WHO = ("external_id", "person_name", "person_contact")
Maker = tuple[str, str, str]  # id in a list without a name, name, contact; "" where it is not known
NOBODY: Maker = ("", "", "")


def all_said(reports: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return what tells reports of one key apart: what was said, and the state, minutes and liaison of an office."""
    state = reports["given_state"].where(reports["given_state"] != "reported", "")
    closed = reports["given_closed"].astype(str).where(reports["given_closed"].notna(), "")
    rest = [state, closed, reports["minutes"].astype(str), pd.Series(_normal(reports["liaison"]))]
    return list(zip(content(reports), *rest, strict=True))


def content_key(reports: pd.DataFrame) -> pd.Series[str]:
    """Return what makes reports the same report, wherever and however often they come.

    Parameters
    ----------
    reports : DataFrame
        Columns of :data:`patrol.hazards.model.REPORT_COLUMNS`.

    Returns
    -------
    Series of str
        On the index of ``reports``: ``x:<source>:<external id>`` where both are known, else ``c:`` and 32
        hex digits of the SHA-256 of what was said, when, where and by which party; the row does not count. Where
        several say the same the second and further ones, in the order of their ids and names, have ``~2``, ``~3``,
        ... behind it.
    """
    key = ("x:" + reports["source"] + ":" + reports["external_id"]).astype(object).rename("key")
    unknown = (reports["source"] == "") | (reports["external_id"] == "")
    if unknown.any():
        key[unknown] = _numbered(content(reports[unknown]), reports[unknown])
    return key


def _numbered(hashes: pd.Series[str], reports: pd.DataFrame) -> pd.Series[str]:
    """Return keys by content, numbered where different people, or ids, say the same."""
    among = hashes.duplicated(keep=False).to_numpy(bool)
    if not among.any() or not (reports.loc[among, list(_WHO)] != "").to_numpy().any():
        return hashes
    keys, who = hashes[among].tolist(), makers_of(reports[among])
    groups: dict[str, list[Maker]] = {}
    number: dict[tuple[str, Maker], int] = {}
    # What says least comes last: it is taken for the first that it may be.
    for key, one in sorted(set(zip(keys, who, strict=True)), key=lambda pair: (pair[0], [(not w, w) for w in pair[1]])):
        known = groups.setdefault(key, [])
        at = next((n for n, other in enumerate(known) if _may_be_one(one, other)), len(known))
        if at == len(known):
            known.append(one)
        number[key, one] = at + 1
    result = hashes.to_numpy(object, copy=True)
    result[among] = [numbered(key, number[key, one]) for key, one in zip(keys, who, strict=True)]
    return pd.Series(result, index=hashes.index, dtype=object)


def _may_be_one(one: Maker, other: Maker) -> bool:
    """Return whether two who say the same may be one: ids decide, else names; nobody is told apart from nobody."""
    if one[0] and other[0]:
        return one[0] == other[0]
    return one[1:] == other[1:] or NOBODY[1:] in (one[1:], other[1:])


def makers_of(reports: pd.DataFrame) -> list[Maker]:
    """Return who made each report, as ids, names and numbers are compared."""
    return list(zip(*(_normal(reports[name]) for name in _WHO), strict=True))


def numbered(key: str, n: int) -> str:
    """Return the key of the n-th person who says the same."""
    return f"{key}~{n}" if n > 1 else key


def told_apart(keys: pd.Series[str], reports: pd.DataFrame, known: Mapping[str, Maker]) -> list[str]:
    """Return the keys of reports beside those of the register: somebody else who says the same gets a number.

    Parameters
    ----------
    keys : Series of str
        Of :func:`content_key`.
    reports : DataFrame
        Same rows, with who made them.
    known : mapping of str to (id, name, contact)
        Keys that the register holds, numbered ones too, with who made them as far as that is known. Whom nobody knows
        any more may be the same person.
    """
    result, taken = keys.tolist(), dict(known)
    bases = [key.split("~", maxsplit=1)[0] for key in result]
    asking = [at for at, base in enumerate(bases) if base in known]
    who = dict(zip(asking, makers_of(reports.iloc[asking]), strict=True))
    for at in sorted(asking, key=lambda at: (result[at], at)):
        if who[at] == NOBODY:
            continue
        n = 1
        while (name := numbered(bases[at], n)) in taken and not _may_be_one(who[at], taken[name]):
            n += 1
        result[at] = name
        taken[name] = who[at]
    return result


def content(reports: pd.DataFrame) -> pd.Series[str]:
    """Return hashes of what was said, when, where and by which party; neither ids nor names count."""
    parts = [_normal(reports[name]) for name in _KEY_TEXTS]
    at = reports["captured_at"].dt.tz_convert("UTC").dt.tz_localize(None)
    parts.append([str(one) for one in at.to_numpy(dtype="datetime64[us]").astype(np.int64).tolist()])
    for name, scale in (("lon", 1e6), ("lat", 1e6), ("along_m", 10.0)):  # a decimetre is the same place
        values = np.clip(np.nan_to_num(reports[name].to_numpy(np.float64) * scale, nan=1e15), -1e15, 1e15)
        parts.append([str(one) for one in np.round(values).astype(np.int64).tolist()])
    digest = hashlib.sha256
    hashes = [
        "c:" + digest("\x1f".join(one).encode("utf-8", "replace")).hexdigest()[:32] for one in zip(*parts, strict=True)
    ]
    return pd.Series(hashes, index=reports.index, dtype=object)


def _normal(words: pd.Series[Any]) -> list[str]:
    """Return words as they are compared: width, case and white space do not count."""
    cells = words.tolist()
    made = {word: same_words(str(word)) for word in dict.fromkeys(cells)}
    return [made[word] for word in cells]


_SPACES = re.compile(r"\s+")


def same_words(word: str) -> str:
    """Return a text as texts are compared: width, case and white space do not count."""
    if not word.isascii():
        word = unicodedata.normalize("NFKC", word)
    return _SPACES.sub(" ", word).strip().casefold()
