#!/usr/bin/env python3
"""Shows that SciPy agrees with kullback wherever SciPy itself is accurate.

    python3 tests/peers/scipy_agrees.py [--kullback PATH] [--seed N] [--backend NAME] [--adapter SUBSTRING]
                                        [--keep FOLDER]

Needs NumPy and SciPy. Seeded rows go through `kullback score` and, as the very values that the files hold, through
SciPy in float64. SciPy's own rounding error is estimated for every row. Where it is small beside what kullback
promises the row is compared; where it is not, SciPy cannot tell, and the row is counted apart. Exit code 0: they
agree; 1: they do not, or too little was compared; 2: something that is needed is missing or did not run.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

try:
    import numpy as np
    import scipy
    from scipy import stats
    from scipy.spatial.distance import jensenshannon
    from scipy.special import entr, rel_entr, xlogy
except ImportError as problem:
    print(f"{problem}; this needs NumPy and SciPy: python3 -m pip install numpy scipy", file=sys.stderr)
    sys.exit(2)

ROOT = pathlib.Path(__file__).resolve().parents[2]
Array = np.ndarray

F32_MAX = float(np.finfo(np.float32).max)
LN_2 = math.log(2.0)
LOG_ENCODINGS = ("log-probabilities", "logits")

# A bin of a row is off by a unit or two when SciPy takes its logarithm (two normalisations, one quotient), and NumPy
# adds 5000 terms in some 25 roundings one after the other, of half a unit each. This covers both.
ROUNDINGS = 16 * float(np.finfo(np.float64).eps)
# A row is compared if SciPy's error is at most this part of what kullback promises.
SMALL = 0.25
# Where more than this part of a score is promised away, as of a total variation of 1e-12, the relative difference
# says nothing: the table's column of that name leaves such rows out. The fraction of what is allowed covers them.
RELATIVE = 1e-5
# What each line of the table must have compared at least, or it shows nothing.
FEWEST_COMPARED = 200
FEWEST_INFINITE = 10


class Unusable(Exception):
    """What is needed for a comparison is missing or did not run."""


# ---------------------------------------------------------------------------------------------------------------
# Rows


@dataclasses.dataclass(frozen=True)
class Operand:
    """One matrix as it is stored, and what its rows stand for."""

    stored: Array
    encoding: str
    temperature: float = 1.0

    def is_log(self) -> bool:
        return self.encoding in LOG_ENCODINGS


@dataclasses.dataclass(frozen=True)
class Batch:
    """Pairs of rows that are scored by one call; batches of one kind share lines of the table."""

    kind: str
    name: str
    p: Operand
    q: Operand


def dirichlet(rng: np.random.Generator, rows: int, k: int, concentration: float) -> Array:
    """Rows from a Dirichlet distribution. None of their bins is so small that float32 would lose it."""
    drawn = rng.standard_gamma(concentration, (rows, k))
    drawn = np.maximum(drawn / np.maximum(drawn.sum(1, keepdims=True), 1e-300), 1e-30)
    return unit_sum(drawn)


def unit_sum(rows: Array) -> Array:
    return rows / rows.sum(1, keepdims=True)


def zeroed(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    """Which bins shall be zero: about a third, and at least one and not all of each row."""
    chosen = rng.random(shape) < 1 / 3
    chosen[:, 0] = False
    chosen[:, -1] = True
    return chosen


def drawn_pairs(rng: np.random.Generator, rows: int, k: int, subnormal: float) -> tuple[Array, Array]:
    """Pairs of distributions in float64, `rows` of each sort."""
    pairs = []

    def independent() -> tuple[Array, Array]:
        return dirichlet(rng, rows, k, 1.0), dirichlet(rng, rows, k, 1.0)

    for concentration in (0.1, 1.0, 10.0):
        pairs.append((dirichlet(rng, rows, k, concentration), dirichlet(rng, rows, k, concentration)))
    for distance in (0.3, 1e-2, 1e-3, 1e-4, 1e-6):
        p = dirichlet(rng, rows, k, 1.0)
        pairs.append((p, unit_sum(p * (1 + distance * rng.uniform(-1, 1, p.shape)))))
    p = dirichlet(rng, rows, k, 1.0)
    pairs.append((p, p))

    labels = np.eye(k)[rng.integers(k, size=rows)]
    pairs.append((labels, dirichlet(rng, rows, k, 1.0)))
    # Zero bins: in P alone, in Q alone, the same ones in both, none that both share.
    for zero_in_p, zero_in_q in ((True, False), (False, True), (True, True)):
        p, q = independent()
        zeros = zeroed(rng, p.shape)
        p[zeros & zero_in_p] = 0.0
        q[zeros & zero_in_q] = 0.0
        pairs.append((unit_sum(p), unit_sum(q)))
    p, q = independent()
    zeros = zeroed(rng, p.shape)
    p[zeros] = 0.0
    q[~zeros] = 0.0
    pairs.append((unit_sum(p), unit_sum(q)))
    # Subnormal numbers are zeros, where rows are not logarithms.
    p, q = independent()
    zeros = zeroed(rng, p.shape)
    q[zeros] = 0.0
    q = unit_sum(q)
    q[zeros] = subnormal
    pairs.append((p, q))
    return np.concatenate([p for p, _ in pairs]), np.concatenate([q for _, q in pairs])


def as_probabilities(rows: Array, element: type = np.float32) -> Operand:
    return Operand(rows.astype(element), "probabilities")


def as_counts(rows: Array) -> Operand:
    """Whole numbers; what is not zero counts at least once."""
    return Operand(np.ceil(rows * 1e6).astype(np.float32), "weights")


def as_scaled_weights(rng: np.random.Generator, rows: Array) -> Operand:
    """Rows of totals from 1e-6 to 1e37."""
    return Operand((rows * 10 ** rng.uniform(-6, 37, (len(rows), 1))).astype(np.float32), "weights")


def as_huge_weights(rows: Array) -> Operand:
    """Rows whose largest bin is near the float32 maximum, so that most sums are beyond it."""
    return Operand((rows / rows.max(1, keepdims=True) * 3e38).astype(np.float32), "weights")


def as_log_probabilities(rows: Array) -> Operand:
    with np.errstate(divide="ignore"):
        return Operand(np.log(rows).astype(np.float32), "log-probabilities")


def as_logits(rng: np.random.Generator, rows: Array, sharpness: float, temperature: float, shift: float) -> Operand:
    """Logarithms times `sharpness`, every row moved by a number of its own within `shift`."""
    with np.errstate(divide="ignore"):
        logits = sharpness * np.log(rows) + rng.uniform(-shift, shift, (len(rows), 1))
    return Operand(logits.astype(np.float32), "logits", temperature)


def batches(seed: int) -> Iterator[Batch]:
    """All that is compared. Every batch has a generator of its own, so that none depends on another."""

    def drawn(number: int, k: int, element: type = np.float32) -> tuple[np.random.Generator, Array, Array]:
        rng = np.random.default_rng([seed, number])
        rows = 40 if k < 100 else 25 if k < 500 else 8
        return rng, *drawn_pairs(rng, rows, k, float(np.finfo(element).tiny) / 4)

    for number, k in enumerate((2, 3, 16, 257, 5000)):
        _, p, q = drawn(number, k)
        yield Batch("probabilities", f"probabilities, K = {k}", as_probabilities(p), as_probabilities(q))
    for number, k in enumerate((2, 64, 1000), 10):
        _, p, q = drawn(number, k, np.float64)
        p64, q64 = as_probabilities(p, np.float64), as_probabilities(q, np.float64)
        yield Batch("probabilities f64", f"probabilities f64, K = {k}", p64, q64)

    for number, k in enumerate((2, 31, 5000), 20):
        _, p, q = drawn(number, k)
        yield Batch("weights", f"counts, K = {k}", as_counts(p), as_counts(q))
    rng, p, q = drawn(30, 300)
    yield Batch("weights", "scaled weights, K = 300", as_scaled_weights(rng, p), as_scaled_weights(rng, q))
    rng, p, q = drawn(31, 12)
    yield Batch("weights", "huge weights, K = 12", as_huge_weights(p), as_huge_weights(q))

    for number, k in enumerate((5, 400), 40):
        _, p, q = drawn(number, k)
        name = f"log-probabilities, K = {k}"
        yield Batch("log-probabilities", name, as_log_probabilities(p), as_log_probabilities(q))
    for number, (k, sharpness, temperature, shift) in enumerate(
        ((2, 1.0, 1.0, 5.0), (10, 2.5, 2.5, 5.0), (100, 5.0, 1.0, 20.0), (5000, 1.0, 1.0, 100.0)), 50
    ):
        rng, p, q = drawn(number, k)
        p_logits = as_logits(rng, p, sharpness, temperature, shift)
        q_logits = as_logits(rng, q, sharpness, temperature, shift)
        yield Batch("logits", f"logits, K = {k}, temperature {temperature}", p_logits, q_logits)

    for number, k in enumerate((7, 1000), 60):
        rng, p, q = drawn(number, k)
        q_logits = as_logits(rng, q, 1.0, 1.0, 5.0)
        yield Batch("probs against logits", f"probabilities against logits, K = {k}", as_probabilities(p), q_logits)
    for number, k in enumerate((4, 200), 70):
        rng, p, q = drawn(number, k)
        p_logits, q_logits = as_logits(rng, p, 1.0, 1.0, 5.0), as_logits(rng, q, 2.5, 2.5, 5.0)
        yield Batch("logits, two T", f"logits, K = {k}, temperatures 1 and 2.5", p_logits, q_logits)


# ---------------------------------------------------------------------------------------------------------------
# SciPy


@dataclasses.dataclass(frozen=True)
class Pair:
    """Distributions in float64, and by how much a row's bins are less exact than those of linear rows."""

    p: Array
    q: Array
    growth: Array


