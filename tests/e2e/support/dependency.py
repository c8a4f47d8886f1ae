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
        self.pings += 1
        if self.hanging:
            connection.hang()
        else:
            connection.reply(self.status, "well", "text/plain", self.headers)

    def tcp(self, host="127.0.0.1"):
        return f"tcp://{host}:{self.port}"
