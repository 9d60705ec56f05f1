"""Servers that answer as the real ones do, and the message that they are sent."""

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from monitor.alerts.message import Message
from tests.alerts import servers
from tests.alerts.suite import NOW, PLAIN


@pytest.fixture
def now() -> datetime:
    """Monday 09:00 in Tokyo."""
    return NOW


@pytest.fixture
def message() -> Message:
    return PLAIN


class Line(NamedTuple):
    """A server of bare sockets: its port and what it was sent."""

    port: int
    heard: list[bytes]


@pytest.fixture
def line() -> Iterator[Callable[[Callable[[socket.socket, list[bytes]], None]], Line]]:
    """Starts a server that does with each connection what it is told, in a thread, one at a time."""
    listeners: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(answer: Callable[[socket.socket, list[bytes]], None]) -> Line:
        listener = socket.create_server(("127.0.0.1", 0))
        heard: list[bytes] = []
        listeners.append(listener)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    answer(connection, heard)

        threads.append(threading.Thread(target=serve, daemon=True))
        threads[-1].start()
        return Line(listener.getsockname()[1], heard)

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for thread in threads:
        thread.join(timeout=5)


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens."""
    return servers.free_port()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for localhost and its key."""
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "cert.pem", folder / "key.pem"
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", files[1])
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    command = ["openssl", "req", "-x509", *key, "-days", "2", *names, "-out", files[0]]
    subprocess.run(command, check=True, capture_output=True)
    return files
