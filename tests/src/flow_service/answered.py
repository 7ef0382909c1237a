"""A command of the repository, with the answers of tests/service_answers.py in the place of recordings.

The first argument names the command's module, the others are the command's own.
"""

import runpy
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[3])]  # tests, and the repository

from service_answers import answer  # noqa: E402

from mlops.endpoint import emulator as local_emulator  # noqa: E402
from src.emulator.answers import FunctionAnswerer  # noqa: E402

local_emulator.recordings = lambda flow=None: FunctionAnswerer(answer)
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
