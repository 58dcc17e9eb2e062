"""What comes in under a known id and says something else is kept, told, and the same in any order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from few import few_orders
from patrol.errors import RegisterError
from patrol.hazards.ground import context_of
from patrol.hazards.keys import content_key
from patrol.hazards.model import Event, canonical
from patrol.hazards.receive import read_files, receive
from patrol.hazards.threads import unheard
from tiny import at, table

NOW = "2024-08-20T00:00:00.000000Z"
OFFICE = {"actor": "office", "party": "enterprise"}


def row(name, words, x=620, day=10, **more):
    lon, lat = at(x, 5)
    return {"id": name, "lon": lon, "lat": lat, "坐标系": "WGS84", "captured_at": f"2024-08-{day:02d} 09:00",
            "description": words, "party": "villager", "state": "", "closed": "", **more}  # fmt: skip


def take(register, ground, path, *rows):
    table(path, list(rows))
    context = context_of(ground.layers.project, now=NOW, source="office")
    ((_, intake),), faults = read_files([path], context, ground)
    assert not faults
    return receive(register, intake, ground, now=NOW, **OFFICE)


def picture(register):
    assert register.rebuild() == []
    hazards = register.hazards()
    columns = ["type", "hazard_class", "state", "reported", "last_report", "description", "reports", "closed", "lon"]
    return sorted(map(str, hazards[columns].to_numpy().tolist()))


def test_other_words_under_a_known_id_are_kept_and_told_and_the_same_again_is_silent(register, ground, tmp_path):
    nest, fallen = row("7", "鸟窝"), row("7", "断线落地")
    take(register, ground, tmp_path / "a.csv", nest)
    got = take(register, ground, tmp_path / "a.csv", fallen)
    assert [one.code for one in got.findings if one.code.startswith("hazards.other")] == ["hazards.other_content"]
    (shown,) = register.hazards().to_dict("records")
    assert (shown["hazard_class"], shown["reports"]) == ("emergency", 2)
    first, second = register.reports().to_dict("records")
    assert second["follows"] == first["report_id"]
    head = register.head()
    for again in (nest, fallen, nest):
        got = take(register, ground, tmp_path / "a.csv", again)
        assert got.taken.reports == ()
        assert not [one for one in got.findings if one.code.startswith("hazards.other")]
    assert register.head() == head


def test_it_is_heard_again_for_the_call(register, ground, tmp_path):
    take(register, ground, tmp_path / "a.csv", row("7", "鸟窝"), row("8", "断线落地", x=1200))
    table(tmp_path / "b.csv", [row("7", "断线落地"), row("8", "断线落地", x=1200)])
    ((_, intake),), _ = read_files(
        [tmp_path / "b.csv"], context_of(ground.layers.project, now=NOW, source="office"), ground
    )
    rows = intake.reports
    assert unheard(register, rows, content_key(rows).tolist())["external_id"].tolist() == ["7"]
    receive(register, intake, ground, now=NOW, **OFFICE)
    assert unheard(register, rows, content_key(rows).tolist()).empty, "both have been called in"


def test_a_list_that_says_closed_now_closes_what_nobody_has_acted_upon(register, ground, tmp_path):
    take(register, ground, tmp_path / "a.csv", row("7", "鸟窝"), row("8", "鸟窝", x=1200))
    acted = register.hazards().set_index("lon")["hazard_id"].loc[lambda names: names.index > at(900, 5)[0]].item()
    register.act([Event("verify", acted, NOW, "crew 1", "enterprise")], recorded_at=NOW)
    shut = {"state": "closed", "closed": "2024-08-12"}
    got = take(register, ground, tmp_path / "b.csv", row("7", "鸟窝", **shut), row("8", "鸟窝", x=1200, **shut))
    hazards = register.hazards().set_index("hazard_id")
    assert hazards.loc[acted, "state"] == "verified"
    assert sorted(hazards["state"]) == ["closed", "verified"]
    assert [one.row for one in got.findings if one.code == "hazards.other_state"] == [2]
    assert register.rebuild() == []


def test_without_an_id_a_state_that_has_changed_is_not_lost(register, ground, tmp_path):
    plain = {**row("", "鸟窝")}
    take(register, ground, tmp_path / "a.csv", plain)
    take(register, ground, tmp_path / "b.csv", {**plain, "state": "rectified"})
    assert register.hazards()["state"].tolist() == ["rectified"]


@pytest.mark.parametrize(
    "contents",
    [
        [row("7", "鸟窝"), row("7", "断线落地"), row("7", "电杆歪了")],
        [row("7", "鸟窝"), row("7", "鸟窝", state="closed", closed="2024-08-12"), row("8", "鸟窝", x=625, day=14)],
        [row("7", "鸟窝"), row("7", "鸟窝", state="rectified"), row("7", "鸟窝", state="assigned")],
        [row("7", "鸟窝", day=14), row("7", "鸟窝", state="closed", closed="2024-08-12"), row("9", "鸟窝", x=2400)],
    ],
)
def test_the_order_of_what_is_said_does_not_matter(ground, opened, tmp_path, contents):
    seen = []
    for number, order in enumerate(few_orders(contents)):
        with opened(tmp_path / f"{number}.gpkg") as register:
            for one in order:
                take(register, ground, tmp_path / "a.csv", one)
            seen.append(picture(register))
        with opened(tmp_path / f"{number} in one file.gpkg") as register:
            got = take(register, ground, tmp_path / "a.csv", *order)
            assert (len(got.intake.rejected), len(got.reports)) == (0, len(contents))
            seen.append(picture(register))
            head = register.head()
            assert not take(register, ground, tmp_path / "a.csv", *order).reports.size
            assert register.head() == head
    assert all(one == seen[0] for one in seen), seen


WORDS = st.sampled_from(["鸟窝", "风筝", "断线落地", "电杆歪了"])
STATES = st.sampled_from([{}, {"state": "assigned"}, {"state": "closed", "closed": "2024-08-14"}])
SHARED = st.builds(
    lambda n, words, day, x, state: row(n, words, x=x, day=day, **state),
    st.sampled_from(["7", "8"]), WORDS, st.integers(9, 12), st.sampled_from([620, 640, 2400]), STATES,
)  # fmt: skip


@given(data=st.data())
@settings(max_examples=4)
def test_rows_of_one_file_may_share_ids_in_any_order(data, ground, opened, tmp_path_factory):
    share_ids(data, ground, opened, tmp_path_factory)


@pytest.mark.soak
@given(data=st.data())
@settings(max_examples=80)
def test_rows_of_one_file_may_share_ids_in_any_order_long(data, ground, opened, tmp_path_factory):
    share_ids(data, ground, opened, tmp_path_factory)


def share_ids(data, ground, opened, tmp_path_factory):
    rows = data.draw(st.lists(SHARED, min_size=2, max_size=6))
    seen = []
    for order in (rows, data.draw(st.permutations(rows))):
        folder = tmp_path_factory.mktemp("shared")
        with opened(folder / "r.gpkg") as register:
            got = take(register, ground, folder / "a.csv", *order)
            assert got.intake.rejected.empty
            seen.append((picture(register), sorted(register.reports()["report_id"])))
            head = register.head()
            take(register, ground, folder / "a.csv", *order)
            assert register.head() == head
    assert seen[0] == seen[1]


def ask(**more):
    lon, lat = at(620, 5)
    return {"request_id": "R-1", "kind": "dispute", "due": "2024-08-26", "state": "open", "lon": lon, "lat": lat,
            "坐标系": "WGS84", "minutes": 30, "联络单位": "城关供电所", "描述": "地界", **more}  # fmt: skip


def others(got):
    return [one for one in got.findings if one.code == "hazards.other_content"]


def test_a_request_of_a_known_id_is_done_or_set_aside_and_told_once(register, ground, tmp_path):
    take(register, ground, tmp_path / "a.csv", ask())
    name = register.requests()["request_id"].item()
    got = take(register, ground, tmp_path / "b.csv", ask(due="2024-09-26", minutes=45))
    assert len(got.aside) == 1
    (told,) = others(got)
    assert "'R-1'" in told.what
    assert "due '2024-09-26' here and '2024-08-26' there" in told.what
    assert f"patrol hazards set PROJECT {name} --due 2024-09-26 --minutes 45;" in told.mend
    assert told.row == 1
    head = register.head()
    for again in (ask(due="2024-09-26", minutes=45), ask()):
        assert not others(take(register, ground, tmp_path / "b.csv", again)), "the same again says nothing"
    assert register.head() == head
    body = canonical({"due": "2024-09-26", "minutes": 45.0})
    register.act([Event("correct", name, NOW, "office", "enterprise", body)], recorded_at=NOW)
    for again in (ask(due="2024-09-26", minutes=45), ask()):
        got = take(register, ground, tmp_path / "b.csv", again)
        assert (len(others(got)), len(got.aside)) == (0, 0), "it has said both"
    assert [(one["due"], one["minutes"]) for one in register.requests().to_dict("records")] == [("2024-09-26", 45.0)]
    assert register.history(name)["action"].tolist() == ["request", "correct"]
    take(register, ground, tmp_path / "c.csv", ask(state="done"))
    assert register.requests()["state"].tolist() == ["done"]
    assert register.rebuild() == []


@pytest.mark.parametrize(
    ("change", "word"),
    [({"联络单位": "甲镇政府"}, "--liaison '甲镇政府'"), ({"kind": "报装"}, "--kind new_connection"),
     ({"描述": "界桩"}, "words"), ({"lon": at(900, 5)[0]}, "place"), ({"minutes": 60}, "--minutes 60")],
)  # fmt: skip
def test_every_change_of_a_request_is_told(register, ground, tmp_path, change, word):
    take(register, ground, tmp_path / "a.csv", ask())
    (told,) = others(take(register, ground, tmp_path / "a.csv", ask(**change)))
    assert word in f"{told.what} {told.mend}"


def test_requests_that_share_an_id_in_one_file_are_the_same_in_any_order(ground, opened, tmp_path):
    rows = [ask(due="2024-09-26"), ask(), ask(minutes=45), ask(state="done")]
    seen = []
    for number, order in enumerate(few_orders(rows)):
        with opened(tmp_path / f"{number}.gpkg") as register:
            got = take(register, ground, tmp_path / "a.csv", *order)
            told = register.requests().to_dict("records")
            seen.append((told[0]["due"], told[0]["minutes"], told[0]["state"], len(told), len(got.aside)))
    assert set(seen) == {("2024-08-26", 30.0, "done", 1, 2)}, "what is due first stands; the others are told"


@pytest.mark.parametrize(
    ("body", "party", "words"),
    [('{"due":"soon"}', "enterprise", "no day"), ('{"minutes":0}', "enterprise", "above 0"),
     ('{"minutes":"long"}', "enterprise", "no number|not a number"), ('{"due":"2024-09-01"}', "villager", "may not"),
     ('{"state":"done"}', "enterprise", "cannot be set"), ("{}", "enterprise", "at least one"),
     ('{"request_kind":"war"}', "enterprise", "one of")],
)  # fmt: skip
def test_what_may_not_be_set_of_a_request(register, ground, tmp_path, body, party, words):
    take(register, ground, tmp_path / "a.csv", ask())
    name = register.requests()["request_id"].item()
    with pytest.raises(RegisterError, match=words):
        register.act([Event("correct", name, NOW, "x", party, body)], recorded_at=NOW)
    report = Event("correct", "R-1234", NOW, "x", "enterprise", '{"type":"A01"}')
    with pytest.raises(RegisterError, match="no action that can be asked for"):
        register.act([report], recorded_at=NOW)


ALERT = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>N1</identifier><sender>w.example</sender>'
    "<sent>2024-08-16T10:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><info><event>大风</event>"
    "<expires>{0}T10:00:00+08:00</expires><area><areaDesc>x</areaDesc><circle>38.9,106.3 {1}</circle></area></info>"
    "</alert>"
)


def warn(register, ground, path, *alerts):
    path.write_text("".join(ALERT.format(*one) for one in alerts), "utf-8")
    ((_, intake),), faults = read_files([path], context_of(ground.layers.project, now=NOW), ground)
    assert not faults
    return receive(register, intake, ground, now=NOW, **OFFICE)


def test_a_warning_that_comes_again_with_other_content_is_kept_beside_and_told_once(register, ground, tmp_path):
    first, longer = ("2024-08-18", 20), ("2024-08-25", 30)
    assert not others(warn(register, ground, tmp_path / "a.xml", first))
    (told,) = others(warn(register, ground, tmp_path / "a.xml", longer))
    assert "'N1'" in told.what
    assert "(area, end" in told.what
    assert len(register.alerts()) == 2
    head = register.head()
    for again in (first, longer):
        assert not others(warn(register, ground, tmp_path / "a.xml", again))
    assert register.head() == head
    assert register.rebuild() == []


def test_who_is_forgotten_stays_so_when_the_list_comes_again(register, ground, tmp_path):
    take(register, ground, tmp_path / "a.csv", row("7", "鸟窝", 上报人="欧阳植入"))
    register.erase_person(register.reports()["report_id"][0], at=NOW, **OFFICE)
    take(register, ground, tmp_path / "b.csv", row("7", "喜鹊窝", 上报人="欧阳植入"))
    assert len(register.reports()) == 2
    assert register.identities().empty
