"""The table behind test_onnx.py: which function of ours is which operator of ONNX.

A row lives in tests/rows_onnx/<module>.py, in the list NODES.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Node:
    """An operator, the module of onnx.backend.test.case.node with its tests, and how to run it with what we have.

    run(*inputs, **attributes) returns the output, or a tuple that begins like the outputs of the test; optional inputs
    that are missing in the middle are None. What we do not have is skipped by the name of the test, with the reason.
    """

    operator: str
    cases: str
    run: Callable[..., Any]
    skip: Mapping[str, str] = field(default_factory=dict)
    domain: str = ""


def nodes() -> list[Node]:
    """All rows."""
    files = sorted((Path(__file__).parent / "rows_onnx").glob("*.py"))
    return [row for file in files for row in importlib.import_module(f"tests.rows_onnx.{file.stem}").NODES]


def cases_of(node: Node) -> dict[str, Any]:
    """The official test cases by name whose graph is this one operator: made by the installed package, in memory."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs: some cases divide by zero on purpose
        importlib.import_module(f"onnx.backend.test.case.node.{node.cases}")
        from onnx.backend.test.case.node import _NodeTestCases
    own = [case for case in _NodeTestCases if [n.op_type for n in case.model.graph.node] == [node.operator]]
    return {case.name: case for case in own if case.model.graph.node[0].domain == node.domain}
