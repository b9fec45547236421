"""What this server counts, for Prometheus; in a registry of its own, so that a process may have two of them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

from appliance.clip.local import LocalEncoder

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Requests, their times and sizes, and what runs the models."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "scene_sense_encoder_requests", "Requests answered.", ("path", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "scene_sense_encoder_seconds",
            "From a request to its answer, waiting included.",
            ("path",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._items = Counter(
            "scene_sense_encoder_items", "Pictures and texts encoded.", ("kind",), registry=self._registry
        )
        self._batch = Histogram(
            "scene_sense_encoder_batch_pictures",
            "Pictures in one request.",
            buckets=(1, 2, 4, 8, 16, 32),
            registry=self._registry,
        )
        self._inside = Gauge(
            "scene_sense_encoder_inside",
            "Requests in work or waiting for it.",
            ("kind",),
            registry=self._registry,
        )
        self._model = Gauge(
            "scene_sense_encoder_model",
            "1 for each model that is loaded, with what really runs it.",
            ("name", "identity", "precision", "provider"),
            registry=self._registry,
        )

    @contextmanager
    def timed(self, path: str) -> Iterator[list[int]]:
        """Count one request to ``path``; the status goes into the list."""
        status: list[int] = []
        begun = time.monotonic()
        try:
            yield status
        finally:
            self._seconds.labels(path).observe(time.monotonic() - begun)
            self._requests.labels(path, str(status[0] if status else 500)).inc()

    def encoded(self, kind: str, count: int) -> None:
        """Count pictures (``picture``) or texts (``text``) that were encoded in one request."""
        self._items.labels(kind).inc(count)
        if kind == "picture":
            self._batch.observe(count)

    def text(self, *, texts_inside: int, pictures_inside: int, encoders: list[LocalEncoder]) -> bytes:
        """Everything, in the format that Prometheus reads."""
        self._inside.labels("text").set(texts_inside)
        self._inside.labels("picture").set(pictures_inside)
        self._model.clear()
        for encoder in encoders:
            for provider in sorted(encoder.providers):
                self._model.labels(encoder.name, encoder.identity, encoder.card.precision, provider).set(1)
        return generate_latest(self._registry)
