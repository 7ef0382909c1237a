"""What the tests of chat_with_pdf share: a cache of the test's own, a web server and a model endpoint."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from embedding_server import EmbeddingServer
from model_server import endpoint_at
from web_server import Web


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of documents and indexes."""
    monkeypatch.setenv("CHAT_WITH_PDF_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def web() -> Iterator[Web]:
    """A web server; a test gives it pages."""
    with Web() as web:
        yield web


@pytest.fixture
def models() -> Iterator[EmbeddingServer]:
    """A model endpoint; a test sets its answers."""
    with EmbeddingServer() as server:
        yield server
        server.hold.set()


@pytest.fixture
def to_models(models: EmbeddingServer):
    """The way to that endpoint."""
    return endpoint_at(models.endpoint)


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Write a document to the data folder of the test."""

    def write(content: bytes, name: str = "document.pdf") -> Path:
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return write


@pytest.fixture(autouse=True)
def quick_pauses(monkeypatch):
    """Let what tries again do so at once, unless a server asks for a pause."""
    from guarded_web import retries

    monkeypatch.setattr(retries, "FIRST_PAUSE", 0.001)
