import geopandas as gpd
import networkx as nx
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgers import DX, DY, HEADINGS, LAT, LON, branch, row, trunk, write_csv
from patrol.errors import LayerError
from patrol.layers import pole_names
from patrol.layers.check import check_project
from patrol.layers.files import load_layers
from patrol.layers.gcj import Wgs84, gcj_from_wgs
from patrol.layers.pole_lines import doubtful_spans, draw_lines
from patrol.layers.pole_order import join_poles
from patrol.layers.poles import import_poles
from patrol.network.topology import build_network
from patrol.project import read_project


def write_xlsx(path, rows, headings=HEADINGS):
    book = openpyxl.Workbook()
    book.active.title = "杆塔台账"
    for line in [["平罗县10千伏线路杆塔台账"], headings, *rows]:
        book.active.append(line)
    book.save(path)
    return path


def imported(tmp_path, rows, **options):
    findings = import_poles(write_csv(tmp_path / "台账.csv", rows), tmp_path / "出", **options)
    return tmp_path / "出", findings


def read(out, kind):
    return gpd.read_file(out / f"{kind}.gpkg")


def coded(findings, code):
    return [f for f in findings if f.code == f"poles.{code}"]


def ledger(rows):
    """Rows as join_poles wants them, in metres."""
    frame = pd.DataFrame(rows, columns=["feeder_id", "branch", "pole_no", "lon", "lat", "parent_pole"])
    return frame.assign(x=(frame["lon"] - LON) / DX, y=(frame["lat"] - LAT) / DY, source_row=range(1, len(frame) + 1))


def edges(rows):
    """Who follows whom, as names, and the findings."""
    joined, findings = join_poles(ledger(rows), "ledger.csv")
    names = [f"{b}{n}" for b, n in zip(joined["branch"], joined["pole_no"], strict=True)]
    before = {name: names[p] if p >= 0 else None for name, p in zip(names, joined["parent"], strict=True)}
    return before, findings


def test_chinese_csv_becomes_a_project_that_makes_a_network(tmp_path):
    out, findings = imported(tmp_path, [*trunk(), *branch()])
    assert not [f for f in findings if f.level == "rejected"]
    project = read_project(out)
    layers = load_layers(project)
    assert not [f for f in layers.findings if f.level in {"error", "rejected"}]
    network = build_network(layers.lines, layers.poles, layers.equipment, settings=project.settings.network)
    assert len(network.spans) == 11 + 4
    assert nx.is_tree(nx.Graph(zip(network.spans["u"], network.spans["v"], strict=True)))
    assert network.feeders["feeder_id"].tolist() == ["10kV新民线"]
    assert network.feeders["source_how"].tolist() == ["breaker"]
    assert network.nodes.loc[network.feeders["source_node"].iloc[0], "pole_no"] == "001"
    assert layers.crews["placeholder"].all()
    assert set(layers.lines["voltage_kv"]) == {10}


def test_xlsx_with_a_title_line_gives_the_same_lines(tmp_path):
    rows = [*trunk(), *branch()]
    a, _ = imported(tmp_path, rows)
    import_poles(write_xlsx(tmp_path / "台账.xlsx", rows), tmp_path / "b")
    assert read(a, "lines").geometry.geom_equals(read(tmp_path / "b", "lines").geometry).all()
    assert read(tmp_path / "b", "poles")["pole_no"].tolist() == [r[2] for r in rows]


def test_gb18030_without_bom_and_english_headings(tmp_path):
    source = write_csv(tmp_path / "a.csv", trunk(), encoding="gb18030")
    findings = import_poles(source, tmp_path / "a")
    assert any("gb18030" in f.what for f in findings)
    english = ("feeder", "branch", "pole number", "longitude", "latitude", "parent pole")
    import_poles(write_csv(tmp_path / "b.csv", trunk(), headings=english), tmp_path / "b")
    assert read(tmp_path / "a", "lines").geometry.geom_equals(read(tmp_path / "b", "lines").geometry).all()


