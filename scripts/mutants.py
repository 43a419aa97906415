"""Change the package at random places, and run the tests of the changed module against each change.

    python scripts/mutants.py [NUMBER [SEED]]    150 changes in a copy of the tree; prints the survivors
    python scripts/mutants.py NUMBER SEED FIRST LAST   some of them only, to run in batches

A change is a comparison turned round, a condition negated, `and` for `or`, a number or a word altered, a
statement removed, or None returned. A change that no test notices is a survivor: a promise that no test
holds, or one of the same behaviour (docs/decisions/0015-mutation-testing.md has those that are known).
"""

from __future__ import annotations

import ast
import contextlib
import copy
import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "pytest_spotify"
TIME_LIMIT = 120  # seconds for the tests of one change

# Source files, and the tests that hold them.
TARGETS = {
    "redaction": (
        *("redact", "find_secrets", "scan", "secret", "output_masker", "github_masks"),
        "known_secrets",
    ),
    "cassettes": (
        "cassette_files",
        "cassette_format",
        "cassette_player",
        "scan",
        "redact",
        "stock_cassettes",
    ),
    "auth": (
        *("auth_credentials", "auth_environment", "auth_expiry", "auth_grants", "auth_source"),
        *("auth_store", "auth_token", "callback_server", "authorization_response", "known_secrets"),
        "temporary_folder",
    ),
    "check": (
        *("check", "check_omissions", "conditional_requests", "consistency", "failure_text"),
        "other_access",
    ),
    "intercept/network.py": ("isolation", "isolation_runs"),
    "transport": (
        "live_transport",
        "session",
        "request_budget",
        "target",
        "http_client",
        "routing",
        "run_limits",
    ),
}
# Slow, and of no promise that a faster test would not hold as well.
LEFT_OUT = " and ".join(
    f"not {name}"
    for name in (
        *("our_own_cassettes", "race", "a_failing_test_does_not_show", "a_failing_run_shows", "no_prefix"),
        *("killed_writers", "do_not_disturb", "hostile_names_stay", "xdist_goes_on"),
    )
)
# Imported before each fork: what does not change costs its import once.
PRELOADED = ("jsonschema", "jsonschema_rs", "pytest", "requests", "yaml", "click.testing", "orjson")


_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield each change of a node itself, not of what is below it."""
    changed = copy.deepcopy(node)
    if isinstance(changed, ast.Compare):
        changed.ops[0] = _COMPARISONS[type(changed.ops[0])]()
    elif isinstance(changed, ast.BoolOp):
        changed.op = ast.Or() if isinstance(changed.op, ast.And) else ast.And()
    elif isinstance(changed, ast.UnaryOp) and isinstance(changed.op, ast.Not):
        changed = changed.operand
    elif isinstance(changed, (ast.If, ast.IfExp, ast.While)):
        changed.test = ast.UnaryOp(ast.Not(), changed.test)
    elif isinstance(changed, ast.BinOp) and isinstance(changed.op, (ast.Add, ast.Sub)):
        changed.op = ast.Sub() if isinstance(changed.op, ast.Add) else ast.Add()
    elif isinstance(changed, ast.Constant) and (value := _other_value(changed.value)) is not None:
        changed.value = value
    elif isinstance(changed, ast.Return) and changed.value is not None:
        changed.value = ast.Constant(None)
    elif isinstance(changed, (ast.AugAssign, ast.Raise, ast.Continue, ast.Break)) or (
        isinstance(changed, ast.Expr) and isinstance(changed.value, ast.Call)
    ):
        changed = ast.Pass()
    else:
        return
    yield changed


def _other_value(value: object) -> object:
    """Return another value for a constant, or None for one that is left, such as prose."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str) and value and " " not in value:
        return value + "x"
    return None


_NOT_ENTERED = (ast.JoinedStr, ast.Import, ast.ImportFrom)


