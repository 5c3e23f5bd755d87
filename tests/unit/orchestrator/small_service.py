"""A process with the manners of a model service: health, drain on SIGTERM, end with its parent.

python small_service.py unix:/path.sock [--crash] [--misconfigured] [--deaf] [--crash-after S]
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer


async def serve(address: str, options: list[str]) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    if "--deaf" in options:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        loop.add_signal_handler(signal.SIGTERM, stopping.set)
    server = grpc.aio.server()
    health = HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    server.add_insecure_port(address)
    await server.start()
    if "--never-serving" in options:
        await health.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    else:
        await health.set("", health_pb2.HealthCheckResponse.SERVING)
    if "--crash-after" in options:
        seconds = float(options[options.index("--crash-after") + 1])
        loop.call_later(seconds, os.abort)
    print("serving", file=sys.stderr, flush=True)
    await stopping.wait()
    print("draining", file=sys.stderr, flush=True)
    await server.stop(0)


def watch_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    if "--crash" in sys.argv:
        print("Traceback: the weights are sour", file=sys.stderr)
        sys.exit(3)
    if "--misconfigured" in sys.argv:
        print("no such model", file=sys.stderr)
        sys.exit(78)
    threading.Thread(target=watch_parent, daemon=True).start()
    asyncio.run(serve(sys.argv[1], sys.argv[2:]))
