"""What a symbol depends on: the transitive closure over the symbols of a package, found by reading, never by importing.

A name that appears in a definition counts as used, whatever its role: too much is safe, too little would show a stale
figure. What reading cannot follow (a star import, getattr on a module, globals()) counts the whole module.
Comments, layout and docstrings do not count.
"""

from __future__ import annotations

import ast
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

# (module, symbol); the symbol ALL is the whole module, EFFECTS what it runs on import besides definitions.
Node: TypeAlias = tuple[str, str]
ALL, EFFECTS, DATA = "*", "<effects>", "<data>"
DATA_FILES = {".npz", ".json", ".csv"}
WHOLE_MODULE = {"globals", "locals", "vars", "eval", "exec"}
WHOLE_PACKAGE = {"import_module", "__import__", "__subclasses__", "__init_subclass__", "modules"}  # sys.modules
Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Assignment: TypeAlias = ast.Assign | ast.AnnAssign | ast.AugAssign


class ReadError(Exception):
    """A source file that cannot be read; the message names file and line."""


def parse(path: Path) -> ast.Module:
    """The syntax tree of a file. Raises: ReadError that says where the syntax is wrong."""
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise ReadError(f"{path}:{error.lineno}: {error.msg}") from error


def targets(statement: ast.stmt) -> list[ast.expr]:
    """What an assignment assigns to; nothing for other statements."""
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, ast.AnnAssign | ast.AugAssign) else []


def bound_names(statement: ast.stmt) -> set[str]:
    """The names of its module that a top-level statement defines or changes, as X["relu"] = relu changes X."""
    if isinstance(statement, Definition):
        return {statement.name}
    if isinstance(statement, Assignment):
        return {n.id for target in targets(statement) for n in ast.walk(target) if isinstance(n, ast.Name)}
    stored = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {n.name for n in ast.walk(statement) if isinstance(n, Definition)}


def is_container(statement: ast.stmt) -> bool:
    """Whether a statement makes an object that others could register with, rather than a name for something fixed."""
    fixed = ast.Constant | ast.Name | ast.Attribute | ast.Subscript | ast.BinOp | ast.UnaryOp | ast.Tuple | ast.Lambda
    return isinstance(statement, Assignment) and not isinstance(statement.value, fixed)


def without_docstrings(statement: ast.stmt) -> str:
    """The dump of a statement with its docstrings taken out."""
    dump = ast.dump(statement)
    for node in ast.walk(statement):
        if isinstance(node, Definition) and ast.get_docstring(node, clean=False) is not None:
            dump = dump.replace(ast.dump(node.body[0]), "docstring", 1)
    return dump


@dataclass
class Module:
    """One parsed module: which statements define which symbol, and what each imported name stands for."""

    name: str
    path: Path
    is_package: bool
    statements: dict[str, list[ast.stmt]] = field(default_factory=lambda: defaultdict(list))
    imports: dict[str, set[Node]] = field(default_factory=lambda: defaultdict(set))
    stars: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        tree = parse(self.path)
        for statement in tree.body[ast.get_docstring(tree) is not None :]:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                continue
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue
            for name in bound_names(statement):
                self.statements[name].append(statement)
            if not isinstance(statement, Definition | Assignment):
                self.statements[EFFECTS].append(statement)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.split(".")[0]
                    self.imports[name].add((alias.name if alias.asname else name, ALL))
                    self.imports[EFFECTS].add((alias.name, EFFECTS))
            elif isinstance(node, ast.ImportFrom):
                self._import_from(node)

    def _import_from(self, node: ast.ImportFrom) -> None:
        base = self.name.split(".")[: None if self.is_package else -1] if node.level else []
        source = ".".join([*base[: len(base) + 1 - max(node.level, 1)], *filter(None, [node.module])])
        self.imports[EFFECTS].add((source, EFFECTS))
        for alias in node.names:
            if alias.name == "*":
                self.stars.add(source)
            else:
                self.imports[alias.asname or alias.name].add((source, alias.name))
                self.imports[EFFECTS].add((f"{source}.{alias.name}", EFFECTS))


