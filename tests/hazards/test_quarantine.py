"""Rows set aside can be mended in the quarantine file and imported again; nothing is lost on the way."""

import csv
import io
import json

import geopandas as gpd
import openpyxl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol import text
from patrol.errors import IntakeError
from patrol.hazards.intake import read_reports
from patrol.hazards.keys import content_key
from patrol.hazards.model import IntakeContext
from patrol.hazards.plausible import Area
from patrol.hazards.quarantine import write_quarantine

CONTEXT = IntakeContext("Asia/Shanghai", "2024-08-20T00:00:00.000000Z", crs="EPSG:4326")
AREA = Area.of(gpd.GeoDataFrame(geometry=[shapely.LineString([(106.5, 38.8), (106.9, 38.8)])], crs="EPSG:4326"))
BAD = (
    "线路名称,杆塔号,发现日期,上报人,联系电话,隐患描述,经度,纬度\n"
    "城关线,37,2024-08-16,,,good,,\n"
    ",,03/04/2024,张三丰,13812345678,\"=cmd|'/c calc'!A1\",106.7,38.8\n"
    ",,2024-08-16,,,swapped,38.8,106.7\n"
    ",,2024-08-16,,,far,116.4,39.9\n"
)


def put(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def take(path, context=CONTEXT, **options):
    return read_reports(path, context, area=AREA, **options)


def lines(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def mended(path, tmp_path, change, name="mended.csv"):
    rows = lines(path)
    for row in rows:
        change(row)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return put(tmp_path, out.getvalue(), name)


def test_nothing_rejected_writes_nothing(tmp_path):
    good = take(put(tmp_path, "线路,杆号\n城关线,1\n", "a.csv"))
    assert write_quarantine([good], tmp_path / "q.csv") is None
    assert not (tmp_path / "q.csv").exists()


def test_rejected_rows_are_written_as_they_were(tmp_path):
    out = write_quarantine([take(put(tmp_path, BAD, "bad.csv"))], tmp_path / "q.csv")
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = lines(out)
    assert list(rows[0])[:4] == ["file", "row", "format", "reason"]
    assert [(row["file"], row["row"], row["format"]) for row in rows] == [("bad.csv", str(n), "csv") for n in (2, 3, 4)]
    assert rows[0]["发现日期"] == "03/04/2024"
    assert rows[0]["隐患描述"] == "'=cmd|'/c calc'!A1"
    assert text.uncell(rows[0]["隐患描述"]) == "=cmd|'/c calc'!A1"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_mended_rows_load_and_rows_still_wrong_come_back(tmp_path):
    out = write_quarantine([take(put(tmp_path, BAD, "bad.csv"))], tmp_path / "q.csv")

    def mend(row):
        if row["row"] == "2":
            row["发现日期"] = "2024-04-03"
        if row["row"] == "3":
            row["经度"], row["纬度"] = row["纬度"], row["经度"]

    again = take(mended(out, tmp_path, mend))
    assert again.form == "quarantine"
    assert again.reports["description"].tolist() == ["=cmd|'/c calc'!A1", "swapped"]
    assert again.reports["person_name"].tolist() == ["张三丰", ""]
    assert again.reports["lon"].tolist() == [106.7, 106.7]
    assert again.rejected["row"].tolist() == [3]
    assert again.rejected["隐患描述"].tolist() == ["far"]
    twice = write_quarantine([again], tmp_path / "q2.csv")
    assert [row["format"] for row in lines(twice)] == ["csv"]


def test_a_mended_row_is_the_same_report_as_if_it_had_been_right(tmp_path):
    out = write_quarantine([take(put(tmp_path, BAD, "bad.csv"))], tmp_path / "q.csv")

    def mend(row):
        row["发现日期"] = "2024-04-03" if row["row"] == "2" else row["发现日期"]

    again = take(mended(out, tmp_path, mend))
    right = take(put(tmp_path, BAD.replace("03/04/2024", "2024-04-03"), "right.csv"))
    assert content_key(again.reports)[0] in set(content_key(right.reports))


def test_the_file_may_have_been_saved_as_a_workbook(tmp_path):
    out = write_quarantine([take(put(tmp_path, BAD, "bad.csv"))], tmp_path / "q.csv")
    book = openpyxl.Workbook()
    for line in csv.reader(io.StringIO(out.read_text("utf-8-sig"))):
        book.active.append([cell.replace("03/04/2024", "2024-04-03") for cell in line])
    book.save(tmp_path / "q.xlsx")
    for form in ("auto", "xlsx"):
        assert take(tmp_path / "q.xlsx", form=form).reports["description"].tolist() == ["=cmd|'/c calc'!A1"]


def test_rows_of_several_files_keep_their_own_headings(tmp_path):
    one = take(put(tmp_path, "线路,杆号,描述,日期\n城关线,1,a,bad\n", "one.csv"))
    two = take(put(tmp_path, "线路名称,电杆号,情况说明,发现时间,file\n城关线,2,b,bad,f\n", "two.csv"))
    out = write_quarantine([one, two], tmp_path / "q.csv")

    def mend(row):
        for name in ("日期", "发现时间"):
            row[name] = row[name].replace("bad", "2024-08-16")

    again = take(mended(out, tmp_path, mend))
    assert again.reports["pole_ref"].tolist() == ["1", "2"]
    assert again.reports["description"].tolist() == ["a", "b"]
    assert again.reports["row"].tolist() == [1, 2]


def test_geojson_rows_keep_their_place_and_its_system(tmp_path):
    features = [
        {
            "type": "Feature",
            "properties": {"text": "x", "time": when},
            "geometry": {"type": "Point", "coordinates": lonlat},
        }
        for when, lonlat in (("2024-08-16", [38.8, 106.7]), ("bad", [106.7, 38.8]))
    ]
    raw = json.dumps({"type": "FeatureCollection", "features": features})
    context = IntakeContext("Asia/Shanghai", "2024-08-20T00:00:00.000000Z", crs="GCJ-02")
    out = write_quarantine([take(put(tmp_path, raw, "a.geojson"), context)], tmp_path / "q.csv")

    def mend(row):
        row["lon"], row["lat"], row["time"] = "106.7", "38.8", "2024-08-16"

    again = take(mended(out, tmp_path, mend), context)
    assert again.reports["lon"].tolist() == [106.7]  # the other says the same, once mended
    assert any("the same is said" in f.what for f in again.findings)


def test_open311_and_kobo_rows_go_back_to_their_own_parser(tmp_path):
    records = [
        {"service_request_id": n, "service_code": "A01", "status": "open", "requested_datetime": when,
         "lat": lat, "long": lon, "description": "nest"}
        for n, when, lat, lon in (("1", "yesterday", 38.8, 106.7), ("2", "2024-08-16T09:12:00+08:00", 106.7, 38.8))
    ]  # fmt: skip
    kobo = (
        "start,type,place,_uuid,_submission_time\n"
        "2024-08-16T09:12:00+08:00,nest,106.7 38.8 0 5,u1,2024-08-16T02:00:00\n"
        "never,nest,38.8 106.7 0 5,u2,never\n"
    )
    intakes = [
        take(put(tmp_path, json.dumps(records), "a.json")),
        take(put(tmp_path, kobo, "k.csv")),
    ]
    assert [len(one.rejected) for one in intakes] == [2, 2]
    out = write_quarantine(intakes, tmp_path / "q.csv")
    assert {row["format"] for row in lines(out)} == {"csv", "open311", "kobo"}

    def mend(row):
        for name in row:
            if row[name] in {"yesterday", "never"}:
                row[name] = "2024-08-16T09:12:00+08:00"
        if row["format"] == "csv":
            row["lon"], row["lat"] = row["lat"], row["lon"]

    again = take(mended(out, tmp_path, mend))
    assert again.rejected.empty, again.rejected.T
    when = {"requested_datetime": "2024-08-16T09:12:00+08:00", "lat": 38.8, "long": 106.7}
    kobo = kobo.replace("never", "2024-08-16T09:12:00+08:00").replace("106.7 38.8", "38.8 106.7")
    right = [
        take(put(tmp_path, json.dumps([record | when for record in records]), "a.json")),
        take(put(tmp_path, kobo, "k.csv")),
    ]
    assert sorted(content_key(again.reports)) == sorted(
        [*content_key(right[0].reports), *content_key(right[1].reports)]
    )


@settings(max_examples=15)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), min_size=1, max_size=4))
def test_any_text_survives_the_round_trip_as_the_importer_would_have_read_it(tmp_path_factory, words):
    tmp_path = tmp_path_factory.mktemp("q")
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["线路", "杆号", "描述", "日期"])
    writer.writerows([["城关线", n, word, "bad"] for n, word in enumerate(words)])
    intake = take(put(tmp_path, out.getvalue(), "a.csv"), form="csv")
    assert len(intake.rejected) == len(words)
    quarantine = write_quarantine([intake], tmp_path / "q.csv")
    for row in lines(quarantine):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row.values())
    mend = quarantine.read_text("utf-8-sig").replace(",bad", ",2024-08-16")
    again = take(put(tmp_path, mend, "m.csv"))
    right = take(put(tmp_path, out.getvalue().replace(",bad", ",2024-08-16"), "a.csv"), form="csv")
    assert content_key(again.reports).tolist() == content_key(right.reports).tolist()


