"""CAP: alerts, feeds, areas, what is no warning, and XML that attacks."""

import contextlib
import time
from dataclasses import replace

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from patrol.config import HazardSettings
from patrol.errors import IntakeError, PatrolError
from patrol.hazards.formats.cap import read_cap
from patrol.hazards.formats.cap_area import area_of
from patrol.hazards.model import REPORT_COLUMNS, IntakeContext
from patrol.hazards.plausible import check_reports

CONTEXT = IntakeContext("Asia/Shanghai", "2024-09-01T00:00:00Z")
SPACE = 'xmlns="urn:oasis:names:tc:emergency:cap:1.2"'
SQUARE = "<polygon>38.0,106.0 38.0,107.0 39.0,107.0 39.0,106.0 38.0,106.0</polygon>"


def area(inner=SQUARE, name="石嘴山市"):
    return f"<area><areaDesc>{name}</areaDesc>{inner}</area>"


def info(inner=None, language="zh-CN", event="大风", more="", expires="2024-08-16T20:00:00+08:00"):
    return (
        f"<info><language>{language}</language><category>Met</category><event>{event}</event>"
        f"<urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty><onset>2024-08-16T14:00:00+08:00</onset>"
        f"<expires>{expires}</expires><headline>{event} headline</headline>"
        f"<description>阵风 9 级 &lt;b&gt;</description>"
        f"<instruction>加固</instruction>{more}{area() if inner is None else inner}</info>"
    )


def alert(
    infos=None, space=SPACE, status="Actual", kind="Alert", identifier="N1", more="", sent="2024-08-16T10:00:00+08:00"
):
    return (
        f"<alert {space}><identifier>{identifier}</identifier><sender>duty@weather.example</sender><sent>{sent}</sent>"
        f"<status>{status}</status><msgType>{kind}</msgType><scope>Public</scope>{more}"
        f"{info() if infos is None else infos}</alert>"
    )


PREFIXED = alert(space="").replace("<", "<x:").replace("<x:/", "</x:").replace("<x:alert", f"<x:alert {SPACE}", 1)
PREFIXED = PREFIXED.replace("xmlns=", "xmlns:x=", 1)


def read(content, context=CONTEXT):
    return read_cap(content if isinstance(content, bytes) else content.encode(), "alerts.xml", context)


def suspicions(made):
    return [(finding.code, finding.row) for finding in made.findings if finding.level == "suspicion"]


def test_one_alert():
    made = read('<?xml version="1.0" encoding="UTF-8"?>\n' + alert())
    one = made.reports.iloc[0]
    assert list(made.reports.columns) == list(REPORT_COLUMNS)
    assert (one["record"], one["party"], one["source"], one["external_id"]) == (
        "alert",
        "sensor",
        "cap:weather.example",
        "N1",
    )
    assert one["captured_at"] == pd.Timestamp("2024-08-16T02:00Z")
    assert one["given_closed"] == pd.Timestamp("2024-08-16T12:00Z")
    assert one["type_ref"] == "大风"
    assert shapely.from_wkt(one["area_wkt"]).equals(shapely.box(106, 38, 107, 39)), "longitude first"
    assert pd.isna(one["lon"])
    for word in ("大风 headline", "severity Severe", "石嘴山市", "2024-08-16T14:00:00+08:00", "阵风 9 级 <b>", "加固"):
        assert word in one["description"]
    assert made.findings == ()


@pytest.mark.parametrize(
    "content",
    [
        f"<alerts>{alert()}{alert(identifier='N2')}</alerts>",
        f'<?xml version="1.0"?>{alert()}\n<?xml version="1.0"?>{alert(identifier="N2")}',
        f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><content>{alert()}</content></entry>'
        f'<entry><content>{alert(identifier="N2")}</content></entry></feed>',
        alert(space='xmlns="urn:oasis:names:tc:emergency:cap:1.1"') + alert(space="", identifier="N2"),
        PREFIXED + alert(identifier="N2"),
    ],
)  # fmt: skip
def test_several_alerts(content):
    made = read(content)
    assert made.reports["external_id"].tolist() == ["N1", "N2"]
    assert made.reports["row"].tolist() == [1, 2]


@pytest.mark.parametrize("status", ["Test", "Exercise", "Draft", "System", "nonsense"])
def test_only_actual_alerts_are_taken(status):
    made = read(alert(status=status) + alert(identifier="N2"))
    assert made.reports["row"].tolist() == [2]
    assert made.rejected["row"].tolist() == [1]
    assert status in made.rejected["reason"].iloc[0]
    assert made.rejected["status"].tolist() == [status]


