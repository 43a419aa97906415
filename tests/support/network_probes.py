"""Ways of Python code to a foreign host, each by the name of what it calls.

No address and no name in here is anybody's (RFC 5737, RFC 3849, RFC 6761).
"""

from __future__ import annotations

import _socket
import asyncio
import socket
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import httpx
import requests

V4, V6, NAME = "192.0.2.1", "2001:db8::1", "spotify-test.invalid"
UDP, STREAM = socket.SOCK_DGRAM, socket.SOCK_STREAM


def by_socket(method: str, *args: object, family: int = socket.AF_INET, kind: int = STREAM) -> None:
    with socket.socket(family, kind) as sock:
        sock.settimeout(1)
        getattr(sock, method)(*args)


def by_plain_socket(host: str) -> None:
    sock = _socket.socket(socket.AF_INET, STREAM)
    try:
        sock.settimeout(1)
        sock.connect((host, 80))
    finally:
        sock.close()


async def by_asyncio(host: str) -> None:
    await asyncio.open_connection(host, 80)


async def by_datagram(host: str) -> None:
    await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=(host, 53)
    )


def by_requests(host: str) -> None:
    with requests.Session() as session:
        session.get(f"http://{host}/", timeout=1)


def by_httpx(host: str) -> None:
    with httpx.Client(timeout=1) as client:
        client.get(f"http://{host}/")


async def by_async_httpx(host: str) -> None:
    async with httpx.AsyncClient(timeout=1) as client:
        await client.get(f"http://{host}/")


async def by_aiohttp(host: str) -> None:
    timeout = aiohttp.ClientTimeout(total=1)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(f"http://{host}/"):
        pass


def in_a_thread() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(by_requests, NAME).result()


def in_a_retry_loop() -> None:
    for _ in range(3):
        try:
            by_requests(V4)
        except Exception:
            continue
        return


PROBES: dict[str, Callable[[], Any]] = {
    "connect": lambda: by_socket("connect", (V4, 80)),
    "connect by name": lambda: by_socket("connect", (NAME, 80)),
    "connect_ex": lambda: by_socket("connect_ex", (V4, 80)),
    "connect, IPv6": lambda: by_socket("connect", (V6, 80), family=socket.AF_INET6),
    "connect, IPv4 in IPv6": lambda: by_socket("connect", (f"::ffff:{V4}", 80), family=socket.AF_INET6),
    "connect, UDP": lambda: by_socket("connect", (V4, 53), kind=UDP),
    "_socket": lambda: by_plain_socket(V4),
    "sendto": lambda: by_socket("sendto", b"?", (V4, 53), kind=UDP),
    "sendto with flags": lambda: by_socket("sendto", b"?", 0, (NAME, 53), kind=UDP),
    "sendmsg": lambda: by_socket("sendmsg", [b"?"], (), 0, (V4, 53), kind=UDP),
    "create_connection": lambda: socket.create_connection((NAME, 80), timeout=1),
    "getaddrinfo": lambda: socket.getaddrinfo(NAME, 80),
    "getaddrinfo by keyword": lambda: socket.getaddrinfo(host=NAME, port=80),
    "getaddrinfo, bytes": lambda: socket.getaddrinfo(NAME.encode(), 80),
    "getaddrinfo imported by name": lambda: _socket.getaddrinfo(NAME, 80),
    "gethostbyname": lambda: socket.gethostbyname(NAME),
    "gethostbyname_ex": lambda: socket.gethostbyname_ex(NAME),
    "gethostbyaddr": lambda: socket.gethostbyaddr(V4),
    "getnameinfo": lambda: socket.getnameinfo((V4, 80), 0),
    "asyncio": lambda: asyncio.run(by_asyncio(V4)),
    "asyncio by name": lambda: asyncio.run(by_asyncio(NAME)),
    "asyncio, UDP": lambda: asyncio.run(by_datagram(V4)),
    "requests": lambda: by_requests(V4),
    "urllib": lambda: urllib.request.urlopen(f"http://{NAME}/", timeout=1),
    "httpx": lambda: by_httpx(NAME),
    "httpx, async": lambda: asyncio.run(by_async_httpx(NAME)),
    "aiohttp": lambda: asyncio.run(by_aiohttp(NAME)),
    "aiohttp by address": lambda: asyncio.run(by_aiohttp(V4)),
    "thread": in_a_thread,
    "retry loop": in_a_retry_loop,
}
