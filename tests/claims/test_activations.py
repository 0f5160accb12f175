"""Each sentence of the chapter on activation functions that reports an experiment, held on the data behind it."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from snippets import activations, gaussian
from snippets.experiments import activations as runs


@pytest.fixture(scope="module")
def facts() -> dict[str, float]:
    return runs.facts()


# ---------------------------------------------------------------- depth


def test_a_deep_sigmoid_network_guesses_at_every_learning_rate(facts: dict[str, float]) -> None:
    assert facts["deep_sigmoid_any_rate"] < 0.12
    assert facts["deep_sigmoid"] == pytest.approx(0.10, abs=0.02)


def test_it_sits_at_the_loss_of_guessing(facts: dict[str, float]) -> None:
    assert facts["deep_sigmoid_loss"] == pytest.approx(math.log(10.0), abs=0.03)


def test_one_word_changes_the_same_layers_from_guessing_to_reading(facts: dict[str, float]) -> None:
    assert facts["deep_tanh"] > 0.95
    assert facts["deep_relu"] > 0.95
    for name in ("tanh", "relu"):
        assert np.mean(runs.one_word(name, 0).loss[-17:]) < 0.1


def test_guessing_gets_one_digit_in_ten() -> None:
    for part in runs.centred_digits():
        counts = np.bincount(part[1], minlength=10) / len(part[1])
        assert counts.max() < 0.11


def test_one_sigmoid_layer_leaves_less_than_a_quarter_of_the_gradient_and_tanh_nearly_all() -> None:
    assert runs.per_layer("sigmoid", 1.0) < 0.25
    assert 0.85 < runs.per_layer("tanh", 1.0) < 1.0


def test_fading_belongs_to_the_function_and_the_weights() -> None:
    assert runs.per_layer("relu", math.sqrt(2.0)) == pytest.approx(1.0, abs=0.03)
    assert runs.per_layer("sigmoid", 11.0) == pytest.approx(1.0, abs=0.05)
    assert runs.per_layer("sigmoid", 8.0) < 0.95
    assert runs.per_layer("sigmoid", 16.0) > 1.1


def test_where_the_sigmoid_keeps_gradients_many_units_have_lost_99_percent_of_their_slope() -> None:
    assert 0.3 < runs.saturated_share(11.0) < 0.6
    assert runs.saturated_share(1.0) == 0.0


def test_with_weights_four_times_as_large_the_deep_sigmoid_network_learns(facts: dict[str, float]) -> None:
    assert facts["deep_sigmoid_large_weights"] > 0.8


def test_sigmoid_falls_between_three_and_four_layers_and_the_others_do_not_fall(facts: dict[str, float]) -> None:
    assert facts["sigmoid_at_3"] > 0.85
    assert facts["sigmoid_at_4"] < 0.4
    for depth in (1, 2, 3):
        assert np.mean(runs.accuracy_at_depth("sigmoid", depth)) >= facts["sigmoid_at_3"]
    for depth in (6, 8):
        assert max(runs.accuracy_at_depth("sigmoid", depth)) < 0.12
    for name in ("tanh", "relu"):
        for depth in runs.DEPTHS:
            assert np.mean(runs.accuracy_at_depth(name, depth)) > 0.95


def test_with_one_or_two_hidden_layers_the_sigmoid_competes() -> None:
    for depth in (1, 2):
        assert np.mean(runs.accuracy_at_depth("sigmoid", depth)) > 0.96


def test_the_first_of_eight_sigmoid_layers_receives_thousands_of_times_less_than_the_last() -> None:
    assert runs.gradient_through_layers("sigmoid", 1.0)[7] < 1e-3


# ---------------------------------------------------------------- inputs of one sign


def test_one_example_pushes_all_weights_the_same_way() -> None:
    steps = np.diff(runs.neuron_path(False, runs.best_step_size(False)), axis=0)
    assert (steps[..., 0] * steps[..., 1] >= 0).all()
    assert runs.same_sign_share(16, settled=False)[0] == 1.0
    assert runs.same_sign_share(16, settled=True)[0] == 1.0


def test_at_equal_small_rates_the_zigzag_costs_no_steps() -> None:
    for lr in (0.125, 0.25, 0.5, 1.0):
        assert runs.steps_to_goal(False, lr) == pytest.approx(runs.steps_to_goal(True, lr), rel=0.05)


def test_centred_inputs_bear_a_larger_rate_and_need_fewer_steps_at_their_best(facts: dict[str, float]) -> None:
    assert facts["rate_ratio"] >= 4.0
    assert facts["steps_centred_best"] < 0.5 * facts["steps_positive_best"]
    assert facts["condition_positive"] > 10.0


def test_a_minibatch_mixes_signs_only_once_the_bias_is_right() -> None:
    for inputs in (2, 4, 16):
        assert min(runs.same_sign_share(inputs, settled=False)) > 0.87
        settled = runs.same_sign_share(inputs, settled=True)
        assert settled[-1] < 0.6
        assert settled[0] > settled[3] > settled[5]


# ---------------------------------------------------------------- dead units


def test_relu_and_tanh_need_about_the_same_steps_and_sigmoid_several_times_as_many(facts: dict[str, float]) -> None:
    assert 0.5 < facts["tanh_steps"] / facts["relu_steps"] < 2.0
    assert facts["sigmoid_steps"] > 4.0 * facts["relu_steps"]


def test_half_of_the_outputs_are_zero_while_hardly_a_unit_is_dead() -> None:
    for lr in (0.0, 0.1, 0.3, 1.0):
        silence = runs.mean_silence(lr, 0.0)
        assert 0.35 < silence.zeros < 0.65
        assert silence.dead < 0.01


def test_too_large_a_step_or_too_low_a_start_kills() -> None:
    assert runs.mean_silence(2.0, 0.0).dead > 0.1
    assert runs.mean_silence(0.0, -2.0).dead > 0.4


def test_a_small_positive_bias_changes_nothing_and_a_large_one_kills() -> None:
    assert runs.mean_silence(1.0, 0.1).dead == pytest.approx(runs.mean_silence(1.0, 0.0).dead, abs=0.01)
    assert runs.mean_silence(1.0, 1.0).dead > 0.15


def test_dead_units_above_the_first_layer_can_come_back() -> None:
    assert runs.mean_silence(0.0, -1.0).dead > 0.04
    assert runs.mean_silence(1.0, -1.0).dead < 0.02


# ---------------------------------------------------------------- fixed point, approximations, minima


def test_selu_comes_to_one_from_any_start_and_relu_keeps_its_start() -> None:
    for start in (0.1, 0.25, 1.0, 4.0, 10.0):
        assert runs.mean_square_through_layers("selu", start)[-1] == pytest.approx(1.0, abs=0.1)
    relu = [runs.mean_square_through_layers("relu", start)[-1] for start in (0.25, 4.0)]
    assert relu[1] / relu[0] == pytest.approx(16.0)


def test_the_fixed_point_of_selu_attracts(facts: dict[str, float]) -> None:
    mean, square = runs.moments(activations.selu, 1.0)
    assert mean == pytest.approx(0.0, abs=1e-6)
    assert square == pytest.approx(1.0, abs=1e-6)
    assert 0.0 < facts["selu_contraction"] < 1.0


def test_the_published_errors_and_minima(facts: dict[str, float]) -> None:
    assert facts["gelu_sigmoid_error"] == pytest.approx(0.0203, abs=5e-5)
    assert abs(runs.largest_error(activations.gelu_sigmoid)[0]) == pytest.approx(2.27, abs=0.005)
    assert facts["gelu_tanh_error"] == pytest.approx(4.7e-4, abs=5e-6)
    minima = {"gelu": (-0.75179, -0.169971), "silu": (-1.27846, -0.278465), "mish": (-1.1924, -0.308843)}
    for name, (at, low) in minima.items():
        assert facts[f"{name}_minimum_at"] == pytest.approx(at, abs=6e-5)
        assert facts[f"{name}_minimum"] == pytest.approx(low, abs=6e-7)


def test_exp_overflows_just_beyond_709(facts: dict[str, float]) -> None:
    edge = facts["log_largest_float"]
    assert math.isfinite(math.exp(edge - 1e-9))
    with pytest.raises(OverflowError):
        math.exp(edge + 1e-9)


def test_one_minus_sigma_rounds_to_zero_where_the_slope_does_not() -> None:
    assert 1.0 - activations.sigmoid(np.array(40.0)) == 0.0
    assert activations.sigmoid_grad(np.array(40.0)) > 0.0


@pytest.mark.parametrize(("name", "edge"), [("sigmoid", 2.9), ("tanh", 2.2)])
def test_slopes_fall_below_a_twentieth_at_the_edges_of_the_grey(name: str, edge: float) -> None:
    _, slope = runs.PAIRS[name]
    x = np.linspace(0.0, 8.0, 80_001)
    assert x[slope(x) < 0.05][0] == pytest.approx(edge, abs=0.05)


def test_temperature_never_changes_the_order() -> None:
    for temperature in (0.25, 1.0, 4.0):
        assert (np.diff(runs.at_temperature(temperature)) < 0).all()


# ---------------------------------------------------------------- choice


def test_at_their_best_rates_all_functions_end_within_a_few_digits(facts: dict[str, float]) -> None:
    best = [float(np.mean(runs.quality(name, runs.best_rate(name)))) for name in runs.PAIRS]
    assert min(best) > 0.96
    assert max(best) - min(best) < 3.0 * facts["chance_error"]
    assert facts["best_lowest"] <= facts["best_sigmoid"] <= facts["best_highest"]


def test_at_a_large_rate_only_the_bounded_functions_hold(facts: dict[str, float]) -> None:
    for name in runs.PAIRS:
        scores = runs.quality(name, 0.3)
        assert (min(scores) > 0.95) == (name in ("sigmoid", "tanh")), name
    assert facts["relu_at_large_rate"] < 0.8


def test_at_a_small_rate_the_sigmoid_lags(facts: dict[str, float]) -> None:
    assert facts["sigmoid_at_small_rate"] < 0.9


class Counted(SimpleNamespace):
    """NumPy whose exp, log and tanh are counted."""

    calls = 0

    def __getattr__(self, name: str) -> Any:
        value = getattr(np, name)
        if name not in ("exp", "expm1", "log", "log1p", "tanh"):
            return value

        def counting(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            return value(*args, **kwargs)

        return counting


COST = {
    "relu": (0, 0),
    "sigmoid": (2, 1),
    "tanh": (1, 1),
    "elu": (1, 1),
    "selu": (1, 1),
    "silu": (2, 3),
    "gelu": (2, 4),
    "softplus": (2, 2),
    "mish": (3, 6),
}


@pytest.mark.parametrize("name", COST)
def test_the_table_counts_exp_log_and_tanh_as_the_code_calls_them(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted()
    monkeypatch.setattr(activations, "np", counted)
    monkeypatch.setattr(gaussian, "np", counted)
    calls = []
    for f in runs.PAIRS[name]:
        counted.calls = 0
        f(np.array([-1.5, 0.5]))
        calls.append(counted.calls)
    assert tuple(calls) == COST[name]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_table_of_the_page_says_what_was_counted(language: str) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / language / "activations.md").read_text("utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")]
    printed = {cells[0]: cells[2:4] for cells in rows if len(cells) == 5}
    names = {"ReLU, leaky, PReLU": "relu", "sigmoid": "sigmoid", "сигмоида": "sigmoid"}
    names |= {title: title.lower() for title in ("tanh", "ELU", "SELU", "SiLU", "GELU", "softplus", "Mish")}
    found = {names[title]: tuple(int(cell[0]) for cell in cells) for title, cells in printed.items() if title in names}
    assert found == COST
