"""Ctrl-C: once to end a search with the best plan so far, twice to leave; afterwards as before."""

import signal
import threading

import pytest

from patrol.cli.stopping import stoppable


@pytest.fixture
def interruptible():
    """Ctrl-C as it is at a keyboard: started in the background, a process may have been told to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_the_first_asks_and_the_second_leaves(capsys):
    before = signal.getsignal(signal.SIGINT)
    with stoppable() as stop:
        assert not stop()
        signal.raise_signal(signal.SIGINT)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    assert "best plan so far" in capsys.readouterr().err


def test_in_another_thread_nothing_is_changed():
    before, said = signal.getsignal(signal.SIGINT), []

    def work():
        with stoppable() as stop:
            said.append((stop(), signal.getsignal(signal.SIGINT) is before))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert said == [(False, True)]
