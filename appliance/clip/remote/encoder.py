"""The encoder that has encoder servers do the work, one or several, of our kind or of others' making.

Servers of our kind give the very vectors that this process would make, so that their model's identity is the hash of
its files and the two can take each other's place. A server that speaks only ``/predict`` shows nobody its files; its
model's identity is its name, and whether it still is the model that it was is told by its golden vectors, which the
library compares with those that it keeps.
"""

import asyncio
import hashlib
from collections.abc import Sequence

import numpy as np

from appliance.clip.encoder import Pictures, TowerName, Vectors
from appliance.clip.query_cache import QueryCache, query_key
from appliance.clip.remote.faults import ServerBusy, ServerFault
from appliance.clip.remote.fleet import Fleet
from appliance.clip.remote.own import OwnProtocol
from appliance.clip.remote.predict import PredictProtocol
from appliance.clip.remote.server import Server, Standard
from appliance.errors import EncoderUnavailable
from appliance.records.media import PixelSpec
from appliance.records.models import Card
from appliance.settings import Settings

_BOTH: frozenset[TowerName] = frozenset({"image", "text"})


class RemoteEncoder:
    """A model on encoder servers; see :class:`appliance.clip.encoder.Encoder`."""

    def __init__(self, name: str, fleet: Fleet, leader: Server, *, text_cache_size: int) -> None:
        """``leader`` is the server that the others have to agree with."""
        self._fleet = fleet
        standard = fleet.standard
        self.name = name
        self.dimension = standard.dimension
        self.pixels: PixelSpec = standard.pixels
        self.queries = QueryCache(text_cache_size)
        protocol = leader.protocol
        if isinstance(protocol, OwnProtocol):
            self.identity = protocol.described.identity
            self.card = protocol.described.card
        else:
            self.identity = identity_of_foreign(name)
            self.card = _card(name, standard.dimension)

    @property
    def is_foreign(self) -> bool:
        """Whether nobody can see the files of the model."""
        return not self._fleet.standard.identity

    @property
    def servers(self) -> Sequence[Server]:
        """The servers in the order of CLIP_SERVER_URL."""
        return self._fleet.servers

    @property
    def standard(self) -> Standard:
        """What all servers have to agree with."""
        return self._fleet.standard

    @property
    def providers(self) -> frozenset[str]:
        """What runs the model on the servers that are in use; ``remote`` where a server doesn't say."""
        protocols = [server.protocol for server in self.servers if server.trusted]
        own = [item.described.providers for item in protocols if isinstance(item, OwnProtocol)]
        return frozenset(name for names in own for name in names) or frozenset({"remote"})

    async def encode_images(self, pictures: Pictures) -> Vectors:
        """See :class:`Encoder`; pictures of the servers' own making may differ in size.

        Raises:
            EncoderUnavailable: no server can be used; the pictures are not at fault.
            ModelUnavailable: a server that is well refuses one of the pictures.
        """
        items = list(pictures)
        if not items:
            return np.empty((0, self.dimension), np.float32)
        if not self.is_foreign:
            self._require_sizes(items)
        return await self._fleet.pictures(items)

    async def encode_text(self, text: str) -> Vectors:
        """See :class:`Encoder`.

        Raises:
            UsageError: the text is empty, or no text.
            EncoderUnavailable: no server can be used.
        """
        key = query_key(text)
        known = self.queries.get(key)
        return known if known is not None else self.queries.put(key, await self._fleet.text(key))

    async def close(self) -> None:
        """Close all connections."""
        await self._fleet.close()
        self.queries.clear()

    def _require_sizes(self, pictures: Sequence[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]) -> None:
        wanted = (self.pixels.height, self.pixels.width, 3)
        for picture in pictures:
            if picture.dtype != np.uint8 or picture.shape != wanted:
                raise ValueError(
                    f"pixels are {picture.dtype} {list(picture.shape)}, not uint8 {list(wanted)}"
                )


async def open_remote(settings: Settings, *, towers: frozenset[TowerName], name: str) -> RemoteEncoder:
    """The model ``name`` on the servers of CLIP_SERVER_URL; the first of them that answers is the leader.

    Raises:
        EncoderUnavailable: no server answers for the model; says what is wrong with each.
    """
    key = settings.clip_server_key.get_secret_value() if settings.clip_server_key else None
    seconds = settings.clip_server_timeout_seconds
    servers = [Server(url, name=name, key=key, timeout_seconds=seconds) for url in settings.clip_server_url]
    try:
        await asyncio.gather(*(server.try_find() for server in servers))
        found = [server for server in servers if server.protocol is not None]
        leader, standard = await _lead(servers, towers)
        await asyncio.gather(*(server.try_examine(standard) for server in found if not server.trusted))
    except BaseException:
        for server in servers:
            await server.close()
        raise
    fleet = Fleet(servers, standard, timeout_seconds=seconds)
    return RemoteEncoder(name, fleet, leader, text_cache_size=settings.text_cache_size)


def identity_of_foreign(name: str) -> str:
    """The identity of a model whose files can't be seen; two of one name are told apart by their golden vectors."""
    return f"remote-{hashlib.sha256(name.encode()).hexdigest()}"


async def _lead(servers: Sequence[Server], towers: frozenset[TowerName]) -> tuple[Server, Standard]:
    """The first server that gives golden vectors, trusted, and what it sets for the others."""
    for server in servers:
        protocol = server.protocol
        if protocol is None:
            continue
        # The identity of a server that does not say one is made of both towers, whatever this process uses.
        wanted = towers if isinstance(protocol, OwnProtocol) else _BOTH
        pixels = protocol.pixels if isinstance(protocol, PredictProtocol) else protocol.described.pixels
        try:
            vectors = await server.golden(wanted, pixels)
        except ServerFault as fault:
            server.rest(fault)
            continue
        except ServerBusy as busy:
            server.trouble = str(busy)
            continue
        standard = Standard(
            identity=protocol.described.identity if isinstance(protocol, OwnProtocol) else "",
            dimension=len(next(iter(vectors.values()))),
            pixels=pixels,
            golden=vectors,
            towers=wanted,
        )
        server.trust()
        return server, standard
    troubles = "; ".join(f"{server.url}: {server.trouble}" for server in servers)
    raise EncoderUnavailable(f"No encoder server can be used. {troubles}.")


def _card(name: str, dimension: int) -> Card:
    return Card(
        name=name,
        title=name,
        description="Runs on a server that prepares pictures and words by itself.",
        languages=(),
        licence="",
        dimension=dimension,
    )