@dataclasses.dataclass(frozen=True)
class Answer:
    """SciPy's scores, and how far each may be from the exact one."""

    score: Array
    error: Array


def distributions(operand: Operand) -> tuple[Array, Array]:
    """The distributions that the stored rows stand for, and the growth of their errors."""
    # Zero is decided on what is stored: subnormal numbers are zero.
    tiny = np.finfo(operand.stored.dtype).tiny
    rows = np.where(np.abs(operand.stored) < tiny, 0, operand.stored).astype(np.float64)
    growth = np.ones(len(rows))
    if operand.is_log():
        rows = rows / operand.temperature
        # A logarithm of 100 that is rounded is off by 100 times as much as 1, and so is its exponential, relatively.
        growth += 2 * np.max(np.abs(rows), axis=1, where=np.isfinite(rows), initial=0)
        rows = np.exp(rows - rows.max(1, keepdims=True))
    exact_sums = np.array([[math.fsum(row)] for row in rows])
    return rows / exact_sums, growth


def pair_of(batch: Batch) -> Pair:
    p, p_growth = distributions(batch.p)
    q, q_growth = distributions(batch.q)
    return Pair(p, q, np.maximum(p_growth, q_growth))


def unit_of(base: float | None) -> float:
    return 1.0 if base is None else math.log(base)


