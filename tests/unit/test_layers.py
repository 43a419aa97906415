"""ARCHITECTURE.md's table of layers is true: it names every module, and every import keeps to it."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pytest_spotify"


@dataclass(frozen=True)
class Layer:
    modules: frozenset[str]
    uses: frozenset[str]
    packages: frozenset[str]


@dataclass(frozen=True)
class Import:
    """What one module imports: another module of ours, or a package from PyPI. Names such as `check.body`."""

    module: str
    ours: str | None
    package: str | None


def table() -> dict[str, Layer]:
    section = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("## Layers")[1].split("\n## ")[0]
    rows = [line.strip("|\n").split("|") for line in section.splitlines() if line.startswith("|")]
    return {
        name.strip(): Layer(
            modules=frozenset(re.findall(r"`([\w.]+)`", modules)),
            uses=frozenset(part.strip() for part in uses.split(",") if part.strip()),
            packages=frozenset(re.findall(r"`(\w+)`", packages)),
        )
        for name, modules, uses, packages in rows[2:]
    }


@cache
def imports(folder: Path = PACKAGE) -> list[Import]:
    return [each for path in sorted(folder.rglob("*.py")) for each in _imports_of(path, folder)]


def _imports_of(path: Path, folder: Path) -> Iterator[Import]:
    module = _name(path.relative_to(folder).with_suffix("").parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        for name in _imported(node, folder):
            top, _, rest = name.partition(".")
            ours = rest if top == PACKAGE.name else None
            package = top if top not in (PACKAGE.name, *sys.stdlib_module_names) else None
            if ours or package:
                yield Import(module, ours, package)


def _imported(node: ast.AST, folder: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.module, "imports are absolute"
        assert node.level == 0, "imports are absolute"
        for alias in node.names:
            whole = f"{node.module}.{alias.name}"
            path = folder.joinpath(*whole.split(".")[1:])
            is_module = path.is_dir() or path.with_suffix(".py").exists()
            yield whole if is_module else f"{node.module}.__init__" if "." not in node.module else node.module


def _name(parts: tuple[str, ...]) -> str:
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def layer_of(module: str, layers: dict[str, Layer]) -> str | None:
    """Return the layer of a module: the row that names it, else the row of the nearest folder around it."""
    rows = {named: name for name, layer in layers.items() for named in layer.modules}
    parts = module.split(".")
    folders = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((rows[folder] for folder in folders if folder in rows), None)


def faults(layers: dict[str, Layer], found: list[Import]) -> list[str]:
    told = []
    for each in found:
        importer, imported = layer_of(each.module, layers), each.ours and layer_of(each.ours, layers)
        if importer is None:
            told.append(f"{each.module} stands in no layer")
            continue
        if each.package and each.package not in layers[importer].packages:
            told.append(f"{each.module} imports {each.package}, which its layer does not")
        if each.ours and imported is None:
            told.append(f"{each.ours} stands in no layer")
        elif imported and imported not in (importer, *layers[importer].uses):
            told.append(f"{each.module} ({importer}) imports {each.ours} ({imported})")
    return sorted(set(told))


def test_every_module_stands_in_one_layer():
    """A module that the table lacks, names twice, or that is gone, fails."""
    named = sorted(module for layer in table().values() for module in layer.modules)
    there = {path.stem for path in PACKAGE.glob("*.py")}
    there |= {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert sorted(there) == [module for module in named if "." not in module]
    assert len(set(named)) == len(named)
    modules = {_name(path.relative_to(PACKAGE).with_suffix("").parts) for path in PACKAGE.rglob("*.py")}
    assert set(named) <= modules


def test_no_folder_of_the_plugin_is_crowded():
    """A folder of the plugin holds at most nine modules, so that one look takes it in."""
    folders = [PACKAGE / "plugin", *(path.parent for path in (PACKAGE / "plugin").glob("*/__init__.py"))]
    modules = {folder.name: {path.name for path in folder.glob("*.py")} for folder in folders}
    assert {name: len(found) for name, found in modules.items() if len(found) > 9} == {}


def test_the_package_can_be_surveyed():
    """Beside the sandbox the package holds fewer than 190 modules, and no module has more than 250 lines."""
    lines = {
        path.relative_to(PACKAGE): len(path.read_text(encoding="utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
    }
    assert sum(path.parts[0] != "sandbox" for path in lines) < 190
    assert {path: number for path, number in lines.items() if number > 250} == {}


def test_arrows_point_down():
    """A layer uses only layers further down in the table."""
    layers = table()
    names = list(layers)
    for number, (name, layer) in enumerate(layers.items()):
        assert layer.uses <= set(names[number + 1 :]), name


def test_imports_keep_to_the_table():
    """No import leads up, to a layer that is not named, or to a package that the layer does not use."""
    assert faults(table(), imports()) == []


def test_the_table_claims_no_more_than_is_used():
    """What a row allows, something needs: the table shows how it is, not how it might be."""
    layers = table()
    found = imports()
    for name, layer in layers.items():
        own = [each for each in found if layer_of(each.module, layers) == name]
        assert layer.packages == {each.package for each in own if each.package}, name
        assert layer.uses == {layer_of(each.ours, layers) for each in own if each.ours} - {name}, name


def test_no_import_comes_round_to_where_it_began():
    """Modules do not import each other in a circle, also not inside functions or for annotations."""
    ahead: dict[str, set[str]] = {}
    for each in imports():
        if each.ours and each.ours != each.module:
            ahead.setdefault(each.module, set()).add(each.ours)
    settled: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path, module))
        if module not in settled:
            for following in sorted(ahead.get(module, ())):
                walk(following, (*path, module))
            settled.add(module)

    for module in sorted(ahead):
        walk(module, ())


@pytest.mark.parametrize(
    ("file", "line", "fault"),
    [
        ("errors.py", "import pytest", "errors imports pytest, which its layer does not"),
        (
            "check.py",
            "def f():\n    from pytest_spotify import plugin",
            "check (check) imports plugin (hooks)",
        ),
        (
            "cli.py",
            "if TYPE_CHECKING:\n    from pytest_spotify.plugin.state import PluginState",
            "cli (command line) imports plugin.state (state)",
        ),
        ("news.py", "import requests", "news stands in no layer"),
        (
            "plugin/state.py",
            "from pytest_spotify.plugin.flow import checker",
            "plugin.state (state) imports plugin.flow.checker (flow)",
        ),
    ],
)
def test_an_import_against_the_table_is_found(tmp_path: Path, file: str, line: str, fault: str):
    """The check itself finds an upward import, wherever in the file it stands."""
    for name in (
        "plugin/__init__.py",
        "plugin/state.py",
        "plugin/flow/__init__.py",
        "plugin/flow/checker.py",
        file,
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / file).write_text(line, encoding="utf-8")
    assert faults(table(), imports(tmp_path)) == [fault]
