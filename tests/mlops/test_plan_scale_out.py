"""The arithmetic of scaled-out batches, and that of the page."""

import re

import pytest

from mlops.common.paths import REPOSITORY
from mlops.configuration.scale_out import ScaleOutConfig
from mlops.plan_scale_out import plan

PAGE = (REPOSITORY / "docs" / "scale_out.md").read_text(encoding="utf-8")
LINE = {"line_tokens": 250, "line_seconds": 2, "node_lines": 32}


def table():
    """The page's table, as it has to be."""
    rows = ["| lines | tokens | per minute | lines under way | nodes | hours | node-hours |", "|" + " ---: |" * 7]
    for lines in (10_000, 1_000_000, 100_000_000):
        for quota in (1_000_000, 10_000_000, 100_000_000):
            made = plan(lines, tokens_per_minute=quota, **LINE)
            figures = (f"{lines:,}", f"{made.tokens:,.0f}", f"{quota:,}", f"{made.in_flight:,}", f"{made.nodes:,}")
            rows.append(f"| {' | '.join(figures)} | {made.hours:,.2f} | {made.node_hours:,.1f} |")
    return "\n".join(rows)


def test_the_table_of_the_page_is_what_the_formulas_give():
    assert table() in PAGE


def test_a_hundred_million_lines():
    made = plan(100_000_000, tokens_per_minute=10_000_000, **LINE)

    assert made.tokens == 25e9 and made.hours == pytest.approx(41.67, abs=0.01)
    assert made.in_flight == 1334 and made.nodes == 42 and made.node_hours == pytest.approx(1750)
    assert made.cost(million_tokens=2, node_hour=0.5) == pytest.approx(50_000 + 875)


def test_few_lines_keep_no_more_nodes_busy_than_there_are_lines():
    assert plan(10, tokens_per_minute=1e9, **LINE).nodes == 1


def test_every_setting_is_on_the_page_with_its_default():
    described = dict(re.findall(r"^\| `(\w+)` \| `?([\w.-]+)`? \|", PAGE, re.MULTILINE))
    for name, field in ScaleOutConfig.model_fields.items():
        default = {"mini_batch_error_threshold": "100"}.get(name, str(field.default))
        assert described[name] == default.removesuffix(".0"), name


def test_the_command_prints_the_plan_and_refuses_what_is_no_plan(status_of, capsys):
    arguments = ("--lines", 100, "--line_tokens", 10, "--line_seconds", 1, "--tokens_per_minute", 1000)

    assert status_of("mlops.plan_scale_out", *arguments, "--million_tokens_price", 2) == 0
    assert re.search(r"^price +0\.00$", capsys.readouterr().out, re.MULTILINE)
    assert status_of("mlops.plan_scale_out", *arguments[:-1], 0) == 2
    assert "have to be more than 0" in capsys.readouterr().err
