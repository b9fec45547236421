"""What this process knows of the provider, asked once and kept for a while: its document and its keys.

Whoever comes while it is asked waits for that answer. A failure is kept as well, for seconds, so that a provider that
is away costs one wait and not one for each request. Keys are asked for anew when a token can't be checked with
those that are known, as providers change them; how often is limited, since anybody can send such a token.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from appliance.db import audit
from appliance.errors import ProviderUnavailable, SceneSenseError, SignInRefused, Unavailable
from appliance.records.sign_in import Reason
from appliance.settings import Settings
from web.auth.oidc.documents import Metadata, discovery_url, json_object, read_metadata, unusable
from web.auth.oidc.keys import SigningKey, read_keys
from web.auth.oidc.signatures import Verified, read_header, verify
from web.auth.oidc.wire import Wire
from web.state import Context

log = logging.getLogger(__name__)

Value = TypeVar("Value")

KEEP_SECONDS = 600.0
KEEP_FAILURE_SECONDS = 5.0

#: A provider that answered so lately is taken to be there.
KEEP_THERE_SECONDS = 10.0

#: How often keys may be asked for anew, in this many seconds.
RENEWALS = 10
RENEWALS_SECONDS = 60.0

#: What newer keys may mend.
_STALE = frozenset({Reason.KID, Reason.SIGNATURE, Reason.KID_AMBIGUOUS})


class Kept(Generic[Value]):
    """A value that is asked for when it is needed and too old. ``clock`` gives seconds that only go forward."""

    def __init__(
        self, ask: Callable[[], Awaitable[Value]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = asyncio.Lock()
        self._asked_at = float("-inf")
        self._value: Value | None = None
        self._failure: SceneSenseError | None = None
        #: Counts the answers, so that several who find one too old ask once.
        self.version = 0

    async def get(self, *, age_seconds: float = KEEP_SECONDS) -> Value:
        """The value, at most this old.

        Raises:
            SceneSenseError: what asking for it raised, now or a moment ago.
        """
        async with self._lock:
            kept = age_seconds if self._failure is None else KEEP_FAILURE_SECONDS
            if self._clock() >= self._asked_at + kept:
                await self._renew()
            if self._failure is not None:
                raise self._failure.with_traceback(None)
            assert self._value is not None  # noqa: S101 - either was set
            return self._value

    def drop(self, version: int) -> None:
        """Ask again next time, unless somebody has since ``version``."""
        if self.version == version:
            self._asked_at = float("-inf")

    async def _renew(self) -> None:
        try:
            self._value, self._failure = await self._ask(), None
        except (ProviderUnavailable, SignInRefused) as error:
            self._failure = error
        self._asked_at = self._clock()
        self.version += 1


class Tell(Protocol):
    """Somebody who is told that keys were asked for anew, what came of it, and why."""

    def __call__(self, *, object: str, outcome: str, reason: str) -> Awaitable[None]:
        """Take note of it, as a row of the audit log has it."""


class Provider:
    """The provider of these settings, which must have one.

    ``tell`` is called when its keys turn out to be others than before, and when they were asked for because a token
    did not fit those that were known.
    """

    def __init__(
        self, settings: Settings, clock: Callable[[], float] = time.monotonic, *, tell: Tell | None = None
    ) -> None:
        self.settings = settings
        self.wire = Wire(settings)
        self._clock = clock
        self._metadata = Kept(self._ask_metadata, clock)
        self._keys = Kept(self._ask_keys, clock)
        self._tell = tell
        #: Why keys are asked for before their time.
        self._why = ""
        self._known: frozenset[str] = frozenset()
        #: When keys were asked for anew: for tokens that the provider gave, and for those that anybody may send.
        self._renewals = {strange: deque[float](maxlen=RENEWALS) for strange in (False, True)}

    @property
    def issuer(self) -> str:
        """The issuer, to the letter."""
        return str(self.settings.oidc_issuer)

    async def metadata(self, *, now: bool = False) -> Metadata:
        """What the provider says of itself; ``now`` where it must be there at this moment, as people are sent to it.

        Raises:
            ProviderUnavailable: it does not answer, or with nothing that can be used.
            SignInRefused: it is another issuer.
        """
        return await self._metadata.get(age_seconds=KEEP_THERE_SECONDS if now else KEEP_SECONDS)

    async def verified(self, token: str, *, strange: bool = False) -> Verified:
        """A token's header and claims, when the provider signed it.

        ``strange`` says that anybody may have sent it: a flood of such tokens keeps no sign-in from newer keys.

        Raises:
            SignInRefused: it did not, also by its newest keys.
            ProviderUnavailable: its keys can't be had.
        """
        # What no key could mend costs no question.
        read_header(token, self.settings.oidc_signing_alg)
        version = self._keys.version
        keys = await self._keys.get()
        try:
            return verify(token, keys, self.settings.oidc_signing_alg)
        except SignInRefused as error:
            if error.reason not in _STALE or version != self._keys.version or not self._may_renew(strange):
                raise
            log.info(
                "a token can't be checked with the provider's keys (%s); asking for them anew", error.reason
            )
            self._why = error.reason
        self._keys.drop(version)
        return verify(token, await self._keys.get(), self.settings.oidc_signing_alg)

    def _may_renew(self, strange: bool) -> bool:
        moment, renewals = self._clock(), self._renewals[strange]
        if len(renewals) == RENEWALS and moment - renewals[0] < RENEWALS_SECONDS:
            log.warning("the provider's keys were asked for %d times in a minute; no more for now", RENEWALS)
            return False
        renewals.append(moment)
        return True

    async def _ask_metadata(self) -> Metadata:
        # Certificates are read from files.
        await asyncio.to_thread(self._prepare)
        url = discovery_url(self.issuer)
        document = json_object(await self.wire.ask("GET", url), url, reason=Reason.DISCOVERY)
        return read_metadata(self.settings, document)

    def _prepare(self) -> None:
        try:
            _ = self.wire.certificates
        except SceneSenseError as error:
            raise unusable(error.message, Reason.UNREACHABLE) from error

    async def _ask_keys(self) -> tuple[SigningKey, ...]:
        why, self._why = self._why, ""
        try:
            found = await self._published_keys()
        except (ProviderUnavailable, SignInRefused) as error:
            if why:
                await self._told(object=self.issuer, outcome="refused", reason=error.reason or error.code)
            raise
        known, self._known = self._known, frozenset(key.key.thumbprint() for key in found)
        new = len(self._known - known)
        if why or (known and new):
            await self._told(object=f"{self.issuer} new={new}", outcome="ok", reason=why)
        return found

    async def _told(self, *, object: str, outcome: str, reason: str) -> None:
        if self._tell is not None:
            await self._tell(object=object, outcome=outcome, reason=reason)

    async def _published_keys(self) -> tuple[SigningKey, ...]:
        metadata = await self.metadata()
        document = json_object(
            await self.wire.ask("GET", metadata.jwks_uri), metadata.jwks_uri, reason=Reason.KEYS
        )
        found = read_keys(document)
        if not found:
            raise unusable(f"{metadata.jwks_uri} has no key that can check a signature.", Reason.KEYS)
        return found


def provider_of(context: Context) -> Provider | None:
    """The provider, which the process keeps; None where the settings have none."""
    return context.part(Provider, lambda: _made(context)) if context.settings.oidc_enabled else None


def _made(context: Context) -> Provider:
    if str(context.settings.oidc_issuer).startswith("http:"):
        log.warning("OIDC_ISSUER is plain http: whoever listens on the home's network can sign in as anybody")

    async def tell(*, object: str, outcome: str, reason: str) -> None:
        try:
            db = context.appliance.db
            await audit.record(db, action="auth.oidc.keys", object=object, outcome=outcome, reason=reason)
        except Unavailable:
            log.warning("no audit row for the provider's keys: the database is away")

    return Provider(context.settings, tell=tell)
