"""The other sides: an HTTP server of bare sockets, a mail server, a small disk. Each keeps what it has received."""

import asyncio
import resource
import socket
import struct
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Heard(NamedTuple):
    """A request: its target, its headers by their names in small letters, its body."""

    target: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Heard], bytes | None]  # None: no answer; the connection stays as it is


class Http:
    """Reads each request whole, then answers as it is told, stays silent or resets the connection."""

    def __init__(
        self,
        answer: Answer,
        *,
        host: str = "127.0.0.1",
        reset: bool = False,
        wrap: Callable[[socket.socket], socket.socket] | None = None,
    ) -> None:
        self.heard: list[Heard] = []
        self._answer, self._reset, self._wrap = answer, reset, wrap
        self._listener = socket.create_server((host, 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            try:
                connection = self._wrap(connection) if self._wrap else connection
                self._talk(connection)
            except OSError:
                pass  # the other side did not like our certificate, or has gone
            finally:
                connection.close()

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        with connection.makefile("rb") as stream:
            line = stream.readline()
            if not line:
                return
            headers = {}
            while (header := stream.readline()) not in (b"\r\n", b""):
                name, _, value = header.decode().partition(":")
                headers[name.strip().lower()] = value.strip()
            body = stream.read(int(headers.get("content-length", 0)))
            self.heard.append(Heard(line.split()[1].decode(), headers, body))
            answer = self._answer(self.heard[-1])
            if answer is not None:
                connection.sendall(answer)
            elif self._reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                stream.read(1)  # until the other side goes

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=10)


def response(status: int, body: str = "", **headers: str) -> bytes:
    """An HTTP answer; header names with _ for -."""
    content = body.encode()
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}", "Connection: close"]
    head += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*head, "", ""]).encode() + content


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Desk:
    """A mail server's mind: takes mail and answers as it is told; keeps (recipients, content) of what it took."""

    def __init__(self, answer: str = "250 OK", refused: dict[str, str] | None = None, greeting: str = "") -> None:
        self.answer, self.refused, self.greeting = answer, refused or {}, greeting
        self.taken: list[bytes] = []
        self.envelopes: list[tuple[str, ...]] = []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        return [self.greeting] if self.greeting else responses

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.answer == "silent before":
            await asyncio.sleep(60)
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.taken.append(envelope.content)
        self.envelopes.append(tuple(envelope.rcpt_tos))
        if self.answer == "cut":
            server.transport.abort()
        elif self.answer == "silent":
            await asyncio.sleep(60)
        return self.answer


def mail_server(desk: Desk, port: int, *, host: str = "127.0.0.1", password: str = "", **more: object) -> Controller:
    """A started mail server; with a password it wants a login."""

    def authenticate(server, session, envelope, mechanism, data):
        good = data.password == password.encode()
        words = f"535 5.7.8 {data.login!r} with {data.password!r}? AUTH PLAIN {_plain(data.login, data.password)}"
        return AuthResult(success=good, handled=False, message=None if good else words)

    if password:
        more = {"authenticator": authenticate, "auth_require_tls": False, **more}
    controller = Controller(desk, hostname=host, port=port, **more)
    controller.start()
    return controller


def _plain(login: bytes, password: bytes) -> str:
    import base64

    return base64.b64encode(b"\0" + login + b"\0" + password).decode()


class SmallDisk:
    """A folder on a disk of 64 KB that is full; without the right to mount one, a limit on the size of files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
        self._mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
        self._limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        self.fill(0)

    def fill(self, left: int) -> None:
        """Leave room for so many bytes, in pages of 4,096."""
        if not self._mounted:
            resource.setrlimit(resource.RLIMIT_FSIZE, (left, self._limit[1]))
            return
        filler = self.folder / ".filler"
        filler.unlink(missing_ok=True)
        filler.write_bytes(bytes(64 * 1024 - left))

    def empty(self) -> None:
        """Make room."""
        if not self._mounted:
            resource.setrlimit(resource.RLIMIT_FSIZE, self._limit)
        (self.folder / ".filler").unlink(missing_ok=True)

    def stop(self) -> None:
        self.empty()
        if self._mounted:
            subprocess.run(["umount", str(self.folder)], check=True)
