"""Canaille, a home's identity provider with pages of its own, in memory and on loopback; run by its own Python.

``canaille_provider.py PORT ORIGIN``: prints ``ready`` once it listens, and ends when its standard input does.
"""

import json
import os
import sys
import uuid
from datetime import UTC, datetime
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

# Its own word for that it may be reached by plain http.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from joserfc.jwk import JWKRegistry

PEOPLE = {"alice": ["admins", "family"], "bob": ["family"]}


def signing_key() -> dict[str, Any]:
    """A new key; without an algorithm it would sign RS512."""
    key = JWKRegistry.generate_key("RSA", 2048, {"alg": "RS256", "use": "sig"})
    key.ensure_kid()
    return dict(key.as_dict(private=True))


def configuration(port: int) -> dict[str, Any]:
    """What its configuration file would say."""
    rights = {
        "PERMISSIONS": ["use_oidc", "edit_self"],
        "READ": ["user_name", "groups"],
        "WRITE": ["emails", "given_name", "family_name"],
    }
    return {
        "SECRET_KEY": uuid.uuid4().hex,
        "SERVER_NAME": f"127.0.0.1:{port}",
        "PREFERRED_URL_SCHEME": "http",
        "CANAILLE": {
            "DATABASE": "memory",
            "JAVASCRIPT": False,
            "HTMX": False,
            "CAPTCHA_ENABLED": False,
            "ACL": {"DEFAULT": rights},
        },
        "CANAILLE_OIDC": {
            "ACTIVE_JWKS": [signing_key()],
            "REQUIRE_NONCE": True,
            # Of clients there, nobody is asked whether they may know who signs in.
            "TRUSTED_DOMAINS": ["localhost"],
        },
    }


def fill(origin: str) -> None:
    """The people, their groups, and this appliance as a client."""
    backend = Backend.instance
    with backend.session():
        people = {}
        for name in PEOPLE:
            people[name] = models.User(
                user_name=name,
                given_name=name.title(),
                family_name="Home",
                formatted_name=f"{name.title()} Home",
                emails=[f"{name}@home.test"],
                password=f"{name}-pw-{name}",
            )
            backend.save(people[name])
        for group in ("admins", "family"):
            members = [people[name] for name, groups in PEOPLE.items() if group in groups]
            backend.save(models.Group(display_name=group, members=members))
        client = models.Client(
            client_id="scene-sense",
            client_secret="scene-secret",
            client_name="Scene-Sense",
            client_uri=origin,
            contacts=["admin@home.test"],
            redirect_uris=[f"{origin}/api/auth/oidc/callback"],
            post_logout_redirect_uris=[f"{origin}/?signed_out=1"],
            grant_types=["authorization_code"],
            response_types=["code"],
            scope=["openid", "profile", "email", "groups"],
            id_token_signed_response_alg="RS256",
            token_endpoint_auth_method="client_secret_basic",
            client_id_issued_at=datetime.now(UTC),
        )
        backend.save(client)
        client.audience = [client]
        backend.save(client)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None: ...


class _Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def say(line: str) -> None:
    """One line for the test, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Serve until nobody needs it."""
    port, origin = int(sys.argv[1]), sys.argv[2]
    app = create_app(config=configuration(port))
    with app.app_context():
        fill(origin)
    server = make_server("127.0.0.1", port, app, server_class=_Threaded, handler_class=_Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    say("ready")
    for line in sys.stdin:
        # The old key goes on being published, as in a rotation by its own command.
        if json.loads(line) == "rotate":
            oidc = app.config["CANAILLE_OIDC"]
            oidc["INACTIVE_JWKS"], oidc["ACTIVE_JWKS"] = oidc["ACTIVE_JWKS"], [signing_key()]
            say("rotated")
    server.shutdown()


if __name__ == "__main__":
    main()