def told(pair: Pair, score: Array, size: Array, base: float | None = None) -> Answer:
    """An answer whose error is `ROUNDINGS` of `size`: of the sum of abs(term), and of what a relative change of the
    bins moves it by. The rounding of bins adds 1 to most sums, for the bins of a row sum to 1: this is what hides
    small scores, where terms cancel."""
    return Answer(score, ROUNDINGS * pair.growth * size / unit_of(base))


def kl_of(pair: Pair, p: Array, q: Array, base: float | None) -> Answer:
    score = stats.entropy(p, q, base=base, axis=1)
    return told(pair, score, np.abs(rel_entr(p, q)).sum(1) + 1, base)


def kl(pair: Pair, base: float | None) -> Answer:
    return kl_of(pair, pair.p, pair.q, base)


def reverse_kl(pair: Pair, base: float | None) -> Answer:
    return kl_of(pair, pair.q, pair.p, base)


def kl_by_terms(pair: Pair, base: float | None) -> Answer:
    terms = rel_entr(pair.p, pair.q)
    return told(pair, terms.sum(1) / unit_of(base), np.abs(terms).sum(1) + 1, base)


def jeffreys(pair: Pair, base: float | None) -> Answer:
    forward, backward = rel_entr(pair.p, pair.q), rel_entr(pair.q, pair.p)
    score = (forward.sum(1) + backward.sum(1)) / unit_of(base)
    return told(pair, score, np.abs(forward).sum(1) + np.abs(backward).sum(1) + 2, base)


def js(pair: Pair, base: float | None) -> Answer:
    middle = (pair.p + pair.q) / 2
    left, right = rel_entr(pair.p, middle), rel_entr(pair.q, middle)
    score = (left.sum(1) + right.sum(1)) / 2 / unit_of(base)
    return told(pair, score, (np.abs(left).sum(1) + np.abs(right).sum(1)) / 2 + 1, base)


