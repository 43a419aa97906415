"""Write the pages of docs/reference that follow from the code: what can be said is read, not repeated.

    python scripts/reference.py           # write them
    python scripts/reference.py --check   # exit with 1 where one is not what the code says

Options, ini keys, marks, fixtures, hooks, commands, the Python interface, and the formats that have a schema.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click

import pytest_spotify
from pytest_spotify.cli import group
from pytest_spotify.exchange import Exchange, Headers, Request, Response
from pytest_spotify.plugin import hookspecs, options

ROOT = Path(__file__).parents[1]
PACKAGE = Path(pytest_spotify.__file__).parent
FOLDER = ROOT / "docs" / "reference"
NOTE = "Written by `scripts/reference.py` from {source}: do not edit.\n"
EXAMPLE = "contracts/tracks/get-track.contract.json"
PYTHON = [
    *((f"pytest_spotify.{name}", getattr(pytest_spotify, name)) for name in pytest_spotify.__all__),
    *((f"pytest_spotify.exchange.{each.__name__}", each) for each in (Exchange, Request, Response, Headers)),
]


def main() -> int:
    """Write the pages, or compare them; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, and compare")
    check = parser.parse_args().check
    old = [name for name, text in pages().items() if check and _read(FOLDER / name) != text]
    for name in old:
        print(f"docs/reference/{name} is not what the code says: run `python scripts/reference.py`")
    if not check:
        for name, text in pages().items():
            (FOLDER / name).write_text(text, encoding="utf-8")
    return 1 if old else 0


def pages() -> dict[str, str]:
    """Return the text of each page by its file name."""
    made: dict[str, Callable[[], str]] = {
        "pytest.md": pytest_page,
        "commands.md": commands_page,
        "python.md": python_page,
        "contract-format.md": contract_format_page,
        "report-format.md": report_format_page,
    }
    return {name: make() for name, make in made.items()}


def pytest_page() -> str:
    """Return the page of what pytest takes from the plugin."""
    declared = _Declarations()
    options.pytest_addoption(declared)  # type: ignore[arg-type]
    parts = [
        "# Options, ini keys, marks, fixtures, hooks\n",
        NOTE.format(source="the plugin"),
        "## Options\n",
        "pytest-recording's `--record-mode` [belongs to them](../recording.md#when-a-recording-is-made).\n",
        _table(("option", "what it does"), declared.options),
        "## Ini keys\n",
        _table(("key", "what it says"), declared.ini),
        "## Marks\n",
        "Their arguments: [guard your own tests](../how-to/guard-your-tests.md#arguments-of-the-mark).\n",
        _table(("mark", "what it says"), _marks()),
        "## Fixtures\n",
        _table(("fixture", "scope", "what it does"), _fixtures()),
        "## Hooks\n",
        "For `conftest.py`.\n",
        *(_function(name, hook) for name, hook in _public_functions(hookspecs)),
    ]
    return "\n".join(parts)


class _Declarations:
    """What `pytest_addoption` declares, taken down in place of pytest's parser."""

    def __init__(self) -> None:
        self.options: list[tuple[str, str]] = []
        self.ini: list[tuple[str, str]] = []

    def getgroup(self, *_: str) -> SimpleNamespace:
        return SimpleNamespace(addoption=self._option)

    def _option(self, name: str, *, help: str, metavar: str = "", **_: object) -> None:  # noqa: A002
        self.options.append((f"`{name}{'=' if metavar else ''}{metavar}`", help))

    def addini(self, name: str, help: str, **_: object) -> None:  # noqa: A002
        self.ini.append((f"`{name}`", help))


