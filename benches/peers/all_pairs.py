"""Times all pairs by SciPy, NumKong and NumPy on the CPU, beside what `cargo bench --bench all_pairs` times.

Needs the environment that run.py makes:

    target/peers/venv/bin/python benches/peers/all_pairs.py

Rows are probabilities of K = 256 drawn apart. NumPy's KL is what one writes by hand: entropies less a product in float32.
"""

import statistics
import time

import numkong
import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import rel_entr

BINS = 256
DRAW = np.random.default_rng(1)


def rows(count: int) -> np.ndarray:
    values = DRAW.exponential(size=(count, BINS)).astype(np.float32)
    return values / values.sum(axis=1, keepdims=True)


def kl_by_product(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    return (p * np.log(p)).sum(axis=1)[:, None] - p @ np.log(q).T


def kl_by_numkong(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    return np.asarray(numkong.cdist(p, q, "kullbackleibler"))


def js_by_numkong(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    return np.asarray(numkong.cdist(p, q, "jensenshannon"))


def js_by_scipy(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    return cdist(p, q, "jensenshannon")


def milliseconds(score, p: np.ndarray, q: np.ndarray, repetitions: int) -> float:
    """The median, after one run that is not counted."""
    times = []
    for _ in range(repetitions + 1):
        start = time.perf_counter()
        score(p, q)
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times[1:])


def main() -> None:
    small, large = (rows(512), rows(512)), (rows(4096), rows(4096))
    print("js by SciPy, 512 x 512:", milliseconds(js_by_scipy, *small, 3))
    for name, score in [
        ("js by NumKong", js_by_numkong),
        ("kl by NumKong", kl_by_numkong),
        ("kl by NumPy and a product in float32", kl_by_product),
    ]:
        print(f"{name}, 512 x 512:", milliseconds(score, *small, 7))
        print(f"{name}, 4096 x 4096:", milliseconds(score, *large, 3))
    p, q = small
    exact = rel_entr(p[:, None].astype(float), q[None].astype(float)).sum(axis=2)
    for name, score in [("NumKong", kl_by_numkong), ("NumPy", kl_by_product)]:
        worst = np.max(np.abs(score(p, q) - exact) / exact)
        print(f"largest relative error of kl by {name}: {worst:.1e}")


if __name__ == "__main__":
    main()
