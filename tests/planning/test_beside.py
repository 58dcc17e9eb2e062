"""What lies beside a plan is found by its hash, and each way in which it is not the right thing has its own name."""

import gzip
import json

import pytest

from patrol.errors import PlanError
from patrol.plan import Plan, sha256
from patrol.planning.beside import before_file, problem_file, read_before, read_problem, read_rest, rest_file

READ = {"before": (read_before, before_file), "rest": (read_rest, rest_file)}


def naming(data):
    digest = sha256(data)
    return Plan({"problem_sha256": digest, "replanned": {"from_sha256": digest, "rest_sha256": digest}}), digest


def codes(read, plan, folder):
    with pytest.raises(PlanError) as caught:
        read(plan, folder)
    assert all(one.mend for one in caught.value.findings)
    return {one.code for one in caught.value.findings}


@pytest.mark.parametrize("kind", [*READ, "problem"])
def test_missing_damaged_or_another_is_told(tmp_path, kind):
    read, file = READ.get(kind, (read_problem, problem_file))
    plan, digest = naming(b"{}")
    assert codes(read, plan, tmp_path) == {f"{kind}.missing"}
    for damaged in (b"x", gzip.compress(b"{}" * 999)[:-9], b""):
        (tmp_path / file(digest)).write_bytes(damaged)
        assert codes(read, plan, tmp_path) <= {f"{kind}.missing", f"{kind}.hash"}
    (tmp_path / file(digest)).write_bytes(gzip.compress(b"{} "))
    assert codes(read, plan, tmp_path) == {f"{kind}.hash"}


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("data", [b"{", b"\xff", b"[" * 100_000, b"[]", b"{}", json.dumps({"schema": "x"}).encode()])
def test_what_has_the_right_hash_and_is_no_plan_is_refused(tmp_path, kind, data):
    read, file = READ[kind]
    plan, digest = naming(data)
    (tmp_path / file(digest)).write_bytes(gzip.compress(data))
    assert codes(read, plan, tmp_path)


def test_the_rest_of_a_plan_that_is_no_replan_is_the_plan(tmp_path):
    plan = Plan({"problem_sha256": "x"})
    assert read_rest(plan, tmp_path) is plan