def test_update_and_cancel_name_what_they_change():
    refs = " ".join(f"duty@weather.example,{name},2024-08-16T10:00:00+08:00" for name in ("N1", "N0"))
    refs = f"<references>{refs}</references>"
    made = read(alert(kind="Update", more=refs, identifier="N2") + alert("", kind="Cancel", more=refs, identifier="N3"))
    assert made.reports["record"].tolist() == ["alert", "alert"]
    assert made.reports["description"].str.split("\n").str[0].tolist() == [
        "Update of 更新: N1, N0",
        "Cancels 解除: N1, N0",
    ]
    assert "duty@" not in "".join(made.reports["description"])
    assert suspicions(made) == [], "a cancellation needs no area"
    assert read(alert(kind="Ack") + alert(kind="Error")).reports.empty


def test_one_report_an_event_and_the_other_languages_headline():
    infos = (
        info(language="en-US", event="Wind")
        + info(language="zh-CN")
        + info(language="en-US", event="Dust")
        + info(event="沙尘")
    )
    made = read(alert(infos))
    assert made.reports["external_id"].tolist() == ["N1", "N1#2"]
    assert made.reports["type_ref"].tolist() == ["大风", "沙尘"]
    assert "Wind headline" in made.reports["description"].iloc[0]
    assert "Dust headline" in made.reports["description"].iloc[1]
    assert read(alert(info(language="fr") + info(language="en", event="Wind"))).reports["type_ref"].tolist() == ["Wind"]


def test_the_area_of_another_language_serves():
    made = read(alert(info("", language="zh") + info(language="en")))
    assert made.reports["area_wkt"].iloc[0].startswith("POLYGON")
    assert suspicions(made) == []


def test_codes_alone_leave_the_area_unknown():
    inner = area("<geocode><valueName>CN-GB2260</valueName><value>640200</value></geocode>")
    made = read(alert(info(inner)))
    assert made.reports["area_wkt"].tolist() == [""]
    assert suspicions(made) == [("cap.no_area", 1)]
    assert "CN-GB2260 640200" in made.findings[0].what


def test_a_circle_holds_every_point_within_its_radius():
    wkt, faults = area_of([], ["38.5,106.5 25"])
    shape = shapely.from_wkt(wkt)
    geod = Geod(ellps="WGS84")
    for angle in range(0, 360, 7):
        inside, outside = (geod.fwd(106.5, 38.5, angle, metres)[:2] for metres in (24_990, 25_050))
        assert shape.contains(shapely.Point(inside))
        assert not shape.contains(shapely.Point(outside))
    assert faults == []


@pytest.mark.parametrize(
    "inner",
    ["<polygon>38,106 38,107</polygon>", "<polygon>38,106 38,107 99,107 38,106</polygon>", "<polygon>a b c d</polygon>",
     "<polygon>38,106 38,107 38,108 38,106</polygon>", "<circle>38,106</circle>", "<circle>38,106 0</circle>",
     "<circle>38,106 -3</circle>", "<circle>38,106 9000</circle>", "<circle>38,106 nan</circle>",
     "<polygon/>", "<circle/>",
     "<polygon>0,179 0,-179 1,-179 0,179</polygon>", "<circle>0,180 50</circle>"],
)  # fmt: skip
def test_areas_that_cannot_be_read_are_told_and_the_rest_serves(inner):
    made = read(alert(info(area(inner))))
    assert made.reports["area_wkt"].tolist() == [""]
    assert suspicions(made) == [("cap.area", 1), ("cap.no_area", 1)]
    assert read(alert(info(area(inner + SQUARE)))).reports["area_wkt"].iloc[0].startswith("POLYGON")


def test_rings_that_cross_or_are_open_become_valid_polygons():
    for ring in ("38,106 39,107 39,106 38,107 38,106", "38,106 38,107 39,107"):
        wkt, faults = area_of([ring], [])
        assert shapely.from_wkt(wkt).is_valid
        assert shapely.from_wkt(wkt).area > 0
        assert faults == []
    assert shapely.from_wkt(area_of(["38,106 38,107 39,107", "50,10 50,11 51,11"], [])[0]).geom_type == "MultiPolygon"


def test_a_long_polygon_is_not_cut():
    ring = " ".join(f"{38 + 0.3 * (i % 2)},{106 + i / 1000}" for i in range(2000)) + " 37,107 38,106"
    wkt = read(alert(info(area(f"<polygon>{ring}</polygon>")))).reports["area_wkt"].iloc[0]
    assert len(wkt) > 20_000
    assert shapely.from_wkt(wkt).is_valid


