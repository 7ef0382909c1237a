"""Ctrl+C in the chat: at the prompt and during an answer it ends at once, with the status of an interruption."""

import os
import pty
import subprocess
import sys
import time

import pytest

from mlops.common.errors import INTERRUPTED
from mlops.common.paths import REPOSITORY

CHAT = [
    sys.executable,
    "-m",
    "mlops.chat_with_pdf",
    "--environment_name",
    "local",
    "--pdf",
    "data/documents/larkmoor_handbook.pdf",
]
ANSWER_S = 30  # far longer than a test waits


@pytest.mark.parametrize("question", [b"", b"Who founded the observatory?\n"], ids=["at the prompt", "in an answer"])
def test_ctrl_c_ends_the_chat(question):
    terminal, theirs = pty.openpty()
    slow = {**os.environ, "EMULATOR_LATENCY_MS": str(ANSWER_S * 1000) if question else "0"}
    # The program makes the terminal its own, so that Ctrl+C reaches it as it does a user's.
    program = "import fcntl, os, sys, termios as t; fcntl.ioctl(0, t.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", program, *CHAT],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=REPOSITORY,
        env=slow,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        read_until(terminal, b"> ")
        os.write(terminal, question)
        time.sleep(1.5 if question else 0)
        os.write(terminal, b"\x03")
        assert process.wait(20) == INTERRUPTED
        assert b"Traceback" not in read_until(terminal, b"interrupted")
    finally:
        process.kill()
        process.wait()
        os.close(terminal)


def read_until(terminal: int, wanted: bytes) -> bytes:
    read = b""
    deadline = time.monotonic() + 60
    while wanted not in read:
        assert time.monotonic() < deadline, read
        read += os.read(terminal, 4096)
    return read
