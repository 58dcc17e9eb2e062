"""Who is behind each span: counted, or by transformer capacity, or by length where nothing else is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from patrol.config import ConsequenceSettings
from patrol.errors import Finding
from patrol.network.topology import Network
from patrol.network.trees import IntArray


def entering_spans(network: Network) -> IntArray:
    """Return the span that supplies each node, for a root the first that leaves it, shape (n,)."""
    spans = network.spans
    supply = np.full(len(network.nodes), -1)
    first = spans.sort_values("rank", ascending=False, kind="stable")
    supply[first["u"].to_numpy()] = first.index.to_numpy()
    tree = spans.index[spans["tree"]].to_numpy()
    supply[spans["v"].to_numpy()[tree]] = tree
    return supply


def transformer_customers(network: Network, settings: ConsequenceSettings) -> pd.DataFrame:
    """Return what each transformer on the network supplies.

    Returns
    -------
    DataFrame
        Index: rows of ``network.equipment``. ``span``, ``feeder_id``, ``customers`` (its count, else
        kVA times ``customers_per_kva``, else the median of its feeder's others; at least 1 if graded),
        ``important`` (weight of the graded user, 0 if none), ``weight`` (households: one customer of a
        graded transformer counts as the weight of its grade), ``pumps`` (1 if its grade is ``pump``, else 0) and
        ``source`` (``data, kva, none``).
    """
    equipment = network.equipment
    rows = equipment.loc[(equipment["kind"] == "transformer") & (equipment["node"] >= 0)]
    span = entering_spans(network)[rows["node"].to_numpy(dtype=np.int64)]
    feeder = network.spans["feeder_id"].to_numpy()[span]
    by_kva = rows["capacity_kva"].astype(float) * settings.customers_per_kva
    given = rows["customers"].astype(float)
    known = given.fillna(by_kva)
    source = np.where(given.notna(), "data", np.where(by_kva.notna(), "kva", "none"))
    median = known.groupby(feeder).transform("median") if len(rows) else known
    grade = rows["important"].astype(str)
    important = grade.map(settings.important_weight).astype(float)
    important = important.fillna(min(settings.important_weight.values(), default=1.0)).where(grade != "", 0.0)
    customers = known.fillna(median).fillna(0.0)
    customers = customers.where((grade == "") | (customers >= 1), 1.0)
    weight = customers + np.where(grade != "", important - 1, 0.0)
    columns = {"span": span, "feeder_id": feeder, "customers": customers, "important": important}
    pumps = (grade == "pump").astype(float)
    return pd.DataFrame(columns | {"weight": weight, "pumps": pumps, "source": source}, index=rows.index)


def span_customers(network: Network, settings: ConsequenceSettings) -> pd.DataFrame:
    """Return customers supplied from each span.

    A feeder none of whose transformers has a count or a capacity gets ``customers_per_km`` by length.

    Returns
    -------
    DataFrame
        On the index of ``network.spans``: ``customers, weight, important, pumps`` and ``source``, the weakest
        kind of figure used on the feeder (``data``, ``kva`` or ``length``).
    """
    spans, units = network.spans, transformer_customers(network, settings)
    figures = (
        units.groupby("span")[["customers", "weight", "important", "pumps"]].sum().reindex(spans.index, fill_value=0.0)
    )
    known = units.loc[units["source"] != "none"]
    bare = ~spans["feeder_id"].isin(known["feeder_id"].unique())
    by_length = spans["length_m"] / 1000 * settings.customers_per_km
    for column in ("customers", "weight"):
        figures[column] = figures[column].where(~bare, by_length)
    figures["weight"] += figures["important"].where(bare, 0.0)
    weak = set(units.loc[units["source"] != "data", "feeder_id"])
    source = pd.Series("data", index=spans.index).where(~spans["feeder_id"].isin(weak), "kva").where(~bare, "length")
    return figures.assign(source=source)


def customers_behind(network: Network, settings: ConsequenceSettings) -> pd.Series[float]:
    """Return the customers that each feeder's source supplies, by ``feeder_id``; islands are not supplied."""
    count = span_customers(network, settings)["customers"].where(network.spans["closed"], 0.0)
    total: pd.Series[float] = count.groupby(network.spans["feeder_id"]).sum()
    return total.reindex(network.feeders["feeder_id"]).rename("customers")


def customer_findings(network: Network, settings: ConsequenceSettings) -> list[Finding]:
    """Say by which default customers were estimated, what is taken of ties, and which grades nobody knows."""
    found: list[Finding] = []
    ties = int(((network.equipment["node_other"] >= 0) & (network.equipment["node"] >= 0)).sum())
    if ties:
        what = f"{ties} ties are all taken to have capacity to spare (m): what they take over counts as restored"
        found.append(Finding("note", "network.ties", "equipment", what, count=ties))
    spans, units = span_customers(network, settings), transformer_customers(network, settings)
    source = spans["source"].groupby(network.spans["feeder_id"]).first()
    bare = source.index[source == "length"].tolist()
    rest = units[~units["feeder_id"].isin(bare)]
    guessed = rest[rest["source"] != "data"]
    feeders = sorted(guessed["feeder_id"].unique())
    if feeders:
        what = (
            f"{len(guessed)} of {len(units)} transformers ({len(feeders)} feeders) have no customer count; "
            f"estimated at {settings.customers_per_kva:g} customers a kVA, else as the feeder's others: "
            f"{_some(feeders)}"
        )
        values = (("all", len(units)), ("feeders", len(feeders)))
        found.append(_lacking("kva", what, len(guessed), values))
    if bare:
        what = (
            f"{len(bare)} feeders have neither a customer count nor a capacity at any transformer; estimated at "
            f"{settings.customers_per_km:g} customers a km of line: {_some(bare)}"
        )
        found.append(_lacking("length", what, len(bare)))
    grades = sorted(set(network.equipment["important"].astype(str)) - {""} - set(settings.important_weight))
    if grades:
        lowest = min(settings.important_weight.values(), default=1.0)
        what = f"grades without a weight count as the lowest, {lowest:g} households: {', '.join(grades[:10])}"
        mend = "add them to settings.consequence.important_weight"
        found.append(
            Finding("suspicion", "network.unknown_grade", "equipment", what, mend, field="important", count=len(grades))
        )
    return found


def _some(names: list[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _lacking(kind: str, what: str, count: int, values: tuple[tuple[str, int], ...] = ()) -> Finding:
    code = f"network.customers_{kind}"
    return Finding("note", code, "equipment", what, "give customers", field="customers", count=count, values=values)
