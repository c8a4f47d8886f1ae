#!/usr/bin/python3
"""
What a person would write in an afternoon instead: the same checks from one
loop of the standard library, for comparison in the bench.  Takes its world as
JSON in argv[1]; posts a line to Telegram when a check changes its mind.
"""

import http.client
import json
import os
import socket
import ssl
import sys
import time
import urllib.request


def fetch(url, timeout=5):
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read()


class Engine(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=5)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(5)
        self.sock.connect(self.path)


def containers(path):
    engine = Engine(path)
    engine.request("GET", "/containers/json?all=1")
    listed = json.loads(engine.getresponse().read())
    engine.close()
    return {c["Names"][0].lstrip("/"): c["State"] == "running" for c in listed}


def memory():
    with open("/proc/meminfo", encoding="ascii") as f:
        values = {line.split(":")[0]: int(line.split()[1]) for line in f}
    return 100 * (1 - values["MemAvailable"] / values["MemTotal"]) < 90


def disk():
    s = os.statvfs("/")
    return 100 * (s.f_blocks - s.f_bfree) / (s.f_blocks - s.f_bfree + s.f_bavail) < 97


def tcp(host, port):
    socket.create_connection((host, port), timeout=5).close()
    return True


def attempt(check, *args):
    try:
        return check(*args)
    except (OSError, ValueError, http.client.HTTPException):
        return False


def look(world):
    seen = {"mem": attempt(memory), "disk": attempt(disk),
            "app": attempt(lambda: "queue" in json.loads(fetch(world["app"])))}
    for name, url in world["http"].items():
        seen[name] = attempt(lambda url=url: bool(fetch(url)))
    for name, (host, port) in world["tcp"].items():
        seen[name] = attempt(tcp, host, port)
    listed = attempt(containers, world["docker"])
    seen.update({f"container {k}": v for k, v in listed.items()} if listed else {"docker": False})
    return seen


def tell(world, text):
    body = json.dumps({"chat_id": world["chat"], "text": text}).encode()
    request = urllib.request.Request(world["send"], body, {"Content-Type": "application/json"})
    context = ssl.create_default_context(cafile=world["ca"]) if world["send"].startswith("https") else None
    try:
        urllib.request.urlopen(request, timeout=5, context=context).read()
    except OSError as error:
        print(error, file=sys.stderr)


def main():
    world = json.loads(sys.argv[1])
    before = {}
    while True:
        began = time.monotonic()
        now = look(world)
        for name, good in now.items():
            if good != before.get(name, True):
                tell(world, f"{name} is {'well again' if good else 'down'}")
        before = now
        time.sleep(max(0, world["interval"] - (time.monotonic() - began)))


main()
