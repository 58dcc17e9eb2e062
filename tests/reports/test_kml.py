"""KML: folders by day and party, order of elements, ids and geometry through GDAL, text that stays text."""

import html
from xml.etree import ElementTree as ET

import numpy as np
import pyogrio
import shapely

from hostile import HOSTILE
from paper_cases import drawn_of, hostile_plan, known_of
from patrol.reports.kml import KML, kml_bytes

# The part of the sequences of https://schemas.opengis.net/kml/2.2.0/ogckml22.xsd that is used.
ORDER = {
    "kml": ("Document",),
    "Document": ("name", "description", "Style", "Folder"),
    "Folder": ("name", "Folder", "Placemark"),
    "Style": ("IconStyle", "LineStyle", "BalloonStyle"),
    "IconStyle": ("scale",),
    "LineStyle": ("color", "width"),
    "BalloonStyle": ("text",),
    "Placemark": ("name", "description", "TimeSpan", "styleUrl", "ExtendedData", "Point", "LineString"),
    "TimeSpan": ("begin", "end"),
    "ExtendedData": ("Data",),
    "Data": ("value",),
    "Point": ("coordinates",),
    "LineString": ("tessellate", "coordinates"),
}
NS = {"k": KML}


def kml_of(plan, known, lang="zh"):
    drawn = drawn_of(plan, known)
    return kml_bytes(drawn.stops, drawn.legs, drawn.lines, title="计划", notice="不是工作票", lang=lang)


def faults_of_structure(root):
    found = []
    for element in root.iter():
        name = element.tag.removeprefix(f"{{{KML}}}")
        children = [child.tag.removeprefix(f"{{{KML}}}") for child in element]
        allowed = ORDER.get(name, ())
        if any(child not in allowed for child in children):
            found.append(f"{name} holds {children}")
        elif [allowed.index(child) for child in children] != sorted(allowed.index(child) for child in children):
            found.append(f"{name} is out of order: {children}")
    styles = {"#" + style.get("id") for style in root.iter(f"{{{KML}}}Style")}
    found += [url.text for url in root.iter(f"{{{KML}}}styleUrl") if url.text not in styles]
    return found


def test_folders_are_days_then_parties_then_crews(plan, known):
    root = ET.fromstring(kml_of(plan, known))
    assert faults_of_structure(root) == []
    document = root.find("k:Document", NS)
    name = "k:name"
    tree = [
        (
            day.find("k:name", NS).text,
            party.find("k:name", NS).text,
            [c.find(name, NS).text for c in party.findall("k:Folder", NS)],
        )
        for day in document.findall("k:Folder", NS)
        for party in day.findall("k:Folder", NS)
    ]
    assert tree == [("2024-08-16", "供电企业", ["C1班 (C1)"]), ("2024-08-17", "村民", ["李家村 (C2)"])]


def test_ids_and_geometry_come_back(plan, known):
    drawn, root = drawn_of(plan, known), ET.fromstring(kml_of(plan, known, "en"))
    stops, lines = [], []
    for mark in root.iter(f"{{{KML}}}Placemark"):
        data = {d.get("name"): d.find("k:value", NS).text for d in mark.iter(f"{{{KML}}}Data")}
        where = [tuple(map(float, p.split(","))) for p in mark.find(".//k:coordinates", NS).text.split()]
        (stops if mark.find("k:Point", NS) is not None else lines).append((data, where))
    real = drawn.stops[drawn.stops["kind"] != "break"]
    assert [(d["shift_id"], int(d["order"]), d.get("task_id", "")) for d, _ in stops] == list(
        zip(real["shift_id"], real["order"], real["task_id"], strict=True)
    )
    assert np.allclose([w[0] for _, w in stops], shapely.get_coordinates(real.geometry), atol=6e-8)
    assert {d["section_id"] for d, _ in lines if "section_id" in d} == set(drawn.lines["section_id"])
    assert sum("to_order" in d for d, _ in lines) == len(drawn.legs)


def test_gdal_reads_it(plan, known, tmp_path):
    (tmp_path / "a.kml").write_bytes(kml_of(plan, known))
    layers = pyogrio.list_layers(tmp_path / "a.kml")
    rows = [pyogrio.read_dataframe(tmp_path / "a.kml", layer=name) for name, _ in layers]
    drawn = drawn_of(plan, known)
    expected = (drawn.stops["kind"] != "break").sum() + len(drawn.legs) + len(drawn.lines)
    assert sum(map(len, rows)) == expected
    assert all(frame.crs == "EPSG:4326" for frame in rows)


def test_balloons_show_the_description_alone_and_hostile_text_is_text_there(make_plan):
    for start in range(0, len(HOSTILE), 7):
        plan = hostile_plan(make_plan, HOSTILE[start:] + HOSTILE[:start])
        data = kml_of(plan, known_of(plan))
        root = ET.fromstring(data)
        assert faults_of_structure(root) == []
        assert {style.text for style in root.iter(f"{{{KML}}}text")} == {"$[description]"}
        for words in (e.text for e in root.iter(f"{{{KML}}}description")):
            inner = words.replace("<br/>", "")
            assert not set("<>${}`") & set(inner)
            assert "<br/>".join(map(html.unescape, words.split("<br/>")))  # entities, all closed
        assert b"<![CDATA" not in data


def test_an_empty_plan_is_a_valid_file(empty_plan, known):
    assert faults_of_structure(ET.fromstring(kml_of(empty_plan, known))) == []
