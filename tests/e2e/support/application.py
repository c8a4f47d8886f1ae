"""The watched application: a /metrics that can be well, ill, or hostile."""

import json
import time

from .http_peer import HttpPeer

MIB = 1 << 20


class Application(HttpPeer):
    """Set .behave to one of the functions below; None is a good answer made from .failed and .agents."""

    def __init__(self, tls=None):
        self.failed = 0
        self.agents = {}          # run_id: cpu_ticks
        self.generated_at = None  # None = now
        self.behave = None
        self.fetches = 0
        super().__init__(tls)

    def envelope(self):
        return {
            "generated_at": time.time() if self.generated_at is None else self.generated_at,
            "queue": {"counts": {"failed": self.failed, "queued": 2}},
            "agents": [{"run_id": k, "cpu_ticks": v, "name": "developer"} for k, v in self.agents.items()],
        }

    def respond(self, connection, request):
        # Who waits for a fetch to be counted may then change what the next one is told, and not this one.
        behave, envelope = self.behave, json.dumps(self.envelope())
        self.fetches += 1
        if request.path != "/metrics":
            connection.reply("404 Not Found", "{}")
        elif behave is None:
            connection.reply("200 OK", envelope)
        else:
            behave(connection, self)

    def metrics_url(self, host=None):
        return self.url("/metrics", host)


# --- behaviours ---

def body(content, status="200 OK"):
    """A fixed body, text or bytes."""
    return lambda connection, app: connection.reply(status, content)


def envelope(**change):
    """A good envelope, some fields replaced."""
    return lambda connection, app: connection.reply("200 OK", json.dumps({**app.envelope(), **change}))


def hang(connection, app):
    connection.hang()


def status_500(connection, app):
    connection.reply("500 Internal Server Error", "{}")


def redirect(where):
    return lambda connection, app: connection.reply("302 Found", "", headers=(f"Location: {where}",))


def slow_bytes(connection, app):
    content = json.dumps(app.envelope())
    connection.slowly(f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n{content}".encode(), 0.2)


def truncated(connection, app):
    content = json.dumps(app.envelope())
    connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(content) + 100}\r\n\r\n{content[:20]}".encode())
    connection.close()


def not_http(connection, app):
    connection.send(b"\x00\xff\xfe SSH-2.0-nonsense\r\n\r\n" * 50)
    connection.close()


def huge(connection, app, total=1024 * MIB):
    """1 GiB of what begins like a good answer."""
    connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {total}\r\n\r\n".encode() + b'{"queue":"')
    block = b"a" * MIB
    for _ in range(total // MIB):
        connection.send(block)
    connection.close()


def endless_head(connection, app):
    connection.send(b"HTTP/1.1 200 OK\r\n")
    for i in range(1 << 20):
        connection.send(b"X-%d: %s\r\n" % (i, b"y" * 1000))


def deep(depth=200_000):
    return body("[" * depth + "]" * depth)


def many_agents(count):
    def behave(connection, app):
        agents = [{"run_id": i, "cpu_ticks": i * 10, "name": f"agent {i}"} for i in range(count)]
        connection.reply("200 OK", json.dumps({**app.envelope(), "agents": agents}))
    return behave