def js_distance(pair: Pair, base: float | None) -> Answer:
    # Of close rows rounding can make the square negative; its root is NaN then.
    with np.errstate(invalid="ignore"):
        distance = jensenshannon(pair.p, pair.q, base, axis=1)
    return Answer(distance, error_of_root(distance, js(pair, base).error))


def error_of_root(root: Array, error: Array) -> Array:
    """By how much a root is off if its square is off by `error`: error / root, and at most the root of error."""
    with np.errstate(divide="ignore"):
        return np.fmin(error / root, np.sqrt(error))


def entropy(pair: Pair, base: float | None) -> Answer:
    score = stats.entropy(pair.p, base=base, axis=1)
    return told(pair, score, np.abs(entr(pair.p)).sum(1) + 1, base)


def entropy_by_terms(pair: Pair, base: float | None) -> Answer:
    terms = entr(pair.p)
    return told(pair, terms.sum(1) / unit_of(base), np.abs(terms).sum(1) + 1, base)


def cross_entropy(pair: Pair, base: float | None) -> Answer:
    terms = -xlogy(pair.p, pair.q)
    return told(pair, terms.sum(1) / unit_of(base), np.abs(terms).sum(1) + 1, base)


def total_variation(pair: Pair, _: float | None) -> Answer:
    score = np.abs(pair.p - pair.q).sum(1) / 2
    return told(pair, score, score + 1)


def hellinger_squared(pair: Pair, _: float | None) -> Answer:
    score = ((np.sqrt(pair.p) - np.sqrt(pair.q)) ** 2).sum(1) / 2
    # A square of differences does not cancel: its error shrinks with its root.
    return told(pair, score, score + np.sqrt(score))


def hellinger(pair: Pair, _: float | None) -> Answer:
    score = np.sqrt(((np.sqrt(pair.p) - np.sqrt(pair.q)) ** 2).sum(1) / 2)
    return told(pair, score, score + 1)


def sum_of_powers(pair: Pair, order: float) -> Array:
    """The sum of p^a q^(1-a) over the bins that P has; a bin that Q alone has adds nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(pair.p > 0, pair.p * (pair.p / pair.q) ** (order - 1), 0.0).sum(1)


def power_growth(order: float) -> float:
    """By how much powers and the division by a - 1 enlarge a relative error of the bins."""
    return (1 + order + abs(1 - order)) / abs(order - 1)


def renyi(order: float) -> Callable[[Pair, float | None], Answer]:
    def answer(pair: Pair, base: float | None) -> Answer:
        with np.errstate(divide="ignore"):
            score = np.log(sum_of_powers(pair, order)) / (order - 1) / unit_of(base)
        return told(pair, score, np.abs(score) * unit_of(base) + power_growth(order), base)

    return answer


def tsallis(order: float) -> Callable[[Pair, float | None], Answer]:
    def answer(pair: Pair, _: float | None) -> Answer:
        powers = sum_of_powers(pair, order)
        return told(pair, (powers - 1) / (order - 1), (powers + 1) * power_growth(order))

    return answer


@dataclasses.dataclass(frozen=True)
class Check:
    """A measure of kullback, and SciPy's way to it."""

    measure: str
    peer: str
    answer: Callable[[Pair, float | None], Answer]
    units: tuple[str, ...] = ("nats", "bits")
    order: float | None = None
    # If rows with a zero in one operand alone, or rows that share no bin, are infinite.
    infinite: bool = False

    def title(self) -> str:
        return self.measure if self.order is None else f"{self.measure} {self.order:g}"


NO_UNIT = ("-",)
CHECKS = (
    Check("kl", "stats.entropy(p, q)", kl, infinite=True),
    Check("kl", "special.rel_entr", kl_by_terms, ("nats",), infinite=True),
    Check("reverse-kl", "stats.entropy(q, p)", reverse_kl, infinite=True),
    Check("jeffreys", "special.rel_entr", jeffreys, infinite=True),
    Check("js", "special.rel_entr", js),
    Check("js-distance", "distance.jensenshannon", js_distance),
    Check("entropy", "stats.entropy(p)", entropy),
    Check("entropy", "special.entr", entropy_by_terms, ("nats",)),
    Check("cross-entropy", "special.xlogy", cross_entropy, infinite=True),
    Check("renyi", "NumPy", renyi(0.5), order=0.5, infinite=True),
    Check("renyi", "NumPy", renyi(2.0), order=2.0, infinite=True),
    Check("tsallis", "NumPy", tsallis(0.5), NO_UNIT, order=0.5),
    Check("tsallis", "NumPy", tsallis(2.0), NO_UNIT, order=2.0, infinite=True),
    Check("tv", "NumPy", total_variation, NO_UNIT),
    Check("hellinger", "NumPy", hellinger, NO_UNIT),
    Check("hellinger-squared", "NumPy", hellinger_squared, NO_UNIT),
)


