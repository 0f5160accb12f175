"""Rows of snippets/preprocessing.py."""

from __future__ import annotations

import numpy as np

from snippets import preprocessing as pre
from tests.tables import SUMS, Other, Refusal, Row, Transform, refusal

X = np.random.default_rng(0).normal(size=(6, 3))
IMAGES = np.zeros((2, 3, 4, 4))

ROWS: list[Row] = [
    Transform(pre.fit_centring, largest=SUMS),
    Transform(pre.fit_centring, (10, 3, 4, 4), largest=SUMS),
    Transform(pre.fit_standardization),
    Transform(pre.fit_standardization, (10, 3, 4, 4)),
    Transform(pre.fit_channel_standardization, (10, 3, 4, 4)),
    Transform(pre.fit_min_max, largest=8e307),
    Transform(pre.fit_min_max, (10, 3, 4, 4), {"low": 0.0, "high": 1.0}, largest=8e307),
    Transform(pre.fit_pca, (40, 5), {"k": 1}),
    Transform(pre.fit_pca_whitening),
    Transform(pre.fit_zca_whitening),
    Other(pre.Affine, "made by the fits of the table"),
    Other(pre.Linear, "made by the fits of the table"),
    Other(pre.centre_images, "nothing is fitted"),
    Other(pre.principal_directions, "directions and variances"),
]

REFUSALS: list[Refusal] = [
    refusal(pre.fit_channel_standardization, ValueError, "x", "4 dimensions, got shape (6, 3)", X),
    refusal(pre.fit_min_max, ValueError, "high", "-1.0", X, low=-1.0, high=-1.0),
    refusal(pre.fit_min_max, ValueError, "low", "nan", X, low=np.nan),
    refusal(pre.fit_min_max, ValueError, "high", "inf", X, high=np.inf),
    refusal(pre.fit_pca, ValueError, "x", "2 dimensions, got shape (2, 3, 4, 4)", IMAGES, 1),
    refusal(pre.fit_pca, ValueError, "k", "[1, 3], got 4", X, 4),
    refusal(pre.fit_pca, ValueError, "k", "[1, 2], got 3", X[:2], 3),
    refusal(pre.fit_pca, ValueError, "k", "got 0", X, 0),
    refusal(pre.fit_pca, TypeError, "k", "0.9", X, 0.9),
    refusal(pre.fit_pca, TypeError, "x", "float16", X.astype(np.float16), 1),
    refusal(pre.principal_directions, TypeError, "x", "float32 or float64, got", X.astype(np.longdouble)),
    refusal(pre.fit_pca_whitening, ValueError, "eps", "0.0", X, 0.0),
    refusal(pre.fit_zca_whitening, ValueError, "eps", "-1e-05", X, -1e-5),
    refusal(pre.centre_images, ValueError, "x", "(0, 4)", np.zeros((0, 4))),
    refusal(pre.centre_images, ValueError, "x", "()", np.array(0.5)),
    refusal(pre.centre_images, ValueError, "x", "inf", np.array([[np.inf]])),
    refusal(pre.fit_standardization(X), ValueError, "x", "(6, 2)", X[:, :2]),
    refusal(pre.fit_standardization(X[:, :1]), ValueError, "x", "(6, 3)", X),
    refusal(pre.fit_standardization(X).inverse, ValueError, "y", "(6, 2)", X[:, :2]),
    refusal(pre.fit_channel_standardization(IMAGES), ValueError, "x", "(2, 2, 4, 4)", IMAGES[:, :2]),
    refusal(pre.fit_channel_standardization(IMAGES[:, :1]), ValueError, "x", "(2, 3, 4, 4)", IMAGES),
    refusal(pre.fit_channel_standardization(IMAGES), ValueError, "x", "(3, 4, 4)", IMAGES[0]),
    refusal(pre.fit_pca(X, 2), ValueError, "x", "(6, 2)", X[:, :2]),
    refusal(pre.fit_pca(X, 2), ValueError, "x", "(3,)", X[0]),
    refusal(pre.fit_pca(X, 2).inverse, ValueError, "y", "(6, 3)", X),
    refusal(pre.fit_pca(X, 2).inverse, TypeError, "y", "complex128", X[:, :2] * 1j),
    refusal(pre.fit_standardization(X).inverse, TypeError, "y", "complex128", X * 1j),
    refusal(pre.fit_standardization(X), TypeError, "x", "complex128", X * 1j),
]
