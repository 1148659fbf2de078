"""The rows that are scored: pairs of distributions from a fixed seed, as each encoding stores them."""

from __future__ import annotations

import dataclasses
import mmap
import pathlib

import numpy as np

Array = np.ndarray

SEED = 1
# Near pairs have a KL of about this much, from row to row.
NEAR_KL = (1e-5, 1e-4)
# Float64 values that are made at a time.
PART = 1 << 21


@dataclasses.dataclass(frozen=True)
class Operands:
    """P and Q as they are stored, little-endian float32."""

    p: Array
    q: Array

    def nbytes(self) -> int:
        return self.p.nbytes + self.q.nbytes

    def write(self, folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
        """Files that hold nothing but the values."""
        paths = folder / "p.f32", folder / "q.f32"
        for path, values in zip(paths, (self.p, self.q)):
            values.tofile(path)
        return paths


@dataclasses.dataclass(frozen=True)
class OddRows:
    """Pairs that are scored outside of all timing, one sort behind the other."""

    operands: Operands
    far: slice
    zero_in_q: slice
    zero_in_p: slice


def checked_rows(k: int) -> int:
    """Of how many rows of a sort the exact score is computed."""
    return 24 if k <= 1024 else 4


def near(encoding: str, k: int, mib: int) -> Operands:
    """Distinct pairs of near rows that fill so much memory."""
    rng = np.random.default_rng([SEED, k, 0])
    rows = (mib << 18) // k
    p, q = memory(rows, k), memory(rows, k)
    step = max(1, PART // k)
    for start in range(0, rows, step):
        part = slice(start, min(start + step, rows))
        logits = drawn(rng, part.stop - part.start, k)
        # Logits that are uniformly off by up to w/2 give a KL of w^2/24.
        wanted = 10 ** rng.uniform(*np.log10(NEAR_KL), (len(logits), 1))
        moved = logits + np.sqrt(24 * wanted) * (rng.random(logits.shape) - 0.5)
        p[part], q[part] = stored(logits, encoding), stored(moved, encoding)
    return Operands(p, q)


def odd(encoding: str, k: int) -> OddRows:
    """Pairs that have nothing to do with one another: as they are, with a zero in Q alone, with one in P alone."""
    rng = np.random.default_rng([SEED, k, 1])
    count, zeros = checked_rows(k), 4
    far, zero_in_q = slice(0, count), slice(count, count + zeros)
    zero_in_p = slice(count + zeros, count + 2 * zeros)
    p, q = drawn(rng, zero_in_p.stop, k), drawn(rng, zero_in_p.stop, k)
    q[zero_in_q, k // 2] = -np.inf
    p[zero_in_p, k // 2] = -np.inf
    operands = Operands(memory(*p.shape), memory(*q.shape))
    operands.p[:], operands.q[:] = stored(p, encoding), stored(q, encoding)
    return OddRows(operands, far, zero_in_q, zero_in_p)


def drawn(rng: np.random.Generator, rows: int, k: int) -> Array:
    """Logits, of which the largest probability of a row is some twenty times the smallest."""
    return 3 * (rng.random((rows, k)) - 0.5)


def stored(logits: Array, encoding: str) -> Array:
    if encoding == "logits":
        return logits.astype(np.float32)
    masses = np.exp(logits)
    return (masses / masses.sum(1, keepdims=True)).astype(np.float32)


def memory(rows: int, k: int) -> Array:
    """Memory for a matrix as the worker's: it begins at a cache line and lies in small pages.

    NumPy would ask the system for huge ones, which Rust and PyTorch do not.
    """
    return np.frombuffer(mmap.mmap(-1, rows * k * 4), "<f4").reshape(rows, k)