# ---------------------------------------------------------------------------------------------------------------
# kullback


@dataclasses.dataclass(frozen=True)
class Kullback:
    """How the command line is called."""

    command: list[str]
    options: list[str]
    folder: pathlib.Path

    def run(self, arguments: list[str]) -> str:
        """What it prints, or an error that says what it complained about."""
        called = [*self.command, *arguments]
        try:
            done = subprocess.run(called, cwd=ROOT, capture_output=True, text=True, check=False)
        except OSError as problem:
            raise Unusable(f"cannot run {called[0]}: {problem}") from problem
        if done.returncode != 0:
            raise Unusable(f"{' '.join(called)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}".rstrip())
        return done.stdout.strip()

    def path(self, batch: Batch, operand: str) -> pathlib.Path:
        """The file of one operand: letters and digits of the batch's name."""
        words = "".join(c if c.isalnum() or c == "." else " " for c in batch.name).split()
        return self.folder / f"{'-'.join(words)}_{operand}.npy"

    def write(self, batch: Batch) -> None:
        np.save(self.path(batch, "p"), batch.p.stored)
        np.save(self.path(batch, "q"), batch.q.stored)

    def arguments(self, batch: Batch, check: Check, unit: str) -> list[str]:
        found = ["score", str(self.path(batch, "p")), str(self.path(batch, "q")), "--measure", check.measure]
        found += ["--p-as", batch.p.encoding, "--q-as", batch.q.encoding]
        if batch.p.encoding == "logits":
            found += ["--p-temperature", str(batch.p.temperature)]
        if batch.q.encoding == "logits":
            found += ["--q-temperature", str(batch.q.temperature)]
        if check.order is not None:
            found += ["--order", str(check.order)]
        if check.units != NO_UNIT:
            found += ["--unit", unit]
        # SciPy is what verifies here.
        return [*found, "--verify", "off", *self.options]

    def scores(self, batch: Batch, check: Check, unit: str) -> Array:
        """One score a row, in float64."""
        output = self.folder / "scores.npy"
        # An earlier call's scores must not pass for this one's.
        output.unlink(missing_ok=True)
        self.run([*self.arguments(batch, check, unit), "-o", str(output)])
        try:
            scores = np.load(output)
        except (OSError, ValueError) as problem:
            raise Unusable(f"no scores of {check.title()}, {batch.name}: {problem}") from problem
        if scores.shape != (len(batch.p.stored),):
            raise Unusable(f"{check.title()}, {batch.name}: scores of the shape {scores.shape}")
        return scores.astype(np.float64)


def promise(check: Check, batch: Batch, score: Array) -> Array:
    """How far from the exact score kullback may be."""
    # Entropy does not read Q.
    other = batch.p if check.measure == "entropy" else batch.q
    two_temperatures = batch.p.is_log() and other.is_log() and batch.p.temperature != other.temperature
    mixed = batch.p.is_log() != other.is_log() or two_temperatures
    if mixed:
        allowed = 2e-6 * (score + np.sqrt(score)) + 1e-12
    elif batch.p.is_log():
        allowed = 2e-6 * score + 1e-19
    else:
        allowed = 1e-6 * score + 1e-19
    if check.measure == "tv":
        allowed += 1e-13
    if check.measure in ("js-distance", "hellinger"):
        allowed += 4e-10
    if check.measure in ("tv", "js-distance", "hellinger") and mixed:
        allowed += 2e-6
    if check.measure == "tsallis":
        allowed = np.where(score > 1e6, 1e-5 * score, allowed)
    return allowed


# ---------------------------------------------------------------------------------------------------------------
# Comparison


