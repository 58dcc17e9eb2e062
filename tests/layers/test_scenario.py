"""What-if files: what they change of a project's layers, and every fault of one named at once."""

import pandas as pd
import pytest

from patrol.api import open_project
from patrol.errors import ConfigError
from patrol.layers.files import load_layers
from patrol.layers.scenario import overlaid, with_scenario
from patrol.planning.known import load_known
from tiny import table

HEAD = 'scenario_version = 1\nname = "else"\nname_zh = "另一种"\n'


def layers(folder, text):
    return load_known(with_scenario(open_project(folder), HEAD + text, "else.toml"))


def found(folder, text):
    with pytest.raises(ConfigError) as caught:
        with_scenario(open_project(folder), text, "else.toml")
    return {one.field: one for one in caught.value.findings}


def test_a_crew_fewer_and_two_more(tiny):
    text = 'without_crews = ["G1"]\n[[crews]]\nlike = "E2"\ncrew_id = "D1"\nmode = "drone"\nshift_end = "15:30"\n'
    text += '[[crews]]\nlike = "E1"\ncrew_id = "D2"\nstart_lon = 106.61\nstart_lat = 38.9\nmax_walk_km = 3\n'
    crews = layers(tiny, text).crews.set_index("crew_id")
    assert list(crews.index) == ["E1", "E2", "V1", "D1", "D2"]
    assert (crews.loc["D1", "mode"], crews.loc["D1", "shift_end"]) == ("drone", 15.5 * 3600)
    assert crews.loc["D1", ["start_x", "people"]].equals(crews.loc["E2", ["start_x", "people"]].rename("D1"))
    assert crews.loc["D2", "start_x"] - crews.loc["E1", "start_x"] == pytest.approx(867, abs=3)
    assert crews.loc["D2", "end_x"] == crews.loc["D2", "start_x"]


def test_the_roster_forgets_a_crew_that_is_away(tiny):
    days = [{"date": "2024-08-16", "crew_id": crew, "people": 3} for crew in ("E1", "G1")]
    table(tiny / "roster.csv", days)
    toml = tiny / "project.toml"
    toml.write_text(toml.read_text("utf-8").replace("[inputs]\n", '[inputs]\nroster = "roster.csv"\n'), "utf-8")
    assert layers(tiny, 'without_crews = ["G1"]\n').roster["crew_id"].to_list() == ["E1"]


def test_zones_become_one_and_their_crews_follow(tiny):
    rows = pd.read_csv(tiny / "crews.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False)
    rows.loc[rows["crew_id"] == "E1", "zones"] = "Z1;Z2"
    table(tiny / "crews.csv", rows.to_dict("records"))
    plain = load_layers(open_project(tiny))
    merged = layers(tiny, '[[merge]]\nzone = "Z2"\ninto = "Z1"\n')
    assert list(merged.zones["zone_id"]) == ["Z1"]
    assert merged.zones.area.sum() == pytest.approx(plain.zones.area.sum())
    assert merged.crews.set_index("crew_id").loc["E1", "zones"] == "Z1"


def test_weather_of_days_and_settings(tiny):
    text = "[[weather]]\nfrom = 2024-08-16\nto = 2024-08-17\ntemp_c = 38\nrh_pct = 10\nwind_kmh = 30\nrain_mm = 0\n"
    text += '[[weather]]\nfrom = 2024-08-17\nalerts = "lightning"\n[settings.planning]\nhour_ecm = 7\n'
    seen = layers(tiny, text)
    assert list(seen.weather["date"].dt.day) == [16, 17]
    assert list(seen.weather["alerts"]) == ["", "lightning"]
    assert (seen.weather["temp_c"] == 38).all()
    assert seen.project.settings.planning.hour_ecm == 7
    assert seen.project.settings.solver.iterations == 30, "the project's own settings stay"
    assert seen.project.name == "Tiny [what-if: else]"
    assert seen.project.name_zh == "小样【推演：另一种】"


def test_without_a_scenario_nothing_is_touched(tiny):
    plain = load_layers(open_project(tiny))
    assert overlaid(plain) is plain


def test_every_fault_is_named_at_once(tiny):
    faults = found(
        tiny,
        'nmae = "x"\nwithout_crews = ["E9", 3]\nmerge = "Z1"\n'
        '[[crews]]\nlike = "E8"\ncrew_id = "E1"\nmode = "horse"\npeople = "two"\nshift_end = "25:00"\nstart_lon = 1.0\n'
        "[[crews]]\ncrew_id = 3\n"
        "[[weather]]\nfrom = 2024-08-16\nrh_pct = 200\nsnow = 1\n[[weather]]\nfrom = 2024-08-17\nto = 2024-08-16\n"
        "[settings.planning]\nhour_ecm = -1\nhuor_ecm = 2\n",
    )
    assert {*faults} == {
        "nmae", "name", "scenario_version", "without_crews[0]", "without_crews[1]", "merge", "crews[0].like",
        "crews[0].crew_id", "crews[0].mode", "crews[0].people", "crews[0].shift_end", "crews[0]", "crews[1].like",
        "crews[1].crew_id", "weather[0].rh_pct", "weather[0].snow", "weather[0]", "weather[1]",
        "settings.planning.hour_ecm", "settings.planning.huor_ecm",
    }  # fmt: skip
    assert all(one.source == "else.toml" and one.what and one.mend for one in faults.values())


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (HEAD, ""),
        (HEAD + 'without_crews = ["E1", "E2", "G1", "V1"]\n', "without_crews"),
        (HEAD + '[[merge]]\nzone = "Z1"\ninto = "Z1"\n', "merge[0]"),
        (HEAD + '[[merge]]\nzone = "Z1"\ninto = "Z2"\n[[merge]]\nzone = "Z2"\ninto = "Z1"\n', "merge[1]"),
        ("scenario_version = = 1", ""),
    ],
)
def test_what_leaves_nothing_or_says_nothing_is_refused(tiny, text, field):
    assert {*found(tiny, text)} == {field}


def test_the_samples_scenarios_fit_the_sample(root):
    files = sorted((root / "sample_data" / "scenarios").glob("*.toml"))
    assert len(files) == 4
    project = open_project(root / "sample_data")
    for file in files:
        made = with_scenario(project, file.read_text("utf-8"), file.name)
        assert made.scenario is not None
        assert made.scenario.name in made.name
