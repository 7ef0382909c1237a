"""Waiting for what Azure takes a while for."""

import threading
import time

import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.polling import LROPoller, PollingMethod

from mlops.common.errors import RunFailed
from mlops.deployment import operations


class Waiting(PollingMethod):
    """An operation that ends when an event is set, with an error if there is one."""

    def __init__(self, end, error=None):
        self._end, self._error = end, error

    def initialize(self, client, initial_response, deserialization_callback):
        self._over = False

    def run(self):
        self._end.wait(0.1)
        print(".", end="")  # as the SDK does, at each poll
        self._end.wait(30)
        self._over = True
        if self._error:
            raise self._error

    def status(self):
        return "Succeeded" if self._over else "InProgress"

    def finished(self):
        return self._over

    def resource(self):
        return None


def begin(end, error=None):
    return LROPoller(None, None, lambda _: None, Waiting(end, error))


def test_an_operation_that_takes_too_long_is_reported_and_left_to_azure(capsys, monkeypatch):
    monkeypatch.setattr(operations, "PROGRESS_INTERVAL_S", 0.05)
    end = threading.Event()
    begun = time.monotonic()

    with pytest.raises(
        RunFailed, match="the deployment green is not ready after 0.005 minutes; Azure is still working"
    ):
        operations.wait_for(begin(end), 0.005, "the deployment green")

    end.set()
    out, err = capsys.readouterr()
    assert time.monotonic() - begun < 20 and out == "" and "the deployment green: 0 min" in err


def test_an_operation_that_fails_says_so_without_the_status_of_the_poll():
    end = threading.Event()
    end.set()
    error = HttpResponseError("(BadRequest) the container has crashed\nmore")
    error.status_code = 200

    with pytest.raises(RunFailed, match=r"^the deployment green failed: \(BadRequest\) the container has crashed$"):
        operations.wait_for(begin(end, error), 1, "the deployment green")


def test_an_operation_that_ends_well_is_waited_for():
    end = threading.Event()
    threading.Timer(0.2, end.set).start()

    assert operations.wait_for(begin(end), 1, "the deployment green") is None
