"""Roads of a real place, read once for all tests of the network."""

import gzip
import shutil

import numpy as np
import pyogrio
import pytest


@pytest.fixture(scope="session")
def bayreuth_roads(shared, tmp_path_factory):
    """Highways of the North Bayreuth extract in UTM 32N, as a roads layer."""
    target = tmp_path_factory.mktemp("osm") / "nb.osm"
    source = shared / "data" / "osm_north_bayreuth" / "north-bayreuth.osm.gz"
    with gzip.open(source) as packed, target.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    lines = pyogrio.read_dataframe(target, layer="lines")
    lines = lines[lines["highway"].notna()].to_crs(32632).reset_index(drop=True)
    oneway = lines["other_tags"].str.extract('"oneway"=>"([^"]*)"')[0].fillna("")
    return lines.assign(road_class=lines["highway"], speed_kmh=np.nan, oneway=oneway)
