"""Every sentence of the chapter on transfer that claims something about a run."""

from __future__ import annotations

import numpy as np
import pytest

from snippets.experiments import transfer as runs
from snippets.experiments.transfer import (
    BODY,
    HEAD,
    LABELS,
    METHODS,
    NET,
    SEEDS,
    centred,
    fresh,
    knows_old,
    probe,
    task,
    tuned,
    wandering,
)
from snippets.network import forward, init_params
from snippets.optimizers import Adam
from snippets.transfer import Scaled, frozen, transplant

FACTS = runs.facts()


def means(method: str, place: runs.Place) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([METHODS[method](place, k).mean() for k in LABELS])


def test_about_540_images_of_the_old_digits_and_none_of_the_new_ones_are_seen_in_pretraining() -> None:
    for seed in SEEDS:
        x, y = runs.halves(seed).old
        assert abs(len(x) - 540) < 5
        assert set(y) == set(range(5))
        assert len(task(wandering, seed).old[0]) == 20 * len(x)


def test_the_images_that_are_tested_on_are_never_trained_on() -> None:
    for seed in SEEDS:
        data = runs.halves(seed)
        for learn, test in ((data.old, data.old_test), (data.new, data.new_test)):
            assert not {x.tobytes() for x in learn[0]} & {x.tobytes() for x in test[0]}


def test_wandering_digits_lie_whole_at_25_places() -> None:
    image = np.ones((2000, 64))
    placed = wandering(image, np.random.default_rng(0)).reshape(-1, 12, 12)
    assert (placed.sum(axis=(1, 2)) == 64).all()
    assert len({x.tobytes() for x in placed}) == 25


def test_with_every_seed_frozen_layers_lose_to_pixels_in_the_middle_and_win_when_digits_wander() -> None:
    for k in LABELS:
        assert (METHODS["frozen"](centred, k) < METHODS["pixels"](centred, k)).all()
        assert means("frozen", wandering)[LABELS.index(k)] > means("pixels", wandering)[LABELS.index(k)]
    assert (METHODS["frozen"](wandering, 10) > METHODS["pixels"](wandering, 10) + 0.05).all()


def test_in_the_middle_fine_tuning_stays_behind_training_from_scratch_and_almost_catches_up() -> None:
    gap = means("scratch", centred) - means("tuned", centred)
    assert (gap > 0).all()
    assert gap[0] > 0.1
    assert gap[-1] < 0.015


def test_wandering_frozen_wins_up_to_ten_labels_fine_tuning_at_30_and_nobody_at_100() -> None:
    table = {name: means(name, wandering) for name in METHODS}
    best = [max(table, key=lambda name, at=at: float(table[name][at])) for at in range(4)]  # type: ignore[misc]
    assert best == ["frozen", "frozen", "frozen", "tuned"]
    lead = np.array([METHODS["tuned"](wandering, k) - METHODS["scratch"](wandering, k) for k in LABELS])
    assert (lead[:4] > 0).all()
    assert ((lead[:4].mean(axis=1) > 0.045) & (lead[:4].mean(axis=1) < 0.075)).all()
    assert abs(lead[4].mean()) < 0.02
    assert table["frozen"][4] < table["scratch"][4] - 0.15


def test_digits_in_the_middle_leave_noise_and_wandering_ones_patches() -> None:
    assert abs(FACTS["agree_fresh"]) < 0.02 < 0.07 < FACTS["agree_centred"] < 0.15 < 0.25 < FACTS["agree_wandering"]


def test_learned_features_sort_digits_that_the_network_never_saw() -> None:
    assert FACTS["between_learned"] > 8 * max(FACTS["between_pixels"], FACTS["between_fresh"])


def test_a_frozen_body_gives_the_same_head_as_features_computed_once() -> None:
    start, new = knows_old(wandering, 0), fresh(wandering, 0)
    data = runs.first_of_each_class(task(wandering, 0).new, 3)
    params = transplant(start, new, BODY)
    runs.fit(NET, params, data, Scaled(Adam, frozen(params, BODY), 0.01), 0)
    x = runs.features(start, data[0])
    head = init_params((HEAD,), x.shape[1:], np.random.default_rng(0), dtype=np.float32)
    runs.fit((HEAD,), head, (x, data[1]), Adam(0.01), 0)
    assert params["6.w"] == pytest.approx(head["0.w"], abs=1e-3)
    assert np.abs(head["0.w"]).max() > 0.1


def test_with_a_head_of_zeros_the_first_gradient_stops_above_the_body() -> None:
    params = transplant(knows_old(wandering, 0), fresh(wandering, 0), BODY)
    y, backward = forward(NET, params, task(wandering, 0).new[0][:8])
    gradient = params.with_flat(backward(np.ones_like(y))[1])
    assert all((gradient[f"{layer}.w"] == 0).all() for layer in BODY)
    assert (gradient["6.w"] != 0).any()


