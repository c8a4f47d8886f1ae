"""
An HTTP server that can misbehave at every point: it gives a behaviour the raw
connection.  One thread a connection; ports are always chosen by the kernel.
"""

import contextlib
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass, field

HEAD_MAX = 65536
IDLE_S = 60


@dataclass
class Request:
    method: str
    path: str
    headers: dict
    body: bytes
    time: float = field(default_factory=time.monotonic)


class Connection:
    """What a behaviour plays on."""

    def __init__(self, sock, stopping):
        self.sock = sock
        self.stopping = stopping
        self.open = True
        self.buffer = b""

    def _more(self):
        data = self.sock.recv(65536)
        if not data:
            raise EOFError
        self.buffer += data

    def read_request(self):
        while b"\r\n\r\n" not in self.buffer:
            if len(self.buffer) > HEAD_MAX:
                raise EOFError
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ", 2)
        headers = {k.strip().lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:])}
        length = int(headers.get("content-length", "0"))
        while len(self.buffer) < length:
            self._more()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Request(method, path, headers, body)

    def send(self, data):
        self.sock.sendall(data)

    def reply(self, status, body, content_type="application/json", headers=()):
        if isinstance(body, str):
            body = body.encode()
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *headers]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def slowly(self, data, pause=0.02):
        """One byte at a time."""
        for byte in data:
            self.send(bytes([byte]))
            if self.stopping.wait(pause):
                return

    def hang(self, seconds=None):
        """Say nothing, until the peer goes away or the server stops."""
        deadline = None if seconds is None else time.monotonic() + seconds
        self.sock.settimeout(0.1)
        while not self.stopping.is_set() and (deadline is None or time.monotonic() < deadline):
            try:
                if not self.sock.recv(65536):
                    break
            except (TimeoutError, ssl.SSLWantReadError):
                continue
        self.close()

    def reset(self):
        """RST instead of an answer."""
        with contextlib.suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.open = False
        with contextlib.suppress(OSError):
            self.sock.close()


class Listener:
    """A TCP port that can be up, and down so that it refuses; serve(connection) runs in a thread."""

    address = "127.0.0.1"

    def __init__(self, tls=None):
        self.tls = tls
        self.stopping = threading.Event()
        self.connections = set()
        self.lock = threading.Lock()
        self.reset_at_accept = False
        self.silent = False  # accept, then neither handshake nor read
        self.accepted = 0
        self._bind(0)
        self.port = self.socket.getsockname()[1]
        self._listen()

    def serve(self, connection):
        raise NotImplementedError

    def _bind(self, port):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((self.address, port))

    def _listen(self):
        self.socket.listen(64)
        threading.Thread(target=self._accept, args=(self.socket,), daemon=True).start()

    def _accept(self, listening):
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            connection = Connection(sock, self.stopping)
            with self.lock:
                self.accepted += 1
                self.connections.add(connection)
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        sock = connection.sock
        with contextlib.suppress(OSError, EOFError, ValueError):
            sock.settimeout(IDLE_S)
            if sock.family != socket.AF_UNIX:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as servers do; else an answer waits 40 ms for an ACK
            if self.reset_at_accept:
                connection.reset()
            elif self.silent:
                connection.hang()
            else:
                self._handshake(connection)
                self.serve(connection)
        connection.close()
        with self.lock:
            self.connections.discard(connection)

    def _handshake(self, connection):
        if self.tls is not None:
            # Known before it is done, so that drop() ends it in the middle, too.
            connection.sock = self.tls.wrap_socket(connection.sock, server_side=True, do_handshake_on_connect=False)
            connection.sock.do_handshake()

    def drop(self):
        """End every connection that is open."""
        with self.lock:
            for connection in list(self.connections):
                with contextlib.suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)

    def _unlisten(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def down(self):
        """Refuse connections; the port stays reserved, bound and not listening."""
        self._unlisten()
        self._bind(self.port)
        self.drop()

    def up(self):
        self._listen()

    def close(self):
        self.stopping.set()
        self._unlisten()
        self.drop()


class HttpPeer(Listener):
    """Answers each request by respond(connection, request), keep-alive as long as the connection stays open."""

    def serve(self, connection):
        while connection.open:
            request = connection.read_request()
            self.respond(connection, request)

    def respond(self, connection, request):
        raise NotImplementedError

    @property
    def scheme(self):
        return "http" if self.tls is None else "https"

    def url(self, path="", host=None):
        return f"{self.scheme}://{host or self.address}:{self.port}{path}"
