"""Whether probabilities come true, and how to correct them when they do not.

>>> told = [0.2] * 10 + [0.8] * 10
>>> came = [True] * 2 + [False] * 8 + [True] * 8 + [False] * 2
>>> [(band.count, round(band.predicted, 2), band.observed) for band in reliability(told, came, least=10)]
[(10, 0.2, 0.2), (10, 0.8, 0.8)]
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Reliability:
    """A band of answers: how many, their mean probability, and the share that came true."""

    count: int
    predicted: float
    observed: float


def reliability(
    told: Sequence[float], came_true: Sequence[bool], *, least: int = 400
) -> tuple[Reliability, ...]:
    """Cut the answers, in the order of their probability, into bands of `least` or more and compare each.

    Raises:
        ValueError: there are fewer answers than `least`, or not as many outcomes as answers.
    """
    if len(told) != len(came_true) or len(told) < least:
        raise ValueError(f"{least} answers and as many outcomes are wanted")
    order = np.argsort(np.array(told), kind="stable")
    bands = np.array_split(order, max(1, len(told) // least))
    predicted, observed = np.array(told, dtype=float), np.array(came_true, dtype=float)
    return tuple(Reliability(len(b), float(predicted[b].mean()), float(observed[b].mean())) for b in bands)


def fit_calibration(log_odds: Sequence[float], came_true: Sequence[bool]) -> tuple[float, float]:
    """The slope and offset, in bits, that correct log-odds of reviewed answers (logistic regression,
    Newton's way).

    Raises:
        ValueError: there are not as many outcomes as answers, or all outcomes are the same.
    """
    outcome = np.array(came_true, dtype=float)
    if len(log_odds) != len(outcome) or not 0 < outcome.sum() < len(outcome):
        raise ValueError("wanted are as many outcomes as answers, and some of each kind")
    design = np.stack(
        [np.clip(np.array(log_odds, dtype=float), -50, 50), np.ones(len(outcome))], axis=1
    ) * np.log(2)
    fitted = np.array([1.0, 0.0])
    for _ in range(_ROUNDS):
        chance = 1.0 / (1.0 + np.exp(-design @ fitted))
        slope = design.T @ (outcome - chance)
        bend = (design * (chance * (1.0 - chance))[:, None]).T @ design + np.eye(2) * 1e-6
        step = np.linalg.solve(bend, slope)
        fitted = fitted + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-9:
            break
    return float(fitted[0]), float(fitted[1])
