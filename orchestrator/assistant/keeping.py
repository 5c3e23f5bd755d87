"""Storing what was made: marked with its origin, under the name of its bytes."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from orchestrator.assets.store import Asset, AssetStore
from orchestrator.clients.image import Picture
from orchestrator.provenance.marked import Events, marked_events
from orchestrator.provenance.notary import Notary
from orchestrator.provenance.speech import SpeechFile, speech_file


class Keeper:
    """Stores pictures and speech.

    Args:
        assets: Where.
        notary: Marks them.
    """

    def __init__(self, assets: AssetStore, notary: Notary) -> None:
        self._assets = assets
        self._notary = notary

    def marked(self, events: Events) -> Events:
        """A stream of the image service, its finished pictures marked.

        Raises:
            InternalError: A picture could not be signed.
            UnavailableError: The stream ended in the middle of a picture.
        """
        return marked_events(events, self._notary)

    async def picture(self, picture: Picture) -> Asset:
        """Stores a picture as it is."""
        return await self._assets.put(picture.data, picture.info.media_type)

    def speech(self) -> AbstractAsyncContextManager[SpeechFile]:
        """A place for the sound of one speech, gone at the end of the block."""
        return speech_file(self._notary)

    async def sound(self, file: SpeechFile) -> Asset:
        """Stores speech that has come to its end, marked.

        Raises:
            InternalError: It could not be signed.
        """
        return await self._assets.put_file(await file.finish(), file.format.media_type)