def test_entries_that_only_link_are_named():
    feed = ('<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>e1</id><title>Wind</title><link href="x"/></entry>'
            f"<entry><content>{alert()}</content></entry></feed>")  # fmt: skip
    made = read(feed)
    assert made.rejected[["row", "id", "title"]].values.tolist() == [[1, "e1", "Wind"]]
    assert made.reports["row"].tolist() == [2]


def test_one_broken_alert_does_not_stop_the_others():
    made = read(alert() + alert(identifier="N2").replace("</severity>", "") + alert(identifier="N3"))
    assert made.reports["external_id"].tolist() == ["N1", "N3"]
    assert made.rejected["row"].tolist() == [2]
    missing = read(alert(identifier="") + alert(sent="soon") + alert())
    assert missing.rejected["row"].tolist() == [1, 2]
    assert "identifier" in missing.rejected["reason"].iloc[0]


def test_an_alert_in_force_passes_the_checks_of_all_reports():
    context = replace(CONTEXT, now="2024-08-16T03:00:00Z")
    kept, rejected, _ = check_reports(read(alert(), context).reports, None, context, HazardSettings())
    assert (len(kept), len(rejected)) == (1, 0)
    sent_tomorrow = read(alert(sent="2024-08-17T10:00:00+08:00"), context).reports
    assert check_reports(sent_tomorrow, None, context, HazardSettings())[0].empty


def test_naive_times_are_of_the_project():
    made = read(alert(sent="2024-08-16T10:00:00"))
    assert made.reports["captured_at"].tolist() == [pd.Timestamp("2024-08-16T02:00Z")]
    assert [finding.code for finding in made.findings] == ["cap.naive_time"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030", "GBK"])
def test_encodings(encoding):
    content = f'<?xml version="1.0" encoding="{encoding}"?>' + alert()
    assert read(content.encode(encoding)).reports["type_ref"].tolist() == ["大风"]


DECLARED_OUTSIDE = "<!DOCTYPE alert SYSTEM 'http://x.example/a.dtd'>"
LAUGHS = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("attack", [LAUGHS, OUTSIDE, DECLARED_OUTSIDE, "<!doctype x>", "<! ENTITY"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_document_types_and_entities_are_refused_before_parsing(attack, encoding):
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'
    with pytest.raises(IntakeError) as error:
        read((declared + attack + alert()).encode(encoding))
    assert error.value.findings[0].code in {"cap.dtd", "cap.encoding"}
    assert "root:" not in str(error.value)


@pytest.mark.parametrize("raw", [b"", b"<", b"x", b"<a/>", b"<alert/>x<", b"\0" * 9,
                                 b"<?xml version='1.0' encoding='utf-7'?><a/>",
                                 b"<alert xmlns='urn:other'/>", b"</all><all>"])  # fmt: skip
def test_what_holds_no_alert_is_refused(raw):
    with pytest.raises(IntakeError):
        read(raw)


@pytest.mark.parametrize(
    "content",
    ["<entry>" * 60_000, "<entry>" * 30_000 + "</entry>" * 30_000, "<alert " * 60_000, "<alert>" * 60_000,
     "<?xml" * 100_000, alert(info(area(SQUARE) * 5_000))],
    ids=["open", "nested", "starts", "alerts", "declarations", "areas"],
)  # fmt: skip
def test_large_nonsense_is_read_in_linear_time(content):
    start = time.process_time()
    with contextlib.suppress(IntakeError):
        read(content)
    assert time.process_time() - start < 10


PIECES = [alert(), info(), area(), SQUARE, "<alert>", "</alert>", "<info>", "<polygon>1,2 3,4</polygon>", "&lt;", "&x;",
          "<![CDATA[", "]]>", "<!--", "-->", SPACE, "<circle>1,2 3</circle>", "\0", "<sent>x</sent>"]  # fmt: skip


@settings(max_examples=settings.default.max_examples * 8 // 10)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=10))
def test_any_pieces(pieces):
    try:
        read("".join(pieces).encode("utf-8", "replace"))
    except PatrolError:
        return


@settings(max_examples=settings.default.max_examples * 8 // 10)
@given(st.data())
def test_mutated_files(data):
    raw = bytearray((alert() + alert(kind="Cancel")).encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
    try:
        read(bytes(raw))
    except PatrolError:
        return


@settings(max_examples=settings.default.max_examples * 6 // 10)
@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), max_size=12), st.floats(-1, 3000))
def test_any_ring_gives_a_valid_area_or_a_fault(ring, radius):
    said = " ".join(f"{lat},{lon}" for lat, lon in ring)
    wkt, faults = area_of([said], [f"38,106 {radius}"])
    assert wkt or faults
    if wkt:
        assert shapely.from_wkt(wkt).geom_type in {"Polygon", "MultiPolygon"}
