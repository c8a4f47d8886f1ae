"""A name server, RFC 1035, by UDP and TCP: it answers for a zone, or fails in one of its manners."""

import contextlib
import os
import random
import socket
import struct
import threading
import time

PORT = 53
A, AAAA = 1, 28
LOOK_S = 0.1
SLOW_S = (0.5, 2.5)
NO_ERROR, SERVER_FAILURE, NO_SUCH_NAME = 0, 2, 3
TRUNCATED = 0x0200


def parse_question(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
        at += query[at] + 1
    kind, = struct.unpack_from(">H", query, at + 1)
    return ".".join(labels), kind, query[12:at + 5]


def record(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    raw = socket.inet_pton(family, address)
    return struct.pack(">HHHIH", 0xc00c, AAAA if ":" in address else A, 1, 60, len(raw)) + raw


def message(query, answers=(), code=NO_ERROR, more=0, count=None):
    counts = struct.pack(">HHHH", 1, len(answers) if count is None else count, 0, 0)
    return query[:2] + struct.pack(">H", 0x8180 | more | code) + counts + parse_question(query)[2] + b"".join(answers)


# --- manners: each takes (zone, query, transport) and returns the answer, None if there is none ---

def answer(zone, query, transport):
    name, kind, _ = parse_question(query)
    found = [record(a) for a in zone.get(name, ()) if (":" in a) == (kind == AAAA) and kind in (A, AAAA)]
    return message(query, found, NO_ERROR if name in zone else NO_SUCH_NAME)


def truncate(zone, query, transport):
    """By UDP never more than the question."""
    return message(query, more=TRUNCATED) if transport == "udp" else answer(zone, query, transport)


def slow(zone, query, transport):
    time.sleep(random.uniform(*SLOW_S))
    return answer(zone, query, transport)


def garbage(zone, query, transport):
    """Noise, somebody else's answer, one that ends too soon, names that go round in circles, records that are not there."""
    good = answer(zone, query, transport)
    circle = b"\xc0" + bytes([len(message(query))]) + struct.pack(">HHIH", A, 1, 60, 4) + b"\x7f\0\0\1"
    return random.choice((os.urandom(random.randint(1, 512)), bytes([query[0] ^ 1]) + good[1:], good[:-3], query[:2] + os.urandom(60),
                          message(query, [circle]), message(query, count=0xffff), b""))


MANNERS = {
    "answer": answer,
    "truncate": truncate,
    "slow": slow,
    "garbage": garbage,
    "silent": lambda zone, query, transport: None,
    "failing": lambda zone, query, transport: message(query, code=SERVER_FAILURE),
    "unknown": lambda zone, query, transport: message(query, code=NO_SUCH_NAME),
}


class NameServer:
    """zone: name -> addresses; manner: of MANNERS; asked: [transport, name] of each question."""

    def __init__(self, address, zone, manner="answer"):
        self.zone, self.manner, self.asked = zone, manner, []
        self.family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.where = socket.getaddrinfo(address, PORT, self.family, socket.SOCK_DGRAM)[0][4]
        self.up()

    def up(self):
        self.serving = True
        self.threads = [threading.Thread(target=serve, args=(self._bind(kind),), daemon=True)
                        for kind, serve in ((socket.SOCK_DGRAM, self._serve_udp), (socket.SOCK_STREAM, self._serve_tcp))]
        for thread in self.threads:
            thread.start()

    def down(self):
        """Nobody listens any more: whoever asks is told so by ICMP or RST."""
        self.serving = False
        for thread in self.threads:
            thread.join()

    def recover(self):
        self.manner = "answer"
        if not self.serving:
            self.up()

    def _bind(self, kind):
        sock = socket.socket(self.family, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind == socket.SOCK_STREAM))
        sock.bind(self.where)
        sock.settimeout(LOOK_S)
        if kind == socket.SOCK_STREAM:
            sock.listen(16)
        return sock

    def _each(self, sock, take):
        """(what take() gives, until the server is down)."""
        with sock:
            while self.serving:
                try:
                    yield take()
                except TimeoutError:
                    continue

    def _answer(self, transport, query):
        self.asked.append([transport, parse_question(query)[0]])
        return MANNERS[self.manner](self.zone, query, transport)

    def _serve_udp(self, sock):
        for query, peer in self._each(sock, lambda: sock.recvfrom(4096)):
            threading.Thread(target=self._reply, args=(sock, query, peer), daemon=True).start()

    def _reply(self, sock, query, peer):
        reply = self._answer("udp", query)
        with contextlib.suppress(OSError):  # it is down by now
            if reply is not None:
                sock.sendto(reply, peer)

    def _serve_tcp(self, sock):
        for stream, _ in self._each(sock, sock.accept):
            threading.Thread(target=self._serve_stream, args=(stream,), daemon=True).start()

    def _serve_stream(self, stream):
        with contextlib.suppress(OSError), stream, stream.makefile("rb") as reader:
            while len(head := reader.read(2)) == 2:
                reply = self._answer("tcp", reader.read(struct.unpack(">H", head)[0]))
                if reply is not None:
                    stream.sendall(struct.pack(">H", len(reply)) + reply)


# --- one for a daemon of the test's own, beside others on this machine ---

ATTEMPTS = 5
MOUNT = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'


def start_somewhere(zone):
    """On an address of the loopback network that nobody else has; needs root."""
    for left in reversed(range(ATTEMPTS)):
        address = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
        try:
            return NameServer(address, zone)
        except OSError:
            if left == 0:
                raise
    return None


def asking(server, file):
    """What to start a program through, so that it asks this server; file: for its resolv.conf."""
    file.write_text(f"nameserver {server.where[0]}\noptions timeout:1 attempts:2\n")
    file.chmod(0o644)
    return ("unshare", "--mount", "--propagation", "private", "sh", "-c", MOUNT, str(file))
