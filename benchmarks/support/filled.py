"""A running instance that holds the photos of a folder, and is asked over HTTP."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from benchmarks.support.instance import running
from benchmarks.support.photos import Photo
from tests.support.waiting import eventually

#: The most rows that one search gives.
LIMIT = 1000


class Filled:
    """The instance; photos are told by their place in the folder's list."""

    def __init__(self, client: httpx.Client, ids: Sequence[str]) -> None:
        self._client = client
        self.ids = ids
        self._place = {asset_id: place for place, asset_id in enumerate(ids)}

    def search(self, **asked: Any) -> Mapping[str, Any]:
        """The answer to one search, its body as it goes to POST /api/search."""
        answer = self._client.post("/api/search", json={"limit": min(len(self.ids), LIMIT), **asked})
        if not answer.is_success:
            raise SystemExit(f"a search was refused: {answer.status_code} {answer.text[:300]}")
        body: Mapping[str, Any] = answer.json()
        return body

    def place(self, asset_id: str) -> int:
        """Where the photo with this id stands in the folder's list."""
        return self._place[asset_id]

    def order(self, **asked: Any) -> list[int]:
        """The places of the found photos, best first."""
        return [self._place[item["id"]] for item in self.search(**asked)["items"]]

    def scores(self, **asked: Any) -> NDArray[np.floating]:
        """A score for each photo: minus its place in the answer; those that were not found are last."""
        order = self.order(**asked)
        scores = np.full(len(self.ids), -np.inf)
        scores[order] = -np.arange(len(order))
        return scores

    def hand_in(self, picture: bytes) -> str:
        """What stands for a picture that is not in the library."""
        answer = self._client.post("/api/search/pictures", files={"file": ("query.jpg", io.BytesIO(picture))})
        if not answer.is_success:
            raise SystemExit(f"a picture was refused: {answer.status_code} {answer.text[:300]}")
        return str(answer.json()["picture"])

    def edit(self, place: int, **changes: Any) -> None:
        """Change one photo."""
        answer = self._client.patch(f"/api/assets/{self.ids[place]}", json=changes)
        if not answer.is_success:
            raise SystemExit(f"a change was refused: {answer.status_code} {answer.text[:300]}")


@contextmanager
def filled(photos: Sequence[Photo], **settings: str) -> Iterator[Filled]:
    """The instance with all photos searchable; gone at the end."""
    with running(**settings) as (up, script):
        ids = [script.upload(photo.path.read_bytes(), photo.path.name) for photo in photos]
        eventually(lambda: script.get_json("/api/status")["jobs"]["pending"] == 0, 600)
        eventually(lambda: script.get_json("/api/status")["jobs"]["running"] == 0, 60)
        with httpx.Client(base_url=up.url, headers=script.headers, trust_env=False, timeout=60) as client:
            yield Filled(client, ids)
