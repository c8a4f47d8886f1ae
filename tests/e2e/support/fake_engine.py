"""
A scripted docker engine on a unix socket: lists what it is told to list, tells
of what it is told to tell, refuses versions outside its own, answers each as that
version does, and can hang, close, and send what no engine should.  Every byte it
is sent is kept.
"""

import contextlib
import json
import os
import re
import socket
import threading
import time
import urllib.parse

from .http_peer import HEAD_MAX, Listener


def container(name, state="running", status=None, exit_code=0, health=None, **more):
    """An item of /containers/json as docker writes it."""
    text = {"running": "Up 5 minutes", "exited": f"Exited ({exit_code}) 3 seconds ago", "created": "Created",
            "paused": "Up 5 minutes (Paused)", "restarting": f"Restarting ({exit_code}) 1 second ago",
            "dead": "Dead"}.get(state, state)
    if health:
        text += {"starting": " (health: starting)"}.get(health, f" ({health})")
    return {"Id": f"{abs(hash(name)) :064x}"[:64], "Names": [f"/{name}"], "Image": "busybox", "Command": "sleep",
            "Created": 1780000000, "Labels": {}, "State": state, "Status": status or text, **more}


HISTORY_MAX = 256
HEALTH_IN_LIST = 52   # the API's minor version that brought it,
LEAN_EVENTS = 52      # and the one that dropped status, id and from
JSON_ERRORS = 24      # older requests are refused in plain text


def minor(version):
    return int(version.split(".")[1])


