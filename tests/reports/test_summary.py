import re
from dataclasses import replace
from pathlib import Path

import pytest

import patrol
from patrol.config import PlanningSettings, Settings
from patrol.reports.summary import MAX_NAMED, summary
from patrol.reports.tables import schedule_frame
from patrol.words import keys


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_calls_first_then_hours_then_what_was_left_out(plan, lang):
    lines = summary(plan, lang).splitlines()
    permit, call, hours, left = (
        next(k for k, line in enumerate(lines) if any(word in line for word in words))
        for words in (
            ("work permit", "工作票"), ("95598",), ("6.5",), ("Why left out", "未安排原因"),
        )
    )  # fmt: skip
    assert permit < call < hours < left
    assert "119" in lines[call]
    assert "5.0" in lines[hours]
    assert "130" in lines[hours]


def test_english_numbers_are_the_plan_s(plan):
    said = summary(plan, "en")
    for part in (
        "Patrol plan for Demo",
        "SYNTHETIC",
        "2024-08-16 to 2024-08-17",
        "Tasks: 7. Planned: 4. Left out: 3.",
        "Already overdue: 2. Due in the period: 4. Due later: 1 (open hazards: 0; the rest may fill spare hours).",
        "line section: tasks 4, planned 3, left out 1",
        "the hours went to more urgent work: 1",
        "another reason (brand_new_code): 1",
        "MANDATORY AND NOT SERVED (2):",
        "Feeder 1 40-49, due 2024-08-01: the hours went to more urgent work",
        "power company: used 1.5 of 3.0",
        "Tasks that nobody can reach or serve (2):",
        "Place 7: the walk from the nearest road is 2310 m, and crews walk 1500 m from the car at most",
        "Without a route: Crew 9 (C9): nothing that is left for it is worth the way there.",
        "customers of 33 of 298 transformers (8 feeders) are estimated, from kVA or as the feeder's others\n",
        "  the emergency numbers in project.toml are China's, and the lines lie elsewhere",
        "  calendar.toml: feeders or poles",
        "points.csv: points lie 300-600 m beside the lines",
        "placeholders, to be edited before anyone is sent out: 2.",
    ):
        assert part in said, part
    assert not re.search(r"\(s\)|\b1 (tasks|days|hours)\b", said)


def test_chinese_has_no_english_sentences(plan):
    said = summary(plan, "zh")
    assert "示例巡视计划" in said
    assert "本计划不是工作票" in said
    assert "城东线40-49号杆，2024-08-01到期：工时让给了更要紧的任务" in said
    assert not re.search(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}", said)


def test_a_calm_plan_says_so(make_plan):
    def edit(doc):
        doc["notes"], doc["project"]["synthetic"] = [], False
        doc["dropped"] = [item for item in doc["dropped"] if item["task_id"] == "V:1"]
        doc["figures"]["hours_needed"] = 2.0

    said = summary(make_plan(edit), "en")
    assert "CALL NOW" not in said
    assert "SYNTHETIC" not in said
    assert "On paper the hours suffice" in said  # a station's visit, which is due, is left out
    assert "Every mandatory task is served." in said


def test_hours_are_enough_only_if_nothing_due_is_left_out(make_plan):
    def edit(due, needed):
        def change(doc):
            doc["dropped"], doc["tasks"]["S:4"]["due"] = [{"task_id": "S:4", "reason": "no_skill"}], due
            doc["figures"]["hours_needed"] = needed

        return make_plan(change)

    cases = [("2024-08-17", 2.0, "on_paper"), ("2024-08-18", 2.0, "enough"), ("2024-08-18", 6.0, "too_few")]
    for due, needed, verdict in cases:
        assert edit(due, needed).hours_suffice == verdict, (due, needed)
    assert "Due tasks left out: 1;" in summary(edit("2024-08-17", 2.0), "en")
    assert "nothing due is left out" in summary(edit("2024-08-18", 2.0), "en")
    assert "fewer hours than work" in summary(edit("2024-08-18", 6.0), "en")


def test_slack_is_told_with_its_price_where_there_is_any(plan, make_plan):
    def edit(doc):
        doc["figures"]["slack"] = {"hours": 12.34, "before_meetings": 1.4, "at_mean_value_ecm": 5432.1}

    kept = make_plan(edit)
    english = "12.3 hours (1.4 of them before appointments). Its price: 5,432.1 ECM"
    assert english in summary(kept, "en")
    assert "预留机动时间12.3小时（其中约定时间之前1.4小时）；其代价为5,432.1 ECM" in summary(kept, "zh")
    assert "Slack" not in summary(plan, "en")
    assert "Slack" not in summary(make_plan(lambda doc: doc["figures"].update(slack={"hours": 0.0})), "en")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_empty_plan_can_be_read(empty_plan, lang):
    assert "0" in summary(empty_plan, lang)


def test_long_lists_are_cut_with_a_count(make_plan):
    def edit(doc):
        for k in range(MAX_NAMED + 5):
            doc["tasks"][f"S:x{k}"] = dict(doc["tasks"]["S:4"])
            doc["dropped"].append({"task_id": f"S:x{k}", "reason": "outranked"})

    said = summary(make_plan(edit), "en")
    assert "and others: 7;" in said  # 25 more than the two there were
    assert said.count("Feeder 1 40-49, due") == MAX_NAMED - 1  # the emergency comes first


