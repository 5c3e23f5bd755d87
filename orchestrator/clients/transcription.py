"""Client of `TranscriptionService`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from pathlib import Path

from lanternist.runtime.call import Call
from lanternist.v1 import transcription_pb2, transcription_pb2_grpc
from orchestrator.clients.channel import Connection

_CHUNK_BYTES = 256 * 1024


class TranscriptionClient:
    """Listens, somewhere else."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = transcription_pb2_grpc.TranscriptionServiceStub(connection.channel)

    def Transcribe(
        self, requests: AsyncIterable[transcription_pb2.TranscribeRequest], call: Call
    ) -> AsyncGenerator[transcription_pb2.TranscribeResponse, None]:
        """Writes down what is said; see the contract for the order of events."""
        return self._connection.exchange(self._stub.Transcribe, requests, call)

    def transcribe_file(
        self, path: Path, config: transcription_pb2.TranscriptionConfig, call: Call
    ) -> AsyncGenerator[transcription_pb2.TranscribeResponse, None]:
        """Writes down what is said in a local file, sent in chunks of 256 KiB.

        Raises:
            OSError: The file cannot be read.
            LanternistError: What the service raised.
        """
        return self.Transcribe(_upload(path, config), call)


async def _upload(
    path: Path, config: transcription_pb2.TranscriptionConfig
) -> AsyncIterator[transcription_pb2.TranscribeRequest]:
    yield transcription_pb2.TranscribeRequest(config=config)
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield transcription_pb2.TranscribeRequest(audio=chunk)
