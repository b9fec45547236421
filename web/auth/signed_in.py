"""The one place where somebody becomes signed in: a new session, and the cookies that go with it."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from appliance.library import attempts
from appliance.library.devices import device_place, noted
from appliance.library.sessions import end_session, start_session
from appliance.records.accounts import Session, SessionOrigin, User
from web.auth.cookies import device_note, session_token, set_device, set_session
from web.state import Context, client_ip


async def sign_in(
    connection: HTTPConnection,
    context: Context,
    user: User,
    response: Response,
    *,
    origin: SessionOrigin | None = None,
) -> Session:
    """The new session of this person in this browser; ``response`` brings the browser its cookies.

    ``origin`` is the session at an identity provider that the sign-in came from.
    """
    settings, db = context.settings, context.appliance.db
    former = session_token(connection, settings)
    if former:
        # Whatever the browser came with ends here: a planted session is never signed in.
        await end_session(db, former)
    session, token = await start_session(
        db, settings, user, ip=client_ip(connection), user_agent=agent_of(connection), origin=origin
    )
    set_session(response, settings, token)
    note = noted(context.device_secret, device_note(connection, settings), user.name)
    set_device(response, settings, note)
    return session


def place_of(connection: HTTPConnection, context: Context, account: str) -> str:
    """Where tries at this account are counted: in a browser where it signed in before, or at the caller's address."""
    note = device_note(connection, context.settings)
    return device_place(context.device_secret, note, account) or attempts.place_of(client_ip(connection))


def agent_of(connection: HTTPConnection) -> str:
    """What the browser or script calls itself."""
    return connection.headers.get("user-agent", "")