class Closure:
    """The symbols of the package in `root/package` and the keys of what each depends on."""

    def __init__(self, root: Path, package: str = "snippets") -> None:
        self.root, self.package = root, package
        self.modules: dict[str, Module] = {}
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            self.modules[name] = Module(name, path, is_package)
        self.data = {p.name: p for p in sorted((root / package).rglob("*")) if p.suffix in DATA_FILES}
        self._direct: dict[Node, frozenset[Node]] = {}
        self._hashes: dict[Node, str] = {}

    def key(self, *starts: Node) -> str:
        """A hash that changes when anything changes that the symbols depend on."""
        parts = sorted(f"{module}:{symbol}:{self._hash((module, symbol))}" for module, symbol in self.reach(*starts))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]

    def strings(self, *starts: Node) -> set[str]:
        """Every string literal that the symbols can see."""
        nodes = (n for node in self.reach(*starts) for s in self._source(node) for n in ast.walk(s))
        return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}

    def reach(self, *starts: Node) -> set[Node]:
        """The symbols and everything that they depend on, directly or not."""
        for module, symbol in starts:
            if module not in self.modules or symbol not in {ALL, EFFECTS, *self.modules[module].statements}:
                raise KeyError(f"{module}.{symbol} is not defined")
        seen, todo = set(starts), list(starts)
        while todo:
            for found in self.direct(todo.pop()) - seen:
                seen.add(found)
                todo.append(found)
        return seen

    def direct(self, node: Node) -> frozenset[Node]:
        """What a symbol itself names, what its module runs on import, and who registers with it."""
        return self._forward(node) | self._registrants.get(node, frozenset())

    def _forward(self, node: Node) -> frozenset[Node]:
        if node not in self._direct:
            self._direct[node] = frozenset(self._find(node)) - {node}
        return self._direct[node]

    def _source(self, node: Node) -> list[ast.stmt]:
        return self.modules[node[0]].statements.get(node[1], []) if node[0] in self.modules else []

    def _hash(self, node: Node) -> str:
        if node not in self._hashes:
            text = "\n".join(map(without_docstrings, self._source(node))).encode()
            content = self.data[node[1]].read_bytes() if node[0] == DATA else text
            self._hashes[node] = hashlib.sha256(content).hexdigest()
        return self._hashes[node]

    def _find(self, node: Node) -> Iterator[Node]:
        if node[0] == DATA:
            return
        module = self.modules[node[0]]
        yield module.name, EFFECTS
        if node[1] == EFFECTS:
            yield from (n for n in module.imports.get(EFFECTS, ()) if n[0] in self.modules)
            parent = module.name.rpartition(".")[0]
            if parent in self.modules:
                yield parent, EFFECTS
        if node[1] == ALL:
            yield from ((module.name, name) for name in module.statements)
            yield from ((name, ALL) for name in self.modules if name.startswith(module.name + "."))
            for name in list(module.imports):
                yield from self._resolve(module, name, [])
        yield from ((star, ALL) for star in module.stars if star in self.modules)
        for statement in self._source(node):
            yield from self._named(module, statement)

    def _named(self, module: Module, tree: ast.AST) -> Iterator[Node]:
        """Every symbol of the package that a piece of code may mean."""
        inner: set[ast.AST] = set()
        for node in ast.walk(tree):
            if {getattr(node, "id", None), getattr(node, "attr", None), getattr(node, "name", None)} & WHOLE_PACKAGE:
                yield from ((name, ALL) for name in self.modules)
            if isinstance(node, ast.Attribute) and node not in inner:
                chain: list[str] = []
                value: ast.AST = node
                while isinstance(value, ast.Attribute):
                    inner.add(value)
                    chain.insert(0, value.attr)
                    value = value.value
                if isinstance(value, ast.Name):
                    inner.add(value)
                    yield from self._resolve(module, value.id, chain)
            elif isinstance(node, ast.Name) and node not in inner:
                yield from self._resolve(module, node.id, [])
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                if node.value in self.data:
                    yield DATA, node.value
                if node.value in self.modules and node.value != self.package:
                    yield node.value, ALL

    def _resolve(self, module: Module, name: str, chain: list[str]) -> Iterator[Node]:
        """What `name.chain…` means in a module."""
        if name == "__file__":
            yield from ((DATA, data) for data in self.data)
        if name in WHOLE_MODULE:
            yield module.name, ALL
        if name in module.statements:
            yield module.name, name
        for source, symbol in module.imports.get(name, ()) if name != EFFECTS else ():
            yield from self._follow(source, [*([] if symbol == ALL else [symbol]), *chain])

    def _follow(self, source: str, chain: list[str]) -> Iterator[Node]:
        """Walk from a module along attributes: through submodules and names imported again, down to a symbol."""
        if source not in self.modules:
            return
        module = self.modules[source]
        yield source, EFFECTS
        if not chain:
            yield source, ALL
        elif f"{source}.{chain[0]}" in self.modules:
            yield from self._follow(f"{source}.{chain[0]}", chain[1:])
        elif chain[0] in module.statements or chain[0] in module.imports:
            yield from self._resolve(module, chain[0], chain[1:])
        else:
            yield source, ALL

    @cached_property
    def _registrants(self) -> dict[Node, frozenset[Node]]:
        """Back edges: a registry depends on what registers with it, by a decorator or a statement run on import."""
        back: defaultdict[Node, set[Node]] = defaultdict(set)
        for module in self.modules.values():
            for name, statements in module.statements.items():
                code: list[ast.AST] = list(statements) if name == EFFECTS else []
                for statement in statements:
                    if isinstance(statement, Definition):
                        code += statement.decorator_list
                    code += [t for t in targets(statement) if not isinstance(t, ast.Name)]
                for node in self._registries({n for part in code for n in self._named(module, part)}):
                    back[node].add((module.name, name))
        return {node: frozenset(found - {node}) for node, found in back.items()}

    def _registries(self, used: set[Node]) -> set[Node]:
        """What code that uses these symbols may change: decorated functions, and containers behind all of them."""
        seen, todo = set(used), list(used)
        while todo:
            for found in self._forward(todo.pop()) - seen:
                seen.add(found)
                todo.append(found)
        dispatchers = {n for n in used if any(isinstance(s, Definition) and s.decorator_list for s in self._source(n))}
        return dispatchers | {n for n in seen if n[1] != EFFECTS and any(map(is_container, self._source(n)))}
