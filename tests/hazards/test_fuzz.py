"""Whatever bytes a file of reports holds, the door gives reports, rows set aside, or an error that says what to do."""

import io
import json
import random
import time
import zipfile

import geopandas as gpd
import openpyxl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import PatrolError
from patrol.hazards.blind import lines_of, set_aside_rows
from patrol.hazards.detect import FORMS
from patrol.hazards.intake import read_reports
from patrol.hazards.keys import all_said, content_key
from patrol.hazards.model import REPORT_COLUMNS, IntakeContext
from patrol.hazards.plausible import Area
from patrol.hazards.quarantine import write_quarantine

CONTEXT = IntakeContext("Asia/Shanghai", "2024-08-20T00:00:00.000000Z", crs="EPSG:4326")
AREA = Area.of(gpd.GeoDataFrame(geometry=[shapely.LineString([(106.5, 38.8), (106.9, 38.8)])], crs="EPSG:4326"))
SOAK_S = 60  # for each of ten formats
WHEN = "2024-08-16T09:12:00+08:00"
TABLE = (
    "线路,杆号,发现时间,上报人,电话,单位,隐患类型,描述,经度,纬度,坐标系,状态,消缺日期,期限,时长,距首端,照片\n"
    '城关线,37,2024-08-16 09:12,张三,13812345678,供电所,鸟窝,"杆上\n有鸟窝",106.7,38.8,WGS84,整改中,,,,1.2km,a.jpg\n'
    "城关线,38-39,2024年8月16日,,,村民,纠纷,,106.71,38.8,GCJ-02,,2024/8/18,2024-09-01,40,,\n"
)
KOBO = (
    "start,site/type,site/place,_site/place_latitude,_uuid,_submission_time,_id\n"
    f"{WHEN},nest,38.8 106.7 1100 5,38.8,u1,2024-08-16T01:12:00,1\n"
)
ODK = (
    "SubmissionDate,site-type,site-place-Latitude,site-place-Longitude,site-place-Accuracy,meta-instanceID,KEY\n"
    f"{WHEN},nest,38.8,106.7,5,uuid:1,uuid:1\n"
)
FIRMS = (
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,frp,daynight\n"
    "38.8,106.7,330.5,0.4,0.4,2024-08-16,0306,N,VIIRS,n,2.0NRT,5.1,D\n38.81,106.7,330,1,1,2024-08-16,306,T,MODIS,80,6,5,N\n"
)
CAP = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
    "<identifier>1</identifier>"
    f"<sender>a@b</sender><sent>{WHEN}</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>"
    "<info><language>zh-CN</language><category>Met</category><event>大风</event><urgency>Expected</urgency>"
    f"<severity>Severe</severity><certainty>Likely</certainty><onset>{WHEN}</onset><area><areaDesc>平罗</areaDesc>"
    "<polygon>38.7,106.6 38.7,106.8 38.9,106.8 38.7,106.6</polygon><circle>38.8,106.7 5</circle></area></info></alert>"
)
CHAT = (
    "张三 2024-08-16 09:12\n城关线37-38号杆有鸟窝,电话13812345678\n\n[2024/8/16 09:13] 李四: 收到\n"
    "16/08/2024, 09:12 - Li Si: tree on the line near pole 12 of F614, 38.8,106.7\n"
)
FEATURES = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "id": 1, "properties": {"线路": "城关线", "time": WHEN, "deep": {"a": [1]}},
         "geometry": {"type": "Point", "coordinates": [106.7, 38.8]}},
        {"type": "Feature", "properties": None,
         "geometry": {"type": "LineString", "coordinates": [[106.7, 38.8], [106.8, 38.8]]}},
    ],
}  # fmt: skip
OPEN311 = [
    {"service_request_id": "1", "service_code": "A01", "service_name": "nest", "status": "open", "description": "nest",
     "requested_datetime": WHEN, "lat": 38.8, "long": 106.7, "media_url": "http://x/a.jpg"}
]  # fmt: skip
UUID = "00000000-0000-0000-0000-00000000000"
PATROL = {
    "schema": "patrol-report/1", "plan_sha256": "0a" * 32, "crew_id": "C1", "party": "enterprise", "revision": 1,
    "results": [{"id": UUID + "1", "task_id": "T", "outcome": "done", "captured_at": WHEN}],
    "hazards": [{"id": UUID + "2", "captured_at": WHEN, "type": "A01", "description": "x", "lon": 106.7, "lat": 38.8}],
    "requests": [{"id": UUID + "3", "captured_at": WHEN, "kind": "dispute", "due": "2024-09-01"}],
}  # fmt: skip
QUARANTINE = (
    "file,row,format,reason,线路,杆号,message,service_request_id\na.csv,1,csv,why,城关线,1,,\n"
    "a.txt,2,messages,,,,城关线1号杆断线,\nb,3,open311,,,,,1\n"
)


def workbook():
    book = openpyxl.Workbook()
    for line in TABLE.splitlines()[:1]:
        book.active.append(line.split(","))
    book.active.append(["城关线", 37, 45520.5, "张三", 138, "供电所", "鸟窝", "'=1+1", 106.7, 38.8])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


