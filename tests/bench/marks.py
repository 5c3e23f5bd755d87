"""What a mark costs a picture and a file of speech.

    python -m tests.bench.marks

Two installations of the same fakes, of which one marks and the other does not. Calls alternate;
figures are medians of their times, from the call to the last byte, and of the file's sizes.
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
from lanternist.v1 import image_pb2, voice_pb2
from orchestrator.clients.channel import Connection
from orchestrator.clients.specialists import Specialists
from tests.e2e.stack import FAKES, running_stack

CALLS = 40
SIDE = 768
TEXT = "The owl woke up and looked at the moon for a long time. " * 4
PICTURES = {
    "PNG": image_pb2.IMAGE_ENCODING_PNG,
    "JPEG": image_pb2.IMAGE_ENCODING_JPEG,
    "WebP": image_pb2.IMAGE_ENCODING_WEBP,
}
SOUNDS = {
    "WAV": voice_pb2.AUDIO_ENCODING_WAV,
    "FLAC": voice_pb2.AUDIO_ENCODING_FLAC,
    "MP3": voice_pb2.AUDIO_ENCODING_MP3,
}


class Caller:
    """Asks one installation."""

    def __init__(self, connection: Connection) -> None:
        self._specialists = Specialists.behind(connection)
        self.times: list[float] = []
        self.sizes: list[int] = []

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
        started, size = time.perf_counter(), 0
        async for event in events:
            if event.WhichOneof("event") == kind:
                size += len(event.chunk.data) if kind == "chunk" else len(event.audio)
        self.times.append(time.perf_counter() - started)
        self.sizes.append(size)


async def _measure(addresses: tuple[str, str]) -> list[dict[str, object]]:
    connections = [Connection(address) for address in addresses]
    made = []
    kinds = [("picture", "draw", *kind) for kind in PICTURES.items()]
    kinds += [("speech", "speak", *kind) for kind in SOUNDS.items()]
    for what, verb, name, encoding in kinds:
        callers = [Caller(connection) for connection in connections]
        for _ in range(CALLS):
            for caller in callers:
                await getattr(caller, verb)(encoding)
        plain, marked = (1000 * statistics.median(caller.times[5:]) for caller in callers)
        small, large = (statistics.median(caller.sizes) for caller in callers)
        made.append(
            {
                "answer": f"{what}, {name}, {small / 1000:,.0f} kB",
                "unmarked, ms": f"{plain:.1f}",
                "marked, ms": f"{marked:.1f}",
                "the mark, ms": f"{marked - plain:.1f}",
                "the mark, bytes": f"{large - small:,.0f}",
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
            return asyncio.run(_measure((unmarked.address, marked.address)))


if __name__ == "__main__":
    from tests.bench.__main__ import table

    print(table(rows()))
