"""Flows as folders that hold all they need."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from mlops.common.paths import REPOSITORY
from mlops.flow_folders.folders import FLOWS, complete_flow, copy_into, digest_of


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    """A flow that includes a folder and a file of another."""
    other = tmp_path / "other" / "standard"
    (other / "package" / "__pycache__").mkdir(parents=True)
    (other / "package" / "__pycache__" / "x.pyc").write_text("x")
    (other / "package" / "part.py").write_text("PART = 1\n")
    (other / "package" / "prompt.md").write_text("original")
    (other / "shared.py").write_text("SHARED = 1\n")
    folder = tmp_path / "sample" / "standard"
    (folder / ".promptflow").mkdir(parents=True)
    (folder / ".promptflow" / "cache.json").write_text("{}")
    (folder / "own.md").write_text("own")
    includes = ["../../other/standard/package", "../../other/standard/shared.py"]
    (folder / "flow.dag.yaml").write_text(yaml.safe_dump({"inputs": {}, "additional_includes": includes, "nodes": []}))
    return folder


def files_of(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_complete_flow_holds_its_own_files_and_what_it_includes_and_no_caches(flow):
    found = files_of(complete_flow(flow))
    assert yaml.safe_load(found.pop("flow.dag.yaml")) == {"inputs": {}, "nodes": []}
    assert found == {
        "own.md": "own",
        "package/part.py": "PART = 1\n",
        "package/prompt.md": "original",
        "shared.py": "SHARED = 1\n",
    }


def test_the_flow_itself_stays_as_it_is(flow):
    before = files_of(flow)
    complete_flow(flow, {"own.md": flow / "flow.dag.yaml"})
    assert files_of(flow) == before


def test_the_same_content_is_the_same_folder_and_other_content_another(flow):
    first = complete_flow(flow)
    assert complete_flow(flow) == first and first.parent == FLOWS and first.name.startswith("sample_")
    (flow.parents[1] / "other" / "standard" / "shared.py").write_text("SHARED = 2\n")
    second = complete_flow(flow)
    assert second != first and files_of(second)["shared.py"] == "SHARED = 2\n"
    assert files_of(first)["shared.py"] == "SHARED = 1\n"


def test_a_file_takes_the_place_of_one_of_the_flow_or_of_what_it_includes(flow, tmp_path):
    (tmp_path / "terse.md").write_text("terse")
    found = complete_flow(flow, {"package/prompt.md": tmp_path / "terse.md"})
    assert files_of(found)["package/prompt.md"] == "terse"
    assert found != complete_flow(flow) != complete_flow(flow, {"own.md": tmp_path / "terse.md"})


def test_a_flow_without_includes_is_returned_as_it_is_unless_a_file_is_replaced(flow, tmp_path):
    (flow / "flow.dag.yaml").unlink()
    (flow / "flow.flex.yaml").write_text("# A comment.\nentry: own:call\n")
    assert complete_flow(flow) == flow
    found = complete_flow(flow, {"own.md": flow / "flow.flex.yaml"})
    assert found != flow and files_of(found)["flow.flex.yaml"] == "# A comment.\nentry: own:call\n"


def test_many_at_a_time_get_one_whole_folder_and_leave_nothing_else(flow):
    (flow / "own.md").write_text("of many at a time")
    before = set(FLOWS.iterdir()) if FLOWS.exists() else set()
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: complete_flow(flow), range(64)))
    assert len(found) == 1
    assert set(FLOWS.iterdir()) - before == found
    assert len(files_of(found.pop())) == 5


def test_what_is_included_and_missing_is_named(flow):
    shutil.rmtree(flow.parents[1] / "other")
    with pytest.raises(FileNotFoundError, match="package"):
        complete_flow(flow)


def test_a_hash_is_of_names_and_contents(tmp_path):
    for name, files in {"a": {"x": "1", "y": "2"}, "b": {"x": "2", "y": "1"}, "c": {"x": "1", "z": "2"}}.items():
        for file, text in files.items():
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / file).write_text(text)
    copy_into(tmp_path / "a", tmp_path / "copy")
    assert len({digest_of(tmp_path / name) for name in "abc"}) == 3
    assert digest_of(tmp_path / "copy") == digest_of(tmp_path / "a")


@pytest.mark.parametrize("name", ["plan_and_execute", "class_plan_and_execute"])
def test_the_flows_that_plan_are_complete_with_the_packages_of_others(name):
    found = complete_flow(REPOSITORY / "flows" / name / "standard")
    assert (found / "plan_and_execute" / "planner.py").is_file() and (found / "guarded_web" / "fetch.py").is_file()