@dataclasses.dataclass
class Line:
    """One line of the table: what was found over the batches of a kind."""

    check: Check
    unit: str
    kind: str
    compared: int = 0
    infinite: int = 0
    untold: int = 0
    nans: int = 0
    wrong: int = 0
    worst_relative: float = 0.0
    worst_fraction: float = 0.0
    worst_untold: float = 0.0

    def name(self) -> str:
        return self.check.title() + ("" if self.unit == "-" else f" in {self.unit}")

    def shows_too_little(self) -> bool:
        too_few_infinite = self.check.infinite and self.infinite < FEWEST_INFINITE
        return self.compared < FEWEST_COMPARED or too_few_infinite

    def cells(self) -> list[str]:
        counts = (self.compared, self.infinite, self.untold, self.nans)
        untold = f"{self.worst_untold:.1e}" if self.untold else "-"
        worst = (f"{self.worst_relative:.1e}", f"{self.worst_fraction:.3f}", untold)
        return [self.check.title(), self.unit, self.kind, self.check.peer, *map(str, counts), *worst]


@dataclasses.dataclass(frozen=True)
class Disagreement:
    """A row whose two scores are further apart than is allowed."""

    line: Line
    batch: str
    row: int
    ours: float
    theirs: float
    allowed: float
    fraction: float
    called: list[str]

    def __str__(self) -> str:
        said = {
            "kullback": f"{self.ours:.9g}",
            self.line.check.peer: f"{self.theirs:.17g}",
            "difference": f"{abs(self.ours - self.theirs):.3g}",
            "allowed": f"{self.allowed:.3g}",
            "called": f"kullback {' '.join(self.called)}",
        }
        head = f"{self.line.name()} of row {self.row} of the batch '{self.batch}':"
        return "\n".join([head, *(f"  {what:<24}{value}" for what, value in said.items())])