def _marks() -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(_read(PACKAGE / "plugin" / "__init__.py"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("addinivalue_line"):
            name, text = ast.literal_eval(node.args[1]).split(": ", 1)
            yield f"`{name}`", text


def _fixtures() -> Iterator[tuple[str, str, str]]:
    for node in ast.parse(_read(PACKAGE / "plugin" / "fixtures.py")).body:
        decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
        found = next((each for each in decorators if ast.unparse(each).startswith("pytest.fixture")), None)
        if isinstance(node, ast.FunctionDef) and found is not None:
            keywords = found.keywords if isinstance(found, ast.Call) else []
            scope = next(
                (ast.literal_eval(each.value) for each in keywords if each.arg == "scope"), "function"
            )
            yield f"`{node.name}`", scope, (ast.get_docstring(node) or "").partition("\n")[0]


def commands_page() -> str:
    """Return the page of the command line."""
    parts = [
        "# Commands\n",
        NOTE.format(source="the command line"),
        "`pytest-spotify` and `python -m pytest_spotify` are the same. Each command has `--help`.\n",
    ]
    for name, command in _commands(group, "pytest-spotify"):
        arguments = [
            each.make_metavar(click.Context(command)) for each in _parameters(command, click.Argument)
        ]
        parts += [f"## {name}\n", f"`{' '.join([name, '[OPTIONS]', *arguments])}`\n"]
        parts.append(inspect.cleandoc(command.help or "") + "\n")
        rows = [(_option_name(each), each.help or "") for each in _parameters(command, click.Option)]
        if rows:
            parts.append(_table(("option", "what it does"), rows))
    return "\n".join(parts)


def _commands(node: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(node)
    for each in node.list_commands(context):
        command = node.get_command(context, each)
        if isinstance(command, click.Group):
            yield from _commands(command, f"{name} {each}")
        elif command is not None and not command.hidden:
            yield f"{name} {each}", command


def _parameters(command: click.Command, kind: type[Any]) -> list[Any]:
    return [each for each in command.params if isinstance(each, kind) and not getattr(each, "hidden", False)]


def _option_name(option: click.Option) -> str:
    name = ", ".join([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return f"`{name}`"
    choices = getattr(option.type, "choices", None)
    return f"`{name} {option.metavar or '|'.join(choices or [option.type.name.upper()])}`"


def python_page() -> str:
    """Return the page of the Python interface, from its docstrings."""
    module = inspect.cleandoc(sys.modules["pytest_spotify.api"].__doc__ or "").partition("\n")[0]
    parts = ["# Python\n", NOTE.format(source="the docstrings"), f"{module}\n"]
    for name, cls in PYTHON:
        parts += [f"## {name}\n", inspect.getdoc(cls) or "", ""]
        fields = getattr(cls, "__annotations__", {}) if hasattr(cls, "__dataclass_fields__") else {}
        if fields:
            parts.append(_table(("attribute", "type"), [(f"`{key}`", f"`{fields[key]}`") for key in fields]))
        parts += [_function(each, member) for each, member in _public_members(cls)]
    return "\n".join(parts).rstrip() + "\n"


def _public_members(cls: type) -> Iterator[tuple[str, Any]]:
    for name, member in vars(cls).items():
        function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if not name.startswith("_") and (isinstance(member, property) or inspect.isfunction(function)):
            yield f"{cls.__name__}.{name}", function


def _public_functions(module: Any) -> Iterator[tuple[str, Any]]:
    return ((name, each) for name, each in vars(module).items() if name.startswith("pytest_"))


def _function(name: str, function: Any) -> str:
    text = inspect.getdoc(function) or ""
    if isinstance(function, property):
        return f"### {name}\n\n{text}\n"
    signature = inspect.signature(function)
    shown = [each for each in signature.parameters.values() if each.name not in ("self", "cls")]
    # Annotations are texts here, and shown in quotes; defaults keep theirs.
    call = re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(signature.replace(parameters=shown)))
    return f"### {name}\n\n`{name}{call}`\n\n{text}\n"


def contract_format_page() -> str:
    """Return the page of the contract file's format: each key, and a whole example."""
    schema = json.loads(_read(PACKAGE / "contract.schema.json"))
    return "\n".join(
        [
            "# The format of a contract file\n",
            NOTE.format(source="`pytest_spotify/contract.schema.json`"),
            "What the keys mean together, and the keywords in schemas: [contracts](../contracts.md).\n",
            f"A whole one, `{EXAMPLE}`:\n",
            f"```json\n{_read(ROOT / EXAMPLE).strip()}\n```\n",
            *_schema_tables(schema),
        ]
    )


def report_format_page() -> str:
    """Return the page of the JSON report's format."""
    schema = json.loads(_read(PACKAGE / "report.schema.json"))
    return "\n".join(
        [
            "# The format of a report\n",
            NOTE.format(source="`pytest_spotify/report.schema.json`"),
            f"{schema['description']} What the HTML page shows: [the report of a run](../report.md).\n",
            *_schema_tables(schema),
        ]
    )


def _schema_tables(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table for the root of a schema, and one for each definition that has properties."""
    objects = {"The file": schema, **schema.get("$defs", {})}
    for name, each in objects.items():
        rows = list(_properties(each))
        if rows:
            yield f"## {name}\n"
            yield _table(("key", "required", "value", "what it says"), rows)


def _properties(schema: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str, str, str]]:
    for branch in (schema, schema.get("then", {}), schema.get("else", {})):
        required = branch.get("required", ())
        for name, each in branch.get("properties", {}).items():
            needed = "yes" if name in required else ""
            yield f"`{prefix}{name}`", needed, _value(each), each.get("description", "")
            yield from _properties(each, f"{prefix}{name}.")
            yield from _properties(each.get("items", {}), f"{prefix}{name}[].")


def _value(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"`{name}`"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    kind = schema.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else kind


def _table(head: tuple[str, ...], rows: Any) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(_cell(each) for each in row) + " |" for row in lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    raise SystemExit(main())
