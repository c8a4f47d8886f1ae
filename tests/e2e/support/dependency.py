"""A dependency that is pinged: http, https or tcp."""

from .http_peer import HttpPeer


class Dependency(HttpPeer):
    def __init__(self, tls=None):
        self.status = "200 OK"
        self.headers = ()
        self.hanging = False
        self.pings = 0
        super().__init__(tls)

    def respond(self, connection, request):
        # Who waits for a ping to be counted may then change what the next one is told, and not this one.
        hanging, status, headers = self.hanging, self.status, self.headers
        self.pings += 1
        if hanging:
            connection.hang()
        else:
            connection.reply(status, "well", "text/plain", headers)

    def tcp(self, host="127.0.0.1"):
        return f"tcp://{host}:{self.port}"
