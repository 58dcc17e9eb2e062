"""Places that are hot all year are known by all files together, whichever comes first."""

import itertools

import pytest

from patrol.hazards.ground import context_of, ground_of
from patrol.hazards.model import Event
from patrol.hazards.office import open_project_register
from patrol.hazards.receive import read_files, receive
from patrol.hazards.setting_aside import known_detections
from patrol.project import read_project
from tiny import at, write_tiny

NOW = "2024-08-20T00:00:00.000000Z"
OFFICE = {"actor": "office", "party": "enterprise"}
HEAD = "latitude,longitude,scan,track,acq_date,acq_time,satellite,confidence\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = write_tiny(tmp_path_factory.mktemp("ground") / "tiny")
    toml = (folder / "project.toml").read_text("utf-8").replace("[inputs]", '[inputs]\nregister = "register.gpkg"')
    (folder / "project.toml").write_text(toml, "utf-8")
    return read_project(folder)


@pytest.fixture(scope="module")
def ground(project):
    return ground_of(project)


def hot(folder, day, *places):
    path = folder / f"{day}.csv"
    rows = [f"{lat},{lon},0.4,0.4,{day},741,N,n\n" for lon, lat in (at(x, 5) for x in places)]
    path.write_text(HEAD + "".join(rows), "utf-8")
    return path


def import_one(project, ground, path):
    context = context_of(project, now=NOW)
    ((_, intake),), faults = read_files([path], context, ground)
    assert not faults
    with open_project_register(project, create=True) as register:
        return receive(register, intake, ground, now=NOW, **OFFICE)


def picture(project):
    with open_project_register(project) as register:
        assert register.rebuild() == []
        hazards = register.hazards()
        open_ = hazards[hazards["open"]]
        reports = register.reports()
        live = reports[reports["withdrawn"].isna()]
        own = live.groupby("hazard_id")["report_id"].agg(frozenset)
        return {(own[name], reported) for name, reported in zip(open_["hazard_id"], open_["reported"], strict=True)}


def forget(project):
    for path in project.root.glob("register.gpkg*"):
        path.unlink()


def test_six_files_of_a_kiln_and_a_fire_give_the_same_open_hazards_in_any_order(project, ground, tmp_path):
    days = [f"2024-08-{day:02d}" for day in range(1, ground.settings.hazards.static_days + 1)]
    paths = [hot(tmp_path, day, 620, *([2400] if day.endswith("02") else [])) for day in days]
    paths += [hot(tmp_path, "2022-08-01", 620)]  # two years before: a fire, nothing says that it was a kiln
    seen = []
    for order in (*itertools.islice(itertools.permutations(paths), 0, None, 37), paths[::-1]):
        forget(project)
        told = [item.code for path in order for item in import_one(project, ground, path).findings]
        assert "hazards.static_place" in told
        seen.append(picture(project))
        if len(seen) == 3:
            break
    assert all(one == seen[0] for one in seen)
    assert len(seen[0]) == 2
    with open_project_register(project) as register:
        head, known = register.head(), len(known_detections(register))
    assert known == len(paths) + 1
    for path in paths:
        import_one(project, ground, path)
    with open_project_register(project) as register:
        assert register.head() == head


def test_what_somebody_has_acted_upon_stays_open_and_is_told(project, ground, tmp_path):
    forget(project)
    days = range(1, ground.settings.hazards.static_days + 1)
    import_one(project, ground, hot(tmp_path, "2024-08-01", 620))
    with open_project_register(project) as register:
        name = register.hazards()["hazard_id"].item()
        register.act([Event("verify", name, NOW, "crew 1", "enterprise")], recorded_at=NOW)
    found = []
    for day in days:
        found += import_one(project, ground, hot(tmp_path, f"2024-08-{day:02d}", 620)).findings
    assert any(item.code == "hazards.static_place" and item.level == "suspicion" for item in found)
    with open_project_register(project) as register:
        shown = register.hazards().set_index("hazard_id").loc[name]
        assert (shown["state"], shown["open"]) == ("verified", True)
