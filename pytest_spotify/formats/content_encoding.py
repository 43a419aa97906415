"""HTTP content codings (RFC 9110 section 8.4.1): gzip, deflate, br and zstd, undone with a cap on the size.

gzip and deflate are always at hand; br needs the package `brotli` (or `brotlicffi`), zstd needs Python 3.14
or the package `zstandard`.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType

MAX_DECODED = 64 * 1024 * 1024
_PIECE = 1024 * 1024


class CodingError(ValueError):
    """Bytes cannot be decoded: damaged, too large, or their coding needs a package that is absent."""


def decode(data: bytes, content_encoding: str, *, limit: int = MAX_DECODED) -> bytes:
    """Decode a body by its Content-Encoding header; a body that is decoded already is returned unchanged.

    Recorders keep the field and store the body decoded, so plain text is left as it is.
    """
    for name in reversed([part.strip().lower().removeprefix("x-") for part in content_encoding.split(",")]):
        decoder = _DECODERS.get(name)
        if decoder is None or not data or _is_text(data):
            continue
        magic = _MAGIC.get(name)
        if magic is None or data.startswith(magic):
            data = decoder(data, limit)
    return data


def decodings(data: bytes, *, limit: int = MAX_DECODED) -> Iterator[tuple[str, bytes]]:
    """Yield every coding that the bytes themselves could be in, with what they hold then."""
    for name, decoder in _DECODERS.items():
        magic = _MAGIC.get(name)
        if magic is not None and not data.startswith(magic):
            continue
        try:
            yield name, decoder(data, limit)
        except CodingError:
            continue


def missing() -> list[str]:
    """Name the codings that this installation cannot undo."""
    return [name for name, find in (("br", _brotli), ("zstd", _zstandard)) if find() is None]


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return not any(ord(character) < 0x20 and character not in "\t\r\n" for character in text[:4096])


def _inflate(data: bytes, wbits: int, limit: int) -> bytes:
    decoded = bytearray()
    while True:
        inflater = zlib.decompressobj(wbits)
        while not inflater.eof:
            try:
                piece = inflater.decompress(data, _PIECE)
            except zlib.error:
                raise CodingError("the compressed bytes are damaged") from None
            decoded += piece
            data = inflater.unconsumed_tail
            if len(decoded) > limit:
                raise CodingError(f"more than {limit} bytes when decompressed")
            if not data and not piece and not inflater.eof:
                raise CodingError("the compressed bytes are cut short")
        data = inflater.unused_data
        # A gzip file may have several members (RFC 1952 section 2.2); what follows the last is padding.
        if not data.startswith(b"\x1f\x8b"):
            return bytes(decoded)


def _gunzip(data: bytes, limit: int) -> bytes:
    return _inflate(data, 16 + zlib.MAX_WBITS, limit)


def _deflate(data: bytes, limit: int) -> bytes:
    # "deflate" means the zlib format, but some servers send the bare stream (RFC 9110 section 8.4.1.2).
    if len(data) > 1 and data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0:
        return _inflate(data, zlib.MAX_WBITS, limit)
    return _inflate(data, -zlib.MAX_WBITS, limit)


def _unbrotli(data: bytes, limit: int) -> bytes:
    module = _brotli()
    if module is None:
        raise CodingError("Content-Encoding br: install the package `brotli` to read it")
    decompressor = module.Decompressor()
    try:
        decoded = _in_pieces(decompressor.process, data, limit)
    except module.error:
        raise CodingError("the compressed bytes are damaged") from None
    if not decompressor.is_finished():
        raise CodingError("the compressed bytes are cut short")
    return decoded


def _unzstd(data: bytes, limit: int) -> bytes:
    module = _zstandard()
    if module is None:
        raise CodingError("Content-Encoding zstd: install the package `zstandard` to read it")
    decoder = module.ZstdDecompressor()
    decompressor = decoder.decompressobj() if hasattr(decoder, "decompressobj") else decoder
    try:
        decoded = _in_pieces(decompressor.decompress, data, limit)
    except (module.ZstdError, EOFError):
        raise CodingError("the compressed bytes are damaged") from None
    if not decompressor.eof:
        raise CodingError("the compressed bytes are cut short")
    return decoded


def _in_pieces(decompress: Callable[[bytes], bytes], data: bytes, limit: int) -> bytes:
    # A few bytes can stand for megabytes, and neither package caps its output: so the input goes in pieces.
    decoded = bytearray()
    for start in range(0, len(data), 64):
        decoded += decompress(data[start : start + 64])
        if len(decoded) > limit:
            raise CodingError(f"more than {limit} bytes when decompressed")
    return bytes(decoded)


def _brotli() -> ModuleType | None:
    return _first("brotli", "brotlicffi")


def _zstandard() -> ModuleType | None:
    return _first("compression.zstd", "zstandard")


@cache
def _first(*names: str) -> ModuleType | None:
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


_MAGIC = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "deflate": _deflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
