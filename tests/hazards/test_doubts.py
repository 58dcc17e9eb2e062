"""What is doubtful about a type is told, and what may be an emergency is one until somebody has looked."""

import pandas as pd
import pytest

from patrol.hazards.classify import classify, load_keywords, urgent_words
from patrol.hazards.doubts import doubts, graded, near_names
from patrol.hazards.ground import ground_of
from patrol.hazards.model import REPORT_COLUMNS, empty_frame
from patrol.hazards.receive import place
from patrol.hazards.register import open_register
from patrol.hazards.taxonomy import UNCLASSIFIED, load_types
from patrol.project import read_project
from tiny import write_tiny

TYPES, WORDS = load_types(), load_keywords()
NOW = "2024-08-20T00:00:00.000000Z"


def reports(*said, **more):
    frame = empty_frame(REPORT_COLUMNS, len(said)).assign(
        **{"record": "hazard", "row": range(1, len(said) + 1), **more}
    )
    frame["description"] = list(said)
    frame["captured_at"] = pd.Timestamp("2024-08-10T00:00Z").as_unit("us")
    return frame


def seen(frame):
    kind = classify(frame["description"], frame["type_ref"], TYPES, WORDS)
    urgent = urgent_words(frame["description"], TYPES, WORDS)
    told = doubts(frame, kind, urgent, TYPES, WORDS)
    assert all(one.level == "suspicion" for one in told)
    return kind["type"].tolist(), graded(frame, kind, urgent).tolist(), told


@pytest.mark.parametrize("said", ["着火 电线掉地上了", "塑料薄膜着火", "杆子那里炸了"])
def test_nobody_knows_what_it_is_so_the_gravest_counts(said):
    kind, grade, _ = seen(reports(said))
    assert (kind, grade) == ([UNCLASSIFIED], ["emergency"])
    assert seen(reports("晚上有响声"))[1] == [""]
    assert seen(reports(said, record="request"))[1:] == ([""], ())


def test_a_mild_type_stated_beside_an_emergency_is_told():
    kind, grade, told = seen(reports("鸟窝着火了 断线落地", "有鸟窝", type_ref="鸟窝"))
    assert (kind, grade) == (["A01", "A01"], ["", ""])
    (one,) = told
    assert (one.code, one.row) == ("hazards.perhaps_emergency", 1)
    assert "着火" in one.what
    assert "--class emergency" in one.mend


def test_what_is_said_to_be_dealt_with_opens_no_emergency_unseen():
    kind, grade, told = seen(reports("王五报的5号杆倒杆已处理"))
    assert (kind, grade) == ([UNCLASSIFIED], [""])
    assert [one.code for one in told] == ["hazards.perhaps_over"]


def test_an_unknown_type_is_told_once_with_what_is_near_it():
    _, _, told = seen(reports("有东西", "有东西", type_ref="鸟窝子窝"))
    (one,) = told
    assert (one.code, one.row, one.count) == ("hazards.type_unknown", 1, 2)
    assert "A01" in one.what
    assert near_names("bird nst", TYPES, WORDS).startswith("near it: A01")
    assert near_names("火情啊", TYPES, WORDS)
    assert near_names("qqqqqq", TYPES, WORDS) == ""


def test_several_types_are_told():
    _, _, told = seen(reports("有喜鹊窝也有拖拉机"))
    assert [one.code for one in told] == ["hazards.type_several"]
    assert "A01, E08" in told[0].what


def test_the_register_keeps_the_class_and_its_deadline(tmp_path):
    ground = ground_of(read_project(write_tiny(tmp_path / "tiny")))
    said = reports("兴隆线12号杆断线落地,有火花", "晚上有响声", "断线已修好", feeder_ref="城关线", party="villager")
    said["pole_ref"] = ["10", "30", "50"]
    placed, told = place(said, ground)
    assert "hazards.perhaps_over" in {one.code for one in told}
    with open_register(
        tmp_path / "r.gpkg", create=True, timezone="Asia/Shanghai", settings=ground.settings.hazards, types=ground.types
    ) as register:
        frame = placed.assign(hazard_id="", previous_id="").drop(columns=["x", "y"])
        register.take(frame, at_now=NOW, actor="office", party="enterprise")
        hazards = register.hazards().set_index("pole_no")
        assert hazards.loc["010", "hazard_class"] == "emergency"
        hours = (hazards["deadline"] - hazards["reported"]).dt.total_seconds() / 3600
        assert hours["010"] == ground.settings.hazards.deadline_hours["emergency"]
        assert (hazards.loc[["030", "050"], "hazard_class"] == "serious").all()
        assert register.rebuild(check=True) == []
        # Merged by hand into what has a type, it does not become less urgent.
        nest = place(reports("鸟窝", feeder_ref="城关线", pole_ref="20", party="villager"), ground)[0]
        register.take(nest.drop(columns=["x", "y"]), at_now=NOW, actor="office", party="enterprise")
        names = register.hazards().set_index("pole_no")["hazard_id"]
        register.merge(names["020"], names["010"], at=NOW, actor="office", party="enterprise")
        assert register.hazards().set_index("hazard_id").loc[names["020"], "hazard_class"] == "emergency"
        assert register.rebuild(check=True) == []