def test_merged_cells_of_a_ledger_count_for_each_row(tmp_path):
    rows = [*trunk(), *branch()]
    book = openpyxl.load_workbook(write_xlsx(tmp_path / "a.xlsx", [[None, *one[1:]] for one in rows]))
    sheet = book.active
    sheet["A3"] = rows[0][0]
    sheet.merge_cells("A1:F1")
    sheet.merge_cells("A3:A40")  # beyond the last row, as a mouse draws it
    book.save(tmp_path / "a.xlsx")
    findings = import_poles(tmp_path / "a.xlsx", tmp_path / "a")
    assert not [one for one in findings if one.level == "rejected"]
    assert "A3:A40" in coded(findings, "merged")[0].what
    import_poles(write_csv(tmp_path / "b.csv", rows), tmp_path / "b")
    assert read(tmp_path / "a", "lines").geometry.geom_equals(read(tmp_path / "b", "lines").geometry).all()


def test_headings_of_two_rows_with_merged_cells_are_found(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["线路名称", "支线", "杆号", "坐标", None, "上级杆号"])
    sheet.append([None, None, None, "经度", "纬度", None])
    for one in trunk():
        sheet.append(one)
    for area in ("A1:A2", "B1:B2", "C1:C2", "D1:E1", "F1:F2"):
        sheet.merge_cells(area)
    book.save(tmp_path / "a.xlsx")
    findings = import_poles(tmp_path / "a.xlsx", tmp_path / "a")
    assert read(tmp_path / "a", "poles")["pole_no"].tolist() == [one[2] for one in trunk()]
    assert not [one for one in findings if one.level == "rejected"]


@pytest.mark.parametrize("degrees", ["106,5406", "106°32′26″"])
def test_degrees_that_are_no_number_say_how_to_write_them(tmp_path, degrees):
    rows = trunk()
    rows[2][3] = degrees
    _, findings = imported(tmp_path, rows)
    (one,) = coded(findings, "value")
    assert (one.row, one.field) == (4, "lon")
    assert "decimal degrees such as 106.5306, with a point" in one.mend


def test_a_folder_is_no_ledger(tmp_path):
    write_csv(tmp_path / "a.csv", trunk())
    with pytest.raises(LayerError, match="is a folder, not a file") as raised:
        import_poles(tmp_path, tmp_path / "out")
    assert raised.value.findings[0].mend


@pytest.mark.parametrize("crs", ["GCJ-02", "EPSG:4545"])
def test_declared_coordinates_come_back_to_wgs84(tmp_path, crs):
    plain, _ = imported(tmp_path, trunk())
    rows = trunk()
    lon, lat = np.array([r[3] for r in rows]), np.array([r[4] for r in rows])
    if crs == "GCJ-02":
        shifted = gcj_from_wgs(Wgs84(lon, lat))
        xy = np.column_stack([shifted.lon, shifted.lat])
        assert np.hypot(*((xy - np.column_stack([lon, lat])) / (DX, DY)).T).min() > 300
    else:
        points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4326).to_crs(crs)
        xy = np.column_stack([points.x, points.y])
    moved = [[*r[:3], x, y, r[5]] for r, (x, y) in zip(rows, xy, strict=True)]
    findings = import_poles(write_csv(tmp_path / "b.csv", moved), tmp_path / "b", crs=crs)
    a, b = read(plain, "lines").to_crs(32648), read(tmp_path / "b", "lines").to_crs(32648)
    assert a.geometry.iloc[0].hausdorff_distance(b.geometry.iloc[0]) < 0.05
    assert crs in coded(findings, "crs")[0].what


def test_order_of_rows_does_not_matter_without_parents():
    rows = [*trunk(), *branch()]
    assert edges(rows)[0] == edges(rows[::-1])[0]
    assert edges(rows)[0]["010"] == "009", "by number, not by text"


def test_a_branch_without_a_word_goes_to_the_nearest_pole_and_that_is_told():
    before, findings = edges([*trunk(), *branch(at=5)])
    assert before["北支线1"] == "005"
    told = coded(findings, "branch_nearest")
    assert len(told) == 1
    assert "60 m away" in told[0].what


