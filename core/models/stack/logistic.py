"""Logistic regression with an offset, by Newton's method: small, dense, exact."""

from __future__ import annotations

import numpy as np

STEPS = 50
TOLERANCE = 1e-8


def fit_logistic(
    features: np.ndarray, positive: np.ndarray, ridge: float, offset: np.ndarray | None = None
) -> np.ndarray:
    """Return the coefficients b that make sigmoid(features @ b + offset) the likeliest.

    Parameters
    ----------
    features : float64 array, shape (n, k)
        Add a column of ones for an intercept.
    positive : bool array, shape (n,)
    ridge : float
        ``n * ridge * |b|² / 2`` is added to the loss; above 0 there is always one best b.
    offset : float array, shape (n,), optional
        Log-odds that are known beforehand.

    Returns
    -------
    float64 array, shape (k,)
    """
    n, k = features.shape
    coefficients = np.zeros(k)
    fixed = np.zeros(n) if offset is None else offset

    def loss(candidate: np.ndarray) -> float:
        logit = features @ candidate + fixed
        return (
            np.logaddexp(0, logit).sum()
            - logit[positive].sum()
            + n * ridge / 2 * candidate @ candidate
        )

    now = loss(coefficients)
    for _ in range(STEPS):
        probability = 1 / (1 + np.exp(-np.clip(features @ coefficients + fixed, -500, 500)))
        gradient = features.T @ (probability - positive) + n * ridge * coefficients
        curvature = (features * (probability * (1 - probability))[:, None]).T @ features
        step = np.linalg.solve(curvature + n * ridge * np.eye(k), gradient)
        # Newton may overshoot far from the optimum: halve until the loss falls.
        length = 1.0
        while (then := loss(coefficients - length * step)) > now and length > TOLERANCE:
            length /= 2
        coefficients = coefficients - length * step
        if now - then <= TOLERANCE * abs(now):
            break
        now = then
    return coefficients
