"""`Exporter`: a finished story as a file that ordinary programs open, kept as an asset.

The same story and options give the same asset, looked up at once. Encoding runs in one thread of
low priority, an export at a time: stories that are being made go first. This module knows which
writer makes which format, and what is claimed of the result; not how files are written.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from lanternist.v1 import story_pb2
from orchestrator.assets.store import AssetStore
from orchestrator.provenance.notary import Notary
from orchestrator.story.domain import Story
from orchestrator.story.export.audio import MP3
from orchestrator.story.export.claims import claim_of, is_ours
from orchestrator.story.export.forms import KINDS, Kind
from orchestrator.story.export.material import Material, gathered
from orchestrator.story.export.request import Wanted
from orchestrator.story.export.tags import file_name
from orchestrator.story.steps import Result, Steps, exports_of, key
from orchestrator.story.wire import story_to

Progress = Callable[[float], Awaitable[None]]
"""Is told the share that is done, 0 to 1, now and then."""

_VERSION = 1
_NICENESS = 10
_TELL_SECONDS = 0.5


class Exporter:
    """Writes stories as files.

    Args:
        assets: Holds the pictures and the sound, keeps the results.
        steps: Remembers results.
        notary: Marks what is made.
    """

    def __init__(self, assets: AssetStore, steps: Steps, notary: Notary) -> None:
        self._assets = assets
        self._steps = steps
        self._notary = notary
        self._thread = ThreadPoolExecutor(1, "export", initializer=_give_way)
        self._making: dict[str, asyncio.Lock] = {}

    async def export(
        self, story: Story, wanted: Wanted, progress: Progress
    ) -> story_pb2.ExportStoryResponse:
        """Writes a story as a file, or finds the file that was written before.

        Args:
            story: Finished.
            wanted: From `orchestrator.story.export.request.wanted`.
            progress: Told about twice a second.

        Raises:
            NotFoundError: A picture or the sound is not there any more.
            DataLossError: Its bytes are not what they were.
        """
        name = self._key(story, wanted)
        lock = self._making.setdefault(name, asyncio.Lock())
        try:
            async with lock:  # whoever asks for the same meanwhile waits, and then looks it up
                steps = self._steps.of(exports_of(story.name))
                result = await steps.known(name)
                if result is None:
                    result = await self._make(story, wanted, progress)
                    await steps.keep(name, result)
        finally:
            if not lock.locked():
                self._making.pop(name, None)
        return story_pb2.ExportStoryResponse(**result)

    async def close(self) -> None:
        """Waits until the thread is free, and ends it. Idempotent."""
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)

    def _key(self, story: Story, wanted: Wanted) -> str:
        # No format holds the story's name: equal stories are one file, and one signature.
        content = story_to(replace(story, name="")).SerializeToString(deterministic=True)
        inputs = {
            "story": hashlib.sha256(content).hexdigest(),
            "marked": self._notary.enabled,
            **wanted.options(),
        }
        return key("export", _VERSION, inputs)

    async def _make(self, story: Story, wanted: Wanted, progress: Progress) -> Result:
        kind = KINDS[wanted.format]
        async with contextlib.AsyncExitStack() as stack:
            directory = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="lanternist-export-"))
            stack.push_async_callback(asyncio.to_thread, _remove, directory)
            material = await stack.enter_async_context(gathered(story, self._assets))
            if kind.played:
                mp3 = await self._mp3(story)
                sound = await stack.enter_async_context(self._assets.path_for_reading(mp3))
                material = material.with_sound(sound, MP3)
            path = directory / file_name(story.title, kind.suffix)
            notes = await self._in_thread(kind, path, material, wanted, progress)
            notes += await self._mark(path, material, kind, wanted)
            asset = await self._assets.put_file(path, kind.media_type)
        scene = "" if wanted.scene is None else f" {wanted.scene + 1}"
        return {
            "asset": asset.name,
            "media_type": kind.media_type,
            "file_name": file_name(f"{story.title}{scene}", kind.suffix),
            "size_bytes": asset.size_bytes,
            "notes": list(notes),
        }

    async def _mp3(self, story: Story) -> str:
        """The narration as MP3, which everything plays; marked, like every export."""
        if story.narration_media_type == MP3:
            return story.narration
        made = await self.export(story, Wanted(story_pb2.EXPORT_FORMAT_MP3), _untold)
        return made.asset

    async def _in_thread(
        self, kind: Kind, path: Path, material: Material, wanted: Wanted, progress: Progress
    ) -> tuple[str, ...]:
        """Runs a writer; who is cancelled waits until it has stopped, within a frame."""
        work = _Work()
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(
            self._thread, lambda: kind.write(path, material, wanted, work.told)
        )
        try:
            while not future.done():
                await asyncio.wait([future], timeout=_TELL_SECONDS)
                await progress(work.share)
            return await future
        except asyncio.CancelledError:
            work.stop()
            if not future.cancel():
                await asyncio.wait([future])
                future.exception()  # it was stopped: that is all it can say
            raise

    async def _mark(
        self, path: Path, material: Material, kind: Kind, wanted: Wanted
    ) -> tuple[str, ...]:
        story = material.story
        if not self._notary.enabled or not kind.media:
            return ()
        if not is_ours(story, kind):
            return ("The recording is yours: it bears no mark of ours.",)
        claim = claim_of(material, kind, wanted, self._notary)
        if await self._notary.mark_file(path, kind.media_type, claim):
            return ()
        if kind.sound and kind.pictures:
            return (
                "This format has no place for a C2PA mark; the pictures and the sound in the file "
                "bear theirs.",
            )
        return ("This format has no place for a C2PA mark: the file bears none.",)


async def _untold(_: float) -> None:
    """Tells nobody."""


class _StoppedError(Exception):
    """Ends a writer from within."""


class _Work:
    """What the thread and the event loop tell each other."""

    def __init__(self) -> None:
        self.share = 0.0
        self._stopped = threading.Event()

    def told(self, share: float) -> None:
        """Takes the share that is done; ends the writer when nobody wants it any more."""
        if self._stopped.is_set():
            raise _StoppedError
        self.share = share

    def stop(self) -> None:
        """Ends the writer at its next word."""
        self._stopped.set()


def _give_way() -> None:
    """Lowers the priority of this thread, and of those that it begins."""
    if sys.platform != "linux":  # elsewhere the number of a thread is no place for a priority
        return
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _remove(directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()
    directory.rmdir()
