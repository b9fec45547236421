"""Who may do what, said once more and independently of the operations' own declarations.

Each operation has a row: an example of a request, and the kind of thing that it is, from which follows the status
for each caller. The example is about what is olga's, unless the operation is about oneself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.home import picture
from tests.support.web import PASSWORD
from tests.support.world import SECRET, Caller, World

OK = 0
_NOBODY = dict.fromkeys((Caller.ANONYMOUS, Caller.EXPIRED_KEY, Caller.DISABLED), 401)
_PEOPLE = (Caller.OTHER, Caller.VIEWER, Caller.GUEST, Caller.ADMIN, Caller.OWNER)


def _all(status: int = OK) -> dict[Caller, int]:
    return {**_NOBODY, **dict.fromkeys(_PEOPLE, status), Caller.READ_KEY: status}


#: What an operation is about: the status for each caller, OK being the row's own.
Kind = Mapping[Caller, int]


#: Anybody may.
OPEN: Kind = dict.fromkeys(Caller, OK)
#: Anybody may, but whoever shows a credential shows a good one.
WELCOME: Kind = {**dict.fromkeys(Caller, OK), Caller.EXPIRED_KEY: 401}
#: Everybody for themselves, with a key as well.
ONES_OWN: Kind = _all()
#: Everybody for themselves, in a browser only.
AT_THE_DOOR: Kind = {**_all(), Caller.READ_KEY: 403}
#: A key or session of olga's: for others there is no such thing.
HERS_ALONE: Kind = {**_all(404), Caller.OWNER: OK, Caller.READ_KEY: 403}
#: A picture that is shared, to be looked at.
SEEN: Kind = {**_all(), Caller.OTHER: 404, Caller.ADMIN: 404}
#: The same, to be changed.
CHANGED: Kind = {**_all(403), Caller.OTHER: 404, Caller.ADMIN: 404, Caller.OWNER: OK}
#: What is not shared: nobody else has ever heard of it.
HIDDEN: Kind = {**_all(404), Caller.VIEWER: 403, Caller.READ_KEY: 403, Caller.OWNER: OK}
#: The same, to be looked at.
KEPT: Kind = {**_all(404), Caller.READ_KEY: OK, Caller.OWNER: OK}
#: What only a folder's owner is told.
TOLD: Kind = {**_all(403), Caller.OTHER: 404, Caller.ADMIN: 404, Caller.OWNER: OK, Caller.READ_KEY: OK}
#: Adding something to one's own library.
ADDED: Kind = {**_all(), Caller.VIEWER: 403, Caller.READ_KEY: 403}
#: Looking at something that whoever only looks has no use for.
PLANNED: Kind = {**_all(), Caller.VIEWER: 403}
#: Running the appliance.
RUN: Kind = {**_all(403), Caller.ADMIN: OK}


@dataclass(frozen=True, slots=True)
class Row:
    """An example of one operation."""

    kind: Kind
    status: int = 200
    #: Parameters of the path: names of objects of the world.
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    #: A JSON body; a text that begins with ``@`` is the name of an object.
    json: Any = None
    files: Mapping[str, tuple[str, bytes]] | None = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    content: bytes | None = None
    #: Where somebody's answer is another than the kind says.
    but: Mapping[Caller, int] = field(default_factory=dict)

    def wanted(self, caller: Caller) -> int:
        """The status for this caller."""
        given = self.but.get(caller, self.kind[caller])
        return self.status if given == OK else given

    def request(self, world: World, path: str) -> dict[str, Any]:
        """What httpx sends; ``path`` has its parameters in braces."""
        for name, value in self.path.items():
            path = path.replace(f"{{{name}}}", world.facts.objects.get(value, value))
        return {
            "url": path,
            "params": {name: _filled(value, world) for name, value in self.query.items()},
            "json": _filled(self.json, world),
            "files": self.files,
            "data": _filled(self.form, world),
            "headers": self.headers,
            "content": self.content,
        }


def _filled(value: Any, world: World) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, world) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, world) for item in value]
    if isinstance(value, str) and value.startswith("@"):
        return world[value[1:]]
    return value


_TUS = {"Tus-Resumable": "1.0.0"}
_PIECE = {**_TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
_ASSET, _FOLDER, _USER = {"id": "asset"}, {"id": "folder"}, {"id": "otto"}
_TAG = {"id": "tag"}
_UPLOAD = {"id": "upload"}
_ALBUM = {"id": "album"}
_CREDENTIALS = {"username": "gus", "password": PASSWORD}

ROWS: Mapping[str, Row] = {
    # signing in
    "GET /api/auth/state": Row(WELCOME),
    "POST /api/auth/setup": Row(OPEN, 409, json={"token": "x", "username": "mallory", "password": PASSWORD}),
    "POST /api/auth/login": Row(OPEN, json=_CREDENTIALS),
    "POST /api/auth/token": Row(OPEN, json=_CREDENTIALS),
    "POST /api/auth/confirm": Row(AT_THE_DOOR, 204, json={"password": PASSWORD}),
    "POST /api/auth/logout": Row(WELCOME, 204),
    "POST /api/auth/signup": Row(
        OPEN, 403, json={"username": "mallory", "password": PASSWORD, "invite": "A" * 43}
    ),
    "POST /api/auth/invite": Row(OPEN, json={"invite": "@invite token"}),
    "GET /api/admin/invites": Row(RUN),
    "POST /api/admin/invites": Row(RUN, 201, json={"role": "viewer"}),
    "DELETE /api/admin/invites/{id}": Row(RUN, 204, path={"id": "invite"}),
    # The provider is away; with one that answers, see test_oidc_*.py.
    "GET /api/auth/oidc/start": Row(WELCOME, 303, query={"next": "/folders"}),
    "GET /api/auth/oidc/callback": Row(WELCOME, 303, query={"state": "A" * 43, "code": "x"}),
    "POST /api/auth/oidc/backchannel-logout": Row(OPEN, 400, form={"logout_token": "a.b.c"}),
    # oneself
    "GET /api/me": Row(ONES_OWN),
    "POST /api/me/password": Row(
        AT_THE_DOOR, 204, json={"current_password": PASSWORD, "new_password": "another horse battery"}
    ),
    "GET /api/me/sessions": Row(AT_THE_DOOR),
    "DELETE /api/me/sessions": Row(AT_THE_DOOR),
    "DELETE /api/me/sessions/{id}": Row(HERS_ALONE, 204, path={"id": "session"}),
    "GET /api/me/keys": Row(AT_THE_DOOR),
    "POST /api/me/keys": Row(AT_THE_DOOR, 201, json={"name": "new", "scopes": ["asset:read"]}),
    "DELETE /api/me/keys/{id}": Row(HERS_ALONE, 204, path={"id": "key"}),
    "GET /api/me/identities": Row(AT_THE_DOOR),
    "DELETE /api/me/identities/{id}": Row(HERS_ALONE, 204, path={"id": "identity"}),
    # pictures
    "POST /api/assets": Row(ADDED, 201, files={"file": ("new.jpg", picture(9))}),
    "POST /api/uploads/check": Row(ADDED, json=[{"sha256": "@sha256", "size": 1}]),
    "OPTIONS /api/uploads": Row(OPEN, 204),
    "POST /api/uploads": Row(ADDED, 201, headers={**_TUS, "Upload-Length": "5"}),
    "HEAD /api/uploads/{id}": Row(HIDDEN, path=_UPLOAD, headers=_TUS),
    "PATCH /api/uploads/{id}": Row(HIDDEN, 204, path=_UPLOAD, headers=_PIECE, content=b"1"),
    "DELETE /api/uploads/{id}": Row(HIDDEN, 204, path=_UPLOAD, headers=_TUS),
    "GET /api/uploads/{id}": Row(HIDDEN, path=_UPLOAD),
    "GET /api/assets": Row(ONES_OWN),
    "GET /api/assets/{id}": Row(SEEN, path=_ASSET),
    "PATCH /api/assets/{id}": Row(CHANGED, path=_ASSET, json={"description": "mine now"}),
    "DELETE /api/assets/{id}": Row(CHANGED, path=_ASSET),
    "POST /api/assets/{id}/restore": Row(HIDDEN, path={"id": "trashed"}),
    "GET /api/assets/{id}/original": Row(SEEN, path=_ASSET),
    "POST /api/assets/batch": Row(ONES_OWN, json={"ids": ["@asset"]}),
    "GET /api/timeline/layout": Row(ONES_OWN),
    "GET /api/timeline/buckets/{month}": Row(ONES_OWN, path={"month": "undated"}),
    "GET /api/facets": Row(ONES_OWN),
    "GET /api/assets/{id}/media": Row(SEEN, 307, path=_ASSET, query={"h": "100"}),
    "GET /media/{id}/{version}/{size}": Row(SEEN, path={**_ASSET, "version": "version", "size": "240"}),
    "GET /api/search": Row(ONES_OWN, query={"q": "a red dog"}),
    "POST /api/search": Row(ONES_OWN, json={"terms": [{"text": "a red dog"}]}),
    "POST /api/downloads": Row(SEEN, 201, json={"ids": ["@asset"]}),
    "GET /api/downloads/{id}": Row(KEPT, path={"id": "download"}),
    "GET /api/failures": Row(ONES_OWN),
    "POST /api/failures/retry": Row(ADDED, json={}),
    "POST /api/failures/discard": Row(ADDED, json={}),
    "GET /api/trash": Row(ONES_OWN),
    "POST /api/trash/empty": Row(AT_THE_DOOR, json={}, but={Caller.VIEWER: 403}),
    "GET /api/leaving": Row(ONES_OWN),
    "GET /api/leaving/assets": Row(ONES_OWN),
    "GET /api/admin/purge": Row(RUN),
    "POST /api/admin/purge/release": Row(RUN, 409, json={"hold": 1}),
    "GET /api/tags": Row(ONES_OWN),
    "POST /api/tags": Row(ADDED, 201, json={"name": "new/word"}),
    "PATCH /api/tags/{id}": Row(HIDDEN, path=_TAG, json={"color": "#c0ffee"}),
    "POST /api/tags/{id}/merge": Row(HIDDEN, path=_TAG, json={"into": "@tag two"}),
    "DELETE /api/tags/{id}": Row(HIDDEN, 204, path=_TAG),
    "GET /api/tag-suggestions": Row(KEPT, query={"asset": "@asset"}),
    "POST /api/tag-suggestions": Row(KEPT, json={"ids": ["@asset"]}),
    "GET /api/tags/{id}/suggestions": Row(KEPT, path=_TAG),
    "POST /api/tags/{id}/verdicts": Row(HIDDEN, path=_TAG, json={"reject": ["@asset"]}),
    "GET /api/edits": Row(ONES_OWN),
    "POST /api/edits": Row(CHANGED, 201, json={"changes": {"rating": 1}, "ids": ["@asset"]}),
    "GET /api/edits/{id}": Row(KEPT, path={"id": "edit"}),
    "POST /api/edits/{id}/undo": Row(HIDDEN, path={"id": "edit"}),
    "GET /api/duplicates": Row(ONES_OWN),
    # By no group's id; test_duplicates has groups.
    "GET /api/duplicates/{id}": Row(ONES_OWN, 404, path={"id": "asset"}),
    "POST /api/duplicates/{id}/apart": Row(HIDDEN, 404, path={"id": "asset"}, json={}),
    "POST /api/duplicates/{id}/keep": Row(
        HIDDEN, 404, path={"id": "asset"}, json={"keep": "@asset", "trash": ["@trashed"]}
    ),
    "POST /api/duplicates/undo": Row(HIDDEN, json={"edits": ["@edit"]}),
    "GET /api/jobs": Row(ONES_OWN),
    "POST /api/jobs/retry": Row(ADDED, json={"asset_ids": ["@asset"]}),
    # folders
    "GET /api/folders": Row(ONES_OWN),
    "POST /api/folders": Row(ADDED, 201, json={"path": "New/One"}),
    "PATCH /api/folders/{id}": Row(CHANGED, path=_FOLDER, json={"name": "Renamed"}),
    "DELETE /api/folders/{id}": Row(CHANGED, 204, path=_FOLDER),
    "POST /api/folders/{id}/merge": Row(CHANGED, path=_FOLDER, json={"into": "@folder two"}),
    "GET /api/folders/{id}/shares": Row(TOLD, path=_FOLDER),
    "POST /api/folders/{id}/shares": Row(CHANGED, 201, path=_FOLDER, json={"subject": None, "may": "add"}),
    "DELETE /api/folders/{id}/shares/{share}": Row(CHANGED, 204, path={**_FOLDER, "share": "share"}),
    "GET /api/people": Row(PLANNED),
    # albums and kept searches
    "GET /api/albums": Row(ONES_OWN),
    "POST /api/albums": Row(ADDED, 201, json={"name": "New"}),
    "GET /api/albums/{id}": Row(SEEN, path=_ALBUM),
    "PATCH /api/albums/{id}": Row(CHANGED, path=_ALBUM, json={"name": "Renamed"}),
    "DELETE /api/albums/{id}": Row(CHANGED, 204, path=_ALBUM),
    "GET /api/albums/{id}/assets": Row(SEEN, path=_ALBUM),
    "POST /api/albums/{id}/assets": Row(CHANGED, path=_ALBUM, json={"ids": ["@asset"]}),
    "POST /api/albums/{id}/assets/remove": Row(CHANGED, path=_ALBUM, json={"ids": ["@asset"]}),
    "POST /api/albums/{id}/assets/order": Row(CHANGED, 204, path=_ALBUM, json={"ids": ["@asset"]}),
    "GET /api/albums/{id}/shares": Row(TOLD, path=_ALBUM),
    "POST /api/albums/{id}/shares": Row(CHANGED, 201, path=_ALBUM, json={"subject": None, "may": "add"}),
    "DELETE /api/albums/{id}/shares/{share}": Row(CHANGED, 204, path={**_ALBUM, "share": "album share"}),
    "GET /api/saved-searches": Row(ONES_OWN),
    "POST /api/saved-searches": Row(ADDED, 201, json={"name": "New", "q": "a dog"}),
    "PATCH /api/saved-searches/{id}": Row(HIDDEN, path={"id": "search"}, json={"name": "Renamed"}),
    "DELETE /api/saved-searches/{id}": Row(HIDDEN, 204, path={"id": "search"}),
    "POST /api/search/pictures": Row(ONES_OWN, files={"file": ("query.jpg", picture(9))}),
    "GET /api/suggestions": Row(ONES_OWN, query={"q": "o"}),
    "GET /api/recent-searches": Row(AT_THE_DOOR),
    "PUT /api/recent-searches": Row(AT_THE_DOOR, 204, json={"keeps": True}),
    "DELETE /api/recent-searches": Row(AT_THE_DOOR, 204),
    "GET /api/saved-searches/news": Row(ONES_OWN),
    "POST /api/saved-searches/{id}/seen": Row(HIDDEN, 204, path={"id": "search"}),
    # the appliance
    "GET /api/admin/users": Row(RUN),
    "POST /api/admin/users": Row(RUN, 201, json={"username": "new", "password": PASSWORD}),
    "GET /api/admin/users/{id}": Row(RUN, path=_USER),
    "PATCH /api/admin/users/{id}": Row(RUN, path=_USER, json={"role": "viewer"}),
    "DELETE /api/admin/users/{id}": Row(RUN, path=_USER, query={"assets": "trash"}),
    "GET /api/admin/users/{id}/sessions": Row(RUN, path=_USER),
    "DELETE /api/admin/users/{id}/sessions": Row(RUN, 204, path=_USER),
    "DELETE /api/admin/users/{id}/sessions/{session}": Row(
        RUN, 204, path={"id": "olga", "session": "session"}
    ),
    "GET /api/admin/users/{id}/identities": Row(RUN, path={"id": "olga"}),
    "POST /api/admin/users/{id}/identities": Row(RUN, 201, path=_USER, json={"sub": "otto at the provider"}),
    "DELETE /api/admin/users/{id}/identities/{identity}": Row(
        RUN, 204, path={"id": "olga", "identity": "identity"}
    ),
    "GET /api/admin/oidc/check": Row(RUN),
    "GET /api/admin/audit": Row(RUN),
    "GET /api/admin/models": Row(RUN),
    "POST /api/admin/models/fill": Row(RUN, json={"name": "new"}),
    "POST /api/admin/models/pause": Row(RUN, 404, json={"name": "new"}),
    "POST /api/admin/models/switch": Row(RUN, 404, json={"name": "new"}),
    "POST /api/admin/models/undo": Row(RUN, 409, json={}),
    "POST /api/admin/models/compare": Row(RUN, 404, json={"models": ["old", "new"], "queries": ["a dog"]}),
    "DELETE /api/admin/models/{name}": Row(RUN, 404, path={"name": "new"}),
    "GET /api/status": Row(ONES_OWN),
    "GET /api/events": Row(ONES_OWN, query={"seconds": "0"}),
    "GET /api/changes": Row(ONES_OWN, query={"after": "0"}),
    # everybody
    "GET /api/health/live": Row(OPEN),
    "GET /api/health/ready": Row(OPEN),
    "GET /api/openapi.json": Row(OPEN),
    "GET /api/docs": Row(OPEN),
    "GET /api/docs.css": Row(OPEN),
}

#: Further examples of operations that take the same thing in another way.
MORE: Mapping[str, tuple[str, Row]] = {
    "counts of a search": ("GET /api/facets", Row(ONES_OWN, query={"q": "a dog"})),
    "counts of what looks alike": ("GET /api/facets", Row(SEEN, query={"like": "@asset"})),
    "search by a picture": ("GET /api/search", Row(SEEN, query={"like": "@asset"})),
    "search by terms": ("POST /api/search", Row(SEEN, json={"terms": [{"asset": "@asset"}]})),
    "trashed picture": ("GET /api/assets/{id}", Row(KEPT, path={"id": "trashed"})),
    "trashed original": ("GET /api/assets/{id}/original", Row(KEPT, path={"id": "trashed"})),
    "its rendition": (
        "GET /media/{id}/{version}/{size}",
        Row(KEPT, path={"id": "trashed", "version": "version", "size": "480"}),
    ),
    "trashing it again": ("DELETE /api/assets/{id}", Row(HIDDEN, path={"id": "trashed"})),
    "connecting an identity": ("GET /api/auth/oidc/start", Row(WELCOME, 303, query={"purpose": "connect"})),
    "proving it at the provider": (
        "GET /api/auth/oidc/start",
        Row(WELCOME, 303, query={"purpose": "confirm"}),
    ),
    "list of a folder": ("GET /api/assets", Row(ONES_OWN, query={"folder_id": "@folder"})),
    "search in a folder": ("GET /api/search", Row(ONES_OWN, query={"q": "a dog", "folder_id": "@folder"})),
    "upload into a folder": (
        "POST /api/assets",
        Row(CHANGED, 201, files={"file": ("new.jpg", picture(9))}, form={"folder_id": "@folder"}),
    ),
    "a trashed picture changed with others": (
        "POST /api/edits",
        Row(HIDDEN, 201, json={"changes": {"restore": True}, "ids": ["@trashed"]}),
    ),
    "what a folder says of uploads": (
        "PATCH /api/folders/{id}",
        Row(CHANGED, path=_FOLDER, json={"default_ttl": "30d", "default_tags": ["a"]}),
    ),
    "list of an album": ("GET /api/assets", Row(ONES_OWN, query={"album": "@album"})),
    "search in an album": ("GET /api/search", Row(ONES_OWN, query={"q": "a dog", "album": "@album"})),
    "an album with a rule": ("GET /api/albums/{id}", Row(SEEN, path={"id": "rule album"})),
    "what is in it": ("GET /api/albums/{id}/assets", Row(SEEN, path={"id": "rule album"})),
    "an album that nobody shares": ("GET /api/albums/{id}", Row(KEPT, path={"id": "own album"})),
    "an album about somebody's folder": (
        "POST /api/albums",
        Row(HIDDEN, 201, json={"name": "x", "rule": {"folder_id": "@folder"}}),
    ),
    "a folder below it": ("PATCH /api/folders/{id}", Row(CHANGED, path=_FOLDER, json={"parent": None})),
}

#: Whose answers may say what is olga's: her own, and where she shares it.
MAY_KNOW = frozenset({Caller.OWNER, Caller.READ_KEY, Caller.GUEST, Caller.VIEWER})

#: Operations in which an administrator sees the names of sessions' programs, which the world calls by the secret.
TELLS_ADMIN = frozenset({"GET /api/admin/users/{id}/sessions"})


def leaks(text: bytes) -> bool:
    """Whether an answer says anything of what is olga's."""
    return SECRET.encode() in text
