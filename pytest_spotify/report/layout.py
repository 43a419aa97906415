r"""Text laid out to a width: `wrap(text, width) -> str`, for what pytest and the command line print.

Each line that is too long is broken at spaces, and what follows begins in the last of its columns (two or
more spaces part columns), so that a label keeps a column of its own:

    record     pytest 'tests/test_app.py::test_search' --spotify-live \
                 --record-mode=rewrite

A word is never broken, nor are a path, a URL and what stands in backticks: what its column has no room for
begins further left, and stays longer than the width if need be. A shell command, alone on its line or after a
label, is continued by a backslash, and so works as it is copied. Colour is no matter of layout: add it to a
text that is laid out.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterator, Sequence

_COMMANDS = re.compile(r"(?:[A-Z_]+=\S+ )*(?:pytest|pytest-spotify|curl|export|pip|python|tox)(?= )")
_COLUMN = re.compile(r"(?<=\S) {2,}(?=\S)")
# A word of the shell with the space before it; `'it'"'"'s'` is one.
_SHELL_WORD = re.compile(r"""( *)((?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\]++)+)""")
_SHORT = 8
_OUTDENT = "  "  # of a word that its column has no room for
_WORD = re.compile(r"(\s*)((?:`[^`]*`|[^\s`]++|`)++)")


def terminal_width() -> int:
    """Return the number of columns: of `COLUMNS`, of the terminal, else 80."""
    return shutil.get_terminal_size().columns


def wrap(text: str, width: int) -> str:
    """Return the text with no line longer than the width, where spaces let it be."""
    return "\n".join(laid_out for line in text.split("\n") for laid_out in _wrap_line(line, width))


def text_width(text: str) -> int:
    """Return the number of columns that a terminal takes for a text in one line (UAX 11)."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _wrap_line(line: str, width: int) -> Iterator[str]:
    if text_width(line) <= width:
        yield line
        return
    # A column in the right half leaves too little room for what follows in it.
    starts = [match.end() for match in _COLUMN.finditer(line) if match.end() <= width // 2]
    start = starts[-1] if starts else len(line) - len(line.lstrip(" "))
    label, value = line[:start], line[start:]
    if _COMMANDS.match(value):
        words = _SHELL_WORD.findall(value)
        if "".join(map("".join, words)) == value:
            yield from _fill(words, label, " " * (text_width(label) + 2), width, continuation=" \\")
        else:
            yield line  # a quote does not close in this line: a break might be within it
        return
    yield from _fill(_WORD.findall(value), label, " " * text_width(label), width)


def _fill(
    words: Sequence[tuple[str, str]], label: str, indent: str, width: int, *, continuation: str = ""
) -> Iterator[str]:
    """Yield lines of as many words as there is room for; each word comes with the space before it."""
    room = width - len(continuation)
    line = label + words[0][1]
    if text_width(line) > room >= text_width(_OUTDENT + words[0][1]):
        yield label.rstrip()
        line = _OUTDENT + words[0][1]
    for number, (space, word) in enumerate(words[1:], 1):
        # A URL that no line has room for stays beside its method.
        never_fits = text_width(_OUTDENT + word) > room and number == 1 and len(words[0][1]) <= _SHORT
        if never_fits or text_width(line + space + word) <= room:
            line += space + word
        else:
            yield line + continuation
            line = (indent if text_width(indent + word) <= room else _OUTDENT) + word
    yield line
