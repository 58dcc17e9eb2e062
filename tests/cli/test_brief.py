"""The script that writes the brief: beside the plan, with a link to a phone page that is there."""

import re
import shutil

import pytest

from patrol.cli.brief import NAME, make_brief
from patrol.errors import PatrolError


def test_the_brief_lies_beside_the_plan_and_links_a_page_of_it(briefed, tmp_path):
    project, folder, _ = briefed
    plan = tmp_path / "plan"
    shutil.copytree(folder, plan)
    assert make_brief(plan / "plan.json", project=project.root, folder=None, lang="en") == 0
    page = (plan / NAME).read_text("utf-8")
    assert '<html lang="en">' in page
    [link] = set(re.findall(r'href="([^"]+)"', page))
    assert (plan / link).is_file()


def test_a_plan_without_its_problem_is_told(briefed, tmp_path):
    project, folder, _ = briefed
    shutil.copy(folder / "plan.json", tmp_path)
    with pytest.raises(PatrolError, match="problem"):
        make_brief(tmp_path, project=project.root, folder=None, lang="")
    assert not (tmp_path / NAME).exists()
