"""Progress on standard error."""

import io
import sys
import threading

import pytest

from mlops.runs import progress
from mlops.runs.progress import progress_line, report_progress


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((0, 10, 0, 0.0), "0 of 10 lines"),
        ((0, 10, 0, 3.0), "0 of 10 lines"),
        ((25, 100, 1, 5.0), "25 of 100 lines, 5.0 a second, 15 s left, 1 failed"),
        ((100, 100, 0, 4.0), "100 of 100 lines, 25.0 a second"),
        ((1, 2, 1, 0.0), "1 of 2 lines, 1 failed"),
    ],
)
def test_the_line_tells_done_rate_time_left_and_failures(arguments, line):
    assert progress_line(*arguments) == line


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_log_gets_whole_lines_without_control_characters(monkeypatch, capsys):
    seen = threading.Event()
    monkeypatch.setattr(progress, "LOG_INTERVAL", 0.01)

    def count():
        seen.set()
        return 3, 1

    with report_progress(4, count):
        assert seen.wait(5)
    out, err = capsys.readouterr()
    assert out == ""
    assert "\x1b" not in err
    assert "\r" not in err
    assert err.splitlines()[-1].startswith("3 of 4 lines")


def test_a_terminal_gets_one_line_that_is_redrawn_and_ended(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    drawn = threading.Event()

    def count():
        if terminal.tell():
            drawn.set()
        return 1, 0

    monkeypatch.setattr(progress, "TERMINAL_INTERVAL", 0.01)
    with report_progress(2, count):
        assert drawn.wait(5)
    assert terminal.getvalue().count("\n") == 1
    assert terminal.getvalue().count("\r\x1b[K1 of 2 lines") > 1


def test_the_last_line_is_shown_also_when_the_work_fails(capsys):
    with pytest.raises(RuntimeError), report_progress(2, lambda: (1, 1)):
        raise RuntimeError
    assert "1 of 2 lines" in capsys.readouterr().err


def test_nothing_goes_on_after_the_block():
    before = threading.active_count()
    with report_progress(1, lambda: (1, 0)):
        pass
    assert threading.active_count() == before