@pytest.mark.parametrize("name", ["005号杆支线", "5支线", "10kV新民线5#杆支线", "东支(5#)"])
def test_a_branch_named_after_its_pole_leaves_from_it(name):
    # the branch runs nearer to pole 6 than to pole 5
    rows = [row("10kV新民线", name, str(i), 335, 50 * i) for i in range(1, 4)]
    before, findings = edges([*trunk(), *rows])
    assert before[f"{name}1"] == "005"
    assert not findings


def test_a_pole_far_from_the_one_its_branch_is_named_after_is_not_believed():
    before, findings = edges([*trunk(count=30), *branch(name="2号支线", at=25)])
    assert before["2号支线1"] == "025"
    assert coded(findings, "branch_nearest")


def test_poles_named_after_the_pole_they_leave_from():
    rows = trunk()
    rows += [row("10kV新民线", "", f"5支{i}", 300, 60 * i) for i in (2, 1, 3)]
    rows += [row("10kV新民线", "", f"5支2支{i}", 300 + 50 * i, 120) for i in (1, 2)]
    rows += [row("10kV新民线", "", f"8-{i}", 480, -60 * i) for i in (1, 2)]
    before, findings = edges(rows)
    assert before["5支5支1"] == "005"
    assert before["5支5支3"] == "5支5支2"
    assert before["5支2支5支2支1"] == "5支5支2"
    assert before["8-8-1"] == "008"
    assert before["009"] == "008"
    assert not findings


def test_parent_poles_go_before_numbers():
    rows = trunk(count=4)
    rows[2][5] = "1"  # 3 hangs on 1, whatever its number
    rows += branch(name="北支线", at=2)
    rows[4][5] = "#2"
    before, findings = edges(rows)
    assert before["003"] == "001"
    assert before["004"] == "003"
    assert before["北支线1"] == "002"
    assert not findings


def test_parent_faults_are_told_with_their_rows():
    rows = trunk(count=5)
    rows[0][5] = "新民变电站"  # before the first pole there is the substation: no fault
    rows[2][5] = "99"
    rows[3][5] = "4"
    before, findings = edges(rows)
    assert list(before.values()) == [None, "001", "002", "003", "004"]
    assert [(f.code, f.row) for f in findings] == [("poles.parent_missing", 3), ("poles.parent_self", 4)]


def test_a_branch_leaves_from_the_trunk_though_its_own_last_pole_has_the_number():
    rows = trunk(count=12) + branch(at=10, count=10)
    for k, one in enumerate(rows[12:]):
        one[5] = f"北支线{k}" if k else "010"
    before, findings = edges(rows)
    assert before["北支线1"] == "010"
    assert before["北支线10"] == "北支线9"
    assert not findings


def test_a_branch_may_be_numbered_towards_the_source():
    rows = trunk(count=12) + branch(at=10, count=4)[::-1]
    for one, parent in zip(rows[12:], ["010", "4", "3", "2"], strict=True):
        one[5] = parent
    before, findings = edges(rows)
    assert [before[f"北支线{k}"] for k in (4, 3, 2, 1)] == ["010", "北支线4", "北支线3", "北支线2"]
    assert not findings


def test_a_ring_of_parents_is_cut():
    rows = trunk(count=5)
    rows[1][5], rows[2][5], rows[3][5] = "4", "2", "3"
    before, findings = edges(rows)
    assert [f.code for f in findings if f.code == "poles.cycle"] == ["poles.cycle"]
    graph = nx.Graph([(a, b) for a, b in before.items() if b])
    assert nx.is_tree(graph)
    assert len(graph) == 5


def test_a_branch_without_a_name_shows_by_numbers_that_start_again():
    rows = trunk(count=8) + [row("10kV新民线", "", str(i), 240, 60 * i) for i in range(1, 4)]
    before, findings = edges(rows)
    assert before["008"] == "007"
    assert before["(2)1"] == "004"
    assert before["(2)2"] == "(2)1"
    assert [(f.code, f.row) for f in coded(findings, "restart")] == [("poles.restart", 9)]


