"""Causes of an error of a marked test's own code, beside violations: errors of ours, and a refused token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pytest_spotify.errors import TokenRefused
from pytest_spotify.plugin.flow import SentExchange
from pytest_spotify.report import FailureContext, exchange_lines

_NEXT = (
    "give the client `spotify_token.reveal()`, which is valid for the whole run; "
    "`pytest-spotify doctor` checks the credentials"
)


def refused_token(sent: Sequence[SentExchange], context: FailureContext) -> TokenRefused | None:
    """Return an error about the last response, live, if it is a 401: a valid token gets none (RFC 6750)."""
    if not sent or sent[-1].exchange.response.status != 401:
        return None
    exchange = sent[-1].exchange
    if "Authorization" in exchange.request.headers:
        fault = "the token is not valid"
        meaning = "the token that the client sent is expired, revoked, or none of Spotify's"
    else:
        fault = "the request has no token"
        meaning = "the client sent no Authorization header"
    lines = [
        f"{exchange.request.title}: 401, {fault}",
        "",
        *exchange_lines(replace(context, exchange=exchange, caller=sent[-1].caller)),
        "",
        f"meaning    {meaning}",
        f"next       {_NEXT}",
    ]
    return TokenRefused("\n".join(lines))


def error_chain(error: BaseException) -> Iterator[Exception]:
    """Yield the errors that an error was raised for, or while they were handled; the nearest first."""
    seen = {id(error)}
    each = error.__cause__ or error.__context__
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        if isinstance(each, Exception):
            yield each
        each = each.__cause__ or each.__context__
