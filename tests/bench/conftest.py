"""The routing benchmark's modules by name, as its script finds them beside itself."""

import importlib.util
import sys
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def bench(root):
    """Return the modules; their folder is on the path only while they are imported."""
    folder = str(root / "scripts" / "bench")
    sys.path.insert(0, folder)
    try:
        import recount
        import rivals
        import standings
        from instances import carp, graph, hhcrsp, mcgrp, model, pcvrptw, prizes

        # by its file: tests of patrol.routing lie in a folder named routing, too
        found = importlib.util.spec_from_file_location("bench_routing", f"{folder}/routing.py")
        routing = importlib.util.module_from_spec(found)
        found.loader.exec_module(routing)
    finally:
        sys.path.remove(folder)
    return SimpleNamespace(
        carp=carp, graph=graph, hhcrsp=hhcrsp, mcgrp=mcgrp, model=model, pcvrptw=pcvrptw, prizes=prizes,
        recount=recount, rivals=rivals, standings=standings, routing=routing,
    )  # fmt: skip


@pytest.fixture(scope="session")
def benchmarks(shared):
    """Folder of public instances, other people's data; absent on a user's machine."""
    folder = shared / "benchmarks"
    if not folder.is_dir():
        pytest.skip("../shared is absent: no benchmarks in it")
    return folder
