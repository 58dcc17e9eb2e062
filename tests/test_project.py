"""project.toml: every fault at once, in words."""

from dataclasses import fields, is_dataclass

import pytest

from patrol.config import Settings, build_settings
from patrol.errors import ConfigError
from patrol.project import read_project

GOOD = """
config_version = 1
name = "Test"
[inputs]
lines = "lines.gpkg"
[inputs.crews]
path = "crews.csv"
columns = { crew_id = "班组" }
[settings.network]
section_max_m = 400
[settings.travel.road_kmh]
track = 12
"""


def project(tmp_path, text, *, encoding="utf-8"):
    for name in ("lines.gpkg", "crews.csv"):
        (tmp_path / name).touch()
    (tmp_path / "project.toml").write_text(text, encoding=encoding)
    return tmp_path


def faults(folder):
    with pytest.raises(ConfigError) as caught:
        read_project(folder)
    return {item.code for item in caught.value.findings}, str(caught.value)


def test_reads_what_it_says(tmp_path):
    got = read_project(project(tmp_path, GOOD))
    assert got.inputs["crews"].columns["crew_id"] == "班组"
    assert got.settings.network.section_max_m == 400.0
    assert got.settings.travel.road_kmh["track"] == 12
    assert got.settings.travel.road_kmh["primary"] == 60  # the rest of the table stays


def test_a_byte_order_mark_and_chinese_paths_are_fine(tmp_path):
    folder = tmp_path / "平罗 工程"
    folder.mkdir()
    assert read_project(project(folder, GOOD, encoding="utf-8-sig")).name == "Test"


def test_every_fault_is_named_at_once(tmp_path):
    text = GOOD.replace("config_version = 1", 'config_version = 2\ntimezone = "Mars/Base"\nlanguag = "zh"')
    text = text.replace("section_max_m = 400", 'section_max_m = "long"\nsnap_tolerance_m = -1\nsnap = 3')
    codes, words = faults(project(tmp_path, text))
    assert {"config.version", "config.timezone", "config.unknown_key", "config.type", "config.range"} <= codes
    assert "did you mean 'language'" in words
    assert "settings.network.section_max_m" in words


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("config_version = 1\n", "config.input"),
        (GOOD + "\n[inputs.lins]\npath='x'", "config.unknown_key"),
        (GOOD + "\n[inputs.roads]\npath='roads.shp'", "input.missing"),
        (GOOD + "\n[inputs.roads]\ncrs='EPSG:4326'", "config.input"),
        (GOOD + "\n[inputs.roads]\npath='lines.gpkg'\nlayer=3", "config.type"),
        (GOOD + "\nname = ", "project.syntax"),
        ("inputs = 3\nconfig_version = 1", "config.type"),
        ("settings = 3\nconfig_version = 1", "config.type"),
        (GOOD.replace('name = "Test"', "name = 3"), "config.type"),
        (GOOD.replace('name = "Test"', 'language = "fr"'), "config.language"),
        (GOOD.replace('name = "Test"', 'synthetic = "yes"'), "config.type"),
        (GOOD.replace("track = 12", 'track = "fast"'), "config.type"),
        (GOOD + "\n[settings.planning]\ndaylight = [6, 19]", "config.type"),
        (GOOD + "\n[settings.planning]\ndaylight = ['25:00', 'x']", "config.daylight"),
        (GOOD + "\n[settings.planning]\ndaylight = ['19:00', '06:00']", "config.daylight"),
        (GOOD + "\n[settings.planning]\ndaylight = ['06:00']", "config.daylight"),
        (GOOD + "\n[settings.planning]\nnight_people = 1", "config.range"),
        (GOOD + "\n[settings.planning]\nvolunteer_hours_week = 20", "config.range"),
        (GOOD + "\n[settings.planning]\nvolunteer_walk_m = 50000", "config.range"),
        (GOOD + "\n[settings.cycles]\ncold_start = 'spring'", "config.date"),
        (GOOD + "\n[settings.solver]\nengine = 'magic'", "config.engine"),
        (GOOD + "\n[settings.maps]\ntiles = 'http://a/{z}/{x}/{y}.png'\ntiles_credit = 'A'", "config.tiles"),
        (GOOD + "\n[settings.maps]\ntiles = 'https://a/{z}/{x}.png'\ntiles_credit = 'A'", "config.tiles"),
        (GOOD + "\n[settings.maps]\ntiles = 'https://a/{z}/{x}/{y}.png; *'\ntiles_credit = 'A'", "config.tiles"),
        (GOOD + "\n[settings.maps]\ntiles = 'https://a/{z}/{x}/{y}.png'", "config.tiles"),
        (GOOD + "\n[inputs.roads]\npath='/somewhere/roads.shp'", "config.absolute"),
        (GOOD + "\n[inputs.roads]\npath='C:\\\\maps\\\\roads.shp'", "config.absolute"),
        (GOOD + "\n[settings]\nnetwork = 3", "project.syntax"),
    ],
)
def test_malformed_files_are_refused(tmp_path, text, code):
    codes, _ = faults(project(tmp_path, text))
    assert code in codes


