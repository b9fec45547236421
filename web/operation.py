"""One declaration per operation: it routes, it guards, it validates, and the OpenAPI document comes from it.

What happens to a request, in this order:

1. the path and the method choose the operation (404 and 405 otherwise);
2. the caller is identified and must have the permission, and a key the scope;
3. query and body are validated; what the operation does not know is refused;
4. the handler runs; what it returns becomes the response, and an error of ours becomes a problem document;
5. an operation that changes something leaves one audit row, whatever came of it, once it was known who asks or
   the handler began.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar, cast
from uuid import UUID

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from appliance.db import audit
from appliance.errors import Forbidden, SceneSenseError, Unauthenticated, Unavailable
from appliance.library.appliance import Appliance
from appliance.library.audit import record_refused_key
from appliance.records.accounts import Scope, Viewer
from web.auth.cookies import bring_new_token
from web.auth.identify import bearer_of, identify
from web.auth.policy import Permission, require
from web.inputs import read_body, read_query
from web.problems import NoSuchMethod, problem_response
from web.state import Caller, Context, client_ip, context_of, request_id

log = logging.getLogger(__name__)

QueryT = TypeVar("QueryT")
BodyT = TypeVar("BodyT")


@dataclass(slots=True)
class Note:
    """What the audit row says beyond the operation's name; handlers fill in what only they know."""

    object: str = ""
    actor: UUID | None = None
    #: The beginning of the id of the session or key that was used.
    credential: str = ""
    #: Whether there is anything to say: a request of nobody that never reached the handler is only noise, and a
    #: way to fill the disk.
    worth_it: bool = False
    #: The session's new token, which the answer brings to the browser, whatever comes of the request.
    new_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Call(Generic[QueryT, BodyT]):
    """One validated request. ``Call[SearchQuery, None]`` has a query model and no body."""

    request: Request
    context: Context
    #: Who is asking; None only where the permission is public or recognised.
    caller: Caller | None
    query: QueryT
    body: BodyT
    note: Note

    @property
    def viewer(self) -> Viewer:
        """Who is asking, where the permission says that there is somebody."""
        if self.caller is None:
            raise RuntimeError("the operation is public and has no viewer")
        return self.caller.viewer

    @property
    def appliance(self) -> Appliance:
        """The open library.

        Raises:
            DatabaseUnavailable: it is not open.
        """
        return self.context.appliance

    @property
    def ip(self) -> str:
        """The caller's address; empty over a Unix socket."""
        return client_ip(self.request)

    def uuid(self, name: str = "id") -> UUID:
        """A path parameter declared as ``{name:uuid}``."""
        return UUID(str(self.request.path_params[name]))

    def text(self, name: str) -> str:
        """A path parameter declared as ``{name}``."""
        return str(self.request.path_params[name])

    def number(self, name: str) -> int:
        """A path parameter declared as ``{name:int}``."""
        return int(self.request.path_params[name])


@dataclass(frozen=True, slots=True)
class Media:
    """A response of bytes, for the document; ``types`` are its content types."""

    types: tuple[str, ...]
    description: str = "The bytes."


@dataclass(frozen=True, slots=True)
class Header:
    """A header that an operation reads or writes, for the document."""

    name: str
    description: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A result with a status or headers of its own."""

    content: BaseModel | Sequence[BaseModel] | None
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


Result = Response | BaseModel | Sequence[BaseModel] | Answer | None
Handler = Callable[[Call[Any, Any]], Awaitable[Result]]
Method = Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]

#: Methods that change nothing.
LOOKS: frozenset[Method] = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path, complete with everything that is said about it."""

    method: Method
    #: Starlette's notation: ``/api/assets/{id:uuid}``; what is no UUID is then simply not found.
    path: str
    handler: Handler
    #: Half a sentence for the docs page.
    summary: str
    tag: str
    permission: Permission
    #: What an API key needs; None: any valid key will do.
    scope: Scope | None = None
    #: Whether an API key may do this at all.
    keys: bool = True
    #: Name in the audit log, for example ``asset.trash``; every operation that changes something has one.
    audit: str | None = None
    #: Whether the person must have proved within the last minutes, in this browser, who they are.
    recent: bool = False
    #: For a POST that changes nothing and so needs no audit name.
    reads_only: bool = False
    #: For what changes something and can take nobody's right away: it only adds.
    adds_only: bool = False
    #: Whether the caller may be who showed the same credential moments ago: for bytes that come by the hundred.
    remembers: bool = False
    query: type[BaseModel] | None = None
    #: Model of a JSON body, or ``list[Model]``.
    body: Any = None
    #: Model of a multipart body that the handler reads from ``call.request.stream()`` by itself.
    form: type[BaseModel] | None = None
    form_type: str = "multipart/form-data"
    #: Content type of a body of plain bytes that the handler reads by itself.
    stream: str | None = None
    #: Headers that the handler reads, and those that it writes.
    takes_headers: tuple[Header, ...] = ()
    gives_headers: tuple[Header, ...] = ()
    #: Headers that every answer has, also a refusal.
    always: Mapping[str, str] = field(default_factory=dict)
    #: By status, the first being the usual one: a model, ``list[Model]``, :class:`Media`, or None for no body.
    responses: Mapping[int, Any]
    #: What can go wrong beyond what follows from the declaration itself.
    errors: tuple[type[SceneSenseError], ...] = ()
    #: More than the summary, where there is more to say.
    description: str = ""

    @property
    def name(self) -> str:
        """A name for clients, unique in the document."""
        return self.handler.__name__

    @property
    def usual_status(self) -> int:
        """The status of a result that names none."""
        status: int = next(iter(self.responses))
        return status


