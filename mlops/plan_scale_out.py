"""Work out how long a scaled-out batch takes, how many nodes it keeps busy, and what it costs (docs/scale_out.md)."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

from mlops.common.cli import command_parser, exit_status
from mlops.common.errors import UserError


@dataclass(frozen=True)
class Plan:
    """What a batch takes.

    Attributes:
        tokens: of prompts and answers together.
        in_flight: how many lines have to be under way for the quota of tokens to be used up.
        nodes: how many nodes that takes.
        hours: as long as the quota lets it take.
        node_hours: nodes times hours.
    """

    tokens: float
    in_flight: int
    nodes: int
    hours: float
    node_hours: float

    def cost(self, million_tokens: float, node_hour: float) -> float:
        """Return the price of it all, from that of a million tokens and that of a node for an hour."""
        return self.tokens / 1e6 * million_tokens + self.node_hours * node_hour


def plan(lines: int, line_tokens: float, line_seconds: float, tokens_per_minute: float, node_lines: int) -> Plan:
    """Work out a batch whose speed the quota of tokens sets.

    Args:
        lines: of the data.
        line_tokens: what a line takes, prompts and answers together; runs here print it.
        line_seconds: how long a line takes.
        tokens_per_minute: the quota of the deployment.
        node_lines: how many lines a node has under way: its processes times `concurrency`.
    """
    tokens = lines * line_tokens
    in_flight = min(lines, math.ceil(tokens_per_minute / 60 / line_tokens * line_seconds))
    nodes = math.ceil(in_flight / node_lines)
    hours = tokens / tokens_per_minute / 60
    return Plan(tokens, in_flight, nodes, hours, nodes * hours)


def main() -> None:
    """Print the plan of the batch that the command line describes."""
    parser = command_parser(__doc__)
    parser.add_argument("--lines", type=int, required=True, help="of the data")
    parser.add_argument("--line_tokens", type=float, required=True, help="prompts and answers of a line together")
    parser.add_argument("--line_seconds", type=float, required=True, help="how long a line takes")
    parser.add_argument("--tokens_per_minute", type=float, required=True, help="the quota of the deployment")
    parser.add_argument("--node_lines", type=int, default=32, help="lines under way on a node; default: 32")
    parser.add_argument("--million_tokens_price", type=float, help="of your price list, prompts and answers averaged")
    parser.add_argument("--node_hour_price", type=float, default=0, help="of your price list, in the same currency")
    arguments = parser.parse_args()
    given = ("lines", "line_tokens", "line_seconds", "tokens_per_minute", "node_lines")
    values = [getattr(arguments, name) for name in given]
    if not all(math.isfinite(value) and value > 0 for value in values):
        raise UserError(f"--{', --'.join(given)} have to be more than 0")
    made = plan(*values)
    print(f"tokens          {made.tokens:,.0f}")
    print(f"lines under way {made.in_flight:,}")
    print(f"nodes           {made.nodes:,}")
    print(f"hours           {made.hours:,.1f}")
    print(f"node-hours      {made.node_hours:,.1f}")
    if arguments.million_tokens_price is not None:
        print(f"price           {made.cost(arguments.million_tokens_price, arguments.node_hour_price):,.2f}")


if __name__ == "__main__":
    sys.exit(exit_status(main))
