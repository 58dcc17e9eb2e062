"""Who stands behind reports: the kind of source, and which reports are one household's. Nobody's name.

The register keeps no pseudonym of a reporter: names and contacts lie in its erasable table alone, and a
hash of a phone number is soon undone. So a reporter is called here by the least id of the reports made
from the same contact, in memory, for as long as the table knows it. What is erased there is gone here:
the report stays, as of somebody unknown of its kind.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from patrol.config import RiskSettings

SATELLITE = "firms:"  # begins the source of what satellites see
_KIND = {"enterprise": "staff", "fire": "fire", "government": "government", "villager": "villager"}
_PHONE = r"^\+?[\d\s().-]{7,}$"
_PHONE_DIGITS = 11  # of a Chinese mobile number, without the country's code


def kind_priors(settings: RiskSettings) -> dict[str, float]:
    """Return the chance that a report is true by kind of source, before anything was learned."""
    return {
        "staff": settings.report_staff,
        "fire": settings.report_fire,
        "government": settings.report_government,
        "villager": settings.report_villager,
        "drone": settings.report_drone,
        "satellite": settings.report_satellite,
    }


def source_kinds(party: pd.Series[Any], source: pd.Series[Any]) -> pd.Series[Any]:
    """Return the kind of source of each report: a key of :func:`kind_priors`.

    A sensor is a satellite where its source says so, else a device near the line (a drone's software).
    """
    kinds: pd.Series[Any] = party.map(_KIND).astype(object)
    device = kinds.isna()
    kinds[device] = np.where(source[device].str.startswith(SATELLITE), "satellite", "drone").astype(object)
    return kinds


def with_witnesses(
    reports: pd.DataFrame, *, identities: pd.DataFrame | None = None, photos: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return reports with ``reporter`` and ``photo_keys``, by which reports of one household are known.

    Parameters
    ----------
    reports : DataFrame
        As ``Register.reports`` gives them: ``report_id``, and ``zone_id`` if there is one.
    identities : DataFrame, optional
        As ``Register.identities`` gives them. No word of it comes out: ``reporter`` is the least id of the
        reports made from the same contact (without one: under the same name in the same zone), "" where
        nobody is known.
    photos : DataFrame, optional
        As ``Register.photos`` gives them; ``photo_keys`` holds the hashes of a report's pictures, joined by "|".
    """
    reporter = photo_keys = pd.Series("", index=reports.index, dtype=object)
    if identities is not None and len(identities):
        reporter = _of(reports, _labels(reports, identities))
    if photos is not None and len(photos):
        held = photos.sort_values(["subject", "sha256"]).groupby("subject")["sha256"].agg("|".join)
        photo_keys = _of(reports, held)
    return reports.assign(reporter=reporter, photo_keys=photo_keys)


def _of(reports: pd.DataFrame, by_id: pd.Series[Any]) -> pd.Series[Any]:
    return by_id.astype(object).reindex(reports["report_id"], fill_value="").set_axis(reports.index)


def _labels(reports: pd.DataFrame, identities: pd.DataFrame) -> pd.Series[Any]:
    """Return the label of who made a report, by report id."""
    known = identities.drop_duplicates("report_id")
    contact = known["person_contact"].str.casefold().str.replace(r"\s+", "", regex=True)
    phone = known["person_contact"].str.strip().str.match(_PHONE)
    digits = known["person_contact"].str.replace(r"\D+", "", regex=True).str[-_PHONE_DIGITS:]
    contact = contact.where(~phone, digits)
    name = known["person_name"].str.casefold().str.replace(r"\s+", "", regex=True)
    zone = reports["zone_id"] if "zone_id" in reports else pd.Series("", index=reports.index, dtype=object)
    zones = pd.Series(zone.to_numpy(object), index=reports["report_id"])
    place = zones[~zones.index.duplicated()].reindex(known["report_id"], fill_value="").set_axis(known.index)
    key = ("c:" + contact).where(contact != "", "n:" + place + ":" + name)
    least = known["report_id"].groupby(key).transform("min").where((contact != "") | (name != ""), "")
    return pd.Series(least.to_numpy(object), index=known["report_id"])


def households(reports: pd.DataFrame) -> NDArray[np.int64]:
    """Return a number for each report, the same for reports of one hazard by one household.

    Reports of a hazard belong together that share a reporter or a picture, also by way of a third.

    Parameters
    ----------
    reports : DataFrame
        ``hazard_id, reporter, photo_keys``, see :func:`with_witnesses`.
    """
    count = len(reports)
    hazard = pd.Series(reports["hazard_id"].to_numpy(object))
    company = hazard.duplicated(keep=False)
    rows, keys = [], []
    for name in ("reporter", "photo_keys"):
        said = pd.Series(reports[name].to_numpy(object))
        said = said[company & (said != "")].str.split("|").explode()
        rows.append(said.index.to_numpy(np.int64))
        keys.append(name + ":" + hazard.loc[said.index] + ":" + said.astype(str))
    row = np.concatenate(rows)
    key, known = pd.factorize(pd.concat(keys))
    nodes = count + len(known)
    graph = coo_matrix((np.ones(len(row), np.int8), (row, count + key)), shape=(nodes, nodes))
    label: NDArray[np.int64] = connected_components(graph, directed=False)[1][:count].astype(np.int64)
    return label
