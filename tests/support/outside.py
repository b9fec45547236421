"""An identity provider's public face, on a network that is no home's: what it says of itself, by https."""

import datetime
import ipaddress
import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import RSAKey

from tests.support.household import Household

#: On the link between this machine and the box; shared address space (RFC 6598), which is not private.
OUTSIDE, _INSIDE = "100.64.7.1", "100.64.7.2"


@dataclass(frozen=True, slots=True)
class Outside:
    """A provider that answers, for whoever may speak to it."""

    issuer: str
    #: Its own certificate, which nobody knows.
    ca_file: Path


@contextmanager
def outside_provider(home: Household, folder: Path) -> Iterator[Outside]:
    """The provider, which the box reaches by its network; whether a service may is the kernel's to say."""
    link = home.box.network.link
    subprocess.run(["ip", "address", "add", f"{OUTSIDE}/30", "dev", link], check=True)  # noqa: S607
    home.box.run(["ip", "address", "add", f"{_INSIDE}/30", "dev", "eth0"])
    certificate = _certificate(folder)
    server = ThreadingHTTPServer((OUTSIDE, 0), _Published)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, folder / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    issuer = f"https://{OUTSIDE}:{server.server_address[1]}"
    _Published.documents = _documents(issuer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Outside(issuer, certificate)
    finally:
        server.shutdown()
        server.server_close()
        home.box.run(["ip", "address", "del", f"{_INSIDE}/30", "dev", "eth0"], check=False)
        subprocess.run(["ip", "address", "del", f"{OUTSIDE}/30", "dev", link], check=True)  # noqa: S607


class _Published(BaseHTTPRequestHandler):
    documents: dict[str, object] = {}  # noqa: RUF012 - one provider at a time

    def do_GET(self) -> None:
        found = self.documents.get(self.path)
        body = json.dumps(found or {}).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests' own output is for the tests."""


def _documents(issuer: str) -> dict[str, object]:
    key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}, private=False)
    return {
        "/.well-known/openid-configuration": {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "jwks_uri": f"{issuer}/jwks",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256"],
        },
        "/jwks": {"keys": [key.as_dict(private=False)]},
    }


def _certificate(folder: Path) -> Path:
    """The file of a certificate for this address, signed by itself; its key is beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, OUTSIDE)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(OUTSIDE))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    file = folder / "outside-ca.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return file
