"""GPX files: what is read, and what is refused before it is parsed."""

import pytest

from patrol.errors import IntakeError
from patrol.field.gpx import is_gpx, read_gpx, track_of

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
POINT = '<trkpt lat="38.9" lon="106.6"><ele>1100</ele><time>2024-08-16T01:0{n}:00Z</time><hdop>{hdop}</hdop></trkpt>'


def gpx(points, head=HEAD, space=' xmlns="http://www.topografix.com/GPX/1/1"'):
    return f'{head}<gpx version="1.1" creator="x"{space}><trk><trkseg>{points}</trkseg></trk></gpx>'.encode()


def test_fixes_come_in_order_of_time_with_their_accuracy():
    raw = gpx(POINT.format(n=2, hdop=1.5) + POINT.format(n=1, hdop=4) + POINT.format(n=1, hdop=9))
    frame = read_gpx(raw, "a.gpx")
    assert is_gpx(raw)
    assert [str(at)[:16] for at in frame["at"]] == ["2024-08-16 01:01", "2024-08-16 01:02"]
    assert frame["accuracy_m"].tolist() == [20.0, 7.5]
    assert frame[["lon", "lat"]].iloc[0].tolist() == [106.6, 38.9]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding):
    raw = gpx(POINT.format(n=1, hdop=1)).decode().replace("UTF-8", encoding[:6]).encode(encoding)
    assert len(read_gpx(raw, "a.gpx")) == 1


def test_fixes_without_time_or_place_are_left_out():
    bad = '<trkpt lat="x" lon="106.6"><time>2024-08-16T01:00:00Z</time></trkpt><trkpt lat="38.9" lon="106.6"/>'
    zero = '<trkpt lat="0" lon="0"><time>2024-08-16T01:00:00Z</time></trkpt>'
    assert len(read_gpx(gpx(bad + zero + POINT.format(n=1, hdop="?")), "a.gpx")) == 1
    with pytest.raises(IntakeError, match="none of its 3 fixes has a place and a time"):
        read_gpx(gpx(bad + zero), "a.gpx")


def test_the_equator_and_the_first_meridian_are_places():
    time = "<time>2024-08-16T01:0{n}:00Z</time></trkpt>"
    points = [f'<trkpt lat="{lat}" lon="{lon}">' + time.format(n=n) for n, (lat, lon) in enumerate([(0, 9), (51, 0)])]
    assert read_gpx(gpx("".join(points)), "a.gpx")[["lat", "lon"]].to_numpy().tolist() == [[0, 9], [51, 0]]


LAUGH = '<!DOCTYPE gpx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (gpx(POINT, head=HEAD + LAUGH), "declares a document type"),
        (gpx(POINT, head=HEAD + FILE), "declares a document type"),
        (gpx(POINT, head=HEAD + LAUGH).decode().encode("utf-16"), "declares a document type"),
        (gpx("<trkpt"), "is no XML"),
        (gpx(""), "holds no track"),
        (b"<kml><gpx></gpx></kml>", "no GPX"),
    ],
)
def test_what_is_no_track_is_refused(raw, why):
    with pytest.raises(IntakeError, match=why):
        read_gpx(raw, "a.gpx")


def test_the_track_of_a_report_is_the_same_frame():
    fix = {"captured_at": "2024-08-16T09:00:00+08:00", "lon": 106.6, "lat": 38.9}
    frame = track_of([{**fix, "accuracy_m": 12}, {**fix, "captured_at": "2024-08-16T09:00:05+08:00"}])
    assert frame["accuracy_m"].tolist()[0] == 12
    assert frame["accuracy_m"].isna().tolist() == [False, True]
    assert list(frame.columns) == list(read_gpx(gpx(POINT.format(n=1, hdop=1)), "a.gpx").columns)
    assert track_of([]).empty