def test_numbers_that_repeat_without_order_are_set_aside(tmp_path):
    rows = trunk(count=6)
    shuffled = [
        rows[3],
        rows[0],
        rows[5],
        rows[1],
        rows[4],
        rows[2],
        [*rows[1][:3], rows[1][3], rows[1][4] + 0.001, ""],
    ]
    out, findings = imported(tmp_path, shuffled)
    assert [(f.level, f.row) for f in coded(findings, "duplicate")] == [("rejected", 8)]
    assert len(read(out, "poles")) == 6
    aside = pd.read_csv(out / "rejected.csv", encoding="utf-8-sig")
    assert aside["row"].tolist() == [8]
    assert "is in row 5 already" in aside["reason"].iloc[0]
    assert "002" in aside["content"].iloc[0]


def test_bad_coordinates_are_rejected_with_row_numbers_and_the_rest_loads(tmp_path):
    rows = trunk()
    rows[2][3] = ""
    rows[4][3], rows[4][4] = rows[4][4], rows[4][3]
    rows[6][3] = rows[6][4] = 0
    rows[8][4] = "=38.9"
    rows[9][2] = ""
    out, findings = imported(tmp_path, rows)
    aside = pd.read_csv(out / "rejected.csv", encoding="utf-8-sig")
    assert sorted(aside["row"]) == [4, 6, 8, 10, 11]
    assert aside["content"].str.startswith("{").all()
    assert len(read(out, "poles")) == 7
    assert {f.row for f in findings if f.level == "rejected"} == {4, 6, 8, 10, 11}


def test_doubtful_spans_are_listed(tmp_path):
    rows = trunk()
    rows[6:8] = []  # two poles missing is no fault: 180 m
    rows += [row("10kV东风线", "", str(i), 150, y) for i, y in ((1, -100), (2, 50), (3, 400), (4, 400))]
    out, findings = imported(tmp_path, rows)
    doubts = pd.read_csv(out / "doubtful_spans.csv", encoding="utf-8-sig", dtype={"from_pole": str, "to_pole": str})
    assert doubts[["reason", "feeder_id", "from_pole", "to_pole"]].to_numpy().tolist() == [
        ["long", "10kV东风线", "2", "3"],
        ["zero", "10kV东风线", "3", "4"],
        ["crosses", "10kV东风线", "1", "2"],
    ]
    assert doubts["other"].iloc[2] == "10kV新民线 002-003"
    assert abs(doubts["length_m"].iloc[0] - 350) < 2
    assert (
        len(coded(findings, "span_long"))
        == len(coded(findings, "span_zero"))
        == len(coded(findings, "span_crosses"))
        == 1
    )
    assert len(read(out, "lines")) == 2


def test_doubtful_spans_are_told_again_by_every_check(tmp_path):
    rows = [*trunk(), *branch()]
    rows += [row("10kV东风线", "", str(i), 150, y) for i, y in ((1, -100), (2, 50), (3, 400), (4, 460))]
    out, findings = imported(tmp_path, rows)
    told = [one for one in check_project(read_project(out)) if one.code.startswith("poles.span_")]
    said = [one.what for one in findings if one.code.startswith("poles.span_")]
    assert [one.code for one in told] == ["poles.span_long", "poles.span_crosses"]
    assert {one.level for one in told} == {"suspicion"}
    assert [one.what for one in told] == said
    assert all(one.source == "poles.gpkg" and one.row and one.mend for one in told)


def test_spans_of_lines_not_drawn_from_pole_to_pole_are_not_doubted(tiny):
    text = (tiny / "poles.csv").read_text("utf-8-sig").splitlines()
    (tiny / "poles.csv").write_text("\n".join([*text[:3], *text[30:]]), "utf-8-sig")  # 27 poles not recorded
    assert not [one for one in check_project(read_project(tiny)) if one.code.startswith("poles.span_")]


def test_very_many_doubts_are_counted_not_listed(tmp_path):
    rows = [row("F1", "", str(i), 400 * i, 0) for i in range(1, 61)]
    out, findings = imported(tmp_path, rows)
    assert len(coded(findings, "span_long")) == 41
    assert len(pd.read_csv(out / "doubtful_spans.csv")) == 59


