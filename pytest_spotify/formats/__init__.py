"""From bytes to plain data and back: content codings, JSON, YAML. What the data means is not known here."""

from typing import Any, TypeAlias

# None, bool, int, float, str, bytes, or lists and dicts of them.
Data: TypeAlias = Any
