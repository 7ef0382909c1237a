import signal
import time

import pytest

from mlops.cloud_runs.operations import interruptible


class RaisesWhileCollected:
    """Gets a signal while it is being collected, where Python swallows what the handler raises."""

    def __init__(self, number):
        self.number = number

    def __del__(self):
        signal.raise_signal(self.number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_a_finalizer_swallows_still_ends_the_block(number):
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interruptible():
        RaisesWhileCollected(number)
        time.sleep(60)
    assert signal.getsignal(number) is before
