"""Whose an asset is: the customers' own (用户产权) is looked at and given notice of, never worked on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrol.layers.raw import BoolArray

# What offices write in the column `owner` for what is not theirs; anything else is the utility's own.
CUSTOMERS = frozenset(
    {"customer", "customers", "user", "private", "consumer", "用户", "客户", "用户产权", "客户产权", "用户资产",
     "客户资产", "用户自维", "专用", "自备"}
)  # fmt: skip


def of_customers(owner: pd.Series) -> BoolArray:
    """Return which owners are customers, by the words for them; an empty owner is the utility."""
    words = owner.fillna("").astype(str).str.strip().str.casefold()
    return np.asarray(words.isin(CUSTOMERS), dtype=bool)