def compare(line: Line, batch: Batch, scores: Array, answer: Answer, called: list[str]) -> Disagreement | None:
    """Adds a batch to a line; the worst row if it is not within what is allowed."""
    nan = np.isnan(answer.score)
    # The root of a square that rounding has made negative stands for zero, with the error of a root there.
    theirs = np.where(nan, 0.0, answer.score)
    # Scores are float32: what is beyond it is infinite.
    theirs = np.where(theirs > F32_MAX, np.inf, theirs)
    finite = np.isfinite(theirs) & np.isfinite(scores)

    promised = promise(line.check, batch, np.maximum(theirs, 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        allowed = np.where(finite, promised + answer.error, 0.0)
        difference = np.where(theirs == scores, 0.0, np.abs(scores - theirs))
        relative = np.where(difference == 0, 0.0, difference / np.maximum(np.abs(scores), np.abs(theirs)))
        # Infinities match or they do not, and a score that is no number never does.
        fraction = np.where(finite, difference / allowed, np.where(theirs == scores, 0.0, np.inf))
    compared = finite & ~nan & (answer.error <= SMALL * promised)
    untold = finite & ~compared

    line.compared += int(compared.sum())
    line.infinite += int((np.isinf(theirs) & (theirs == scores)).sum())
    line.untold += int(untold.sum())
    line.nans += int(nan.sum())
    line.wrong += int((fraction > 1).sum())
    relative = relative[compared & (promised <= RELATIVE * theirs)]
    line.worst_relative = max(line.worst_relative, float(relative.max(initial=0)))
    line.worst_fraction = max(line.worst_fraction, float(fraction[~untold].max(initial=0)))
    line.worst_untold = max(line.worst_untold, float(difference[untold].max(initial=0)))

    row = int(np.argmax(fraction))
    if fraction[row] <= 1:
        return None
    ours, peers = float(scores[row]), float(answer.score[row])
    return Disagreement(line, batch.name, row, ours, peers, float(allowed[row]), float(fraction[row]), called)


def compared_lines(kullback: Kullback, seed: int, skip_f64: bool) -> tuple[list[Line], list[Disagreement]]:
    """Runs everything."""
    lines: dict[tuple[Check, str, str], Line] = {}
    found = []
    for batch in batches(seed):
        if skip_f64 and batch.p.stored.dtype == np.float64:
            continue
        print(f"{batch.name}: {len(batch.p.stored)} rows", file=sys.stderr, flush=True)
        kullback.write(batch)
        pair = pair_of(batch)
        # Two ways of SciPy to one measure need its scores once.
        known: dict[tuple[str, str], Array] = {}
        for check in CHECKS:
            for unit in check.units:
                asked = (check.title(), unit)
                if asked not in known:
                    known[asked] = kullback.scores(batch, check, unit)
                line = lines.setdefault((check, unit, batch.kind), Line(check, unit, batch.kind))
                answer = check.answer(pair, 2.0 if unit == "bits" else None)
                called = kullback.arguments(batch, check, unit)
                disagreement = compare(line, batch, known[asked], answer, called)
                if disagreement:
                    found.append(disagreement)
    # Measure by measure, in the order of the list above.
    return sorted(lines.values(), key=lambda line: (CHECKS.index(line.check), line.unit != "nats")), found


def print_table(lines: list[Line]) -> None:
    heads = ["measure", "unit", "rows of", "SciPy's", "compared", "both inf", "cannot tell", "NaN"]
    heads += ["worst relative", "of allowed", "worst untold"]
    table = [heads, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in table) for column in range(len(heads))]
    for row in table:
        cells = [
            cell.ljust(width) if column < 4 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ]
        print("  ".join(cells).rstrip())


def verdict(lines: list[Line], disagreements: list[Disagreement]) -> int:
    """Prints what it comes to; the exit code."""
    compared, infinite = sum(line.compared for line in lines), sum(line.infinite for line in lines)
    untold, nans = sum(line.untold for line in lines), sum(line.nans for line in lines)
    furthest = max(lines, key=lambda line: line.worst_untold)
    print(f"\n{compared} scores compared, {infinite} infinite on both sides.")
    print(
        f"{untold} scores of which SciPy cannot tell, {nans} of them NaN there; the worst difference is"
        f" {furthest.worst_untold:.1e}, in {furthest.check.title()} of {furthest.kind}."
    )
    code = 0
    for line in lines:
        if line.shows_too_little():
            print(f"Too few scores to show anything: {line.name()} of {line.kind}, by {line.check.peer}")
            code = 1
    if disagreements:
        worst = max(disagreements, key=lambda disagreement: disagreement.fraction)
        wrong = sum(line.wrong for line in lines)
        print(f"{wrong} scores disagree (--keep FOLDER leaves the files in place). The worst is {worst}")
        code = 1
    if code == 0:
        print("SciPy agrees.")
    return code


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kullback", metavar="PATH", help="the built command; otherwise Cargo builds and runs it")
    parser.add_argument("--seed", type=int, default=1, help="what rows are drawn from, 0 or more [default: 1]")
    parser.add_argument("--backend", default="cpu", help="backend of kullback [default: cpu]")
    parser.add_argument("--adapter", metavar="SUBSTRING", help="GPU adapter of kullback, software or not")
    parser.add_argument("--keep", metavar="FOLDER", type=pathlib.Path, help="folder for the files, which then stay")
    arguments = parser.parse_args()
    if arguments.seed < 0:
        parser.error("--seed is 0 or more")

    command = ["cargo", "run", "--release", "--quiet", "--"]
    if arguments.kullback:
        found = shutil.which(arguments.kullback)
        if found is None:
            parser.error(f"--kullback {arguments.kullback}: there is no such command")
        command = [str(pathlib.Path(found).absolute())]
    options = ["--backend", arguments.backend]
    if arguments.adapter:
        options += ["--adapter", arguments.adapter]
    # Rows of float64 are scored on the CPU alone.
    skip_f64 = arguments.backend == "gpu" or arguments.adapter is not None

    with tempfile.TemporaryDirectory(prefix="scipy_agrees_") as temporary:
        folder = pathlib.Path(temporary)
        if arguments.keep:
            folder = arguments.keep.resolve()
            folder.mkdir(parents=True, exist_ok=True)
        kullback = Kullback(command, options, folder)
        try:
            theirs = f"SciPy {scipy.__version__}, NumPy {np.__version__}, Python {platform.python_version()}"
            print(f"{kullback.run(['--version'])}, {' '.join(options)}; {theirs}; seed {arguments.seed}")
            lines, disagreements = compared_lines(kullback, arguments.seed, skip_f64)
        except Unusable as problem:
            print(problem, file=sys.stderr)
            return 2
    if skip_f64:
        print("Rows of float64 are left out: kullback scores them on the CPU alone.")
    print()
    print_table(lines)
    return verdict(lines, disagreements)


if __name__ == "__main__":
    sys.exit(main())
