"""Watches a service's health from outside, through the standard `grpc.health.v1`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from orchestrator.clients.channel import Connection

_AGAIN_SECONDS = 0.1
_CHECK_EVERY_SECONDS = 15.0
_CHECK_PATIENCE_SECONDS = 30.0
_CHECKS_MISSED = 2


async def watch(connection: Connection, tell: Callable[[bool], None]) -> None:
    """Tells whether the service is SERVING, now and at every change, until cancelled."""
    stub = health_pb2_grpc.HealthStub(connection.channel)
    while True:
        # Waits for the connection: a socket that does not exist yet is no news.
        answers = stub.Watch(health_pb2.HealthCheckRequest(), wait_for_ready=True)
        try:
            async for answer in answers:
                tell(answer.status == health_pb2.HealthCheckResponse.SERVING)
        except grpc.aio.AioRpcError:
            pass
        finally:
            answers.cancel()
        tell(False)
        await asyncio.sleep(_AGAIN_SECONDS)


async def until_stuck(
    connection: Connection,
    *,
    every_seconds: float = _CHECK_EVERY_SECONDS,
    patience_seconds: float = _CHECK_PATIENCE_SECONDS,
) -> None:
    """Returns when the service has left two health checks in a row without any answer."""
    stub = health_pb2_grpc.HealthStub(connection.channel)
    missed = 0
    while missed < _CHECKS_MISSED:
        await asyncio.sleep(every_seconds)
        try:
            await stub.Check(
                health_pb2.HealthCheckRequest(), timeout=patience_seconds, wait_for_ready=True
            )
            missed = 0
        except grpc.aio.AioRpcError as error:
            missed = missed + 1 if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED else 0
