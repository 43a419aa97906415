"""Names of tests and parameters that no file system or shell likes."""

from __future__ import annotations

import random
import string

from pytest_spotify.cassettes import cassette_name

HOSTILE = r"""
../../x|..|.||/|/etc/passwd|a/b|a-b|a:b|a\b|A-B|a b|con|CON|con.yaml|nul.txt|COM1|lpt9.x|aux|-rf|--help|~|$x
.hidden|trailing.|é|e|ß|İ|ı|a-0123abcd|test[ES]|test[es]|test(ES)|%2e%2e|C:\x|a*b|a?b|"a"|<a>|a;b|`a`|a&b|'
"""


def hostile_names() -> list[str]:
    rng = random.Random(4)
    names = HOSTILE.replace("\n", "|").split("|")
    names += [
        "e\u0301",
        "\u202e",
        "\ud800",
        "\U0001f525",
        "x" * 79,
        "x" * 80,
        "x" * 81,
        "x" * 300,
        "a\0",
        "a\nb",
    ]
    names += [cassette_name("a/b"), cassette_name("A")]
    alphabet = string.printable + "éßİı\u2028/\\..::"
    while len(names) < 400:
        names.append("".join(rng.choices(alphabet, k=rng.randint(1, 12))))
    return sorted(set(names))
