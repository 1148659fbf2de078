"""Scores in arbitrary precision (MPFR, 128 bits), and how far others are from them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import gmpy2
from gmpy2 import mpfr

from options import Task

# A score of 1e-13 loses 43 of them.
BITS = 128


def scores(task: Task, p: Sequence[Sequence[float]], q: Sequence[Sequence[float]]) -> list[mpfr]:
    """The divergence of the two distributions that each pair of rows stands for."""
    with gmpy2.context(precision=BITS):
        return [score(task, a, b) for a, b in zip(p, q)]


def score(task: Task, p_row: Sequence[float], q_row: Sequence[float]) -> mpfr:
    p, q = distribution(p_row, task.encoding), distribution(q_row, task.encoding)
    if task.measure == "kl":
        return relative_entropy(p, q)
    middle = [(a + b) / 2 for a, b in zip(p, q)]
    return (relative_entropy(p, middle) + relative_entropy(q, middle)) / 2


def distribution(row: Sequence[float], encoding: str) -> list[mpfr]:
    masses = [mpfr(float(x)) for x in row]
    if encoding == "logits":
        masses = [gmpy2.exp(x) for x in masses]
    total = gmpy2.fsum(masses)
    return [mass / total for mass in masses]


def relative_entropy(p: list[mpfr], q: list[mpfr]) -> mpfr:
    # Where q is zero, gmpy2 divides to infinity.
    return gmpy2.fsum([a * gmpy2.log(a / b) for a, b in zip(p, q) if a > 0])


def relative_error(found: float, wanted: mpfr) -> float:
    """Infinite if what was found is no number; if infinity is wanted, anything but that is infinitely wrong."""
    if not math.isfinite(found) or gmpy2.is_infinite(wanted):
        return 0.0 if found == float(wanted) else math.inf
    with gmpy2.context(precision=BITS):
        return float(abs((mpfr(float(found)) - wanted) / wanted))


def worst_error(found: Sequence[float], wanted: Sequence[mpfr]) -> float:
    return max(relative_error(a, b) for a, b in zip(found, wanted, strict=True))
