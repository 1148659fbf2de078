"""The pairs of rows of generators.txt, and generators that users might give."""

import numpy as np
from mpmath import exp, inf, isinf, log, mpf, sqrt

from rows import encoded, hexed, with_zeros

# An expression, the function that it writes, f(0+), and the limit of f(t)/t.
F = {
    "f:t^4-1": (lambda t: t**4 - 1, -1, inf),
    "f:exp(t-1)-t": (lambda t: exp(t - 1) - t, exp(mpf(-1)), inf),
    "f:max(t-2,0)": (lambda t: max(t - 2, mpf(0)), 0, 1),
    "f:max(t-1.02,0)": (lambda t: max(t - mpf(1.02), mpf(0)), 0, 1),
    "f:t*ln(t)+100*(t-1)": (lambda t: t * log(t) + 100 * (t - 1), -100, inf),
    "f:(t-1)^2/(t+1)": (lambda t: (t - 1) ** 2 / (t + 1), 1, 1),
    "f:sqrt(1+25*(t-1)^2)-1": (lambda t: sqrt(1 + 25 * (t - 1) ** 2) - 1, sqrt(mpf(26)) - 1, 5),
    "f:abs(t-1)+(t-1)^2": (lambda t: abs(t - 1) + (t - 1) ** 2, 2, inf),
    "f:abs(ln(t))*abs(t-1)": (lambda t: abs(log(t)) * abs(t - 1), inf, inf),
    "f:1-t^0.25": (lambda t: 1 - t ** mpf(0.25), 1, 0),
}
# An expression, the function, its derivative, and both at 0+.
BREGMAN = {
    "bregman:exp(t)": (exp, exp, 1, 1),
    "bregman:t^3": (lambda t: t**3, lambda t: 3 * t**2, 0, 0),
    "bregman:t^2+7": (lambda t: t**2 + 7, lambda t: 2 * t, 7, 0),
    "bregman:1e6+exp(t)-3": (lambda t: exp(t), exp, 1, 1),
    "bregman:t*ln(t)-t": (lambda t: t * log(t) - t, log, 0, -inf),
    "bregman:1/t": (lambda t: 1 / t, lambda t: -1 / t**2, inf, -inf),
}


def f_divergence(name, bins):
    """sum q f(p/q)"""
    f, at_zero, at_infinity = F[name]
    score = mpf(0)
    for count, p, q, ln_p, ln_q in bins:
        if isinf(ln_p) and isinf(ln_q):
            continue
        if isinf(ln_p):
            term = q * at_zero
        elif isinf(ln_q):
            term = p * at_infinity
        else:
            term = q * f(exp(ln_p - ln_q))
        score += count * term
    return score


def bregman(name, raw):
    """sum phi(p) - phi(q) - phi'(q) (p - q)"""
    phi, slope, at_zero, slope_at_zero = BREGMAN[name]
    score = mpf(0)
    for count, p, q in raw:
        if p == q:
            continue
        of_p = phi(p) if p else at_zero
        of_q, slope_of_q = (phi(q), slope(q)) if q else (at_zero, slope_at_zero)
        if isinf(of_p) or isinf(of_q) or isinf(slope_of_q):
            return inf
        score += count * (of_p - of_q - slope_of_q * (p - q))
    return score


PAIRS_OF = (
    ("probabilities", "probabilities"),
    ("weights", "weights"),
    ("logits", "logits"),
    ("log-probabilities", "log-probabilities"),
    ("weights", "logits"),
    ("logits:0.7", "logits:2"),
)


def sweep(file, rng):
    """Close and apart, short and long."""
    for p, q in PAIRS_OF:
        for k, sigma in ((1, 1), (3, 1), (16, 1e-2), (100, 0.3), (300, 1e-4)):
            logs = rng.normal(0, 1, k)
            near = logs + sigma * rng.normal(0, 1, k)
            file.own(f"{p}/{q}/k{k}", encoded(p, logs, rng), encoded(q, near, rng))


def zeros(file, rng):
    """Zeros on either side, and on both."""
    for p, q in PAIRS_OF:
        a = rng.normal(0, 1, 5)
        b = a + 0.1 * rng.normal(0, 1, 5)
        for name, left, right in (
            ("zero-in-p", with_zeros(a, 0), b),
            ("zero-in-q", a, with_zeros(b, 4)),
            ("zero-in-both", with_zeros(a, 2), with_zeros(b, 2)),
        ):
            file.own(f"{p}/{q}/{name}", encoded(p, left, rng), encoded(q, right, rng))


def raw(file, rng):
    """Weights as they are, of ordinary size, and equal ones."""
    for k, sigma in ((1, 1), (4, 1e-3), (50, 0.2), (300, 1e-5)):
        p = rng.uniform(0.01, 10, k)
        q = p * np.exp(sigma * rng.normal(0, 1, k))
        file.own(f"raw/k{k}", ("weights", hexed(p)), ("weights", hexed(q)))
        file.own(f"raw/k{k}/equal", ("weights", hexed(p)), ("weights", hexed(p)))


PAIRS = (sweep, zeros, raw)
