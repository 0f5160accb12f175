"""The official backend tests of ONNX, run from the installed package, for every operator that we have."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from numpy.testing import assert_allclose

from tests.onnx_table import Node, cases_of, nodes

NODES = nodes()
RUN = [(node, name, case) for node in NODES for name, case in cases_of(node).items() if name not in node.skip]


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.operator)
def test_operator_has_official_tests_and_every_skip_names_one_of_them(node: Node) -> None:
    cases = cases_of(node)
    assert set(node.skip) < set(cases), f"run at least one; unknown: {sorted(set(node.skip) - set(cases))}"
    assert all(node.skip.values()), "every skip has its reason"


@pytest.mark.parametrize(("node", "name", "case"), RUN, ids=[name for _, name, _ in RUN])
def test_official_case(node: Node, name: str, case: Any) -> None:
    graph_node = case.model.graph.node[0]
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in graph_node.attribute}
    for inputs, outputs in case.data_sets:
        given = iter(inputs)
        arguments = [next(given) if input_name else None for input_name in graph_node.input]
        got = node.run(*arguments, **attributes)
        got = got if isinstance(got, tuple) else (got,)
        assert len(got) >= len(outputs)
        for mine, official in zip(got, outputs, strict=False):
            assert np.shape(mine) == np.shape(official)
            kind = np.asarray(official).dtype
            rtol = max(1e-5, 2 * float(np.finfo(kind).eps)) if kind.kind == "f" else 0.0
            assert_allclose(mine, official, rtol=rtol, atol=1e-7)
