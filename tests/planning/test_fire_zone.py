"""Lines in a zone marked as a fire zone are critical, and patrolled twice as often."""

import json
from datetime import date

from patrol.hazards.taxonomy import load_types
from patrol.layers.files import load_layers
from patrol.planning.picture import picture
from patrol.project import read_project

DAY = date(2024, 8, 16)


def seen(folder):
    project = read_project(folder)
    return picture(load_layers(project), load_types(), project.settings, on=DAY).sections


def test_sections_of_a_fire_zone_are_critical(tiny):
    before = seen(tiny)
    assert not before["critical_why"].str.contains("fire_zone").any()
    zones = json.loads((tiny / "zones.geojson").read_text("utf-8"))
    for zone in zones["features"]:
        zone["properties"]["防火区"] = "是" if zone["properties"]["zone_id"] == "Z1" else "否"
    (tiny / "zones.geojson").write_text(json.dumps(zones, ensure_ascii=False), "utf-8")
    after = seen(tiny)
    inside = after["zone_id"] == "Z1"
    assert inside.any()
    assert (~inside).any()
    assert (after["critical_why"].str.contains("fire_zone") == inside).all()
    assert after.loc[inside, "critical"].all()
    shorter = inside & ~before["critical"]
    assert (after.loc[shorter, "cycle_days"] * 2 == before.loc[shorter, "cycle_days"]).all()