def test_a_file_in_another_encoding_is_refused(tmp_path):
    codes, words = faults(project(tmp_path, GOOD, encoding="gb18030"))
    assert "project.syntax" in codes
    assert "UTF-8" in words


def test_a_file_saved_in_another_encoding_is_told_with_its_line(tmp_path):
    folder = project(tmp_path, GOOD)
    with (folder / "project.toml").open("ab") as file:
        file.write("\n# 平罗".encode("gb18030"))
    codes, words = faults(folder)
    assert codes == {"project.syntax"}
    assert f"is not UTF-8 (line {GOOD.count(chr(10)) + 2})" in words
    assert "the file is saved as UTF-8" in words


def test_a_windows_path_says_how_to_write_it(tmp_path):
    codes, words = faults(project(tmp_path, GOOD + '\n[inputs.roads]\npath = "gis\\lines.shp"'))
    assert codes == {"project.syntax"}
    assert "paths with / and not \\" in words
    codes, words = faults(project(tmp_path, GOOD + '\n[inputs.roads]\npath = "gis\\new\\roads.shp"'))
    assert codes == {"config.path"}
    assert "write / for \\" in words


def test_a_missing_folder_says_how_to_make_one(tmp_path):
    codes, words = faults(tmp_path / "nowhere")
    assert codes == {"project.missing"}
    assert "patrol init" in words


def walk(cls):
    for item in fields(cls):
        inner = item.default_factory() if item.default_factory is not None and callable(item.default_factory) else None
        if is_dataclass(inner):
            yield from walk(type(inner))
        else:
            yield cls, item


NUMBERS = [(cls, item) for cls, item in walk(Settings) if item.type in ("float", "int") or ", float]" in str(item.type)
           or ", int]" in str(item.type)]  # fmt: skip


@pytest.mark.parametrize(("cls", "item"), NUMBERS, ids=lambda x: x.__name__ if isinstance(x, type) else x.name)
def test_no_number_is_without_bounds(cls, item):
    """Neither nan, nor the infinities, nor what overflows a sum of 64 bits gets past the project file."""
    for bad in (float("nan"), float("inf"), -float("inf"), 1e300, -1, 10**400, 10**5000):
        default = getattr(cls(), item.name)
        value = {next(iter(default)): bad} if isinstance(default, dict) else bad
        settings, found = build_settings(cls, {item.name: value}, "x", "s")
        where = f"s.{item.name}" + (f".{next(iter(default))}" if isinstance(default, dict) else "")
        assert [one.field for one in found] == [where], bad
        assert found[0].code in {"config.range", "config.type"}
        assert len(str(found[0])) < 300
        assert getattr(settings, item.name) == default


def test_every_fault_of_a_table_is_named_with_its_key(tmp_path):
    text = GOOD.replace("track = 12", 'track = -3\nprimary = "fast"\nsteps = nan\ntrunk = 80')
    with pytest.raises(ConfigError) as caught:
        read_project(project(tmp_path, text))
    assert [one.field for one in caught.value.findings] == [
        f"settings.travel.road_kmh.{key}" for key in ("track", "primary", "steps")
    ]


@pytest.mark.parametrize("text", ["{}", '{ power = "" }', '{ power = "95598", fire = "  " }'])
def test_there_is_always_a_number_to_call(tmp_path, text):
    codes, _ = faults(project(tmp_path, GOOD + f"\n[settings.planning]\nemergency_numbers = {text}"))
    assert codes == {"config.empty"}


def test_a_key_nobody_knows_is_named_without_a_dot_before_it(tmp_path):
    _, words = faults(project(tmp_path, "foo = 1\n" + GOOD))
    assert "project.toml, foo: unknown key" in words


@pytest.mark.parametrize(("cls", "item"), list(walk(Settings)), ids=lambda x: getattr(x, "name", x.__class__.__name__))
def test_every_setting_is_documented_and_within_its_own_bounds(cls, item):
    assert item.metadata["doc"]
    value = getattr(cls(), item.name)
    _, found = build_settings(cls, {item.name: value}, "x")
    assert not found
