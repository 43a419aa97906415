"""`pytest-spotify operations`: the operations of the Web API, and what is known of one."""

from __future__ import annotations

from collections.abc import Iterator

import click

from pytest_spotify.access import ACCESSES
from pytest_spotify.cli.contract_options import chosen_access
from pytest_spotify.cli.echo import echo
from pytest_spotify.contracts import Availability, Contract
from pytest_spotify.contracts.registry import ContractRegistry, bundled
from pytest_spotify.errors import did_you_mean
from pytest_spotify.report import real_answers


@click.command()
@click.argument("name", required=False)
@click.option(
    "--access",
    type=click.Choice(ACCESSES),
    help="Which Web API the app may use (default: SPOTIFY_ACCESS, else development).",
)
def operations(name: str | None, access: str | None) -> None:
    """List the operations of the Web API, or tell what is known of the one called NAME.

    For each: method and path, whether the access has it, and what replaces what is gone.
    """
    registry = bundled(chosen_access(access))
    if name is None:
        echo("\n".join(_list(registry)))
        return
    if name not in registry.contracts:
        hint = did_you_mean(name, registry.contracts)
        raise click.BadParameter(f"no operation is named {name!r}{hint}", param_hint="NAME")
    echo("\n".join(_details(registry.contracts[name])))


def _list(registry: ContractRegistry) -> Iterator[str]:
    contracts = sorted(
        registry.contracts.values(), key=lambda each: (each.source.parent.name, each.operation)
    )
    group = ""
    for contract in contracts:
        if contract.source.parent.name != group:
            if group:
                yield ""
            group = contract.source.parent.name
            yield group
        yield f"  {contract.operation}"
        yield f"      {contract.title}{_note(registry.availability(contract))}"


def _note(availability: Availability) -> str:
    if availability.status != "removed":
        return "" if availability.status == "available" else "   deprecated"
    instead = f", use {availability.replaced_by}" if availability.replaced_by else ""
    return f"   removed {availability.since}{instead}"


def _details(contract: Contract) -> Iterator[str]:
    yield f"{contract.operation}   {contract.title}"
    yield ""
    for access in ACCESSES:
        availability = contract.access[access]
        yield f"  {access:<17}  {_note(availability).strip() or 'available'}"
    yield ""
    yield f"  token       {'a user' if contract.token == 'user' else 'an app or a user'}"
    if str(contract.scopes):
        yield f"  scopes      {contract.scopes}"
    if contract.premium:
        yield "  needs       a Premium account"
    for name, parameter in contract.parameters.items():
        required = ", required" if parameter.required else ""
        yield f"  parameter   {name} ({parameter.where}{required})"
    if contract.body:
        yield f"  body        {contract.body.content_type}"
    yield f"  answers     {', '.join(str(status) for status in sorted(contract.responses))}"
    for access, answers in real_answers().get(contract.operation, {}).items():
        yield f"  evidence    {answers.count} real answers under {access}, {answers.first} to {answers.last}"
    yield f"  docs        {contract.docs}"
    yield f"  contract    {contract.source}"
