"""``patrol field import``: what crews bring back, from the file to what planning knows."""

import json
from datetime import date

from commands import listed, run
from field_cases import ident, report, result, tasks_of
from patrol.api import open_project, plan_patrols
from patrol.field.done import done_so_far, stops_of
from patrol.layers.files import load_layers
from patrol.network.sections import cut_sections
from patrol.network.topology import build_network
from patrol.plan import plan_tag
from patrol.planning.due import last_patrols
from patrol.planning.returned import with_visits
from patrol.project import read_project

ON = date(2024, 8, 17)


def send(folder, name, content):
    path = folder.parent / name
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), "utf-8")
    return path


def take(office, *args, code=0):
    got, output = run("field", "import", office, *args)
    assert got == code, output
    return output


def last(office, on=ON):
    """Return the last patrol of each section before a day."""
    layers = load_layers(read_project(office))
    settings = layers.project.settings
    network = build_network(layers.lines, layers.poles, layers.equipment, settings=settings.network)
    sections = cut_sections(network, settings.network)
    dates, unmatched = last_patrols(network, sections, layers.patrols, on=on)
    assert not unmatched
    return dict(zip(sections["section_id"], dates, strict=True))


def codes(plan, tasks):
    """Return the code of each task."""
    stops = stops_of(plan)
    return [stops[task][0][1] for task in tasks]


def test_every_ticked_section_was_patrolled_that_day_and_no_other(office, plan, plan_file):
    before, tasks = last(office), tasks_of(plan, "E1")
    ticked = tasks[:-1]
    results = [result(n, task) for n, task in enumerate(ticked)] + [result(99, tasks[-1], "not_done", reason="路断")]
    path = send(office, "back.json", report(plan, results=results))
    raw = path.read_bytes()
    output = take(office, path, "--plan", plan_file)
    assert "路断" in output
    after = last(office)
    moved = {section for section in after if after[section] != before[section]}
    assert moved == {task[2:] for task in ticked}
    assert {str(after[section])[:10] for section in moved} == {"2024-08-16"}
    assert last(office, date(2024, 8, 16)) == before, "a plan of the day itself does not know it"
    assert path.read_bytes() == raw
    assert (office / "field.db").stat().st_mode & 0o777 == 0o600, "it says who was where"


def test_the_same_file_twice_changes_nothing(office, plan, plan_file):
    path = send(office, "back.json", report(plan, results=[result(1, tasks_of(plan, "E1")[0])]))
    take(office, path, "--plan", plan_file)
    held = load_layers(read_project(office))
    assert "此前已收 1 份" in take(office, path, "--plan", plan_file)
    again = load_layers(read_project(office))
    assert held.hashes == again.hashes
    assert held.patrols.equals(again.patrols)


def test_a_higher_revision_takes_ticks_back_in_whatever_order_the_files_come(office, plan, plan_file):
    one, two = tasks_of(plan, "E1")[:2]
    first = send(office, "one.json", report(plan, results=[result(1, one), result(2, two)]))
    second = send(office, "two.json", report(plan, revision=2, results=[result(2, two, "not_done")]))
    take(office, first)
    take(office, second, first)
    project = read_project(office)
    frame = done_so_far(project, plan)
    assert frame[["task_id", "outcome"]].to_numpy().tolist() == [[two, "not_done"]]
    assert len(load_layers(project).patrols) == 3
    assert "revision 2 was taken in before, it holds" in take(office, first)


def test_replies_are_the_same_rows_as_a_report(office, plan, plan_file):
    one, two, three = tasks_of(plan, "E1")[:3]
    a, b, c = codes(plan, (one, two, three))
    poles = plan.tasks[three]
    words = f"{plan_tag(plan).upper()}\n{a} 完成，{b} 未到 路断；{c} 部分 {poles['first_pole']}-{poles['last_pole']}"
    path = send(office, "chat.txt", words)
    take(office, path, "--plan", plan_file)
    frame = done_so_far(read_project(office), plan).set_index("task_id")
    assert frame["outcome"].to_dict() == {one: "done", two: "not_done", three: "partly"}
    assert frame.loc[two, "reason"] == "路断"
    assert set(frame["code"]) == {a, b, c}
    seen = last(office)
    assert str(seen[one[2:]])[:10] == "2024-08-16"
    assert str(seen[three[2:]])[:10] == "2024-08-16", "from its first to its last pole it is all of it"
    assert "此前已收 1 份" in take(office, path, "--plan", plan_file)


