"""The way to the provider and back.

There (:func:`start`): a row with state, nonce and verifier, tied to the browser by a cookie, and a redirect.

Back (:func:`finish`), in this order, each step ending the flow for good when it fails:

1. the state is one that this browser began, and is taken: it works once, and nobody else's is touched;
2. the answer comes from the issuer, and is a code;
3. the code, with the verifier, is worth an ID token; it is signed by the provider and right in all it claims;
4. userinfo is about the same person; then the access token is let go;
5. what the flow was begun for is done.

Whatever fails, a session that the browser has goes on, the page is told one of few codes, and the audit log and the
log of this process are told why.
"""

import hashlib
import logging
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from appliance.clock import now
from appliance.db import audit, sign_in_flows
from appliance.db.sessions import mark_authenticated
from appliance.errors import (
    Conflict,
    NotFound,
    ProviderUnavailable,
    Reauthenticate,
    SignInRefused,
    Unavailable,
)
from appliance.library import identities, sessions
from appliance.library.claims import profile_of
from appliance.records.accounts import SessionOrigin
from appliance.records.sign_in import Flow, Purpose, Reason, shown
from web.auth.cookies import set_session
from web.auth.oidc import browser
from web.auth.oidc.client import authorization_url, exchange, expected, new_verifier, userinfo
from web.auth.oidc.documents import Metadata
from web.auth.oidc.id_token import check, subject_of
from web.auth.oidc.provider import Provider
from web.auth.oidc.sealing import seal_of
from web.auth.policy import require_browser, require_recent
from web.auth.signed_in import sign_in
from web.state import Caller, Context, client_ip

log = logging.getLogger(__name__)

ACTIONS: dict[Purpose, str] = {
    "login": "auth.oidc.login",
    "connect": "identity.connect",
    "confirm": "auth.oidc.confirm",
}

#: Longest state that is looked up, characters; ours have 43.
_LONGEST_STATE = 100
_LONGEST_CODE = 8192


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, and what it is answered with."""

    request: Request
    context: Context
    provider: Provider
    #: Who is signed in in this browser.
    caller: Caller | None

    @property
    def browser_sha256(self) -> bytes:
        """The hash of the browser's mark; of nothing, which no flow has, where it has none."""
        mark = browser.mark_of(self.request, self.context.settings)
        return _sha256(mark) if mark else b""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the provider had the browser bring back; each of these may be there once."""

    state: tuple[str, ...]
    code: tuple[str, ...]
    iss: tuple[str, ...]
    error: tuple[str, ...]
    error_description: tuple[str, ...]


@dataclass(slots=True)
class Trail:
    """What the audit row will say."""

    action: str = ACTIONS["login"]
    actor: UUID | None = None
    session: str = ""
    object: str = ""


@dataclass(frozen=True, slots=True)
class Proved:
    """Somebody of whom the provider has said who they are."""

    metadata: Metadata
    claims: dict[str, object]
    userinfo: dict[str, object]
    id_token: str = field(repr=False)

    @property
    def issuer(self) -> str:
        """The provider's name."""
        return self.metadata.issuer

    @property
    def sub(self) -> str:
        """The provider's name of the person, for good."""
        return subject_of(self.claims)


