"""What a mark costs a picture and a file of speech.

    python -m tests.bench.marks

Two installations of the same fakes, of which one marks and the other does not. Calls alternate,
from the call to the last byte; the difference is the median of those of neighbours. The mark alone
is put on the same file in this process. Figures are medians.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterable
from pathlib import Path
from typing import Any

from lanternist.runtime.call import Call
from lanternist.runtime.settings import ProvenanceSettings
from lanternist.v1 import image_pb2, voice_pb2
from models.catalog import Catalog
from orchestrator.clients.channel import Connection
from orchestrator.clients.specialists import Specialists
from orchestrator.provenance.claim import TRAINED, Claim
from orchestrator.provenance.notary import Notary
from tests.e2e.stack import FAKES, running_stack

CALLS = 25
SIDE = 512
TEXT = "The owl woke up and looked at the moon for a long time. " * 4
PICTURES = {
    "PNG": ("image/png", image_pb2.IMAGE_ENCODING_PNG),
    "JPEG": ("image/jpeg", image_pb2.IMAGE_ENCODING_JPEG),
    "WebP": ("image/webp", image_pb2.IMAGE_ENCODING_WEBP),
}
SOUNDS = {
    "WAV": ("audio/wav", voice_pb2.AUDIO_ENCODING_WAV),
    "FLAC": ("audio/flac", voice_pb2.AUDIO_ENCODING_FLAC),
    "MP3": ("audio/mpeg", voice_pb2.AUDIO_ENCODING_MP3),
}


class Caller:
    """Asks one installation."""

    def __init__(self, connection: Connection) -> None:
        self._specialists = Specialists.behind(connection)
        self.times: list[float] = []
        self.file = b""

    async def draw(self, encoding: Any) -> None:
        """One picture."""
        request = image_pb2.GenerateImagesRequest(
            prompt="a fox", seed=7, width=SIDE, height=SIDE, encoding=encoding, step_count=1
        )
        await self._take(self._specialists.image.GenerateImages(request, Call()), "chunk")

    async def speak(self, encoding: Any) -> None:
        """One file of speech."""
        request = voice_pb2.SynthesizeRequest(text=TEXT, encoding=encoding, as_file=True)
        await self._take(self._specialists.voice.Synthesize(request, Call()), "audio")

    async def _take(self, events: AsyncIterable[Any], kind: str) -> None:
        started, parts = time.perf_counter(), []
        async for event in events:
            if event.WhichOneof("event") == kind:
                parts.append(event.chunk.data if kind == "chunk" else event.audio)
        self.times.append(1000 * (time.perf_counter() - started))
        self.file = b"".join(parts)


async def _alone(notary: Notary, file: bytes, media_type: str) -> float:
    """Milliseconds that it takes to put a mark on a file."""
    claim = Claim("A file", TRAINED, {"image": "a-model"})
    times = []
    for _ in range(CALLS):
        started = time.perf_counter()
        await notary.mark(file, media_type, claim)
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


async def _measure(addresses: tuple[str, str], notary: Notary) -> list[dict[str, object]]:
    connections = [Connection(address) for address in addresses]
    made = []
    kinds = [("picture", "draw", *kind) for kind in PICTURES.items()]
    kinds += [("speech", "speak", *kind) for kind in SOUNDS.items()]
    for what, verb, name, (media_type, encoding) in kinds:
        callers = [Caller(connection) for connection in connections]
        for _ in range(CALLS):
            for caller in callers:
                await getattr(caller, verb)(encoding)
        plain, marked = callers
        more = [b - a for a, b in zip(plain.times, marked.times, strict=True)]
        made.append(
            {
                "answer": f"{what}, {name}, {len(plain.file) / 1000:,.0f} kB",
                "unmarked, ms": f"{statistics.median(plain.times):.1f}",
                "marked: more, ms": f"{statistics.median(more):.1f}",
                "the mark alone, ms": f"{await _alone(notary, plain.file, media_type):.1f}",
                "bytes more": f"{len(marked.file) - len(plain.file):,}",
            }
        )
    for connection in connections:
        await connection.close()
    return made


def rows() -> list[dict[str, object]]:
    """The table."""
    with tempfile.TemporaryDirectory() as directory:
        places = [Path(directory) / name for name in ("unmarked", "marked")]
        for place in places:
            place.mkdir()
        with (
            running_stack(places[0], **FAKES, LANTERNIST_PROVENANCE__MARK="none") as unmarked,
            running_stack(places[1], **FAKES) as marked,
        ):
            notary = Notary(ProvenanceSettings(), Path(directory) / "own", Catalog(()))
            return asyncio.run(_measure((unmarked.address, marked.address), notary))


if __name__ == "__main__":
    from tests.bench.__main__ import table

    print(table(rows()))
