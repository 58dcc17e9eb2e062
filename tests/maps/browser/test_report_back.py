"""The file that a real field page makes goes through ``patrol field import``: from the crew's thumb to the register."""

import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from commands import listed, run
from field_cases import write_returning
from patrol.api import field_pages_of, plan_all
from patrol.field.done import done_so_far
from patrol.hazards.office import open_project_register
from patrol.layers.files import load_layers
from patrol.plan import read_plan, stop_codes, write_plan
from patrol.project import read_project
from tiny import at
from whole_day_steps import add_hazard, mark, save

pytestmark = pytest.mark.browser
CREW = "E1"
LON, LAT = at(2100, 4)
HERE = {"geolocation": {"latitude": LAT, "longitude": LON, "accuracy": 8}, "permissions": ["geolocation"]}
MORNING, NOON = "2024-08-16T09:30:00+08:00", "2024-08-16T11:45:00+08:00"


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """A folder with the project, the plan of a day of it, and the page of a crew."""
    folder = tmp_path_factory.mktemp("returning")
    planned = plan_all(write_returning(folder / "tiny"), start="2024-08-16", days=1, engine="greedy", iterations=1)
    write_plan(planned.plan, folder / "plan.json")
    pages = dict(field_pages_of(planned, lang="zh"))
    (folder / "page.html").write_text(pages[f"2024-08-16-{CREW}.html"], "utf-8")
    noise = np.random.default_rng(2).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0110] = "Secret phone"
    Image.fromarray(noise).save(folder / "IMG_0002.jpg", quality=90, exif=exif)
    return folder


@pytest.fixture(scope="module")
def sections(county):
    """The sections of the crew: (code, task) in the order of its way."""
    plan = read_plan(county / "plan.json")
    shift = next(shift for shift in plan.shifts if shift["crew_id"] == CREW)
    codes = {place: code for (of, place), code in stop_codes(plan).items() if of == shift["shift_id"]}
    stops = [(code, shift["route"][place]) for place, code in codes.items()]
    return [(code, plan.tasks[stop["task_id"]]) for code, stop in stops if stop["kind"] == "section"]


STAND = """now => {
    const Real = Date;
    window.Date = class extends Real {
        constructor(...given) { super(...(given.length ? given : [Real.parse(now)])); }
    };
}"""


@pytest.fixture(scope="module")
def files(county, sections, open_page):
    """The files of two revisions, as a crew makes them on its page."""
    (one, _), (two, _), (three, _) = sections[:3]
    with open_page(county / "page.html", "phone", locale="zh-CN", timezone_id="Asia/Shanghai", **HERE) as (page, seen):
        page.evaluate(STAND, MORNING)
        mark(page, one, "done")
        mark(page, two, "partly")
        first = page.locator(f"#from_pole-{two}").input_value()
        page.locator(f"#to_pole-{two}").fill(f"{int(first) + 3:03d}")
        mark(page, three, "not_done")
        page.locator(f"#why-{three}").select_option("road")
        page.locator(f"#note-{three}").fill("老乡 13812345678 说桥塌了")
        add_hazard(page, "D01", county / "IMG_0002.jpg", "导线落地，在渠边", place=None)
        add_hazard(page, "F02", county / "IMG_0002.jpg", "一米高", place=one)
        before = save(page, county)
        page.evaluate(STAND, NOON)
        mark(page, three, "done")
        page.locator("#mine").get_by_role("button", name="修改").nth(1).click()
        page.locator("#hazard-description").fill("两米高，连片")
        page.get_by_role("button", name="保存").click()
        page.locator("#mine").get_by_role("button", name="删除").first.click()
        after = save(page, county)
        assert (seen.requests, seen.errors) == ([], [])
    return before, after


@pytest.fixture
def office(county, tmp_path):
    return shutil.copytree(county / "tiny", tmp_path / "tiny")


def take(office, county, *paths):
    code, output = run("field", "import", office, *paths, "--plan", county / "plan.json")
    assert code == 0, output
    return output


def held(office, plan):
    """Return all that the office holds: outcomes, patrols, and the tables of the register."""
    project = read_project(office)
    with open_project_register(project) as register:
        frames = (register.hazards(), register.reports(), register.photos(), register.events())
    pictures = sorted(path.name for path in (office / "photos").iterdir())
    return [
        done_so_far(project, plan).to_dict("records"), load_layers(project).hashes, pictures,
        *(frame.astype(str).to_dict("records") for frame in frames),
    ]  # fmt: skip


def test_results_hazards_and_photos_of_a_page_arrive(office, county, sections, files):
    plan = read_plan(county / "plan.json")
    document = json.loads(files[0].read_text("utf-8"))
    output = take(office, county, files[0])
    assert output.index("立即拨打") < output.index("班组"), "a wire on the ground comes before all else"
    frame = done_so_far(read_project(office), plan).set_index("code")
    assert frame["outcome"].to_dict() == {
        code: outcome for (code, _), outcome in zip(sections, ("done", "partly", "not_done"), strict=False)
    }
    assert set(frame["at"]) == {"2024-08-16T01:30:00.000000Z"}
    assert frame.loc[sections[2][0], "reason"] == "路断、无法通行"
    with open_project_register(read_project(office)) as register:
        hazards, photos = register.hazards(), register.photos()
        reports = register.reports().set_index("report_id")
    assert sorted(zip(hazards["type"], hazards["photos"], strict=True)) == [("D01", 1), ("F02", 1)]
    assert sorted(reports["description"]) == ["一米高", "导线落地，在渠边"]
    assert len(photos) == 2
    sent = {one["sha256"] for one in document["photos"]}
    assert set(photos["sha256"]) == sent, "nothing is left for the office to take out of a photo of the page"
    for path in (office / "photos").iterdir():
        with Image.open(io.BytesIO(path.read_bytes())) as picture:
            assert (picture.format, dict(picture.getexif()), picture.size) == ("JPEG", {}, (120, 90))
    for path in office.rglob("*"):
        assert not path.is_file() or b"13812345678" not in path.read_bytes(), f"a telephone number in {path.name}"


def test_the_same_file_of_a_page_twice_changes_nothing(office, county, files):
    plan = read_plan(county / "plan.json")
    take(office, county, files[0])
    before = held(office, plan)
    assert "此前已收 1 份" in take(office, county, files[0])
    assert held(office, plan) == before


def test_a_second_revision_of_a_page_supersedes_the_first_in_either_order(office, county, sections, files):
    plan = read_plan(county / "plan.json")
    take(office, county, files[0])
    take(office, county, files[1])
    frame = done_so_far(read_project(office), plan).set_index("code")
    assert frame.loc[sections[2][0], ["outcome", "at"]].tolist() == ["done", "2024-08-16T03:45:00.000000Z"]
    states = {one["type"]: (one["state"], one["description"]) for one in listed(office)}
    assert states == {"F02": ("reported", "两米高，连片"), "D01": ("refuted", "导线落地，在渠边")}, (
        "the crew took it back"
    )
    after = held(office, plan)
    assert "revision 2 was taken in before, it holds" in take(office, county, files[0])
    assert held(office, plan) == after
