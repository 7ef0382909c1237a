"""Proxies: real ones on loopback. This machine is never asked through one, and an error names the one that is asked."""

import socket
import socketserver
import threading

import pytest
from model_server import ModelServer

from mlops.common.errors import UserError
from mlops.configuration.endpoints import AoaiConfig
from mlops.endpoint.connection import check_endpoint
from model_endpoint import Endpoint, async_client, bypass_proxies_for_loopback, proxy_of, sync_client

ELSEWHERE = "http://models.internal:8080/v1"  # a name that only a proxy knows
CHAT = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in NAMES:
        for each in (name, name.lower()):
            monkeypatch.setenv(each, "")  # so that what a test sets anew is put back
            monkeypatch.delenv(each)


@pytest.fixture
def proxy(monkeypatch):
    """A proxy that answers in the place of the servers to which it is asked to lead; the environment names it."""
    with ModelServer(lambda chat: "by the proxy") as server:
        monkeypatch.setenv("HTTP_PROXY", server.endpoint.replace("//", "//user:hunter2@"))
        yield server


def ask(url: str) -> str:
    with sync_client(Endpoint("openai", url, "k"), max_retries=0, timeout=10) as client:
        return client.chat.completions.create(**CHAT).choices[0].message.content


async def ask_async(url: str) -> str:
    async with async_client(Endpoint("openai", url, "k"), max_retries=0, timeout=10) as client:
        return (await client.chat.completions.create(**CHAT)).choices[0].message.content


@pytest.mark.parametrize("no_proxy", [None, "", "example.com, .internal.example"])
async def test_this_machine_is_never_asked_through_a_proxy(no_proxy, proxy, monkeypatch):
    if no_proxy is not None:
        monkeypatch.setenv("NO_PROXY", no_proxy)
    bypass_proxies_for_loopback()
    with ModelServer(lambda chat: "directly") as server:
        for host in ("127.0.0.1", "localhost"):
            url = server.endpoint.replace("127.0.0.1", host) + "/v1"
            assert ask(url) == await ask_async(url) == "directly"
    assert proxy.paths == []


async def test_other_hosts_are_asked_through_it(proxy):
    bypass_proxies_for_loopback()
    assert ask(ELSEWHERE) == await ask_async(ELSEWHERE) == "by the proxy"
    assert proxy.paths == [f"{ELSEWHERE}/chat/completions"] * 2
    assert all(headers["proxy-authorization"].startswith("Basic ") for headers in proxy.headers)


async def test_hosts_that_no_proxy_names_are_asked_directly(proxy, monkeypatch):
    import openai

    monkeypatch.setenv("NO_PROXY", "models.internal")
    bypass_proxies_for_loopback()
    with pytest.raises(openai.APIConnectionError):
        ask(ELSEWHERE)
    with pytest.raises(openai.APIConnectionError):
        await ask_async(ELSEWHERE)
    assert proxy.paths == []


@pytest.mark.parametrize(
    ("variables", "url", "shown"),
    [
        ({}, "https://a.example/v1", None),
        (
            {"HTTPS_PROXY": "http://user:hunter2@proxy.example:3128"},
            "https://a.example/v1",
            "http://proxy.example:3128",
        ),
        ({"HTTPS_PROXY": "http://proxy.example:3128"}, "http://a.example/v1", None),
        ({"https_proxy": "proxy.example:3128"}, "https://a.example/v1", "http://proxy.example:3128"),
        ({"ALL_PROXY": "socks5://proxy.example:1080"}, "https://a.example/v1", "socks5://proxy.example:1080"),
        ({"ALL_PROXY": "socks5://u:hunter2@p:1080", "HTTP_PROXY": "http://q:1"}, "http://a.example/", "http://q:1"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.example"}, "https://a.example/v1", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".example"}, "https://a.example/v1", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, "https://a.example/v1", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "b.example"}, "https://a.example/v1", "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, "http://127.0.0.1:8900", None),
        ({"HTTP_PROXY": "http://p:1"}, "http://localhost:8900", None),
        ({"HTTP_PROXY": "http://p:1"}, "http://[::1]:8900", None),
    ],
)
def test_which_proxy_is_in_force(variables, url, shown, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy_of(url) == shown


def test_without_proxies_the_environment_is_left_alone():
    import os

    before = dict(os.environ)
    bypass_proxies_for_loopback()
    assert dict(os.environ) == before


def test_an_error_names_the_proxy_without_its_password(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:hunter2@127.0.0.1:{port}")
    with pytest.raises(UserError, match=rf"through the proxy http://127\.0\.0\.1:{port}, which the env") as error:
        check_endpoint(AoaiConfig(connection="c", endpoint="https://models.example/v1", api_key="k"))
    assert "hunter2" not in str(error.value)


def test_a_proxy_that_refuses_to_lead_on_is_named(proxy, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", proxy.endpoint)  # it knows no CONNECT
    with pytest.raises(UserError, match=f"through the proxy {proxy.endpoint}"):
        check_endpoint(AoaiConfig(connection="c", endpoint="https://models.example/v1", api_key="k"))


# SOCKS


class Socks(socketserver.StreamRequestHandler):
    """Enough of SOCKS 5 (RFC 1928): no authentication, CONNECT to a name; it leads everything to `server.leads_to`."""

    def handle(self):
        _, methods = self.rfile.read(2)
        self.rfile.read(methods)
        self.wfile.write(b"\x05\x00")
        *_, kind = self.rfile.read(4)
        host = self.rfile.read(4 if kind == 1 else self.rfile.read(1)[0])
        self.rfile.read(2)
        self.server.asked.append(host.decode(errors="replace"))
        with socket.create_connection(self.server.leads_to) as onward:
            self.wfile.write(b"\x05\x00\x00\x01" + bytes(6))
            back = threading.Thread(target=pump, args=(onward, self.connection), daemon=True)
            back.start()
            pump(self.connection, onward)
            back.join(5)


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return  # either side has gone


async def test_a_socks_proxy_is_asked(monkeypatch):
    pytest.importorskip("socksio")
    with (
        ModelServer(lambda chat: "behind SOCKS") as server,
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), Socks) as socks,
    ):
        socks.daemon_threads, socks.asked = True, []
        socks.leads_to = ("127.0.0.1", int(server.endpoint.rpartition(":")[2]))
        threading.Thread(target=socks.serve_forever, daemon=True).start()
        monkeypatch.setenv("ALL_PROXY", f"socks5h://127.0.0.1:{socks.server_address[1]}")
        bypass_proxies_for_loopback()
        assert ask(ELSEWHERE) == await ask_async(ELSEWHERE) == "behind SOCKS"
        assert socks.asked == ["models.internal"] * 2
        socks.shutdown()
