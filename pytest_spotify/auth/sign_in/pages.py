"""The pages that end a sign-in in the browser. They are static: nothing of a request is shown in one."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

_STYLE = """
:root { --ground: #f6f6f4; --card: #fff; --text: #1a1d1b; --soft: #5b635e; --line: #d9ddda;
  --good: #146c38; --bad: #a3221a; --on: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #121413; --card: #1c1f1d; --text: #eceeec; --soft: #a4aca7; --line: #333936;
    --good: #4fd283; --bad: #ff9a90; --on: #121413; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 28rem; padding: 2.25rem 2rem 1.75rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .75rem; }
.mark { display: grid; place-items: center; width: 3rem; height: 3rem; margin-bottom: 1.25rem;
  border-radius: 50%; color: var(--on); }
.good .mark { background: var(--good); }
.bad .mark { background: var(--bad); }
.calm .mark { background: var(--soft); }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.01em; }
p { margin: 0 0 .75rem; text-wrap: pretty; }
code { padding: .1rem .35rem; border: 1px solid var(--line); border-radius: .3rem; font-size: .9em;
  white-space: nowrap; }
footer { margin-top: 1.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft);
  font-size: .875rem; }
"""

_TICK = "M4.5 12.5l5 5 10-11"
_CROSS = "M6.5 6.5l11 11m0-11l-11 11"

_STYLE_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS: Mapping[str, str] = {
    "Content-Type": "text/html; charset=utf-8",
    # RFC 9700 sections 4.2 and 4.3: the address holds a code, which must not live on in caches or travel.
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    f"frame-ancestors 'none'; style-src 'sha256-{_STYLE_DIGEST}'",
    "Connection": "close",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A status and what the browser shows."""

    status: int
    content: bytes


def _page(status: int, kind: Literal["good", "bad", "calm"], title: str, *paragraphs: str) -> Page:
    text = "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    content = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} - pytest-spotify</title>
<style>{_STYLE}</style>
</head>
<body>
<main class="{kind}">
<div class="mark"><svg width="26" height="26" viewBox="0 0 24 24" fill="none" stroke="currentColor"
 stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path
 d="{_TICK if kind == "good" else _CROSS}"/></svg></div>
<h1>{title}</h1>
{text}
<footer>pytest-spotify, on this computer</footer>
</main>
</body>
</html>
"""
    return Page(status, content.encode())


_AGAIN = "To sign in after all, run <code>pytest-spotify login</code> once more."

SIGNED_IN = _page(
    200,
    "good",
    "You are signed in",
    "Your tests can use this account now, for six months from today.",
    "You may close this tab and go back to the terminal.",
)
CANCELLED = _page(
    200, "calm", "Not signed in", "You chose Cancel, so nothing was allowed and nothing was stored.", _AGAIN
)
FAILED = _page(
    200,
    "bad",
    "Not signed in",
    "The sign-in could not be completed. The terminal says why, and what to do.",
    "Nothing was stored. You may close this tab.",
)
NOT_OURS = _page(
    400,
    "bad",
    "Not the sign-in that waits",
    "This address does not carry the answer to the sign-in that waits in the terminal. Is this an older tab?",
    "That sign-in still waits: go on in the tab that it opened, or stop it with Ctrl-C and start again.",
)
OVER = _page(
    400, "bad", "This sign-in is over", "It took one answer, and has had it. You may close this tab.", _AGAIN
)
NOT_FOUND = _page(
    404, "bad", "Nothing here", "A sign-in waits on this address, for the answer of Spotify and nothing else."
)
REFUSED = _page(
    400,
    "bad",
    "Not understood",
    "A sign-in waits on this address, for the answer of Spotify and nothing else.",
)
