"""Modules of flows that are loaded into one process: each flow gets its own."""

import sys
from importlib import import_module

import pytest

from src.flow_service.flow_imports import importing_from


@pytest.fixture
def make_flow(tmp_path, monkeypatch):
    """Returns a new flow's folder; what its modules leave in this process is taken away."""
    monkeypatch.setattr("src.flow_service.flow_imports._FILES", {})
    before, path = set(sys.modules), list(sys.path)

    def make(name, modules, includes=()):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "flow.flex.yaml").write_text(f"entry: made_up:f\nadditional_includes: {list(includes)}\n")
        for module, text in modules.items():
            (folder / f"{module}.py").write_text(text)
        return folder

    yield make
    sys.path[:] = path
    for module in set(sys.modules) - before:
        del sys.modules[module]


def test_modules_of_one_name_are_each_flows_own(make_flow):
    flows = [
        make_flow(name, {"made_up": "from made_up_helper import NAME", "made_up_helper": f"NAME = '{name}'"})
        for name in ("one", "two", "three")
    ]
    found = []
    for flow in [*flows, flows[0]]:
        with importing_from(flow):
            found.append(import_module("made_up").NAME)
    assert found == ["one", "two", "three", "one"]
    with pytest.raises(ModuleNotFoundError):  # rather than another flow's
        import_module("made_up")


def test_a_module_of_one_flow_alone_can_be_imported_later_too(make_flow):
    flow = make_flow("one", {"made_up": "", "made_up_later": "NAME = 'later'"})
    with importing_from(flow):
        first = import_module("made_up")
    assert import_module("made_up") is first and import_module("made_up_later").NAME == "later"


def test_what_flows_include_is_shared(make_flow):
    shared = make_flow("shared", {"made_up_shared": "", "made_up_beside": ""})
    flows = [make_flow(name, {}, [str(shared / "made_up_shared.py")]) for name in ("one", "two")]
    found = []
    for flow in flows:
        with importing_from(flow):
            found.append(import_module("made_up_shared"))
    assert found[0] is found[1] is import_module("made_up_shared")


def test_a_flows_own_module_comes_before_that_of_a_package_beside_what_it_includes(make_flow):
    other = make_flow("other", {"made_up": "NAME = 'other'", "made_up_shared": ""})
    flow = make_flow("one", {"made_up": "NAME = 'one'"}, [str(other / "made_up_shared.py")])
    with importing_from(flow):
        assert import_module("made_up").NAME == "one"