def test_a_reply_of_another_plan_is_refused_in_words(office, plan, plan_file):
    path = send(office, "chat.txt", "#0000 1 完成")
    output = take(office, path, "--plan", plan_file, code=2)
    assert "#0000" in output
    assert plan_tag(plan) in output
    assert done_so_far(read_project(office), plan).empty


def test_danger_in_a_reply_is_called_in_first(office, plan, plan_file):
    path = send(office, "chat.txt", "1 未到 20号杆断线落地")
    output = take(office, path, "--plan", plan_file)
    assert output.index("立即拨打") < output.index("班组")


def test_hazards_of_a_report_go_to_the_register_and_are_counted(office, plan, plan_file):
    hazard = {"id": ident(50), "captured_at": "2024-08-16T09:40:00+08:00", "type": "A01", "feeder": "F1", "pole": "012",
              "task_id": tasks_of(plan, "E1")[0]}  # fmt: skip
    path = send(office, "back.json", report(plan, results=[result(1, hazard["task_id"])], hazards=[hazard]))
    code, output = run("field", "import", office, path, "--plan", plan_file, "--json")
    assert code == 0
    (row,) = json.loads(output)["crews"]
    assert (row["done"], row["new_hazards"], row["track_m"]) == (1, 1, None)
    assert [one["type"] for one in listed(office)] == ["A01"]
    assert load_layers(read_project(office)).patrols["finds"].tolist()[-1] == 1


def test_visits_move_what_planning_derives(office, plan, plan_file):
    visits = [task for task in tasks_of(plan, "V1", "visit") if task.startswith("V:")]
    results = [result(n, task) for n, task in enumerate(visits)]
    take(office, send(office, "v1.json", report(plan, "V1", results=results)), "--plan", plan_file)
    layers = load_layers(read_project(office))
    on_the_day, after = with_visits(layers, on=date(2024, 8, 16)), with_visits(layers, on=ON)
    assert on_the_day.service_points["last_visit"].isna().all()
    told = after.service_points.set_index("point_id")["last_visit"]
    assert {str(told[task[2:]])[:10] for task in visits} == {"2024-08-16"}


def test_every_fault_is_named_and_the_good_is_taken(office, plan, plan_file):
    one = tasks_of(plan, "E1")[0]
    results = [
        result(1, one), result(2, "S:nowhere"), result(3, one, at="2999-01-01T00:00:00Z"), {"id": "x"},
    ]  # fmt: skip
    good = send(office, "back.json", report(plan, results=results))
    bad = send(office, "bad.json", {"schema": "patrol-report/1", "plan_sha256": "x"})
    output = take(office, good, bad, office.parent / "absent.txt", "--plan", plan_file, code=2)
    assert "absent.txt" in output
    assert "crew_id" in output
    aside = (office / "field_quarantine.csv").read_text("utf-8-sig")
    assert [word in aside for word in ("S:nowhere", "2999", "results 4")] == [True] * 3
    assert done_so_far(read_project(office), plan)["task_id"].tolist() == [one]
    take(office, send(office, "back.json", report(plan, revision=2, results=results[:1])), "--plan", plan_file)
    assert not (office / "field_quarantine.csv").exists()


def test_a_project_without_a_place_for_it_says_what_to_write(office, plan):
    toml = office / "project.toml"
    toml.write_text(toml.read_text("utf-8").replace('field = "field.db"\n', ""), "utf-8")
    assert 'field = "field.db"' in take(office, send(office, "back.json", report(plan)), code=2)


def test_plans_are_made_from_what_came_back(office, plan, plan_file):
    tasks = tasks_of(plan, "E1")
    take(office, send(office, "b.json", report(plan, results=[result(n, t) for n, t in enumerate(tasks)])))
    later = plan_patrols(open_project(office), start="2024-08-17", days=1, engine="greedy", iterations=1)
    assert not set(tasks) & set(later.tasks)
    assert "field" in later.document["inputs"]