def test_hostile_cells_are_harmless_in_the_lists(tmp_path):
    rows = [row('=HYPERLINK("x")', "", str(i), 400 * i, 0) for i in (1, 2)]
    out, _ = imported(tmp_path, rows)
    assert "\n=" not in (out / "doubtful_spans.csv").read_text("utf-8-sig").replace(",", "\n")
    assert read_project(out).has("lines")


@pytest.mark.parametrize(
    ("rows", "headings", "message"),
    [
        ([["a", 1, 106.5]], ("线路", "杆号", "经度"), "no column 'lat'"),
        ([["a", "", "1", 106.5, 38.9, ""]], HEADINGS, "no feeder has two poles"),
        ([], HEADINGS, "holds no rows"),
        ([["a", "", "1", "x", "y", ""]], HEADINGS, "no row is left"),
    ],
)
def test_ledgers_without_a_line_are_refused_whole(tmp_path, rows, headings, message):
    source = write_csv(tmp_path / "a.csv", rows, headings=headings)
    with pytest.raises(LayerError, match=message) as caught:
        import_poles(source, tmp_path / "out")
    assert "project.toml" not in str(caught.value), "there is none yet"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv"]


def test_a_ledger_of_no_bytes_is_empty(tmp_path):
    (tmp_path / "a.csv").touch()
    with pytest.raises(LayerError, match="is empty -> fill it: a row of headings"):
        import_poles(tmp_path / "a.csv", tmp_path / "out")


OFFICES = [
    ("线路名称", "分支线", "杆塔编号", "东经", "北纬", "上级杆塔"),
    ("所属馈线", "支线名称", "运行杆号", "经度(°)", "纬度(°)", "上级杆塔编号"),
    ("馈线名", "所属支线", "运行编号", "Longitude", "Latitude", "前一基杆号"),
]


@pytest.mark.parametrize("headings", OFFICES)
def test_the_headings_of_offices_are_known(tmp_path, headings):
    rows = [*trunk(), *branch()]
    findings = import_poles(write_csv(tmp_path / "a.csv", rows, headings=list(headings)), tmp_path / "a")
    assert not coded(findings, "columns_unread")
    import_poles(write_csv(tmp_path / "b.csv", rows), tmp_path / "b")
    assert read(tmp_path / "a", "lines").geometry.tolist() == read(tmp_path / "b", "lines").geometry.tolist()


def test_headings_that_say_degrees_are_taken_for_wgs84_and_that_is_a_suspicion(tmp_path):
    _, findings = imported(tmp_path, trunk())
    (one,) = coded(findings, "crs")
    assert one.level == "suspicion"
    assert "--crs GCJ-02" in one.mend
    findings = import_poles(tmp_path / "台账.csv", tmp_path / "b", crs="EPSG:4326")
    assert [one.level for one in coded(findings, "crs")] == ["note"]


@pytest.mark.parametrize("names", [("东坐标", "北坐标"), ("easting", "northing")])
def test_coordinates_that_say_no_degrees_need_a_crs(tmp_path, names):
    headings = [*HEADINGS]
    headings[headings.index("经度")], headings[headings.index("纬度")] = names
    source = write_csv(tmp_path / "a.csv", trunk(), headings=headings)
    with pytest.raises(LayerError, match="no coordinate reference system") as raised:
        import_poles(source, tmp_path / "a")
    (one,) = raised.value.findings
    assert "--crs" in one.mend
    assert "project.toml" not in one.mend
    import_poles(source, tmp_path / "a", crs="EPSG:4326")


