"""Downloads where the web is reached through a proxy that whoever runs the flow has set."""

import socketserver
import threading

import pytest
from guarded_web.fetch import FetchError, TransientFetchError, fetch


class Refusing(socketserver.StreamRequestHandler):
    """Keeps the first line of what it is asked, and refuses it."""

    def handle(self):
        self.server.asked.append(self.rfile.readline().decode().strip())
        self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@pytest.fixture
def asked(monkeypatch):
    """What a proxy on this machine is asked."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refusing) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        monkeypatch.setenv("GUARDED_WEB_PROXY", f"http://127.0.0.1:{server.server_address[1]}")
        yield server.asked
        server.shutdown()


async def test_names_are_asked_of_the_proxy_and_its_refusal_is_reported(asked):
    with pytest.raises(FetchError, match="the proxy of GUARDED_WEB_PROXY answered 403") as refused:
        await fetch("https://papers.example/one.pdf")
    assert not isinstance(refused.value, TransientFetchError)
    assert asked == ["CONNECT papers.example:443 HTTP/1.1"]


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "[fd00::1]", "168.63.129.16"])
async def test_addresses_that_are_not_public_are_refused_before_the_proxy_is_asked(asked, host):
    with pytest.raises(FetchError, match="which is not a public address"):
        await fetch(f"https://{host}/secret")
    assert asked == []


async def test_this_machine_is_asked_without_the_proxy_where_it_is_allowed(asked):
    with pytest.raises(TransientFetchError, match="download failed"):
        await fetch("http://127.0.0.1:9/", allow_loopback=True)
    assert asked == []


async def test_this_machine_is_refused_with_the_proxy_as_without(asked):
    with pytest.raises(FetchError, match="not a public address|https is allowed"):
        await fetch("https://127.0.0.1/")
    assert asked == []
