"""What `/metrics` tells Prometheus: requests, durations, and what was made of them.

Labels are taken from a fixed or small set, never from what a caller wrote: the address as routes
write it, the method, the status, and the id of the model that answered.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Metrics:
    """The counters of one HTTP server.

    Attributes:
        in_flight: Requests under way.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "lanternist_http_requests",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._durations = Histogram(
            "lanternist_http_request_seconds",
            "Time from a request's first byte to the last byte of its answer.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._first = Histogram(
            "lanternist_http_first_byte_seconds",
            "Time from a request's first byte to the first byte of its answer's body.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.in_flight = Gauge(
            "lanternist_http_requests_in_flight",
            "Requests under way.",
            registry=self._registry,
        )
        self._tokens = Counter(
            "lanternist_tokens",
            "Tokens read and written by text models.",
            ("model", "kind"),
            registry=self._registry,
        )
        self._audio = Counter(
            "lanternist_audio_seconds",
            "Seconds of speech made, or of recordings heard.",
            ("model", "kind"),
            registry=self._registry,
        )
        self._pictures = Counter(
            "lanternist_pictures", "Pictures drawn.", ("model",), registry=self._registry
        )

    def answered(
        self, method: str, route: str, status: int, seconds: float, first: float | None
    ) -> None:
        """Counts a request.

        Args:
            method: One of HTTP's.
            route: The address as the route writes it, `/v1/models/{model}`.
            status: What it was answered with.
            seconds: How long it took.
            first: When the body began; None when there was none.
        """
        self._requests.labels(method, route, str(status)).inc()
        self._durations.labels(method, route).observe(seconds)
        if first is not None:
            self._first.labels(method, route).observe(first)

    def tokens(self, model: str, read: int, written: int) -> None:
        """Counts tokens; `model` as the answer names it."""
        self._tokens.labels(model, "prompt").inc(read)
        self._tokens.labels(model, "completion").inc(written)

    def spoken(self, model: str, seconds: float) -> None:
        """Counts seconds of speech that were made."""
        self._audio.labels(model, "spoken").inc(seconds)

    def heard(self, model: str, seconds: float) -> None:
        """Counts seconds of a recording that were listened to."""
        self._audio.labels(model, "heard").inc(seconds)

    def drawn(self, model: str) -> None:
        """Counts a picture."""
        self._pictures.labels(model).inc()

    def text(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self._registry)