def test_guesses_that_shaped_the_plan_are_marked(plan):
    settings = Settings()
    said = summary(plan, "en", settings)
    assert "inspecting from a slow car (km/h): 15 (m), in settings.patrol.vehicle_kmh" in said
    assert "settings.patrol.drone_kmh" not in said  # no drone in this plan
    assert "one person injured, by policy (ECM): 20,000,000 (m)" in said
    changed = replace(settings, planning=PlanningSettings(hour_ecm=75.0))
    assert "working hour (ECM): 75, in settings.planning.hour_ecm" in summary(plan, "en", changed)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_setting_that_can_matter_has_words(make_plan, lang):
    def edit(doc):
        doc["tasks"]["R:1"] = dict(doc["tasks"]["V:1"], kind="request")
        doc["notes"].append({"code": "travel.no_roads", "text": "x"})
        for mode in ("foot", "ebike", "drone"):
            doc["shifts"].append(dict(doc["shifts"][0], mode=mode, shift_id=mode))

    said = summary(make_plan(edit), lang, Settings())
    assert said.count("settings.") == 26
    assert lang == "en" or not re.search(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}", said)


def test_field_text_stays_on_its_line(make_plan):
    def edit(doc):
        doc["project"]["name"] = "a\nTasks: 0"
        doc["tasks"]["S:4"]["label"] = "x\r\ny\x1b[31m {name} {0}"

    lines = summary(make_plan(edit), "en").splitlines()
    assert lines[0] == "Patrol plan for a Tasks: 0"
    assert any("x y [31m {name} {0}, due" in line for line in lines)


def test_the_chinese_summary_says_notes_in_chinese(plan):
    said = summary(plan, "zh")
    for part in (
        "七处：从最近的道路步行到此约2310米", "八处：没有班组可用的道路",
        "没有路线的班组：九班（C9）：剩下的任务都不值得它跑一趟。",
        "298台变压器中有33台（涉及8条馈线）没有用户数", "points.csv：点位偏离线路300至600米",
    ):  # fmt: skip
        assert part in said, part
    assert "lack counts" not in said


def test_every_code_that_a_finding_can_carry_into_a_plan_has_words():
    """Codes are found in the sources: a new note of the network, of travel or of shifts needs words."""
    root = Path(patrol.__file__).parent
    sources = [*(root / "network").glob("*.py"), *(root / "planning").glob("*.py")]
    text = "".join(path.read_text("utf-8") for path in sources)
    errors = {"network.no_lines", "network.too_short"}  # never notes
    codes = set(re.findall(r'"((?:network|shifts|weather|travel|patrols)\.[a-z_]+)"', text)) - errors
    assert len(codes) > 20
    assert not {code for code in codes if f"reports.notes.{code}" not in keys("zh")}


def edited_late(doc):
    doc["tasks"]["S:3"] |= {"assumed": False, "due": "2024-08-16"}  # planned on the 17th
    doc["tasks"]["H:9"] = dict(doc["tasks"]["H:7"], due="2024-08-17", prize_milli_ecm=5)
    doc["dropped"].append({"task_id": "H:9", "reason": "outranked"})
    for number in range(12):
        doc["tasks"][f"H:a{number}"] = dict(doc["tasks"]["H:9"], label=f"Kite {number}", prize_milli_ecm=10 + number)
        doc["dropped"].append({"task_id": f"H:a{number}", "reason": "outranked"})
    doc["tasks"]["H:b"] = dict(doc["tasks"]["H:9"], due="2024-08-18", label="After the period")
    doc["dropped"].append({"task_id": "H:b", "reason": "outranked"})


def test_hazards_left_to_pass_their_deadline_and_late_tasks_are_named(make_plan):
    made = make_plan(edited_late)
    said = summary(made, "en")
    after = said.split("HAZARDS LEFT OUT whose deadline falls in the period (13)", 1)[1]
    assert after.index("Kite 11, due 2024-08-17: the hours went to more urgent work") < after.index("Kite 10,")
    assert "Kite 1," not in after
    assert "and others: 3;" in after
    assert "After the period" not in said
    assert "Planned, but later than due (1; besides 3 that were overdue before the period):" in said
    assert "Feeder 1 30-39, due 2024-08-16, planned 2024-08-17, days late: 1" in said
    said = summary(made, "zh")
    assert "城东线30-39号杆，2024-08-16到期，安排在2024-08-17，迟1天" in said
    why = schedule_frame(made, "zh").set_index("任务编号").loc["S:3", "缘由"]
    assert why == "2024-08-16到期，迟1天"
    assert schedule_frame(made, "en").set_index("Task id").loc["S:3", "Why"] == "due 2024-08-16, days late: 1"


def test_grades_and_regions_are_words_that_no_number_runs_into(plan):
    said = summary(plan, "zh", Settings())
    assert "供电 95598、火警 119" in said
    assert "特级 200、一级 150、二级 100、临时 100、关爱 50、排灌 50（m），见 settings." in said
    assert "城区 30、城郊 90、农村 90、山区 90、电缆 90（m），见" in said
    assert "special grade: 200, grade 1: 150, grade 2: 100, temporary: 100," in summary(plan, "en", Settings())