def _sha256(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


# --- there ---------------------------------------------------------------------------------------------------


async def start(visit: Visit, *, next_path: str, purpose: Purpose) -> Response:
    """The redirect to the provider, or to the page with the code of what is in the way.

    That the request may begin a sign-in was looked at before (:func:`web.auth.oidc.browser.may_begin`).
    """
    trail = Trail(action=ACTIONS[purpose])
    try:
        if purpose != "login":
            trail.actor = _check_may_bind(visit)
        metadata = await visit.provider.metadata(now=True)
        return await _begun(visit, metadata, next_path=next_path, purpose=purpose, account=trail.actor)
    except (SignInRefused, ProviderUnavailable, Reauthenticate) as error:
        return await _refused(visit, trail, error)


def _check_may_bind(visit: Visit) -> UUID:
    """Whose account it is about, where somebody signed in wants to tie something to it."""
    if not browser.is_from_own_page(visit.request, visit.context.settings):
        raise SignInRefused(Reason.CROSS_SITE, "Another site, or nobody knows who, led the browser here.")
    if visit.caller is None or visit.caller.via != "session":
        raise SignInRefused(Reason.SESSION, "Nobody is signed in in this browser.")
    return visit.caller.viewer.user_id


async def _begun(
    visit: Visit, metadata: Metadata, *, next_path: str, purpose: Purpose, account: UUID | None
) -> Response:
    settings, db = visit.context.settings, visit.context.appliance.db
    if purpose == "connect" and visit.caller is not None:
        require_recent(visit.caller)
    mark = browser.mark_of(visit.request, settings)
    if mark is None or not await sign_in_flows.has_living(db, _sha256(mark)):
        # One that another app of this host may have planted is of no use to it.
        mark = browser.new_mark()
    state, nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(32), new_verifier()
    await sign_in_flows.begin(
        db,
        state_sha256=_sha256(state),
        browser_sha256=_sha256(mark),
        nonce=nonce,
        verifier=verifier,
        purpose=purpose,
        account=account,
        next=browser.local_path(next_path),
    )
    url = authorization_url(settings, metadata, state=state, nonce=nonce, verifier=verifier, purpose=purpose)
    response = browser.redirect(url)
    browser.set_mark(response, settings, mark)
    return response


# --- and back ------------------------------------------------------------------------------------------------


async def finish(visit: Visit, reply: Reply) -> Response:
    """The redirect to where the page goes on, or to the page with the code of what went wrong."""
    trail = Trail()
    try:
        flow = await _taken(visit, reply)
        trail.action, trail.actor = ACTIONS[flow.purpose], flow.account
        proved = await _proved(visit, reply, flow)
        trail.object = proved.sub
        done = {"login": _log_in, "connect": _connect, "confirm": _confirm}[flow.purpose]
        response = await done(visit, flow, proved, trail)
    except (SignInRefused, ProviderUnavailable) as error:
        return await _refused(visit, trail, error)
    await _write(visit, trail, outcome="ok", reason="")
    return response


async def _taken(visit: Visit, reply: Reply) -> Flow:
    if len(reply.state) != 1 or not 1 <= len(reply.state[0]) <= _LONGEST_STATE:
        raise SignInRefused(Reason.STATE, "The answer does not say which sign-in it is for.")
    db, state, mark = visit.context.appliance.db, _sha256(reply.state[0]), visit.browser_sha256
    flow = await sign_in_flows.take(db, state_sha256=state, browser_sha256=mark)
    if flow is not None:
        return flow
    why = await sign_in_flows.why_none(db, state_sha256=state, browser_sha256=mark)
    if why == "expired":
        raise SignInRefused(Reason.FLOW_EXPIRED, "The sign-in was begun more than ten minutes ago.")
    if why == "browser":
        raise SignInRefused(
            Reason.BROWSER,
            "The sign-in was begun in another browser, or the cookie is missing: people have to use the very address"
            f" of PUBLIC_URL, {visit.context.settings.public_url}.",
        )
    raise SignInRefused(
        Reason.STATE, "Nobody began this sign-in, or it is over (the back button leads here)."
    )


async def _proved(visit: Visit, reply: Reply, flow: Flow) -> Proved:
    provider = visit.provider
    metadata = await provider.metadata()
    code = _code(reply, metadata)
    tokens = await exchange(provider, metadata, code=code, verifier=flow.verifier)
    signed = await provider.verified(tokens.id_token)
    claims = dict(check(signed, expected(visit.context.settings, flow, tokens, now=now())))
    said = await userinfo(provider, metadata, tokens, sub=subject_of(claims))
    return Proved(metadata, claims, said, tokens.id_token)


def _code(reply: Reply, metadata: Metadata) -> str:
    """The code, when the answer is one and comes from the issuer."""
    told = reply.iss[0] if len(reply.iss) == 1 else None
    if told != metadata.issuer and (reply.iss or metadata.names_issuer):
        raise SignInRefused(
            Reason.CALLBACK_ISS,
            f"The answer is of the issuer {(told or 'none')[:200]!r}, not of {metadata.issuer!r}.",
        )
    if reply.error:
        said = " ".join((*reply.error, *reply.error_description))[:300]
        reason = Reason.DENIED if "access_denied" in reply.error else Reason.PROVIDER_ERROR
        raise SignInRefused(reason, f"The provider, or the person, said no: {said!r}.")
    if len(reply.code) != 1 or not 1 <= len(reply.code[0]) <= _LONGEST_CODE:
        raise SignInRefused(Reason.CALLBACK, "The provider's answer has neither a code nor an error.")
    return reply.code[0]


async def _log_in(visit: Visit, flow: Flow, proved: Proved, trail: Trail) -> Response:
    context = visit.context
    profile = profile_of(context.settings, id_token=proved.claims, userinfo=proved.userinfo)
    user = await identities.sign_in(context.appliance.db, context.settings, profile)
    response = browser.go_on(context.settings, flow.next)
    sid = proved.claims.get("sid")
    seal = await seal_of(context)
    origin = SessionOrigin(
        issuer=proved.issuer,
        sub=proved.sub,
        sid=sid if isinstance(sid, str) and 0 < len(sid) <= 255 else None,
        id_token=seal.close(proved.id_token, issuer=proved.issuer, sub=proved.sub),
    )
    session = await sign_in(visit.request, context, user, response, origin=origin)
    proved_at = proved.claims.get("auth_time")
    if isinstance(proved_at, int | float) and 0 <= proved_at < 1e11:
        # The provider may have asked nothing, because its own session is older than ours.
        at = datetime.fromtimestamp(proved_at, tz=UTC)
        await mark_authenticated(context.appliance.db, session.id, at=at)
    trail.actor, trail.session, trail.object = user.id, str(session.id)[:8], user.name
    return response


async def _connect(visit: Visit, flow: Flow, proved: Proved, trail: Trail) -> Response:
    account, _ = _own_session(visit, flow, trail)
    try:
        await identities.connect(visit.context.appliance.db, account, issuer=proved.issuer, sub=proved.sub)
    except Conflict as error:
        raise SignInRefused(Reason.TAKEN, error.message) from error
    except NotFound as error:
        raise SignInRefused(Reason.SESSION, error.message) from error
    return browser.go_on(visit.context.settings, flow.next)


async def _confirm(visit: Visit, flow: Flow, proved: Proved, trail: Trail) -> Response:
    context = visit.context
    account, session_id = _own_session(visit, flow, trail)
    if not await identities.is_theirs(context.appliance.db, account, issuer=proved.issuer, sub=proved.sub):
        raise SignInRefused(
            Reason.OTHER_PERSON, "The identity is not one of the account's that is signed in."
        )
    token = await sessions.rotate(context.appliance.db, session_id, grace=True)
    if token is None:
        raise SignInRefused(Reason.SESSION, "The session has ended meanwhile.")
    response = browser.go_on(context.settings, flow.next)
    set_session(response, context.settings, token)
    return response


def _own_session(visit: Visit, flow: Flow, trail: Trail) -> tuple[UUID, UUID]:
    """The account that the flow was begun for and its session, which is still this browser's."""
    caller = visit.caller
    if caller is None or caller.via != "session" or caller.viewer.user_id != flow.account:
        raise SignInRefused(Reason.SESSION, "Whoever began this is not signed in in this browser any more.")
    trail.session = caller.credential[:8]
    return caller.viewer.user_id, require_browser(caller)


# --- when it fails -------------------------------------------------------------------------------------------


async def _refused(
    visit: Visit, trail: Trail, error: SignInRefused | ProviderUnavailable | Reauthenticate
) -> Response:
    reason = error.reason or error.code
    log.warning("sign-in at the provider failed (%s): %s", reason, " ".join(error.message.split()))
    if visit.context.refusals.worth_a_row(actor=trail.actor, ip=client_ip(visit.request), reason=reason):
        await _write(visit, trail, outcome="refused", reason=reason)
    code = error.code if isinstance(error, Reauthenticate) else shown(reason)
    return browser.refuse(visit.context.settings, code)


async def _write(visit: Visit, trail: Trail, *, outcome: str, reason: str) -> None:
    try:
        await audit.record(
            visit.context.appliance.db,
            action=trail.action,
            actor=trail.actor,
            session=trail.session,
            ip=client_ip(visit.request),
            object=trail.object,
            outcome=outcome,
            reason=reason,
        )
    except Unavailable:
        log.warning("no audit row for %s %s: the database is away", trail.action, outcome)