@pytest.mark.parametrize("content", ["file,row,format,reason\n", "file,row,format,reason,线路\n\n"])
def test_an_empty_quarantine_file_is_told(tmp_path, content):
    with pytest.raises(IntakeError, match="holds no rows"):
        take(put(tmp_path, content, "q.csv"))


def test_a_message_keeps_its_lines_so_that_a_name_is_not_taken_for_what_it_says(tmp_path):
    chat = "张三丰 2024-08-16 09:12\n收到\n\n李四光 2024-08-16 09:13\n好的\n"
    intake = take(put(tmp_path, chat, "chat.txt"))
    assert intake.reports.empty
    out = write_quarantine([intake], tmp_path / "q.csv")
    again = take(
        mended(out, tmp_path, lambda row: row.update(message=row["message"].replace("好的", "城关线38号杆有鸟窝")))
    )
    assert again.reports["row"].tolist() == [2]
    assert again.reports["pole_ref"].tolist() == ["38"]
    assert again.reports["person_name"].tolist() == ["李四光"]
    assert "李四光" not in again.reports["description"][0]
    assert again.rejected["row"].tolist() == [1]


ALERT = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{name}</identifier><sender>x@cma.gov.cn</sender>'
    "{sent}<status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info><language>zh-CN</language>"
    "<category>Met</category><event>大风</event><urgency>Expected</urgency><severity>Minor</severity>"
    "<certainty>Likely</certainty><area><areaDesc>平罗 &amp; 惠农</areaDesc><polygon>{ring}</polygon></area></info>"
    "</alert>"
)
RING = " ".join(f"{38.7 + 0.2 * (i % 2)},{106.5 + i / 2000}" for i in range(700)) + " 38.2,106.7 38.7,106.5"


@pytest.mark.parametrize("sent", ["", "<sent>14 Aug 2024 morning</sent>"])
def test_an_alert_comes_back_with_its_area(tmp_path, sent):
    good = ALERT.format(name="A1", sent="<sent>2024-08-14T09:00:00+08:00</sent>", ring=RING)
    want = take(put(tmp_path, good, "good.xml")).reports
    broken = ALERT.format(name="A2", sent="", ring="").replace("</info>", "")
    bad = take(put(tmp_path, ALERT.format(name="A1", sent=sent, ring=RING) + broken, "a.xml"))
    assert len(bad.rejected) == 2
    out = write_quarantine([bad], tmp_path / "q.csv")
    again = take(out)
    assert len(again.rejected) == 2, "one that is broken does not stop the other, and neither is lost"
    out = write_quarantine([again], tmp_path / "q.csv")

    def mend(row):
        if row["identifier"] == "A1":
            row["sent"] = "2024-08-14T09:00:00+08:00"

    back = take(mended(out, tmp_path, mend))
    assert back.reports["area_wkt"].tolist() == want["area_wkt"].tolist()
    assert content_key(back.reports).tolist() == content_key(want).tolist()
    assert len(back.rejected) == 1
