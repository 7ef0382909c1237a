"""Make a flow of your own: its folder, runners, evaluation, data, configuration, recordings and pipelines.

It runs at once on `local`, is evaluated, served and deployed; replace its question, prompt and data with yours.
"""

from __future__ import annotations

import argparse
import keyword
import re
import shutil
import subprocess
import sys
from pathlib import Path

from flows import all_flows, find_flow
from mlops.common.cli import command_parser, exit_status
from mlops.common.errors import UserError
from mlops.common.paths import RECORDINGS, REPOSITORY, display_path
from mlops.configuration.config import Configuration
from mlops.flow_folders.definition import FlowDefinition
from mlops.flow_folders.folders import included
from mlops.new_flow.files import rendered_files
from mlops.new_flow.recordings import LOCAL, record
from mlops.new_flow.registrations import register, unregister

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST = 24  # characters: an online endpoint's name has 32, with its prefix


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = command_parser(__doc__)
    parser.add_argument("name", metavar="NAME", help="lower-case words joined by _, such as answer_question")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--kind", choices=("class", "function", "dag"), help="how Prompt flow runs it")
    what.add_argument("--remove", action="store_true", help="take the flow out again")
    parser.add_argument("--force", action="store_true", help="with --remove: also what git could not bring back")
    return parser.parse_args()


def make(name: str, kind: str) -> None:
    """Make a flow.

    Raises:
        UserError: its name is invalid or taken, or the configuration has no place for it.
    """
    check_name(name)
    files = rendered_files(name, kind)
    if taken := [path for path in files if path.exists()]:
        raise UserError(f"{display_path(taken[0])} exists; take another name, or remove the flow with --remove")
    registered = register(name, all_flows(), environments())
    for path, content in {**files, **registered}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    all_flows.cache_clear()
    recordings = RECORDINGS / f"{name}.jsonl"
    number = record(name, REPOSITORY / "data" / f"{name}_eval_data.jsonl", recordings)
    for path in [*files, recordings]:
        print(f"made     {display_path(path)}")
    for path in registered:
        print(f"changed  {display_path(path)}")
    print(f"""
{number} answers are recorded for {LOCAL}. Next:
  python -m mlops.run_{name} --environment_name {LOCAL}
  python -m flows.{name}.evaluate.evaluate --environment_name {LOCAL}
Then fill it in: CONTRIBUTING.md says where.""")


def check_name(name: str) -> None:
    """Check that a flow can have a name.

    Raises:
        UserError: it cannot.
    """
    if not NAME.fullmatch(name) or keyword.iskeyword(name) or len(name) > LONGEST:
        raise UserError(f"a flow cannot be called {name}: take lower-case words joined by _, {LONGEST} letters at most")
    if name in all_flows() or (REPOSITORY / "flows" / name).exists():
        raise UserError(f"there is a flow {name} already; take another name, or remove it with --remove")
    if clash := [other for other in all_flows() if other.startswith(f"{name}_") or name.startswith(f"{other}_")]:
        raise UserError(f"the sections of {name} and of {clash[0]} in config.yaml would mix; take another name")


def environments() -> list[str]:
    """Return the environments that all flows of config.yaml have."""
    first = next(iter(all_flows()), None)
    return Configuration(LOCAL).environments(first) if first else [LOCAL, "laptop", "pr", "dev", "prod"]


def remove(name: str, force: bool) -> None:
    """Take a flow out, with everything that only it needs.

    Raises:
        UserError: there is no such flow, another one includes some of it, or something of it was changed and is not in
            git.
    """
    flow = find_flow(name)
    if users := including(name):
        raise UserError(f"files of {name} are included by {', '.join(users)}; remove those first")
    files = files_of(flow)
    if not force and (lost := not_in_git(flow, files)):
        raise UserError(f"{display_path(lost[0])} has changes that are not committed; commit them, or add --force")
    changed = unregister(name)
    for path in files:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        print(f"removed  {display_path(path)}")
    for path, content in changed.items():
        if content != path.read_text(encoding="utf-8"):
            path.write_text(content, encoding="utf-8")
            print(f"changed  {display_path(path)}")


def including(name: str) -> list[str]:
    """Return the flows that include files of another one."""
    own = REPOSITORY / "flows" / name
    others = (other for other in all_flows() if other != name)
    return [
        each
        for each in others
        if any(own in path.parents for path in included(REPOSITORY / "flows" / each / "standard"))
    ]


def files_of(flow: FlowDefinition) -> list[Path]:
    """Return the files and folders that are a flow's alone."""
    runner = flow.runner_module.rpartition(".")[2]
    places = [
        f"flows/{flow.name}",
        f"mlops/{runner}.py",
        f"mlops/{runner}_azure.py",
        *(f"data/{flow.name}_{data}.jsonl" for data in ("data", "eval_data")),
        *(
            f"{folder}/{flow.name}_{what}.yml"
            for folder in (".github/workflows", ".azure-pipelines")
            for what in ("pr", "ci")
        ),
    ]
    paths = [*(REPOSITORY / place for place in places), RECORDINGS / f"{flow.name}.jsonl"]
    return [path for path in paths if path.exists()]


def not_in_git(flow: FlowDefinition, files: list[Path]) -> list[Path]:
    """Return those files of a flow that git could not bring back, and that are not as they were made."""
    command = [
        "git",
        "-C",
        str(REPOSITORY),
        "status",
        "--porcelain",
        "--untracked-files=all",
        "-z",
        "--",
        *map(str, files),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        found = [each for path in files for each in ([path] if path.is_file() else sorted(path.rglob("*")))]
    else:
        found = [REPOSITORY / entry[3:] for entry in ended.stdout.split("\0") if entry]
    made = rendered_files(flow.name, flow.kind)
    recordings = RECORDINGS / f"{flow.name}.jsonl"
    return [
        path
        for path in found
        if path.is_file()
        and path != recordings
        and "__pycache__" not in path.parts
        and made.get(path) != path.read_text(encoding="utf-8", errors="replace")
    ]


def main() -> None:
    """Make or remove a flow as the command line says."""
    arguments = parse_arguments()
    if arguments.remove:
        remove(arguments.name, arguments.force)
    else:
        make(arguments.name, arguments.kind)


if __name__ == "__main__":
    sys.exit(exit_status(main))
