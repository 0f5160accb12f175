"""Dependencies point one way, and the package keeps its hands off the world: read from the syntax trees."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAYERS: list[set[str]] = [
    {"arrays", "checks"},
    {"gaussian"},
    {"activations", "initialization", "preprocessing", "optimizers", "schedules"}
    | {"augmentation", "regularization", "data", "gradcheck", "conventions"},
    {"losses", "layers", "convolution", "normalization"},
    {"network"},
    {"blocks"},
    {"training", "transfer"},
    {"diagnostics", "search", "ensembles"},
    {"experiments"},
    {"figures"},
]
MAY_IMPORT = {"snippets": {"numpy"}, "snippets/figures": {"numpy", "matplotlib", "cycler"}, "formulas": {"numpy"}}
SHOWN_ONLY = {"snippets/experiments/search.py": {"distributed"}}  # in a listing that tests run and the build does not
SOURCES = sorted(path for folder in ("snippets", "formulas") for path in (ROOT / folder).rglob("*.py"))
over_sources = pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
over_package = pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.is_relative_to(ROOT / "snippets")], ids=lambda p: str(p.relative_to(ROOT))
)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, wherever in the file; `from a import b` may mean the module a.b."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                yield module if (ROOT / module.replace(".", "/")).with_suffix(".py").exists() else str(node.module)


def home_of(path: Path) -> str:
    """The module of the package that a file belongs to: experiments and figures count as one each."""
    part = path.relative_to(ROOT / "snippets").parts[0]
    return part.removesuffix(".py")


def height(module: str) -> int:
    found = [i for i, names in enumerate(LAYERS) if module in names]
    assert found, f"snippets.{module} is not in the order of the house: add it to LAYERS"
    return found[0]


@over_package
def test_imports_point_downwards(path: Path) -> None:
    home = home_of(path)
    if home == "__init__":
        assert not list(imports(path))
        return
    for name in imports(path):
        if not name.startswith("snippets."):
            continue
        module = name.split(".")[1]
        below = height(module) < height(home)
        assert below or module == home or {module, home} == {"arrays", "checks"}, f"{home} must not know {module}"


@over_package
def test_experiments_and_figures_do_not_know_the_pages(path: Path) -> None:
    for name in imports(path):
        assert name.split(".")[0] not in {"scripts", "formulas", "tests"}, f"{path} imports {name}"


@over_sources
def test_only_numpy_is_needed_and_matplotlib_only_to_draw(path: Path) -> None:
    folder = "snippets/figures" if "figures" in path.parts else path.relative_to(ROOT).parts[0]
    allowed = MAY_IMPORT[folder] | set(sys.stdlib_module_names) | {path.relative_to(ROOT).parts[0]}
    allowed |= SHOWN_ONLY.get(path.relative_to(ROOT).as_posix(), set())
    for name in imports(path):
        assert name.split(".")[0] in allowed, f"{path} imports {name}"


@over_sources
def test_formulas_know_nothing_of_the_package(path: Path) -> None:
    if path.is_relative_to(ROOT / "formulas"):
        assert not [name for name in imports(path) if name.split(".")[0] == "snippets"]


@over_package
def test_training_knows_no_data_set_and_network_no_loss(path: Path) -> None:
    forbidden = {"network": {"optimizers", "losses", "data"}, "training": {"data", "losses"}}
    used = {name.split(".")[1] for name in imports(path) if name.startswith("snippets.")}
    assert not used & forbidden.get(home_of(path), set())


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """(dotted name, line) of everything that is called or passed on by a plain dotted name."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, (ast.Attribute, ast.Name)):
            name = ast.unparse(node)
            if name.replace(".", "").isidentifier():
                yield name, node.lineno


@over_package
def test_randomness_comes_from_a_generator_that_was_handed_in(path: Path) -> None:
    """No global generator; a module below the experiments makes a generator from an explicit seed only."""
    allowed = {"np.random", "np.random.Generator", "np.random.default_rng", "np.random.SeedSequence"}
    for name, line in calls(path):
        assert not name.startswith(("np.random", "numpy.random")) or name in allowed, f"{path}:{line} uses {name}"
    assert "random" not in imports(path)
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("default_rng"):
            assert node.args, f"{path}:{node.lineno}: a generator without a seed"
        if isinstance(node, ast.FunctionDef):
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
            for arg, default in zip(reversed(names), reversed(node.args.defaults), strict=False):
                assert arg != "rng" or ast.unparse(default) == "None", f"{path}:{node.lineno}: rng has a default"


@over_sources
def test_nothing_is_printed_or_evaluated(path: Path) -> None:
    for name, line in calls(path):
        assert name not in {"print", "eval", "exec"}, f"{path}:{line} uses {name}"


@over_package
def test_no_warning_is_silenced(path: Path) -> None:
    """Experiments that show an overflow on purpose may do without its warning; nothing else may."""
    for name, line in calls(path):
        assert name not in {"warnings.filterwarnings", "warnings.simplefilter", "np.seterr"}, f"{path}:{line}: {name}"
        assert name != "np.errstate" or "experiments" in path.parts, f"{path}:{line} silences NumPy"


@over_package
def test_bodies_are_short(path: Path) -> None:
    """At most 15 statements in a body; docstring, argument checks and what stands in nested functions not counted."""
    if "figures" in path.parts or "experiments" in path.parts:
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef):
            assert statements(node) <= 15, f"{path}:{node.lineno} {node.name}: {statements(node)} statements"


def statements(node: ast.FunctionDef) -> int:
    """How many statements a function has, those inside of loops and branches too, nested functions as one each."""
    nested = [d for d in ast.walk(node) if isinstance(d, ast.FunctionDef) and d is not node]
    inner = {id(s) for d in nested for s in ast.walk(d) if s is not d}
    found = [s for s in ast.walk(node) if isinstance(s, ast.stmt) and s is not node and id(s) not in inner]
    found = [s for s in found if not ast.unparse(s).startswith("checks.")]
    return len(found) - (ast.get_docstring(node) is not None)


@over_package
def test_every_public_function_and_class_says_what_it_is(path: Path) -> None:
    for node in tree_of(path).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{path}:{node.lineno} {node.name} has no docstring"
