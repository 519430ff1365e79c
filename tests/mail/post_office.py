"""Post office: a small SMTP server that keeps what it is handed, or fails as it is told to."""

from __future__ import annotations

import email
import email.policy
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage


class PostOffice:
    """What a server has taken. says: another answer than usual, by command; one use each.

    drops: how many mails it takes and then ends the connection without an answer. holds: while it
    is set, a mail that was handed over is not answered. tls: what STARTTLS encrypts with, if it
    is offered. heard: every command, in order.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.says: dict[str, list[str]] = {}
        self.drops = 0
        self.holds = False
        self.arrived = threading.Event()
        self.released = threading.Event()
        self.port = 0
        self.tls: ssl.SSLContext | None = None
        self.heard: list[str] = []

    def taken(self, content: bytes, to: str) -> None:
        parsed = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        self.recipients.append(to)
        self.arrived.set()

    def answer(self, command: str, usual: str) -> str:
        waiting = self.says.get(command)
        return waiting.pop(0) if waiting else usual


class _Counter(socketserver.StreamRequestHandler):
    office: PostOffice

    def handle(self) -> None:
        self._say("220 office.example ESMTP")
        to = ""
        while line := self.rfile.readline():
            command = line.decode().strip().upper()
            word = command.split()[0] if command else ""
            self.office.heard.append(line.decode().strip())
            if word == "EHLO":
                offered = "250-STARTTLS\r\n" if self.office.tls is not None else ""
                self._say(f"250-office.example\r\n{offered}250-AUTH PLAIN\r\n250 8BITMIME")
            elif word == "STARTTLS" and self.office.tls is not None:
                self._say("220 Go on")
                if not self._encrypt(self.office.tls):
                    return
            elif word == "AUTH":
                self._say(self.office.answer("AUTH", "235 Welcome"))
            elif word == "RCPT":
                to = line.decode().partition("<")[2].partition(">")[0]
                self._say(self.office.answer("RCPT", "250 OK"))
            elif word == "DATA":
                if not self._data(to):
                    return
            elif word == "QUIT":
                self._say("221 Bye")
                return
            else:
                self._say(self.office.answer(word, "250 OK"))

    def _data(self, to: str) -> bool:
        said = self.office.answer("DATA", "354 Go on")
        self._say(said)
        if not said.startswith("354"):
            return True
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        said = self.office.answer("END", "250 Taken")
        if said.startswith("250"):
            self.office.taken(b"".join(lines), to)
        if self.office.holds:
            self.office.released.wait(60)
            return False
        if self.office.drops:
            self.office.drops -= 1
            return False
        self._say(said)
        return True

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def _encrypt(self, tls: ssl.SSLContext) -> bool:
        try:
            self.request = tls.wrap_socket(self.connection, server_side=True)
        except ssl.SSLError:
            return False
        self.setup()
        return True

    def _say(self, text: str) -> None:
        try:
            self.wfile.write(text.encode() + b"\r\n")
        except OSError:
            return


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """Run a server on a free port for the length of a `with` block."""
    office = PostOffice()
    counter = type("Counter", (_Counter,), {"office": office})
    with _Server(("127.0.0.1", 0), counter) as server:
        office.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield office
        finally:
            office.released.set()
            server.shutdown()
            thread.join()