def places(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Yield the holder, field and index of each node that can be changed, in order."""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "type_params"}:
            continue
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or isinstance(child, _NOT_ENTERED):
                continue
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if any(changes(child)):
                yield node, name, index if isinstance(value, list) else None
            yield from places(child)


def source_files(target: str) -> list[Path]:
    """Return the files of a target, relative to the package."""
    path = ROOT / PACKAGE / target
    found = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [file.relative_to(ROOT / PACKAGE) for file in found]


def sample(number: int, seed: int) -> list[tuple[str, Path, int]]:
    """Return the target, file and number of the place of some changes, drawn from all of them."""
    everything = [
        (target, file, place)
        for target in TARGETS
        for file in source_files(target)
        for place, _ in enumerate(places(ast.parse((ROOT / PACKAGE / file).read_text())))
    ]
    return random.Random(seed).sample(everything, number)


def change(file: Path, place: int) -> tuple[str, str]:
    """Return the changed source of a file, and a line that tells of the change."""
    tree = ast.parse((ROOT / PACKAGE / file).read_text())
    holder, name, index = list(places(tree))[place]
    value = getattr(holder, name)
    old = value if index is None else value[index]
    new = next(changes(old))
    if index is None:
        setattr(holder, name, new)
    else:
        value[index] = new
    before, after = (" ".join(ast.unparse(node).split())[:110] for node in (old, new))
    return ast.unparse(ast.fix_missing_locations(tree)), f"{file}:{old.lineno}: {before}  ->  {after}"


def is_killed(tree: Path, target: str, file: Path, source: str) -> bool:
    """Return True if a test fails, or does not end, with the changed source in a copy of the tree."""
    original = (tree / PACKAGE / file).read_text()
    (tree / PACKAGE / file).write_text(source)
    try:
        if (child := os.fork()) == 0:
            os.setpgid(0, 0)
            status = 1
            try:
                status = _run_tests(tree, target)
            finally:  # whatever was raised, it must not reach the parent's code in this copy of its process
                os._exit(status)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(child, child)
        signal.signal(signal.SIGALRM, lambda *_: os.killpg(child, signal.SIGKILL))
        signal.alarm(TIME_LIMIT)
        _, status = os.waitpid(child, 0)
        signal.alarm(0)
        return status != 0
    finally:
        (tree / PACKAGE / file).write_text(original)


def _run_tests(tree: Path, target: str) -> int:
    """Run the tests of a target in this process, which is a fork; return the exit status."""
    os.chdir(tree)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    os.environ["PYTHONPATH"] = str(tree)
    sys.path.insert(0, str(tree))
    sys.dont_write_bytecode = True
    import pytest

    tests = [f"tests/unit/test_{name}.py" for name in TARGETS[target]]
    options = ["-x", "-q", "-p", "no:cacheprovider", "-k", LEFT_OUT]
    return int(pytest.main([*options, *(test for test in tests if Path(test).exists())]))


def main(number: int = 150, seed: int = 1, first: int = 0, last: int | None = None) -> int:
    """Print the survivors and how many were killed; return 1 if fewer than nine in ten were."""
    for name in PRELOADED:
        importlib.import_module(name)
    chosen = sample(number, seed)[first:last]
    killed = 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(
            ROOT, tree, ignore=shutil.ignore_patterns(".git", ".venv", ".tox", "__pycache__", ".*_cache")
        )
        for target in {target for target, _, _ in chosen}:
            file = source_files(target)[0]
            if is_killed(tree, target, file, (ROOT / PACKAGE / file).read_text()):
                sys.exit(f"{target}: its tests fail without a change")
        for target, file, place in chosen:
            source, text = change(file, place)
            if is_killed(tree, target, file, source):
                killed += 1
            else:
                print(f"survived {text}", flush=True)
    print(f"{killed} of {len(chosen)} killed", flush=True)
    return int(killed < 0.9 * len(chosen))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
