"""The project's own source files, for the tests that read them."""

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PRODUCT: Final = ("ledger", "domains", "api", "migrations")
_NOT_OURS: Final = {"static", "build", "dist", "node_modules", "__pycache__"}


def files(*suffixes: str, under: tuple[str, ...] = (".",)) -> Iterator[Path]:
    """Give the files with these suffixes, in a fixed order."""
    for folder in under:
        for place, folders, names in os.walk(ROOT / folder):
            folders[:] = sorted(
                each for each in folders if each[0] != "." and each not in _NOT_OURS
            )
            for name in sorted(names):
                if name.endswith(suffixes):
                    yield Path(place, name)


def name_of(path: Path) -> str:
    """Give a path as the tests write it."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """Parse a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Give every node of a Python file; walking its tree again and again is slow."""
    return tuple(ast.walk(tree_of(path)))


def dotted(node: ast.expr) -> str:
    """Write ``a.b.c`` back from its tree; what is no such name gives its last part, or nothing."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
