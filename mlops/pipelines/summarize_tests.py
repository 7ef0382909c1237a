"""Show how the test suite went on the summary page of a pipeline's run: counts, failures, coverage."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

from mlops.common.cli import command_parser, exit_status
from mlops.common.errors import UserError
from mlops.common.paths import OUTPUTS, display_path
from mlops.evaluation.reports.markdown import code
from mlops.evaluation.reports.writing import show_on_summary_page

SHOWN = 20


def read_xml(path: Path) -> ElementTree.Element:
    """Return the root of an XML file that pytest or coverage wrote.

    Raises:
        UserError: it is missing or damaged.
    """
    try:
        return ElementTree.parse(path).getroot()
    except OSError as error:
        raise UserError(
            f"{display_path(path)} cannot be read: {error.strerror}; run the tests with make test"
        ) from error
    except ElementTree.ParseError as error:
        raise UserError(f"{display_path(path)} is damaged: {error}; run the tests again") from error


def render_summary(tests: ElementTree.Element, coverage: ElementTree.Element | None) -> str:
    """Return the summary as Markdown."""
    cases = list(tests.iter("testcase"))
    wrong = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skipped = sum(case.find("skipped") is not None for case in cases)
    seconds = sum(float(suite.get("time", 0)) for suite in tests.iter("testsuite"))
    lines = [
        f"## {'❌' if wrong or not cases else '✅'} Tests",
        "",
        f"{len(cases) - len(wrong) - skipped} passed, {len(wrong)} failed, {skipped} skipped in {seconds:.0f} s."
        + (f" Coverage {100 * float(coverage.get('line-rate', 0)):.1f} % of lines." if coverage is not None else ""),
        "",
        *("- " + code(f"{case.get('classname')}.{case.get('name')}") for case in wrong[:SHOWN]),
        *([f"- and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []),
    ]
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Summarize what the command line names."""
    parser = command_parser(__doc__)
    parser.add_argument("--junit", type=Path, required=True, metavar="FILE", help="junit.xml of pytest")
    parser.add_argument("--coverage", type=Path, metavar="FILE", help="coverage.xml; may be missing if tests failed")
    arguments = parser.parse_args()
    coverage = read_xml(arguments.coverage) if arguments.coverage and arguments.coverage.exists() else None
    summary = OUTPUTS / "tests.md"
    summary.parent.mkdir(parents=True, exist_ok=True)
    summary.write_text(render_summary(read_xml(arguments.junit), coverage), encoding="utf-8")
    print(summary.read_text(encoding="utf-8"), end="")
    show_on_summary_page(summary)


if __name__ == "__main__":
    sys.exit(exit_status(main))
