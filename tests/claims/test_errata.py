"""Every sentence of the page on mistakes in circulation that claims something about a run of its own."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from snippets.experiments import errata as experiments
from snippets.experiments import training
from snippets.experiments.initialization import ratio, second_moments
from snippets.optimizers import Adam, AdamState
from snippets.preprocessing import fit_standardization

ROOT = Path(__file__).resolve().parents[2]
FACTS = experiments.facts()


def test_quadratic_units_stay_quadratic_and_relus_fit() -> None:
    assert experiments.best_fit(experiments.square, 100) == pytest.approx(experiments.best_fit(experiments.square, 3))
    assert FACTS["relu_units"] < 0.05 < 0.5 < FACTS["square_units"]


def test_the_difference_quotient_of_relu_at_zero_is_what_one_wants() -> None:
    assert experiments.slopes_at_kink() == pytest.approx((0.0, 1.0, 0.5))


def test_the_backward_pass_changes_no_weight_and_the_step_those_that_have_a_gradient() -> None:
    assert FACTS["moved_backward"] == 0
    assert FACTS["moved_step"] + FACTS["lost_eps"] == FACTS["weights"] == 64 * 32 + 32 + 32 * 10 + 10


def test_without_a_guard_all_weights_are_nan_after_one_step_and_with_it_none() -> None:
    assert FACTS["lost_unguarded"] == FACTS["weights"]
    assert experiments.lost(experiments.first_batch(lambda x: fit_standardization(x)(x))) == 0


@pytest.mark.parametrize("language", ["en", "ru"])
def test_python_refuses_the_minus_of_word_processors(language: str) -> None:
    text = (ROOT / "docs" / language / "errata.md").read_text(encoding="utf-8")
    (wrong,), (right,) = (re.findall(rf"^    `(X {sign} X.*)`$", text, re.M) for sign in ("−=", "-="))
    with pytest.raises(SyntaxError, match=re.escape("invalid character '−' (U+2212)")):
        compile(wrong, "<page>", "exec")
    compile(right, "<page>", "exec")
    assert "`invalid character '−' (U+2212)`" in text


def test_two_classes_told_apart_end_in_nan_through_a_probability_and_not_from_logits() -> None:
    case = training.CASES["unstable_log"]
    for seed in training.SEEDS:
        assert np.isnan(training.run(case.broken, seed).history.loss[-1])
        assert np.isfinite(training.run(case.cured, seed).history.loss).all()


def test_he_weights_double_the_mean_square_in_linear_layers_and_keep_it_with_relu() -> None:
    assert FACTS["he_linear"] == pytest.approx(2.0, rel=0.02)
    assert 5e8 < FACTS["he_linear"] ** 30 < 2e9
    assert ratio(second_moments("relu", "he")[0]) == pytest.approx(1.0, rel=0.03)


def test_the_step_of_a_frozen_count_climbs_to_two_and_sinks_to_the_ratio_of_the_corrections() -> None:
    sizes = experiments.step_sizes("frozen")
    assert sizes[0] == pytest.approx(1.0)
    assert FACTS["frozen_peak"] == sizes.max() > 2.0
    assert FACTS["frozen_end"] == pytest.approx(np.sqrt(1 - 0.999) / (1 - 0.9), rel=0.01)
    assert experiments.step_sizes("Adam") == pytest.approx(1.0, abs=1e-6)


def test_without_the_root_the_step_is_one_over_the_gradient_and_adams_is_one() -> None:
    for slope in (0.01, 0.1, 1.0, 10.0, 100.0):
        assert experiments.step_sizes("rootless", slope)[-1] == pytest.approx(1.0 / slope, rel=1e-3)
        assert experiments.step_sizes("Adam", slope)[-1] == pytest.approx(1.0, rel=1e-5)


def test_a_loss_times_a_hundred_is_nothing_to_adam_and_ruins_the_rule_without_the_root() -> None:
    assert FACTS["adam_rescaled"] == pytest.approx(experiments.trained("Adam"), abs=0.01)
    assert FACTS["rootless_accuracy"] > FACTS["adam_rescaled"]
    assert FACTS["rootless_rescaled"] < 0.5 * FACTS["rootless_accuracy"]


def test_the_misprinted_rules_differ_from_adam_by_their_misprint_alone() -> None:
    g, rule = np.array([0.5, -2.0]), Adam(0.1)
    step, state = rule.update(g, rule.init(g), g)
    assert experiments.frozen_count(state, rule) == pytest.approx(step)
    assert experiments.eps_outside(state, rule) == pytest.approx(step + rule.eps, abs=1e-8)
    assert experiments.no_root(state, rule) == pytest.approx(step / np.abs(g), rel=1e-6)
    for name in ("frozen", "rootless"):
        assert isinstance(experiments.RULES[name](0.1).init(g), AdamState)


def test_without_eps_a_weight_that_has_no_gradient_is_lost() -> None:
    assert 0 < FACTS["lost_eps"] < FACTS["weights"]
    assert experiments.lost(experiments.first_batch()) == 0


def test_after_a_cut_of_the_rate_a_velocity_that_contains_it_goes_further() -> None:
    assert FACTS["drop_outside"] == pytest.approx(10.0)
    assert FACTS["drop_in_step"] == pytest.approx(sum(1.0 + 9.0 * 0.9**k for k in range(1, 11)))