def test_x_and_y_are_not_guessed_and_may_be_said(tmp_path):
    headings = [*HEADINGS]
    headings[headings.index("经度")], headings[headings.index("纬度")] = "Y", "X"
    source = write_csv(tmp_path / "a.csv", trunk(), headings=headings)
    with pytest.raises(LayerError) as raised:
        import_poles(source, tmp_path / "a", crs="EPSG:4326")
    assert {one.code for one in raised.value.findings} == {"poles.missing_column"}
    assert all('--column lon="Y" --column lat="X"' in one.mend for one in raised.value.findings)
    import_poles(source, tmp_path / "a", crs="EPSG:4326", columns={"lon": "Y", "lat": "X"})
    import_poles(write_csv(tmp_path / "b.csv", trunk()), tmp_path / "b")
    assert read(tmp_path / "a", "lines").geometry.tolist() == read(tmp_path / "b", "lines").geometry.tolist()


def test_a_heading_that_nobody_knows_may_be_said(tmp_path):
    headings = [*HEADINGS]
    headings[headings.index("杆号")] = "编码"
    source = write_csv(tmp_path / "a.csv", trunk(), headings=headings)
    with pytest.raises(LayerError) as raised:
        import_poles(source, tmp_path / "a")
    (one,) = raised.value.findings
    assert '--column pole_no="..."' in one.mend
    import_poles(source, tmp_path / "a", columns={"pole_no": "编码"})
    with pytest.raises(LayerError, match="--column reads 'pole_no' from '编号'"):
        import_poles(source, tmp_path / "c", columns={"pole_no": "编号"})


def test_unknown_crs_and_missing_file(tmp_path):
    with pytest.raises(LayerError, match="names no coordinate reference system"):
        imported(tmp_path, trunk(), crs="mars")
    with pytest.raises(LayerError, match="does not exist"):
        import_poles(tmp_path / "no.xlsx", tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("012#", "12"),
        ("No.7", "7"),
        ("１２号杆", "12"),
        ("N5", "5"),
        ("12 + 1", "12+1"),
        ("A08", "a8"),
        ("100", "100"),
        ("0", "0"),
    ],
)
def test_spellings_of_one_pole(name, expected):
    assert pole_names.canonical(name) == expected


def test_inserted_poles_come_after_their_number():
    names = ["13", "12+1", "2", "12", "10", "12+2"]
    assert sorted(names, key=pole_names.natural_key) == ["2", "10", "12", "12+1", "12+2", "13"]


@given(
    data=st.lists(
        st.tuples(
            st.sampled_from(["F1", "F2"]),
            st.sampled_from(["", "", "北支", "3支线"]),
            st.integers(1, 12).map(str) | st.sampled_from(["3支1", "3-2", "x", "12+1"]),
            st.integers(-900, 900),
            st.integers(-900, 900),
            st.sampled_from(["", "", "1", "2", "7", "nobody", "3支1"]),
        ),
        min_size=1,
        max_size=30,
    )
)
@settings(max_examples=150, deadline=None)
def test_whatever_the_ledger_each_feeder_is_one_tree(data):
    """No ring, no pole lost but those set aside, and the lines hold every span once."""
    joined, findings = join_poles(ledger([row(*one) for one in data]), "x")
    rejected = sum(f.level == "rejected" for f in findings)
    assert len(joined) + rejected == len(data)
    for _, mine in joined.groupby("feeder_id"):
        assert (mine["parent"] < 0).sum() == 1
        graph = nx.Graph()
        graph.add_nodes_from(mine.index)
        graph.add_edges_from((i, p) for i, p in mine["parent"].items() if p >= 0)
        assert nx.is_tree(graph)
        assert set(mine["parent"]) <= {-1, *mine.index}
    spans = [pair for poles in draw_lines(joined)["poles"] for pair in zip(poles[1:], poles, strict=False)]
    assert sorted(spans) == sorted((i, p) for i, p in joined["parent"].items() if p >= 0)


def test_crossings_within_a_feeder_are_its_own_business():
    rows = [
        row("F1", "", "1", 0, 0),
        row("F1", "", "2", 100, 0),
        row("F1", "", "3", 50, 50),
        row("F1", "", "4", 50, -50),
    ]
    joined, _ = join_poles(ledger(rows), "x")
    assert doubtful_spans(joined, longest_m=300).empty
    assert shapely.LineString([(0, 0), (100, 0)]).crosses(shapely.LineString([(50, 50), (50, -50)]))
