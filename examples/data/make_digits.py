"""Makes digits_p.npy, digits_q.npy and digits_labels.npy: handwritten digits, their blurred reconstruction, and which
digit each shows.

Needs numpy and scikit-learn, which carries the data set; writes beside itself:

    python3 make_digits.py
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

# Few enough that the reconstruction is visibly blurred, enough that the digit can be told.
COMPONENTS = 10

# Mass below this is a leftover of rounding: one grey level of one pixel is 1e-3 or more.
LEFTOVER = 1e-6


def normalised(rows: np.ndarray) -> np.ndarray:
    """Each row divided by its sum, in float64."""
    return rows / rows.sum(axis=1, keepdims=True)


def reconstructed(rows: np.ndarray, components: int) -> np.ndarray:
    """Each row from the first principal components, clipped at zero and normalised again."""
    mean = rows.mean(axis=0)
    _, _, axes = np.linalg.svd(rows - mean, full_matrices=False)
    axes = axes[:components]
    blurred = mean + (rows - mean) @ axes.T @ axes
    return normalised(np.where(blurred < LEFTOVER, 0.0, blurred))


def check(p: np.ndarray, q: np.ndarray) -> None:
    """What the README says of the files."""
    for rows in (p, q):
        assert rows.dtype == np.float32 and rows.shape == (1797, 64)
        assert rows.flags.c_contiguous and (rows >= 0).all()
        assert np.abs(rows.sum(axis=1, dtype=np.float64) - 1).max() < 1e-6
    infinite = ((p > 0) & (q == 0)).any(axis=1).sum()
    assert 0 < infinite < len(p)
    print(f"KL is infinite in {infinite} of {len(p)} rows")


def main() -> None:
    digits = load_digits()
    pixels = digits.data.astype(np.float64)
    p = normalised(pixels)
    q = reconstructed(p, COMPONENTS)
    p, q = p.astype(np.float32), q.astype(np.float32)
    check(p, q)
    here = Path(__file__).parent
    np.save(here / "digits_p.npy", p)
    np.save(here / "digits_q.npy", q)
    np.save(here / "digits_labels.npy", digits.target.astype(np.uint8))


if __name__ == "__main__":
    main()
