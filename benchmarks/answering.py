"""The emulator with an answer to every entity prompt: recordings have none to texts that a benchmark makes up."""

import argparse
import json
import threading

from src.emulator.answers import FunctionAnswerer
from src.emulator.conversation import Conversation
from src.emulator.server import Emulator
from src.emulator.settings import EmulatorSettings

ENTITY = "engineer"


def answer(conversation: Conversation) -> str:
    """Return one entity, in the requested form."""
    return json.dumps({"entities": [ENTITY]}) if conversation.response_format else f'"{ENTITY}"'


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency_ms", type=float, default=0)
    options = parser.parse_args()
    settings = EmulatorSettings(
        port=options.port, latency_ms=options.latency_ms, api_key=None, answerer=FunctionAnswerer(answer)
    )
    with Emulator(settings):
        threading.Event().wait()


if __name__ == "__main__":
    main()
