"""The calendar: the package's seasons, a project's own days, and every fault of the file at once."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.errors import LayerError, PatrolError
from patrol.hazards.taxonomy import load_types
from patrol.layers.calendar import Part
from patrol.layers.calendar_file import read_calendar

GOOD = """
[[seasons]]
season = "winter_peak"
start = "11-01"
end = "03-31"
[[seasons]]
season = "irrigation"
name_zh = "灌溉"
dates = [2024-05-01, "2025-05-03"]
days_after = 20
[[holidays]]
name = "National Day"
start = 2024-10-01
end = 2024-10-07
[[campaigns]]
name = "Against straw fires"
start = "2024-09-15"
end = 2024-11-14
[[supply_guarantees]]
name_zh = "高考保供电"
start = 2024-06-07
end = 2024-06-09
feeders = ["F1"]
parts = [{ feeder_id = "F2", first_pole = "012", last_pole = "040" }]
"""


def read(tmp_path, words, **options):
    path = tmp_path / "日历.toml"
    path.write_bytes(words if isinstance(words, bytes) else words.encode())
    return read_calendar(path, **options)


def faults(tmp_path, words, **options):
    with pytest.raises(LayerError) as caught:
        read(tmp_path, words, **options)
    return caught.value.findings


def test_the_packages_seasons_are_those_of_the_hazard_types_and_qingming():
    """A factor whose season nobody dates would never be used."""
    own = read_calendar()
    columns = {name.removeprefix("m_") for name in load_types().columns if name.startswith("m_")}
    assert {one.season for one in own.seasons} == columns | {"qingming"}
    assert all(one.default for one in own.seasons)
    assert own.events == ()


@pytest.mark.parametrize(
    ("day", "seasons"),
    [
        ("2024-11-15", {"winter_peak"}),
        ("2024-11-14", {"autumn_harvest"}),
        ("2024-01-25", {"winter_peak"}),
        ("2024-01-26", {"winter_peak", "spring_festival"}),  # 15 days before 10 February
        ("2024-02-25", {"winter_peak", "spring_festival"}),
        ("2024-02-26", {"winter_peak"}),
        ("2024-03-15", {"winter_peak", "spring_agri"}),
        ("2024-03-16", {"spring_agri"}),
        ("2024-04-05", {"spring_agri", "qingming"}),
        ("2024-06-01", {"summer_peak"}),
        ("2024-09-15", {"summer_peak", "autumn_harvest"}),
    ],
)
def test_seasons_on_a_day(day, seasons):
    assert set(read_calendar().seasons_on(date.fromisoformat(day))) == seasons


def test_a_projects_season_replaces_the_packages_of_that_name(tmp_path):
    got = read(tmp_path, GOOD)
    assert got.seasons[0].season == "winter_peak"
    assert len(got.seasons) == len(read_calendar().seasons) + 1
    assert [one.season for one in got.seasons if not one.default] == ["winter_peak", "irrigation"]
    assert "winter_peak" in got.seasons_on(date(2024, 3, 31))
    assert "irrigation" in got.seasons_on(date(2025, 5, 23))
    assert "irrigation" not in got.seasons_on(date(2025, 5, 2))


def test_events_and_the_guarantees_that_meet_a_horizon(tmp_path):
    got = read(tmp_path, GOOD, feeders=["F1", "F2"])
    assert [one.kind for one in got.events] == ["supply_guarantee", "campaign", "holiday"]
    (event,) = got.guarantees(date(2024, 6, 3), date(2024, 6, 7))
    assert event.name == event.name_zh == "高考保供电"
    assert event.parts == (Part("F1"), Part("F2", "012", "040"))
    assert got.guarantees(date(2024, 6, 9), date(2024, 6, 12)) == (event,)
    assert got.guarantees(date(2024, 6, 10), date(2024, 6, 12)) == ()
    assert got.guarantees(date(2024, 6, 3), date(2024, 6, 6)) == ()


def test_every_fault_is_named_at_once_with_its_place(tmp_path):
    words = """
    seasns = []
    [[seasons]]
    season = "winter_peak"
    start = "11-31"
    end = "03-15"
    [[seasons]]
    season = "spring"
    start = "03-01"
    end = "05-31"
    dates = [2024-02-10]
    [[holidays]]
    name = "National Day"
    start = 2024-10-07
    end = 2024-10-01
    [[campaigns]]
    nam = "Straw"
    start = "spring"
    [[supply_guarantees]]
    name = "Exam"
    start = 2024-06-07
    end = 2024-06-09
    feeders = ["F11"]
    [[supply_guarantees]]
    name = "Nobody's"
    start = 2024-06-07
    end = 2034-06-09
    """
    found = faults(tmp_path, words, feeders=["F1", "F2"])
    seen = {(one.code.split(".")[1], one.field) for one in found}
    assert seen >= {
        ("unknown_key", "seasns"),
        ("date", "seasons[1].start"),
        ("season", "seasons[2]"),
        ("order", "holidays[1].end"),
        ("unknown_key", "campaigns[1].nam"),
        ("missing", "campaigns[1].name"),
        ("missing", "campaigns[1].end"),
        ("date", "campaigns[1].start"),
        ("feeder_unknown", "supply_guarantees[1]"),
        ("missing", "supply_guarantees[2].feeders"),
        ("order", "supply_guarantees[2].end"),
    }
    assert all(one.level == "error" and one.source == "日历.toml" and one.mend for one in found)
    told = "\n".join(map(str, found))
    for words in ("did you mean 'seasons'?", "did you mean 'name'?", "did you mean 'F1'?", "before it starts"):
        assert words in told


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("seasons = 3", "type"),
        ("seasons = [3]", "type"),
        ("[[seasons", "syntax"),
        ("名 = ".encode("gb18030"), "syntax"),
        ("[[seasons]]\nseason = 3\nstart = '01-01'\nend = '02-01'", "type"),
        ("[[seasons]]\nseason = 'a'", "season"),
        ("[[seasons]]\nseason = 'a'\nfestival = 'spring'\ndays_after = 3", "festival"),
        ("[[seasons]]\nseason = 'a'\nfestival = ['qingming']", "festival"),
        ("[[seasons]]\nseason = 'a'\nfestival = 'qingming'\ndates = [2024-01-01]", "season"),
        ("[[seasons]]\nseason = 'a'\nstart = '01-01'\nend = '02-01'\ndays_after = 3", "season"),
        ("[[seasons]]\nseason = 'a'\nfestival = 'qingming'\nfactors = 2", "type"),
        ("[[seasons]]\nseason = 'a'\nfestival = 'qingming'\nfactors = {}", "type"),
        ("[[seasons]]\nseason = 'a'\nfestival = 'qingming'\nfactors = { S01 = nan }", "factor"),
        ("[[seasons]]\nseason = 'a'\nfestival = 'qingming'\nfactors = { S01 = 101 }", "factor"),
        ("[[holidays]]\nname = 'a'\nstart = 2024-01-01\nend = 2024-01-01\nfactors = { S01 = true }", "factor"),
        ("[[seasons]]\nseason = 'a'\nstart = '02-29'\nend = '03-01'", "date"),
        ("[[seasons]]\nseason = 'a'\nstart = 'W01-1'\nend = '03-01'", "date"),
        ("[[seasons]]\nseason = 'a'\ndates = []", "type"),
        ("[[seasons]]\nseason = 'a'\ndates = [0001-01-01]\ndays_before = 30", "date"),
        ("[[seasons]]\nseason = 'a'\ndates = [2024-01-01T08:00:00]", "date"),
        ("[[seasons]]\nseason = 'a'\ndates = [2024-01-01]\ndays_before = -1", "range"),
        ("[[seasons]]\nseason = 'a'\ndates = [2024-01-01]\ndays_after = true", "range"),
        ("[[seasons]]\nseason = 'a'\ndates = [2024-01-01]\n" * 2, "duplicate"),
        ("[[holidays]]\nname = 'a'\nstart = 2024-01-01\nend = 2024-01-01\nfeeders = 'F1'", "type"),
        ("[[holidays]]\nname = 'a'\nstart = 2024-01-01\nend = 2024-01-01\nparts = ['F1']", "type"),
        ("[[holidays]]\nname = 'a'\nstart = 2024-01-01\nend = 2024-01-01\nparts = [{pole = '1'}]", "unknown_key"),
        ("[[holidays]]\nname = 'a'\nstart = 2024-01-01\nend = 2024-01-01\nparts = [{}]", "missing"),
    ],
)
def test_malformed_calendars_are_refused(tmp_path, words, code):
    assert f"calendar.{code}" in {one.code for one in faults(tmp_path, words)}


def test_a_folder_in_place_of_the_file_is_told(tmp_path):
    with pytest.raises(LayerError):
        read_calendar(tmp_path)


def test_a_byte_order_mark_is_fine(tmp_path):
    assert read(tmp_path, b"\xef\xbb\xbf" + GOOD.encode()).events


@settings(max_examples=60)
@given(st.data())
def test_only_a_patrol_error_escapes(tmp_path_factory, data):
    """Values of every kind in every place."""
    value = st.sampled_from(
        [
            "3",
            "'x'",
            "true",
            "[]",
            "[3]",
            "{}",
            "[{}]",
            "2024-01-01",
            "9999-12-31",
            "'11-15'",
            "1e400",
            "[[2024-01-01]]",
        ]
    )
    lines = []
    for key in ("seasons", "holidays", "campaigns", "supply_guarantees"):
        lines.append(f"[[{key}]]")
        names = ["season", "name", "start", "end", "dates", "days_before", "days_after", "feeders", "parts", "x"]
        names += ["factors", "festival"]
        for name in data.draw(st.lists(st.sampled_from(names), unique=True)):
            lines.append(f"{name} = {data.draw(value)}")
    path = tmp_path_factory.getbasetemp() / "fuzz.toml"
    path.write_text("\n".join(lines), "utf-8")
    try:
        got = read_calendar(path, feeders=["F1"])
    except PatrolError:
        return
    assert got.seasons_on(date(2024, 1, 1) + timedelta(days=data.draw(st.integers(0, 700)))) is not None
