"""A certificate authority of the test's own, made by the openssl command."""

import ssl
import subprocess

EXTENSIONS = """\
subjectAltName=DNS:localhost,DNS:telegram.test,DNS:web.test,IP:127.0.0.1,IP:::1
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=serverAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""


def openssl(directory, *args):
    subprocess.run(["openssl", *args], cwd=directory, check=True, capture_output=True, timeout=60)


class Authority:
    """ca.pem signs server.pem, which is good for localhost, 127.0.0.1, ::1, and names that only a test's name server knows."""

    def __init__(self, directory):
        self.directory = directory
        self.ca_file = directory / "ca.pem"
        (directory / "extensions").write_text(EXTENSIONS)
        self._make_ca()
        self._make_server()

    def _make_ca(self):
        openssl(self.directory, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                "-subj", "/CN=test authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", "ca.key", "-out", "ca.pem")

    def _make_server(self):
        openssl(self.directory, "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
                "-keyout", "server.key", "-out", "server.csr")
        openssl(self.directory, "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", "extensions", "-out", "server.pem")

    def server_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.directory / "server.pem", self.directory / "server.key")
        return context
