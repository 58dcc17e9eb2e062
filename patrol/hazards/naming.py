"""What the name of a type that a project adds says of the danger: no file grants more by a new name."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import pandas as pd

from patrol.hazards.actions import PARTY_CODES, look_bound
from patrol.hazards.classify import urgent_words
from patrol.hazards.keywords import Keywords, load_keywords

# Words that nobody reports with, but an office may name a type by.
_DOWN = re.compile(
    "断线|断落|落地|坠地|掉线|倒杆|断杆|倒塔|压线|漏电|触电|带电|"
    "fallen|downed|on the ground|on the line|broken (?:conductor|wire|pole)|live (?:wire|part)|leakage|electrocut",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def _words() -> Keywords:
    return load_keywords()  # the package's own: a project's words may be fewer


def new_look_bound(package: pd.DataFrame, category: str, *names: str) -> frozenset[str]:
    """Return the codes of the parties that may look at most at a type that only a project's file knows.

    Fires and forces of nature (floods among them) are closed as emergencies are, even where the file calls them
    something less. So is what is by its name a thing of the package that not everybody may look at: its names say a
    word for one of these types, or of an emergency, or that a thing has come down (:mod:`patrol.hazards.together`).

    Parameters
    ----------
    package : DataFrame
        The package's own types: ``category, default_class`` by code.
    category : str
    names : str
        Of the type, in any language.
    """
    if category in {"fire", "nat"} or any(_DOWN.search(name) for name in names) or _says_so(package, names):
        return look_bound("", category, "emergency")
    return frozenset(PARTY_CODES)


def _says_so(package: pd.DataFrame, names: tuple[str, ...]) -> bool:
    columns = (package.index, package["category"], package["default_class"])
    closed = [look_bound(*row) != frozenset(PARTY_CODES) for row in zip(*columns, strict=True)]
    marked = package.assign(default_class=np.where(closed, "emergency", "general"))
    return bool((urgent_words(pd.Series(names, dtype=object), marked, _words())["word"] != "").any())
