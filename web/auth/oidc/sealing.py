"""Encrypts the ID token that is kept with a session: it goes back to the provider when the person signs out.

AES-256-GCM under a key of its own file in ``secrets``, bound to the issuer and subject it was kept for: a copy of
the database alone tells nothing, and a row's token can't be moved to another row's.
"""

import asyncio
import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.library.secrets import id_token_secret
from appliance.settings import Settings
from web.state import Context

_NONCE_BYTES = 12

#: Longer ones are not kept; signing out then asks the person at the provider.
_LONGEST = 16 * 1024


class Seal:
    """Encrypts and decrypts with one key of 256 bits."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, id_token: str, *, issuer: str, sub: str) -> bytes | None:
        """The token encrypted; None when it is too long to be kept."""
        plain = id_token.encode()
        if len(plain) > _LONGEST:
            return None
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, _place(issuer, sub))

    def open(self, sealed: bytes, *, issuer: str, sub: str) -> str | None:
        """The token; None when it was sealed by another key or for somebody else."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, rest, _place(issuer, sub)).decode()
        except (InvalidTag, ValueError):
            return None


def _place(issuer: str, sub: str) -> bytes:
    return f"{issuer}\n{sub}".encode("utf-8", "replace")


async def seal_of(context: Context) -> Seal:
    """The seal of this appliance, which the process keeps.

    Raises:
        SettingsError: its file can't be read or made.
    """
    made = await asyncio.to_thread(_read_seal, context.settings)
    return context.part(Seal, lambda: made)


def _read_seal(settings: Settings) -> Seal:
    text = id_token_secret(settings)
    return Seal(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
