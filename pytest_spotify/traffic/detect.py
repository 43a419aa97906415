"""Which files of a folder may hold traffic. Cheap, as most of them do not: nothing is parsed."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

_BY_NAME = {".har", ".zip"}
_BY_CONTENT = {".json", ".yaml", ".yml"}
# A cassette in YAML, whichever version of VCR.py wrote it, or what HAR files and JSON cassettes have.
_CONTENT = re.compile(rb'^interactions:|^- request:|"interactions"\s*:|"log"\s*:|^\s*\[\s*\{', re.MULTILINE)


def may_be_traffic(path: Path) -> bool:
    """Say whether a file is worth reading as traffic; a file of another suffix, or none at all, is not."""
    suffix = path.suffix.lower()
    try:
        if not path.is_file() or suffix not in _BY_NAME | _BY_CONTENT:
            return False
        if suffix in _BY_NAME:
            return True
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _CONTENT.search(content) is not None
    except (OSError, ValueError):  # an empty file cannot be mapped
        return False
