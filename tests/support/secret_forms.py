"""A secret in every form that the search for leaks must know."""

from __future__ import annotations

import base64
import gzip
import json
import random
import string
import zlib
from collections.abc import Callable
from urllib.parse import quote

import brotli
import zstandard


def new_secret(rng: random.Random, length: int = 40) -> str:
    """Return a random secret of letters and digits, of every kind at both ends."""
    middle = "".join(rng.choices(string.ascii_letters + string.digits, k=length - 6))
    return f"qZ7{middle}7Zq"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _folded(text: str, width: int = 9) -> str:
    return "\\\n      ".join(text[at : at + width] for at in range(0, len(text), width))


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
    "deflate": zlib.compress,
    "raw deflate": _raw_deflate,
    "double gzip": lambda data: gzip.compress(gzip.compress(data)),
    "zstd of br": lambda data: zstandard.compress(brotli.compress(data)),
}

# Each turns a secret into text.
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda secret: "".join(f"%{byte:02X}" for byte in secret.encode()),
    "percent of what needs it": lambda secret: quote(f"+{secret}/", safe=""),
    "base64": lambda secret: _base64(secret.encode()),
    "base64, one byte on": lambda secret: _base64(f"x{secret}".encode()),
    "base64, two bytes on": lambda secret: _base64(f"xy:{secret}z".encode()[1:]),
    "base64 without padding": lambda secret: _base64(f"id:{secret}".encode()).rstrip("="),
    "base64url": lambda secret: base64.urlsafe_b64encode(f"??>>{secret}".encode()).decode(),
    "base64 of base64": lambda secret: _base64(_base64(secret.encode()).encode()),
    "hex": lambda secret: secret.encode().hex(),
    "HEX": lambda secret: secret.encode().hex().upper(),
    "hex, half a byte on": lambda secret: "a" + secret.encode().hex(),
    "JSON escapes": lambda secret: "".join(f"\\u{ord(c):04x}" for c in secret),
    "JSON escapes twice": lambda secret: "".join(f"\\\\u{ord(c):04X}" for c in secret),
    "a JSON escape": lambda secret: f"{secret[:5]}\\u{ord(secret[5]):04x}{secret[6:]}",
    "YAML escapes": lambda secret: "".join(f"\\x{ord(c):02x}" for c in secret),
    "long YAML escapes": lambda secret: "".join(f"\\U{ord(c):08x}" for c in secret),
    "HTML escapes": lambda secret: "".join(f"&#{ord(c)};" for c in secret),
    "HTML hex escapes": lambda secret: "".join(f"&#x{ord(c):x};" for c in secret),
    "upper case": str.upper,
    "lower case": str.lower,
    "beginning": lambda secret: f"{secret[:8]}...",
    "end": lambda secret: f"...{secret[-8:]}",
    "beginning in base64": lambda secret: _base64(f"{secret[:8]}...".encode()),
    "folded": _folded,
    "folded at line ends": lambda secret: f"{secret[:20]}\n        {secret[20:]}",
    "folded base64": lambda secret: _folded(_base64(secret.encode()), 16),
    "UTF-16": lambda secret: _base64(secret.encode("utf-16-le")),
    "UTF-16 with escapes": lambda secret: "".join(f"{c}\\0" for c in secret),
    "JSON in JSON": lambda secret: json.dumps(json.dumps({"key": f"\t{secret}"})),
    "hex of gzip": lambda secret: gzip.compress(secret.encode()).hex(),
    **{
        f"{name} in base64": lambda secret, pack=pack: _base64(pack(f'{{"key": "{secret}"}}'.encode()))
        for name, pack in PACKED.items()
    },
}
