"""Visits that came back, as a day's planning knows them."""

import dataclasses
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest

from patrol.layers.files import load_layers
from patrol.layers.results import OUTCOMES
from patrol.planning.returned import with_visits
from patrol.project import read_project


@pytest.fixture
def layers(tiny):
    return load_layers(read_project(tiny))


def back(layers, *rows):
    blank = dict.fromkeys(OUTCOMES, "")
    frame = pd.DataFrame([{**blank, "plan_sha256": "p", **row} for row in rows])
    frame["date"] = pd.to_datetime(frame["date"])
    asked = layers.service_points.iloc[:1].assign(request_id="R1", state="open", due=pd.Timestamp("2024-08-20"))
    columns = [*layers.requests.columns]
    requests = gpd.GeoDataFrame(asked.reindex(columns=columns), geometry="geometry", crs=layers.crs)
    return dataclasses.replace(layers, outcomes=frame, requests=requests)


def visit(kind, ref, outcome="done", on="2024-08-16"):
    return {"kind": kind, "ref": ref, "outcome": outcome, "date": on}


def test_a_visit_moves_its_point_on_from_the_next_day_and_only_that(layers):
    known = back(layers, visit("service", "P1"), visit("service", "C1", "not_done"))
    assert with_visits(known, on=date(2024, 8, 16)).service_points["last_visit"].isna().all()
    told = with_visits(known, on=date(2024, 8, 17)).service_points.set_index("point_id")["last_visit"]
    assert told["P1"] == pd.Timestamp("2024-08-16")
    assert pd.isna(told["C1"])


def test_a_later_date_of_the_file_stays(layers):
    known = back(layers, visit("service", "P1"))
    known.service_points["last_visit"] = pd.Timestamp("2024-08-20")
    assert (with_visits(known, on=date(2024, 9, 1)).service_points["last_visit"] == pd.Timestamp("2024-08-20")).all()


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        ([visit("request", "R1")], "done"),
        ([visit("request", "R1", "not_done")], "open"),
        ([visit("request", "R1"), visit("request", "R1", "not_done")], "open"),
        ([visit("request", "R1", on="2024-08-18")], "open"),
    ],
)
def test_a_request_is_over_when_all_who_were_to_come_have_come(layers, rows, state):
    assert with_visits(back(layers, *rows), on=date(2024, 8, 17)).requests["state"].tolist() == [state]