GOOD = {
    "csv": TABLE.encode(),
    "xlsx": workbook(),
    "geojson": json.dumps(FEATURES).encode(),
    "open311": json.dumps(OPEN311).encode(),
    "kobo": KOBO.encode(),
    "odk": ODK.encode(),
    "firms": FIRMS.encode(),
    "cap": CAP.encode(),
    "messages": CHAT.encode(),
    "patrol": json.dumps(PATROL).encode(),
}
SUBMISSION = {"_id": 1, "_uuid": "u", "_geolocation": [38.8, 106.7], "type": "nest"}
OTHERS = [
    QUARANTINE.encode(), TABLE.encode("gb18030"), CHAT.encode("utf-16"),
    json.dumps({"count": 1, "results": [SUBMISSION]}).encode(),
    json.dumps({"@odata.context": "x", "value": [{"__id": "u", "__system": {}, "type": "nest"}]}).encode(),
]  # fmt: skip
SPICE = [
    b"\0", b"\xff", b'"', b"'", b",", b"\n", b"\r", b"{", b"}", b"[", b"]", b"<", b">", b"&", b"-", b"NaN", b"Infinity",
    b"1e999", b"9" * 400, b"null", b"true", "\u202e".encode(), "😀".encode(), b"\\ud800", b"\xef\xbb\xbf",
    b"<!DOCTYPE a>", b"=cmd|", b"0000", b"{{7*7}}", b"2024-02-30", b"99999-01-01", b"25:61", b"-0", b"[]", b"{}", b'""',
    "年".encode(), b"+99:99", b" " * 50, b"1e308", b"-999", b"180", b"0,0",
]  # fmt: skip


def test_every_format_has_a_good_file():
    assert sorted(GOOD) == sorted(FORMS)


def take(tmp_path, raw, form, name="x"):
    """Read bytes; any error but ours is a failure, and so is a frame that breaks the model's word."""
    path = tmp_path / name
    path.write_bytes(raw)
    try:
        intake = read_reports(path, CONTEXT, area=AREA, form=form)
    except PatrolError as error:
        told = error.findings
        assert list(lines_of(path)) == ["description"]
    else:
        return checked(intake, tmp_path)
    assert told
    assert all(finding.what and finding.source for finding in told)
    return None


def checked(intake, tmp_path):
    assert list(intake.reports) == list(REPORT_COLUMNS)
    assert list(intake.rejected)[:3] == ["row", "reason", "format"]
    said = list(zip(content_key(intake.reports), all_said(intake.reports), strict=True))
    assert len(set(said)) == len(said), "nothing is said twice"
    inside = intake.reports[["lon", "lat"]].dropna()
    assert (inside.abs() <= 180).all(axis=None)
    for row in intake.rejected["reason"]:
        assert row
    # What only a warning or a satellite said is not called in from there.
    words = ~intake.rejected["format"].isin(["cap", "firms"]) & (intake.form not in {"cap", "firms"})
    assert len(set_aside_rows(intake, CONTEXT)) == words.sum()
    if len(intake.rejected):
        write_quarantine([intake], tmp_path / "q.csv")
        (tmp_path / "q.csv").read_text("utf-8-sig")
    return intake


def mutated(raw, chance):
    content = bytearray(raw)
    if raw.startswith(b"PK") and chance.random() < 0.8:
        return rezipped(raw, chance)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(content) + 1)
        what = chance.random()
        if what < 0.3:
            content[at : at + chance.randrange(8)] = chance.choice(SPICE)
        elif what < 0.5:
            content[at : at + 1] = chance.randbytes(chance.randrange(3))
        elif what < 0.7:
            start = chance.randrange(len(content) + 1)
            content[at:at] = content[start : start + chance.randrange(60)]
        elif what < 0.9:
            del content[at : at + chance.randrange(30)]
        else:
            del content[at:]
    return bytes(content)


def rezipped(raw, chance):
    """Change a workbook inside its package: damage to the zip itself is found too soon to be interesting."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old:
        parts = [(part.filename, old.read(part)) for part in old.infolist()]
    hit = chance.randrange(len(parts))
    with zipfile.ZipFile(out, "w") as new:
        for i, (name, data) in enumerate(parts):
            if i != hit:
                new.writestr(name, data)
            elif chance.random() < 0.9:
                new.writestr(name, mutated(data, chance))
    return out.getvalue()


@pytest.mark.parametrize("form", FORMS)
def test_good_files_load_by_name_and_by_content(tmp_path, form):
    for stated in (form, "auto"):
        intake = take(tmp_path, GOOD[form], stated, "x.txt" if form == "messages" else "x")
        assert len(intake.reports), intake.findings
        assert intake.form == form


@pytest.mark.parametrize("form", FORMS)
def test_damaged_files_of_every_format(tmp_path, form):
    chance = random.Random(form)
    for _ in range(25):
        take(tmp_path, mutated(GOOD[form], chance), chance.choice([form, "auto"]))


def test_damaged_files_of_other_shapes(tmp_path):
    chance = random.Random(3)
    for raw in OTHERS:
        assert take(tmp_path, raw, "auto", "x.txt") is not None
        for _ in range(8):
            take(tmp_path, mutated(raw, chance), "auto")


@pytest.mark.parametrize("form", FORMS)
def test_a_file_of_one_format_read_as_another(tmp_path, form):
    for raw in GOOD.values():
        take(tmp_path, raw, form)


@given(st.binary(max_size=300), st.sampled_from(["auto", *FORMS]))
@settings(max_examples=150)
def test_random_bytes(tmp_path_factory, raw, form):
    take(tmp_path_factory.getbasetemp(), raw, form)


@pytest.mark.soak
@pytest.mark.parametrize("form", FORMS)
def test_damaged_files_of_every_format_long(tmp_path, form):
    chance = random.Random(f"long {form}")
    until = time.monotonic() + SOAK_S
    others = [GOOD[form], GOOD[form], *OTHERS]
    while time.monotonic() < until:
        raw = mutated(chance.choice(others), chance)
        try:
            take(tmp_path, raw, chance.choice([form, form, "auto"]))
        except Exception as error:
            raise AssertionError(f"{form}: {raw[:5000]!r}") from error