class FakeEngine(Listener):
    """
    Set .containers, and tell() what happens to them; set .behave[kind] for kind in ping, version, list, events to
    misbehave there.
    """

    def __init__(self, path, api="1.41", min_api="1.12"):
        self.path = str(path)
        self.api, self.min_api = api, min_api
        self.podman = False
        self.containers = []
        self.behave = {}
        self.history = []      # of events, as the newest API has them
        self.streams = []      # (connection, minor version)
        self.received = b""
        self.requests = []
        self.guard = threading.Lock()
        super().__init__()

    def _bind(self, port):
        self.socket = socket.socket(socket.AF_UNIX)
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o666)

    def gone(self):
        """As after the engine's end: no file."""
        self._unlisten()
        os.unlink(self.path)
        self.drop()

    def back(self):
        self._bind(0)
        self._listen()

    def serve(self, connection):
        head = self._read_head(connection)
        line = head.split(b"\r\n")[0].decode("latin-1")
        target = line.split(" ")[1]
        path, _, query = target.partition("?")
        kind, answer = self._route(path, query)
        behave = self.behave.get(kind)
        # Who waits for a request to be there may then change what the next one is told, and not this one.
        with self.guard:
            self.requests.append(line)
        if behave is None and kind in ("list", "events") and self._refuse(connection, target):
            return
        if behave is not None:
            behave(connection, answer)
        elif kind == "events":
            self._stream(connection, target)
        else:
            reply(connection, answer, self._headers())
        connection.close()

    # --- versions ---

    @staticmethod
    def _asked(target):
        """The minor version of a request; None if it has none."""
        found = re.match(r"/v1\.(\d+)/", target)
        return int(found.group(1)) if found else None

    def _refuse(self, connection, target):
        """True if the request's version is outside the engine's.  Podman takes any."""
        asked = self._asked(target)
        if asked is None or self.podman or minor(self.min_api) <= asked <= minor(self.api):
            return False
        if asked > minor(self.api):
            text = f"client version 1.{asked} is too new. Maximum supported API version is {self.api}"
        else:
            text = (f"client version 1.{asked} is too old. Minimum supported API version is {self.min_api}, "
                    "please upgrade your client to a newer version")
        plain = asked < JSON_ERRORS
        body = text + "\n" if plain else json.dumps({"message": text}) + "\n"
        kind = "text/plain; charset=utf-8" if plain else "application/json"
        lines = ["HTTP/1.0 400 Bad Request", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *self._headers()]
        connection.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body.encode())
        return True

    # --- events ---

    def tell(self, action, item, at=None, **attributes):
        """An event about a container, to every open stream and for those to come."""
        now = int((time.time() if at is None else at) * 1e9) + len(self.history) % 1000
        event = {"Type": "container", "Action": action, "Actor": {"ID": item["Id"], "Attributes": {
            **(item.get("Labels") or {}), **attributes, "image": item["Image"], "name": item["Names"][0][1:]}},
            "scope": "local", "time": now // 10**9, "timeNano": now}
        with self.guard:
            self.history = [*self.history, event][-HISTORY_MAX:]
            streams = list(self.streams)
        for stream in streams:
            self._send_event(stream, event)

    def _send_event(self, stream, event):
        connection, version = stream
        legacy = {} if version >= LEAN_EVENTS else {
            "status": event["Action"], "id": event["Actor"]["ID"], "from": event["Actor"]["Attributes"]["image"]}
        try:
            connection.send(json.dumps({**legacy, **event}).encode() + b"\n")
        except OSError:
            with self.guard:
                self.streams = [s for s in self.streams if s is not stream]

    def _stream(self, connection, target):
        version = self._asked(target) or minor(self.api)
        since = float(dict(urllib.parse.parse_qsl(target.partition("?")[2]))["since"])
        kind = "application/jsonl" if version >= LEAN_EVENTS else "application/json"
        stream = (connection, version)
        with self.guard:  # whoever has read that it begins finds it among the streams
            connection.send("\r\n".join(["HTTP/1.0 200 OK", f"Content-Type: {kind}", *self._headers()]).encode() + b"\r\n\r\n")
            backlog = []
            for event in reversed(self.history):  # as moby does: the first older one ends the search
                if event["timeNano"] < since * 1e9 - 1000:
                    break
                backlog.insert(0, event)
            self.streams.append(stream)
        for event in backlog:
            self._send_event(stream, event)
        connection.hang()

    def cut_streams(self):
        """Every event stream ends, as after an engine's restart; its history stays."""
        with self.guard:
            streams, self.streams = self.streams, []
        for connection, _ in streams:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def _read_head(self, connection):
        data = b""
        while b"\r\n\r\n" not in data and len(data) < HEAD_MAX:
            more = connection.sock.recv(4096)
            if not more:
                raise EOFError
            with self.guard:
                self.received += more
            data += more
        return data

    def _headers(self):
        headers = [f"Api-Version: {self.api}", "Ostype: linux"]
        return headers + (["Libpod-Api-Version: 4.3.1", "Server: Libpod/4.3.1 (linux)"] if self.podman
                          else ["Server: Docker/20.10.24 (linux)"])

    def _route(self, path, query):
        version = self._asked(path)
        path = re.sub(r"^/v1\.\d+", "", path)
        if path == "/_ping":
            return "ping", "OK"
        if path == "/version":
            return "version", json.dumps(self._version())
        if path == "/containers/json":
            return "list", json.dumps(self._list(query, version))
        if path == "/events":
            return "events", None
        return "other", None

    def _version(self):
        name = "Podman Engine" if self.podman else "Engine"
        return {"Version": "20.10.24", "ApiVersion": self.api, "MinAPIVersion": self.min_api, "Os": "linux",
                "Components": [{"Name": name, "Version": "20.10.24"}]}

    def _list(self, query, version=None):
        filters = json.loads(dict(urllib.parse.parse_qsl(query)).get("filters", "{}"))
        names = filters.get("name")
        found = [c for c in self.containers if not names or any(_matches(n, c) for n in names)]
        if filters.get("id"):
            found = [c for c in found if c["Id"] in filters["id"]]
        if "unhealthy" in filters.get("health", []):
            found = [c for c in found if "unhealthy" in c["Status"] or c.get("Health", {}).get("Status") == "unhealthy"]
        return [self._as_of(c, version or minor(self.api)) for c in found]

    def _as_of(self, item, version):
        """From 1.52 on there is Health; podman's text never tells it."""
        lean = {k: v for k, v in item.items() if k != "Health"}
        if self.podman:
            return {**lean, "Status": re.sub(r" \((healthy|unhealthy|health: starting)\)$", "", item["Status"])}
        if version < HEALTH_IN_LIST:
            return lean
        tail = re.search(r"\((?:health: )?(healthy|unhealthy|starting)\)$", item["Status"])
        return {**lean, "Health": item.get("Health") or {"Status": tail.group(1) if tail else "none", "FailingStreak": 0}}

    def story(self):
        return "engine was asked:\n" + "\n".join(self.requests[-20:] or ["nothing"])


def _matches(pattern, item):
    """Docker's name filter: an unanchored pattern, tried with and without the slash."""
    return any(re.search(pattern, n) or re.search(pattern, n.lstrip("/")) for n in item["Names"])


# --- behaviours: (connection, what a good engine would answer) ---

def reply(connection, answer, headers=("Api-Version: 1.41",), status="200 OK"):
    if answer is None:  # an event stream
        connection.send(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n")
        connection.hang()
        return
    lines = [f"HTTP/1.0 {status}", "Content-Type: application/json", *headers]
    connection.send("\r\n".join(lines).encode() + b"\r\n\r\n" + answer.encode() + b"\n")


def answer(body, status="200 OK"):
    return lambda connection, _: reply(connection, body, status=status)


def hang(connection, _):
    connection.hang()


def close(connection, _):
    connection.close()


def truncated(connection, good):
    good = good or ""  # an event stream
    reply(connection, good[:len(good) // 2])


def garbage(connection, _):
    connection.send(os.urandom(100_000))


def status_500(connection, _):
    reply(connection, json.dumps({"message": "containerd is not there"}), status="500 Internal Server Error")


def huge(connection, _, megabytes=512):
    """A list that does not end."""
    connection.send(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    one = json.dumps(container("filler", Labels={"x": "y" * 2000})).encode() + b","
    block = one * (1 + (1 << 20) // len(one))
    for _ in range(megabytes):
        connection.send(block)


def huge_element(connection, _, megabytes=256):
    """One container that does not end."""
    connection.send(b'HTTP/1.0 200 OK\r\n\r\n[{"Names":["/x"],"Labels":{"a":"')
    for _ in range(megabytes):
        connection.send(b"z" * (1 << 20))
