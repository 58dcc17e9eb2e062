"""Ids of reports, hazards, requests and alerts: letters of a hash of the key, so that every machine gives the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

CHARS = {"R": 12, "H": 10, "Q": 10, "A": 10}  # 50 bits: a chance of 1 in 10,000 that 500,000 ids hold a pair
_ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", dtype="S1")  # base32: no 0, 1, 8, 9 to misread
_BYTES = 8


def ids(prefix: str, keys: Iterable[str]) -> list[str]:
    """Return an id for each key.

    Parameters
    ----------
    prefix : {'R', 'H', 'Q', 'A'}
        Report, hazard (of its founding report's key), request, alert.
    keys : iterable of str
        What makes a report the same report: source and external id, or a content hash.
    """
    chars = CHARS[prefix]
    raw = b"".join(hashlib.sha256(f"{prefix}:{key}".encode("utf-8", "replace")).digest()[:_BYTES] for key in keys)
    if not raw:
        return []
    bits = np.unpackbits(np.frombuffer(raw, np.uint8).reshape(-1, _BYTES), axis=1)[:, : 5 * chars]
    codes = bits.reshape(-1, chars, 5) @ np.array([16, 8, 4, 2, 1], np.uint8)
    letters = np.ascontiguousarray(_ALPHABET[codes]).view(f"S{chars}").ravel()
    return [f"{prefix}-{text}" for text in letters.astype(str).tolist()]


def report_id(key: str) -> str:
    """Return the id of the report with this key."""
    return ids("R", [key])[0]


def hazard_id(key: str) -> str:
    """Return the id of the hazard that the report with this key founds."""
    return ids("H", [key])[0]
