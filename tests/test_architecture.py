"""The imports table of the design, held by reading every import."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "patrol"
GROUND = {"changes", "compiled", "errors", "meter", "units", "text", "words", "config", "project", "plan"}
MAY_IMPORT = {
    "layers": set(),
    "network": {"layers"},
    "hazards": {"layers", "network"},
    "risk": {"layers", "network", "hazards"},
    "routing": set(),
    "planning": {"layers", "network", "hazards", "risk", "routing"},
    "field": {"layers", "network", "hazards"},
    "maps": {"layers", "network", "hazards", "risk"},
    "reports": {"layers", "network", "hazards", "risk"},
    "studies": {"layers", "network", "hazards", "risk", "routing", "planning", "field", "maps", "reports", "api"},
}
ROUTING_GROUND = {"compiled", "errors", "units"}
ROUTING_OUTSIDE = {"numpy", "numba", "ortools"}
CLOCKS = {"datetime", "date", "Timestamp", "time"}
FILES = sorted(ROOT.rglob("*.py"))


def modules_of(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def package_of(path):
    parts = path.relative_to(ROOT).parts
    return parts[0] if len(parts) > 1 else parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_follow_the_table(path):
    package = package_of(path)
    inside = {name.split(".")[1] for name in modules_of(path) if name.startswith("patrol.")} - {"__version__"}
    if package in {"api", "cli", "__init__", "__main__"}:
        return
    if package in GROUND:
        assert inside <= GROUND, f"{path} imports {inside - GROUND}"
        return
    allowed = MAY_IMPORT[package] | (ROUTING_GROUND if package == "routing" else GROUND) | {package}
    assert inside <= allowed, f"{path} imports {inside - allowed}"


@pytest.mark.parametrize("path", sorted((ROOT / "routing").rglob("*.py")), ids=lambda p: p.name)
def test_routing_stays_pure(path):
    import sys

    outside = {name.split(".")[0] for name in modules_of(path)} - {"patrol"} - set(sys.stdlib_module_names)
    assert outside <= ROUTING_OUTSIDE, outside
    assert "datetime" not in set(modules_of(path))


@pytest.mark.parametrize("name", ["verify.py", "verify_aid.py"])
def test_verify_shares_no_code_with_the_engines(name):
    names = {name for name in modules_of(ROOT / "routing" / name) if name.startswith("patrol.")}
    modules = {".".join(name.split(".")[:3]) for name in names}
    words = {f"patrol.units.{word}" for word in ("UNREACHABLE", "DAY_S", "exact_clock")}  # numbers, and times in words
    own = {"patrol.routing", "patrol.routing.model", "patrol.routing.verify_aid"}
    assert modules <= {*own, "patrol.units", *words}


def test_there_are_no_cycles():
    graph = {}
    known = {".".join(("patrol", *p.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__") for p in FILES}
    for path in FILES:
        name = ".".join(("patrol", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
        graph[name] = {m for m in modules_of(path) if m in known and m != name and not name.startswith(m + ".")}
    tuple(TopologicalSorter(graph).static_order())


def test_nothing_below_the_cli_asks_for_today():
    for path in FILES:
        if package_of(path) == "cli":
            continue
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        called = {id(n.func) for n in nodes if isinstance(n, ast.Call)}
        names = [n for n in nodes if isinstance(n, ast.Attribute) and n.attr in {"today", "utcnow", "now"}]
        # A field called now that is handed in (context.now) is read; the clock is called, or handed on as a function.
        asks = [n for n in names if id(n) in called or ast.unparse(n.value).split(".")[-1] in CLOCKS]
        assert not asks, path


@pytest.mark.parametrize(
    "asks", ["datetime.now", "dt.datetime.now()", "pd.Timestamp.now", "date.today()", "x.utcnow()"]
)
def test_a_question_for_today_is_seen(asks, tmp_path, monkeypatch):
    (tmp_path / "clock.py").write_text(f"moment = {asks}\n", "utf-8")
    monkeypatch.setitem(globals(), "FILES", [tmp_path / "clock.py"])
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    with pytest.raises(AssertionError):
        test_nothing_below_the_cli_asks_for_today()