async def _perform(operation: Operation, call_note: Note, request: Request, context: Context) -> Response:
    caller = None
    if operation.permission is not Permission.PUBLIC:
        caller = await identify(request, context, remembered=operation.remembers)
        call_note.actor = caller.viewer.user_id if caller else None
        call_note.credential = caller.credential[:8] if caller else ""
        call_note.worth_it = caller is not None
        call_note.new_token = caller.new_token if caller else None
    require(caller, operation.permission, scope=operation.scope, keys=operation.keys, recent=operation.recent)
    call: Call[Any, Any] = Call(
        request=request,
        context=context,
        caller=caller,
        query=read_query(request, operation.query),
        body=await read_body(request, operation.body) if operation.body is not None else None,
        note=call_note,
    )
    call_note.worth_it = True
    return _to_response(await operation.handler(call), operation.usual_status)


def _to_response(result: Result, usual_status: int) -> Response:
    if isinstance(result, Response):
        return result
    answer = result if isinstance(result, Answer) else Answer(result, usual_status)
    headers = dict(answer.headers)
    if answer.content is None:
        return Response(status_code=answer.status, headers=headers)
    if isinstance(answer.content, BaseModel):
        body = answer.content.model_dump_json(by_alias=True)
    else:
        body = f"[{','.join(item.model_dump_json(by_alias=True) for item in answer.content)}]"
    return Response(body, answer.status, headers=headers, media_type="application/json")


class Resource:
    """All operations on one path, as an ASGI application."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._operations = {operation.method: operation for operation in operations}
        methods = set(self._operations) | ({"HEAD"} if "GET" in self._operations else set())
        self._allow = ", ".join(sorted(methods))

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer one request; errors that are not ours go on to the outermost middleware."""
        request = Request(scope, receive)
        operation = self._find(request.method)
        if operation is None:
            refusal = NoSuchMethod(f"{request.url.path} takes {self._allow}.")
            response = problem_response(refusal, request_id=request_id(scope), headers={"Allow": self._allow})
        else:
            response = await self._answer(operation, request)
        await response(scope, receive, send)

    def _find(self, method: str) -> Operation | None:
        """Whoever answers GET answers HEAD, where nobody else does."""
        for name in (method, "GET" if method == "HEAD" else method):
            found = self._operations.get(name)  # type: ignore[call-overload]  # any string may be asked for
            if found is not None:
                return cast(Operation, found)
        return None

    async def _answer(self, operation: Operation, request: Request) -> Response:
        note, action = Note(), operation.audit
        outcome, reason = "error", ""
        try:
            response = await _perform(operation, note, request, context_of(request))
            outcome = "ok"
        except SceneSenseError as error:
            outcome, reason = "refused", error.reason or error.code
            if isinstance(error, Forbidden):
                # What somebody tried and may not is worth a row also where looking is not.
                action = action or f"denied {operation.name}"
            await self._note_refusal(error, note, request, reason if action else None)
            response = problem_response(error, request_id=request_id(request.scope))
        finally:
            if note.new_token is not None or (operation.audit is not None and not operation.adds_only):
                # Before the answer: whoever reads it can rely on it.
                context_of(request).access.forget()
            if action is not None and note.worth_it:
                await _write_audit(action, note, request, outcome=outcome, reason=reason)
        if note.new_token is not None:
            bring_new_token(response, context_of(request).settings, note.new_token)
        response.headers.update(operation.always)
        return response

    @staticmethod
    async def _note_refusal(error: SceneSenseError, note: Note, request: Request, reason: str | None) -> None:
        """Let the limits decide about the row, and look whether a key of somebody's was tried."""
        context, ip = context_of(request), client_ip(request)
        if reason is not None and note.worth_it:
            note.worth_it = context.refusals.worth_a_row(actor=note.actor, ip=ip, reason=reason)
        tried = bearer_of(request) if isinstance(error, Unauthenticated) else None
        if tried is None:
            return
        try:
            await record_refused_key(context.appliance.db, context.refusals, tried, ip=ip)
        except Unavailable:
            log.warning("no audit row for a key that did not work: the database is away")


async def _write_audit(action: str, note: Note, request: Request, *, outcome: str, reason: str) -> None:
    target = note.object or "/".join(str(value) for value in request.path_params.values())
    try:
        await audit.record(
            context_of(request).appliance.db,
            action=action,
            actor=note.actor,
            session=note.credential,
            ip=client_ip(request),
            object=target,
            outcome=outcome,
            reason=reason,
        )
    except Unavailable:
        log.warning("no audit row for %s %s of %s: the database is away", action, outcome, target)


def routes_of(operations: Iterable[Operation]) -> list[Route]:
    """One route per path, in the order in which paths first appear; but first what is asked for by the hundred.

    Routes are tried one after the other; the paths of these are nobody else's.
    """
    by_path: dict[str, list[Operation]] = {}
    for operation in sorted(operations, key=lambda each: not each.remembers):
        by_path.setdefault(operation.path, []).append(operation)
    return [Route(path, Resource(of_path), include_in_schema=False) for path, of_path in by_path.items()]
