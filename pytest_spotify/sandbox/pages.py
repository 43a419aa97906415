"""The few HTML pages: of the accounts service (sign in, agree, refusal), and at `/`. No script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} - Spotify sandbox</title>
<style>
:root {{ --ground: #f6f6f4; --card: #fff; --text: #1a1d1b; --soft: #5b635e; --line: #d9ddda;
  --field: #858d88; --accent: #146c38; --on-accent: #fff; --bad: #a3221a; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ground: #121413; --card: #1c1f1d; --text: #eceeec; --soft: #a4aca7; --line: #333936;
    --field: #79827d; --accent: #4fd283; --on-accent: #06210f; --bad: #ff9a90; }}
}}
* {{ box-sizing: border-box; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }}
main {{ width: 100%; max-width: 26rem; padding: 2rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .75rem; }}
.note {{ margin: 0 0 1.25rem; color: var(--soft); font-size: .875rem; }}
#hint {{ margin: .5rem 0 0; }}
main > :last-child {{ margin-bottom: 0; }}
h1 {{ margin: 0 0 .75rem; font-size: 1.375rem; line-height: 1.3; text-wrap: balance; }}
label {{ display: block; margin: 1rem 0 .25rem; font-weight: 600; }}
input {{ width: 100%; padding: .625rem .75rem; font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--field); border-radius: .5rem; }}
ul {{ margin: 0 0 1.5rem; padding-left: 1.25rem; }}
li + li {{ margin-top: .25rem; }}
code {{ overflow-wrap: anywhere; }}
pre {{ margin: 0 0 1.5rem; padding: .75rem; border: 1px solid var(--line); border-radius: .5rem;
  font-size: .8125rem; overflow-x: auto; user-select: all; }}
.actions {{ display: flex; gap: .75rem; margin-top: 1.5rem; }}
button {{ flex: 1; padding: .7rem 1rem; font: inherit; font-weight: 600; border-radius: .5rem;
  border: 1px solid var(--field); background: transparent; color: inherit; cursor: pointer; }}
button.main {{ border-color: var(--accent); background: var(--accent); color: var(--on-accent); }}
a {{ color: inherit; }}
:focus-visible {{ outline: 3px solid var(--accent); outline-offset: 2px; }}
.bad {{ color: var(--bad); font-weight: 600; }}
</style>
</head>
<body>
<main>
<p class="note">Spotify sandbox: a stand-in on this machine. Nothing you type leaves it.</p>
{content}
</main>
</body>
</html>
"""


def sign_in(action: str, query: str, *, problem: str | None = None) -> str:
    """Ask for a name and a password; any will do."""
    warning = f'<p class="bad" role="alert">{escape(problem)}</p>' if problem else ""
    return _page(
        "Sign in",
        f"""<h1>Sign in</h1>
{warning}<form method="post" action="{escape(action)}">
{_hidden({"continue": query})}
<label for="name">Name</label>
<input id="name" name="username" autocomplete="username" required autofocus aria-describedby="hint">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password">
<p class="note" id="hint">Any name and any password will do. Each name is an account of its own.</p>
<div class="actions"><button class="main" type="submit">Sign in</button></div>
</form>""",
    )


def consent(action: str, request_id: str, *, user: str, app: str, scopes: Iterable[str], other: str) -> str:
    """Ask the user to agree to what an app wants."""
    lines = "".join(f"<li>{escape(each)}</li>" for each in scopes)
    wanted = f"<p>It will be able to:</p><ul>{lines}</ul>" if lines else "<p>It asks for no scope.</p>"
    return _page(
        "Agree",
        f"""<h1>Let this app use your account?</h1>
<p>You are <strong>{escape(user)}</strong> (<a href="{escape(other)}">not you?</a>).
The app is <code>{escape(app)}</code>.</p>
{wanted}
<form method="post" action="{escape(action)}">
{_hidden({"request": request_id})}
<div class="actions">
<button type="submit" name="answer" value="cancel">Cancel</button>
<button class="main" type="submit" name="answer" value="agree">Agree</button>
</div>
</form>""",
    )


def refusal(message: str, advice: str) -> str:
    """Show why an authorization cannot go on; the real service shows it in the browser, too."""
    return _page(
        "Refused",
        f"""<h1>This cannot go on</h1>
<p class="bad" role="alert">{escape(message)}</p>
<p>{escape(advice)}</p>""",
    )


def landing(variables: Mapping[str, str]) -> str:
    """Say what runs here, with the variables to copy: a click selects them all."""
    lines = "\n".join(f"export {name}={value}" for name, value in variables.items())
    return _page(
        "Sandbox",
        f"""<h1>A stand-in for Spotify runs here</h1>
<p>Its app, and an account that signed in to it. They are good here and nowhere else; click to select:</p>
<pre>{escape(lines)}</pre>
<p>With these set, <code>pytest --spotify-live</code> and the commands of <code>pytest-spotify</code> come
here. Any name and any password will do to sign in.</p>""",
    )


def _page(title: str, content: str) -> str:
    return _PAGE.format(title=escape(title), content=content)


def _hidden(values: Mapping[str, str]) -> str:
    return "\n".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in values.items()
    )
