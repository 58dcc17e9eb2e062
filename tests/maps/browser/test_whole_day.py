"""A whole day of a crew: open, twelve stops, two hazards with photos, a reload between, send back, import, compare."""

import csv
import hashlib
import io
import json

import numpy as np
import pytest
from PIL import Image

from commands import run
from field_cases import write_returning
from patrol.api import field_pages_of, plan_all
from patrol.field.done import done_so_far
from patrol.hazards.office import open_project_register
from patrol.plan import stop_codes, write_plan
from patrol.project import read_project
from tiny import at
from whole_day_steps import add_hazard, mark, save

pytestmark = pytest.mark.browser
CREW, STOPS = "E1", 12
LON, LAT = at(2100, 4)
HERE = {"geolocation": {"latitude": LAT, "longitude": LON, "accuracy": 8}, "permissions": ["geolocation"]}
SLOWED = 4


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """A project with enough to do for a crew, its plan and its page: (folder, plan, codes and stops in order)."""
    folder = tmp_path_factory.mktemp("whole")
    project = write_returning(folder / "tiny")
    with (project / "service_points.csv").open("a", encoding="utf-8", newline="") as file:
        for number in range(STOPS):
            lon, lat = at(1800 + 40 * number, 10)
            row = {
                "point_id": f"W{number}",
                "kind": "care",
                "interval_days": 7,
                "minutes": 2,
                "name_zh": f"第{number}家",
            }
            csv.writer(file).writerow([row.get(name, {"lon": lon, "lat": lat}.get(name, "")) for name in HEAD])
    planned = plan_all(project, start="2024-08-16", days=1, engine="greedy", iterations=1)
    write_plan(planned.plan, folder / "plan.json")
    (folder / "page.html").write_text(dict(field_pages_of(planned, lang="zh"))[f"2024-08-16-{CREW}.html"], "utf-8")
    shift = next(shift for shift in planned.plan.shifts if shift["crew_id"] == CREW)
    codes = {place: code for (of, place), code in stop_codes(planned.plan).items() if of == shift["shift_id"]}
    return folder, planned.plan, [(code, shift["route"][place]) for place, code in sorted(codes.items())]


HEAD = ("point_id", "kind", "interval_days", "minutes", "opens", "closes", "name_zh", "lon", "lat")


def photo(path, seed):
    noise = np.random.default_rng(seed).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path, quality=90)
    return path


def test_nothing_of_a_whole_day_is_lost(open_page, day, tmp_path):
    folder, plan, stops = day
    assert len(stops) >= STOPS
    pictures = [photo(folder / f"IMG_{seed}.jpg", seed) for seed in (1, 2)]
    outcomes = {}
    with open_page(folder / "page.html", "phone", locale="zh-CN", timezone_id="Asia/Shanghai", **HERE) as (page, seen):
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        for turn, (code, _) in enumerate(stops):
            outcomes[code] = "not_done" if turn == 7 else "done"
            mark(page, code, outcomes[code])
            if turn == 3:
                add_hazard(page, "D01", pictures[0], "导线落地，在渠边", place=None)
            if turn == 5:
                page.reload()
                page.wait_for_selector("html[data-ready=yes]", state="attached")
            if turn == 7:
                page.locator(f"#why-{code}").select_option("road")
            if turn == 9:
                add_hazard(page, "F02", pictures[1], "草一米高，连到杆根", place=stops[0][0])
        sent = save(page, tmp_path)
        assert (seen.requests, seen.errors, seen.dialogs) == ([], [], [])
    document = json.loads(sent.read_text("utf-8"))
    told = run("field", "import", folder / "tiny", sent, "--plan", folder / "plan.json")
    assert told[0] == 0, told[1]
    compare(folder, plan, stops, outcomes, document)
    again = run("field", "import", folder / "tiny", sent, "--plan", folder / "plan.json")
    assert again[0] == 0
    assert "此前已收 1 份" in again[1]
    compare(folder, plan, stops, outcomes, document)


def compare(folder, plan, stops, outcomes, document):
    """The office holds what the crew entered, and nothing else."""
    project = read_project(folder / "tiny")
    done = done_so_far(project, plan).set_index("code")
    assert done["outcome"].to_dict() == outcomes
    missed = next(code for code, outcome in outcomes.items() if outcome == "not_done")
    assert done.loc[missed, "reason"] == "路断、无法通行"
    assert done["task_id"].to_dict() == {code: stop["task_id"] for code, stop in stops}
    with open_project_register(project) as register:
        hazards, reports, photos = register.hazards(), register.reports(), register.photos()
    assert sorted(hazards["type"]) == ["D01", "F02"]
    said = reports.set_index("type")["description"].to_dict() if "type" in reports else None
    words = sorted(reports["description"])
    assert words == ["导线落地，在渠边", "草一米高，连到杆根"], said
    wire = hazards[hazards["type"] == "D01"].iloc[0]
    assert (wire.geometry.x, wire.geometry.y) == (pytest.approx(LON, abs=1e-5), pytest.approx(LAT, abs=1e-5))
    assert sorted(photos["sha256"]) == sorted(one["sha256"] for one in document["photos"])
    held = [path.read_bytes() for path in (folder / "tiny" / "photos").iterdir()]
    assert sorted(hashlib.sha256(raw).hexdigest() for raw in held) == sorted(photos["sha256"])
    for raw in held:
        with Image.open(io.BytesIO(raw)) as picture:
            assert picture.size == (120, 90)
