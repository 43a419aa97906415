"""The checks of one profile, from its variables to the Web API's response.

They send GETs only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from pytest_spotify.access import ACCESSES, Access, TokenKind
from pytest_spotify.auth.credentials import DASHBOARD, Credentials, refresh_token_variable
from pytest_spotify.auth.token import Token, expiry_warning, has_expired, last_day, today
from pytest_spotify.auth.user import AuthorizedUser
from pytest_spotify.cli.doctor.diagnosis import (
    Diagnosis,
    Findings,
    clock_check,
    display_name,
    error_text,
    scope_check,
    suggest_fix,
)
from pytest_spotify.cli.doctor.variables import TOKEN_STORE_STEP, valid_variables, variables
from pytest_spotify.clock import Clock
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.registry import scopes_by_operation
from pytest_spotify.errors import (
    InvalidClient,
    InvalidGrant,
    QuotaExceeded,
    SpotifyTestError,
    TokenStoreError,
)
from pytest_spotify.exchange import Response
from pytest_spotify.transport.retry_after import retry_after, until

_TRY_LATER = "try again later"
_WAIT = "wait, then run fewer tests at a time"


class Doctor:
    """Examines one profile; `identify` turns its credentials into an identity at the target.

    `login` is the command that signs the profile in there.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        contracts: Sequence[Contract],
        identify: Callable[[Credentials], AuthorizedUser],
        *,
        profile: str,
        login: str,
        clock: Clock | None = None,
    ) -> None:
        self._environ = environ
        self._contracts = contracts
        self._identify = identify
        self._profile = profile
        self._clock = clock or Clock()
        self._login = login
        self._variable = refresh_token_variable(profile)
        self._found = Findings()
        self._limits: list[str] = []
        self._reached = False

    def checks(self) -> Iterator[Diagnosis]:
        """Yield the checks; what cannot be looked at, for want of what comes before it, says so."""
        for check in self._checks():
            self._found.add(check)
            yield check

    def _checks(self) -> Iterator[Diagnosis]:
        # What the variables' own checks find fault with does not count, and the others still do.
        identity = self._identify(
            Credentials.from_environment(valid_variables(self._environ, self._profile), self._profile)
        )
        stored: bool | None = None
        unusable = ""
        try:
            if identity.credentials.client_id:
                identity.store.check()
            stored = identity.has_token("user")
        except TokenStoreError as error:
            unusable = str(error)
        yield from variables(self._environ, self._profile, stored=stored, login=self._login)
        if unusable:
            yield Diagnosis(name="token store", status="red", message=unusable, next=TOKEN_STORE_STEP)
        yield from self._reach(identity)
        app, check = self._token(identity, "app", unusable=bool(unusable))
        yield check
        if stored:
            yield self._sign_in(identity)
        user, check = self._token(identity, "user", unusable=bool(unusable))
        yield check
        if user is None:
            yield self._found.unknown("user", "Not known without a user's token.", "user token")
        else:
            wanted = scopes_by_operation(self._contracts, self._runs_as)
            yield scope_check(user.scopes, wanted, step=self._login)
            yield self._user(identity, user)
        yield self._access(identity, user or app)
        yield self._limit()

    def _reach(self, identity: AuthorizedUser) -> Iterator[Diagnosis]:
        """Send a request without a token: the `Date` of its response shows whether this clock is right."""
        try:
            response = self._get(identity, "/me")
        except SpotifyTestError as error:
            step = "check the network, the proxy and the address"
            yield Diagnosis(name="network", status="red", message=str(error), next=step)
            yield self._found.unknown("clock", "Not known without a response.", "network")
        else:
            yield Diagnosis(name="network", status="green", message="The Web API answers.")
            yield clock_check(response, now=self._clock.time())

    def _token(
        self, identity: AuthorizedUser, token_kind: TokenKind, *, unusable: bool
    ) -> tuple[Token | None, Diagnosis]:
        """Have a token granted anew: one that is still good in the store would prove nothing."""
        name = f"{token_kind} token"
        if unusable:
            return None, self._found.unknown(
                name, "Not requested: the token store cannot be used.", "token store"
            )
        try:
            if not identity.has_token(token_kind):
                missing = identity.credentials.missing(token_kind)
                message = f"Not requested: {' and '.join(missing)} missing or malformed."
                return None, self._found.unknown(name, message, *missing, step=self._login)
            before = identity.stored_token
            source = identity.token_source(token_kind)
            token = source.token()
            if token_kind == "app" or (before and before.access_token == token.access_token):
                token = source.refresh(token)
        except SpotifyTestError as error:
            return None, self._refused(name, error)
        message = "The accounts service refreshes the user's token."
        if token_kind == "app":
            message = "The accounts service grants the app a token of its own: id and secret are right."
        return token, Diagnosis(name=name, status="green", message=message)

    def _refused(self, name: str, error: SpotifyTestError) -> Diagnosis:
        """Return the check of a token that was not granted; a cause that is known already is its cause."""
        step, causes = _TRY_LATER, ["network"]
        if isinstance(error, QuotaExceeded):
            self._limits.append(str(error))
            return Diagnosis(name=name, status="red", message=str(error), next=_WAIT, because="limit")
        if isinstance(error, InvalidGrant):
            step, causes = self._login, ["SPOTIFY_CLIENT_SECRET"]
        elif isinstance(error, InvalidClient):
            step = f"compare id and secret with those of your app, and set them again: {DASHBOARD}"
            causes = ["SPOTIFY_CLIENT_SECRET", "app token"]
        elif isinstance(error, TokenStoreError):
            step = TOKEN_STORE_STEP
        cause = self._found.fault(*causes)
        because = (cause.because or cause.name) if cause else ""
        return Diagnosis(name=name, status="red", message=str(error), next=step, because=because)

    def _sign_in(self, identity: AuthorizedUser) -> Diagnosis:
        now, day = today(self._clock), identity.signed_in
        warning = expiry_warning(day, now, self._profile)
        if day is None:
            return self._found.unknown("sign-in", warning, f"{self._variable}_DATE")
        if warning:
            over = has_expired(day, now)
            return Diagnosis(
                name="sign-in", status="red" if over else "amber", message=warning, next=self._login
            )
        return Diagnosis(
            name="sign-in", status="green", message=f"Of {day}; it lasts six months, until {last_day(day)}."
        )

    def _user(self, identity: AuthorizedUser, token: Token) -> Diagnosis:
        try:
            response = self._get(identity, "/me", token)
        except SpotifyTestError as error:
            return Diagnosis(name="user", status="red", message=str(error), next=_TRY_LATER)
        if response.status == 200:
            return Diagnosis(name="user", status="green", message=f"Signed in as {display_name(response)}.")
        message = f"GET /me answered {response.status}: {error_text(response)}"
        return Diagnosis(name="user", status="red", message=message, next=suggest_fix(response))

    def _access(self, identity: AuthorizedUser, token: Token | None) -> Diagnosis:
        """Find the access by asking what Spotify removed in 2026-02, then what it removed in 2024-11."""
        name = "access"
        if token is None:
            return self._found.unknown(name, "Not known without a token.", "user token", "app token")
        access: Access = "development"
        try:
            if self._get(identity, self._removed_in("development"), token).status < 300:
                access = "development-older"
                if self._get(identity, self._removed_in("development-older"), token).status < 300:
                    access = "extended"
        except SpotifyTestError as error:
            return Diagnosis(name=name, status="red", message=str(error), next=_TRY_LATER)
        if self._limits:
            message = "Not known while the limit is in force."
            return Diagnosis(name=name, status="amber", message=message, next=_WAIT, because="limit")
        if access == self._runs_as:
            return Diagnosis(
                name=name, status="green", message=f"The app has {access}, as runs take it to have."
            )
        return Diagnosis(
            name=name,
            status="red" if self._environ.get("SPOTIFY_ACCESS") else "amber",
            message=f"The app has {access}, but runs take it to have {self._runs_as}.",
            next=f"set SPOTIFY_ACCESS={access}",
        )

    def _limit(self) -> Diagnosis:
        if self._limits:
            return Diagnosis(name="limit", status="red", message=self._limits[0], next=_WAIT)
        if not self._reached:
            return self._found.unknown("limit", "Not known without a response.", "network")
        return Diagnosis(name="limit", status="green", message="No Retry-After is in force.")

    @property
    def _runs_as(self) -> Access:
        named = self._environ.get("SPOTIFY_ACCESS")
        return next((access for access in ACCESSES if access == named), "development")

    def _removed_in(self, access: Access) -> str:
        """Return the path of a GET that this access has lost, the next one has, and anybody may ask."""
        above = ACCESSES[ACCESSES.index(access) + 1]
        return min(
            contract.path
            for contract in self._contracts
            if contract.method == "GET"
            and contract.token == "app"
            and contract.access[access].status == "removed"
            and contract.access[above].status != "removed"
            and not any(each.required for each in contract.parameters.values())
            and "{" not in contract.path
        )

    def _get(self, identity: AuthorizedUser, path: str, token: Token | None = None) -> Response:
        response = identity.get(path, token)
        self._reached = True
        if response.status == 429:
            now = self._clock.time()
            seconds = retry_after(response.headers.get("Retry-After"), now=now)
            span = "" if seconds is None else f"for {seconds:,.0f} s, "
            self._limits.append(f"The Web API accepts no requests {span}{until(seconds, now=now)}.")
        return response