def test_frozen_layers_help_with_three_labels_and_harm_with_thirty_and_random_ones_harm_more() -> None:
    def curve(start: runs.Start, labels: int) -> list[float]:
        held = [tuned(start, wandering, labels, h).mean() for h in range(3)]
        return [*held, probe(start, wandering, labels).mean()]

    assert (np.diff(curve(knows_old, 3)) > 0).all()
    assert curve(knows_old, 30)[3] < curve(knows_old, 30)[0] - 0.03
    assert (np.diff(curve(fresh, 30)) < 0).all()
    distance = np.array(curve(knows_old, 30)) - np.array(curve(fresh, 30))
    assert (distance > 0.03).all()
    assert distance[3] > 0.15


def test_small_rates_below_are_as_good_as_freezing_with_three_labels_and_nothing_beats_equal_rates_with_thirty() -> (
    None
):
    slow = tuned(knows_old, wandering, 3, 0, 0.1).mean()
    assert abs(slow - probe(knows_old, wandering, 3).mean()) < 0.01
    with_30 = {decay: tuned(knows_old, wandering, 30, 0, decay).mean() for decay in runs.DECAYS}
    assert max(with_30, key=lambda decay: float(with_30[decay])) == 1.0
    with_3 = [tuned(knows_old, wandering, 3, 0, decay).mean() for decay in runs.DECAYS]
    assert (np.diff(with_3) < 0).all()


def test_the_rates_decide_how_far_each_layer_moves() -> None:
    assert runs.moved(30, 0.1)[0] < 0.01 * runs.moved(30, 1.0)[0]
    assert (np.diff(runs.moved(30, 0.1)) > 0).all()


def test_ten_updates_wipe_out_the_old_digits_even_among_their_own_five() -> None:
    curve = runs.forgetting()
    at = runs.MOMENTS.index(10)
    assert (curve[:, 0, 0] > 0.94).all()
    assert (curve[:, at:, 0] < 0.01).all()
    assert FACTS["plain_five"] < 0.2


def test_a_small_rate_or_an_anchor_keeps_features_and_only_replay_keeps_answers() -> None:
    _, slow, anchored, replay = (runs.forgetting(**how)[:, -1] for how in runs.REMEDIES)
    for ends in (slow, anchored):
        assert ends[:, 1].mean() > 0.8
        assert ends[:, 0].mean() < 0.05
        assert FACTS["plain_new"] - 0.1 < ends[:, 2].mean() < FACTS["plain_new"]
    on_the_way = runs.forgetting(anchor=0.1)[:, runs.MOMENTS.index(20), 1]
    assert (anchored[:, 1] > on_the_way + 0.3).all()  # falls first and is then pulled back
    assert (replay[:, 0] > 0.5).all()
    assert replay[:, 2].mean() < FACTS["plain_new"] - 0.1


def test_labels_by_lot_change_nothing_measurable() -> None:
    for f in (tuned, probe):
        difference = f(runs.random_labels, wandering, 30) - f(fresh, wandering, 30)
        assert len(SEEDS) == 5  # so 95% of Student's distribution lie within 2.78 standard errors
        assert abs(difference.mean()) < 2.78 * difference.std(ddof=1) / np.sqrt(5)


@pytest.mark.parametrize("start", [runs.shuffled_pixels, runs.knows_centred])
def test_a_wrong_source_harms_on_average_and_with_four_seeds_of_five_at_least(start: runs.Start) -> None:
    harm = tuned(fresh, wandering, 30) - tuned(start, wandering, 30)
    assert harm.mean() > 0.01
    assert (harm > 0.0).sum() >= 4
    assert probe(start, wandering, 30).mean() < probe(fresh, wandering, 30).mean()


def test_only_pretraining_on_wandering_digits_beats_no_pretraining_both_ways() -> None:
    for f in (tuned, probe):
        assert (f(knows_old, wandering, 30) > f(fresh, wandering, 30)).all()


def test_twenty_places_are_worth_more_than_any_transfer_which_then_has_nothing_to_add() -> None:
    shown = {name: FACTS[f"places_{name}"] for name in ("frozen", "scratch", "tuned")}
    assert shown["scratch"] > 2 * FACTS["scratch_wandering_10"]
    assert shown["tuned"] <= shown["scratch"] + 0.01
    assert shown["scratch"] > max(FACTS["frozen_wandering_10"], FACTS["tuned_wandering_10"]) + 0.3


def test_t_steps_resemble_an_anchor_of_one_over_t() -> None:
    for frame in runs.movables()["how_far_fine_tuning_goes"].frames:
        steps, anchor = frame.curves
        t = int(frame.value.removeprefix("t = "))
        flat = runs.movables()["how_far_fine_tuning_goes"].x < 0.01 / t
        assert steps[flat] == pytest.approx(anchor[flat], rel=0.02)
