"""The pairs of rows of values.txt."""

import numpy as np

from asked import ALL, EVERY
from rows import ENCODINGS, encoded, generated, hexed, log_softmax, repeated, with_zeros

SIZES = (1, 2, 3, 4, 5, 7, 16, 33, 100, 1000, 1024, 4099)


def sweep(file, rng):
    """Every pair of encodings, size and closeness."""
    closeness = [2.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 0.0]
    turn = 0
    for i, p in enumerate(ENCODINGS):
        for j, q in enumerate(ENCODINGS):
            explicit = SIZES[9 + (4 * i + j) % 3]
            for k in SIZES:
                sigma = closeness[turn % len(closeness)]
                turn += 1
                if k < 1000 or k == explicit:
                    logs = rng.normal(0, 2, k)
                    near = logs + sigma * rng.normal(0, 1, k)
                    pair = encoded(p, logs, rng), encoded(q, near, rng)
                    name = f"{p}/{q}/k{k}/sigma{sigma:g}"
                else:
                    reach = max(1, int(sigma / 2 * 2**23))
                    seeds = (turn, 1000 + turn if p == q else None)
                    if p == q:
                        pair = generated(p, k, turn), generated(q, k, turn, (seeds[1], reach))
                    else:
                        pair = generated(p, k, turn), generated(q, k, 5000 + turn)
                    name = f"{p}/{q}/k{k}/generated"
                file.pair(name, *pair, asked=3 if k < 1000 else 2)
            turn += 1


def zeros(file, rng):
    """Zeros on either side, for every pair of encodings."""
    for i, p in enumerate(ENCODINGS):
        for j, q in enumerate(ENCODINGS):
            k = (5, 33, 7)[(i + j) % 3]
            a = rng.normal(0, 2, k)
            b = a + 0.1 * rng.normal(0, 1, k)
            hot = np.full(k, -np.inf)
            first, last = hot.copy(), hot.copy()
            first[0], last[-1] = 0.0, 0.0
            half = range(k // 2), range(k // 2, k)
            shapes = {
                "zero-in-p": (with_zeros(a, 0, k - 1), b),
                "zero-in-q": (a, with_zeros(b, 1)),
                "zero-in-both": (with_zeros(a, 1, 2), with_zeros(b, 1, 2)),
                "zero-in-either": (with_zeros(a, 1, 2), with_zeros(b, 2, 3)),
                "disjoint": (with_zeros(a, *half[0]), with_zeros(b, *half[1])),
                "one-hot-equal": (first, first),
                "one-hot-apart": (first, last),
                "one-hot-p": (first, b),
                "one-hot-q": (a, last),
            }
            for name, (left, right) in shapes.items():
                pair = encoded(p, left, rng), encoded(q, right, rng)
                file.pair(f"{p}/{q}/{name}", *pair, asked=4, powers=9)


def temperatures(file, rng):
    a = rng.normal(0, 3, 33)
    near = a + 1e-4 * rng.normal(0, 1, 33)
    for t in ("0.5", "0.7", "2", "10", "0.1", "1e-06", "1e+06"):
        encoding = f"logits:{t}"
        file.pair(f"temperature/{t}/near", (encoding, hexed(a)), (encoding, hexed(near)), 6)
        file.pair(f"temperature/{t}/shifted", (encoding, hexed(a)), (encoding, hexed(a + 1000)))
    both = (("1", "2"), ("0.7", "1.3"), ("2", "2.0001"), ("1", "1.000001"), ("1e-06", "1e+06"))
    for s, t in both:
        pair = (f"logits:{s}", hexed(a)), (f"logits:{t}", hexed(a))
        file.pair(f"temperatures/{s}-{t}/same-logits", *pair, 6)
        scaled = hexed(a * float(t) / float(s))
        file.pair(f"temperatures/{s}-{t}/scaled", pair[0], (f"logits:{t}", scaled), 6)
    for other in ("probabilities", "weights", "log-probabilities"):
        for t in ("0.7", "2"):
            p, q = encoded(f"logits:{t}", a, rng), encoded(other, near, rng)
            file.pair(f"temperature/{t}/against-{other}", p, q)
            file.pair(f"temperature/{t}/of-{other}", q, p)
    rows = ("logits:3", hexed([0, 1])), ("logits:3", hexed([1e30, 1e30]))
    file.pair("temperature/3/constant-1e30", *rows, ALL)
    # More than f32 can hold: a stored score is +inf.
    rows = ("logits:1e-06", hexed([3e38, 0, 1])), ("logits:1e-06", hexed([0, 3e38, 1]))
    file.pair("temperature/1e-06/score-beyond-f32", *rows, ALL)


def shifts(file, rng):
    for shift in (10, -700, 1000, 1e5, 3e7):
        for k in (4, 33, 1000):
            a = rng.normal(0, 3, k).astype(np.float32)
            b = a + np.float32(shift)
            name = f"logits/shift{shift:g}/k{k}"
            file.pair(name, ("logits", hexed(a)), ("logits", hexed(b)))
            c = (a + np.float32(1e-3) * rng.normal(0, 1, k).astype(np.float32)) + np.float32(shift)
            file.pair(f"{name}/near", ("logits", hexed(a)), ("logits", hexed(c)))
    exact = np.array([0, 0.5, -3, 2, 1], dtype=np.float32)
    rows = ("logits", hexed(exact)), ("logits", hexed(exact + 1024))
    file.pair("logits/shift-without-rounding", *rows, ALL)


def linear_traps(file, rng):
    w = "weights"
    for k in (4, 64):
        p = rng.uniform(0.1, 1, k).astype(np.float32)
        for step in (2e-6, 1e-5, 1e-3):
            q = (1919.7 * p * (1 + step * rng.normal(0, 1, k))).astype(np.float32)
            file.pair(f"weights/mass-1919.7/k{k}/step{step:g}", (w, hexed(p)), (w, hexed(q)), 6)
    for excess in (9e-4, -9e-4):
        p = np.exp(log_softmax(rng.normal(0, 1, 64)))
        q = p * (1 + 1.4e-6 * rng.normal(0, 1, 64))
        rows = ("probabilities", hexed(p * (1 + excess))), ("probabilities", hexed(q))
        file.pair(f"probabilities/sum-off-by{excess:g}", *rows, ALL)
    few = {
        "1-1-against-1e30-1e-20": ([1, 1], [1e30, 1e-20]),
        "1e30-1e-20-against-1-1": ([1e30, 1e-20], [1, 1]),
        "four-of-3e38": ([3e38] * 4, [3e38] * 4),
        "four-of-3e38-against-ones": ([3e38] * 4, [1, 1, 1, 1.0001]),
        "four-of-3e38-near": ([3e38] * 4, [3e38, 3e38, 3.0003e38, 3e38]),
        "3-6-9-against-1-2-3": ([3, 6, 9], [1, 2, 3]),
        "1-2-3-against-7-14-21": ([1, 2, 3], [7, 14, 21]),
        "tenths-against-thirds-of-them": ([0.1, 0.2, 0.7], [0.3, 0.6, 2.1]),
        "1e25-beside-1e-20": ([1e25, 1e-20, 3], [1e25, 1e-19, 3]),
        "1e-20-alone-under-1e25": ([1e-20, 2e-20, 1e-20], [1e25, 1e-20, 1e25]),
        "smallest-normals": ([1.2e-38, 2.4e-38, 1.2e-38], [1, 2, 1]),
        "smallest-and-largest": ([1.2e-38, 3.4e38], [3.4e38, 1.2e-38]),
        "counts": ([1, 0, 1000000000, 17, 123456], [2, 5, 999999936, 17, 123457]),
        "counts-one-apart": ([10, 20, 30, 16777215], [10, 20, 30, 16777216]),
        "negative-zero-and-subnormal": ([-0.0, 1, 2, -1e-40, 1e-40], [0.0, 1, 3, 0, 0]),
        "subnormal-in-q": ([1, 2, 1e-30], [1, 2, 1e-40]),
        "subnormal-in-p": ([1, 2, 1e-40], [1, 2, 1e-30]),
        "label-at-the-argmax": ([1, 0, 0], [1, 1e-7, 1e-8]),
        "one-hot-but-1e-8": ([1, 1e-8], [1, 1e-8]),
        "alone": ([5], [7e-9]),
    }
    for name, (p, q) in few.items():
        file.pair(f"weights/{name}", (w, hexed(p)), (w, hexed(q)), ALL)
    for name, p in {"0.9995-alone": [0.9995], "0.9995-and-0": [0.9995, 0]}.items():
        rows = ("probabilities", hexed(p)), ("probabilities", hexed(np.sign(p)))
        file.pair(f"probabilities/{name}", *rows, ALL)
    rows = ("probabilities", hexed([1 - 2**-24, 1e-8])), ("probabilities", hexed([1, 2e-7]))
    file.pair("probabilities/almost-one-hot", *rows, ALL)
    file.pair("probabilities/bc-1e-10", ("probabilities", hexed([1, 1e-20, 0])),
              ("probabilities", hexed([1e-20, 1, 0])), ALL)
    for reach in (1, 2, 100, 10000, 10**6):
        file.pair(f"weights/ulps{reach}", generated(w, 257, 3), generated(w, 257, 3, (9, reach)), 6)


def log_traps(file, rng):
    z = "logits"
    rest = rng.normal(0, 1, 63)
    top = np.log(np.exp(rest).sum()) - 30
    a = np.concatenate([[top], rest])
    b = a + np.concatenate([[1.0], np.full(63, 2e-6)])
    b[1:] = (a[1:].astype(np.float32) + np.float32(2e-6)).astype(np.float64)
    few = {
        "first-of-mass-e-30": (a, b),
        "spread-1000": ([0, -1000, -1000], [-1400, 0, -1000]),
        "spread-1000-mirrored": ([-1400, 0, -1000], [0, -1000, -1000]),
        "1000-apart": ([0, -1000], [0, -1000.5]),
        "1000-apart-and-masked": ([0, -1000], [0, -np.inf]),
        "masked-against-1000-apart": ([0, -np.inf], [0, -1000]),
        "e-740-to-e-760": ([0, -740, -760, -100], [0, -760, -740, -101]),
        "label-at-the-argmax": ([0, -np.inf, -np.inf], [0, -16, -20]),
        "almost-one-hot": ([0, -17, -18], [0, -17.5, -16]),
        "all-far-below-zero": ([-3e5, -3e5 + 1], [-3e5, -3e5 + 0.9375]),
        "huge": ([3e38, -3e38, 3e38], [3e38, 3e38, -3e38]),
        "huge-equal": ([3e38, -3e38, 1], [3e38, -3e38, 1]),
        "huge-spread": ([0, 0, 1], [0, -3e38, 1]),
        "subnormal": ([1e-40, -1e-40, -0.0], [0, 0, 0]),
        "outlier-that-is-the-peak": ([5] + [0] * 99, [5.001] + [0] * 99),
        "1e-12-apart": ([0, 1e-12, 0], [0, 0, 1e-12]),
        "tiny-beside-the-peak": ([3, 1e-11, 2e-11], [3, 2e-11, 1e-11]),
        "tiny-beside-a-high-peak": ([20, 1e-6, 2e-6], [20, 2e-6, 1e-6]),
        "1e-7-apart": ([0, 0, 0, 0], [1e-7, -1e-7, 0, 0]),
        "alone": ([7], [-9]),
        "masked-beside-near": ([-np.inf, 1, 2, 3], [-np.inf, 1.0001, 2, 3]),
        "masked-only-in-p": ([-np.inf, 1, 2, 3], [-40, 1.0001, 2, 3]),
    }
    for name, (p, q) in few.items():
        file.pair(f"logits/{name}", (z, hexed(p)), (z, hexed(q)), ALL)
    lp = "log-probabilities"
    few = {
        "-90-against-170": ([0, -90], [0, -170]),
        "-170-against-90": ([0, -170], [0, -90]),
        "sum-off": ([-0.6925, -0.6925], [-0.6938, -0.6938]),
        "0-alone": ([9e-4], [-9e-4]),
    }
    for name, (p, q) in few.items():
        file.pair(f"log-probabilities/{name}", (lp, hexed(p)), (lp, hexed(q)), ALL)


def mixed_traps(file, rng):
    for k in (2, 16, 100, 1000):
        z = rng.normal(0, 3, k).astype(np.float32)
        softmax = np.exp(log_softmax(z.astype(np.float64)))
        p, q = ("probabilities", hexed(softmax)), ("logits", hexed(z))
        file.pair(f"mixed/softmax-of-q/k{k}", p, q, 6)
        file.pair(f"mixed/softmax-of-p/k{k}", q, p, 6)
        log_p = ("log-probabilities", hexed(np.log(softmax)))
        file.pair(f"mixed/log-of-q/k{k}", log_p, p, 6)
        file.pair(f"mixed/weights-and-log/k{k}", ("weights", hexed(softmax * 1e5)), log_p, 6)
    w, z = "weights", "logits"
    few = {
        "equal-exactly": ([1, 1, 1], [4, 4, 4]),
        "1e-12-apart": ([1, 1, 1], [0, 1e-12, 0]),
        "1e-7-apart": ([1, 1, 1 + 2**-23], [0, 0, 1e-7]),
        "extremes": ([1e30, 1e-20, 1], [69, -46, 0]),
        "underflow-in-q": ([1, 1e-20, 1], [0, -1000, 0]),
        "underflow-in-q-against-1e38": ([1e38, 1e-20, 1], [0, -1000, -5000]),
        "masked-beside-zero": ([0, 1, 2], [-np.inf, 0, 0.6931472]),
        "subnormal-against-masked": ([1e-40, 1, 2], [-np.inf, 0, 0.6931472]),
        "huge-logits": ([1, 2, 3], [3e38, -3e38, 3e38]),
    }
    for name, (p, q) in few.items():
        file.pair(f"mixed/{name}", (w, hexed(p)), (z, hexed(q)), ALL)
        file.pair(f"mixed/{name}/exchanged", (z, hexed(q)), (w, hexed(p)), ALL)
    for label in (0, 3):
        logits = rng.normal(0, 2, 10)
        logits[3] = 14
        hot = np.zeros(10)
        hot[label] = 1
        file.pair(f"mixed/label{label}", ("probabilities", hexed(hot)), (z, hexed(logits)), ALL)


def long_rows(file, rng):
    k = 1 << 20
    w, z = "weights", "logits"
    one, half = repeated([1], k), repeated([1], k // 2)
    block = rng.uniform(0.5, 1.5, 64).astype(np.float32)
    close = block * (1 + 1e-4 * rng.normal(0, 1, 64)).astype(np.float32)
    pairs = {
        "equal-terms": ((w, one), (w, f"{half} {repeated([1.25], k // 2)}")),
        "equal-terms-near": ((w, one), (w, f"{half} {repeated([1.00001], k // 2)}")),
        "equal": ((w, one), (w, repeated([3], k))),
        "of-3e38": ((w, repeated([3e38], k)), (w, repeated([3e38, 2.9e38], k // 2))),
        "one-bin-of-1": ((w, f"{hexed([1])} {repeated([1e-12], k - 1)}"), (w, one)),
        "one-bin-of-1-near": (
            (w, f"{hexed([1])} {repeated([1e-12], k - 1)}"),
            (w, f"{hexed([1])} {repeated([1.1e-12], k - 1)}"),
        ),
        "blocks": ((w, repeated(block, k // 64)), (w, repeated(close, k // 64))),
        "probabilities": (
            ("probabilities", repeated([2**-20], k)),
            ("probabilities", repeated([2**-20 * 1.001, 2**-20 * 0.999], k // 2)),
        ),
        "logits": ((z, repeated(np.log(block), k // 64)), (z, repeated(np.log(close), k // 64))),
        "logits-outlier": ((z, repeated([0], k)), (z, f"{repeated([0], k - 1)} {hexed([10])}")),
        "logits-peak": (
            (z, f"{repeated([0], k - 1)} {hexed([10])}"),
            (z, f"{repeated([0], k - 1)} {hexed([10.001])}"),
        ),
        "logits-masked": (
            (z, f"{repeated([0, -np.inf], k // 2)}"),
            (z, f"{repeated([0.001, -np.inf, 0, -np.inf], k // 4)}"),
        ),
        "mixed": ((w, repeated(block, k // 64)), (z, repeated(np.log(close), k // 64))),
        "log-probabilities": (
            ("log-probabilities", repeated([np.log(2**-20)], k)),
            ("probabilities", repeated([2**-20], k)),
        ),
    }
    for name, pair in pairs.items():
        file.pair(f"long/{name}", *pair, 5, long=4)
    k = 50257
    file.pair("vocabulary/near", generated(z, k, 77), generated(z, k, 77, (78, 100)), 1, long=3)
    file.pair("vocabulary/far", generated(z, k, 77), generated(z, k, 79), 1, long=3)
    rows = generated(w, 65537, 5), generated(w, 65537, 5, (6, 3000))
    file.pair("vocabulary/weights", *rows, 1, long=3)


def orders(file, rng):
    """Every order, on rows that are near, far, very far and partly zero."""
    encodings = ("probabilities", "weights", "log-probabilities", "logits", "logits:0.7")
    turn = 0
    for i, p in enumerate(encodings):
        for j, q in enumerate(encodings):
            if p != q and (i + j) % 2 == 0:
                continue
            k = (6, 12, 40)[turn % 3]
            a = rng.normal(0, 2, k)
            shapes = {
                "near": a + 1e-3 * rng.normal(0, 1, k),
                "nearer": a + 3e-6 * rng.normal(0, 1, k),
                "far": a + 3 * rng.normal(0, 1, k),
                "apart": 8 * rng.normal(0, 1, k),
                "zero-in-p": a + 0.1 * rng.normal(0, 1, k),
            }
            for name in list(shapes) if p == q else [list(shapes)[turn % len(shapes)]]:
                logs = with_zeros(a, 1) if name == "zero-in-p" else a
                pair = encoded(p, logs, rng), encoded(q, shapes[name], rng)
                file.pair(f"orders/{p}/{q}/{name}", *pair, 1, powers=EVERY)
            turn += 1


def nearest(file, rng):
    """Rows so near that squares are below 1e-10, for every pair of encodings."""
    for i, p in enumerate(ENCODINGS):
        for j, q in enumerate(ENCODINGS):
            k = (4, 64, 9)[(i + j) % 3]
            for step in (1e-5, 2e-6):
                a = rng.normal(0, 1, k)
                pair = encoded(p, a, rng), encoded(q, a + step * rng.normal(0, 1, k), rng)
                file.pair(f"nearest/{p}/{q}/{step:g}", *pair, 2, powers=11)


def power_traps(file, rng):
    """Ratios and overlaps far beyond f32."""
    z = "logits"
    none = -np.inf
    few = {
        "hundreds-apart": ([0, -300, -500], [-400, 0, -20]),
        "hundreds-apart-beside-near": ([0, -200, 1], [0.001, -210, 1]),
        "tiny-against-tinier": ([0, -90], [0, -170]),
        "40-each-way": ([0, -40], [-40, 0]),
        "200-each-way": ([0, -200], [-200, 0]),
        "2000-each-way": ([0, -2000, -7], [-2000, 0, -9]),
        "overlap-e-200-in-one-bin": ([0, -200, none], [none, -200, 0]),
        "overlap-e-80-in-one-bin": ([0, -80, none], [none, -80, 0]),
        "chi2-of-e-80": ([none, 0], [0, -80]),
        "one-far-bin-of-many": (rng.normal(0, 1, 99), [-95, *rng.normal(0, 1, 98)]),
    }
    for name, (p, q) in few.items():
        file.pair(f"powers/logits/{name}", (z, hexed(p)), (z, hexed(q)), 1, powers=32)
    w = "weights"
    few = {
        "3e38-against-1.2e-38": ([3e38, 1], [1.2e-38, 1]),
        "3e38-against-1e-38": ([3e38, 1e-38], [1e-38, 3e38]),
        "ratios-of-3e76": ([1.2e-38, 3e38, 1], [3e38, 1.2e-38, 1]),
        "tiny-q": ([1, 2, 1], [1, 2, 1e-30]),
        "tiny-p": ([1, 2, 1e-30], [1, 2, 1]),
        "tiny-against-tinier": ([1, 1e-25], [1, 1e-37]),
        "tinier-against-tiny": ([1, 1e-37], [1, 1e-25]),
        "tiny-near": ([1, 1e-30, 3], [1, 1.001e-30, 3]),
        "one-hot-beyond-the-maximum": ([0, 1], [1e5, 2.9e-34]),
        "one-hot-below-the-maximum": ([0, 1], [1e5, 3e-34]),
        "overlap-1e-60": ([1e30, 1e-30], [1e-30, 1e30]),
        "overlap-1e-30-in-one-bin": ([1, 1e-30, 0], [0, 1e-30, 1]),
        "overlap-1e-10": ([1, 1e-20], [0, 1]),
        "overlap-1-1e-7": ([1, 1e-14], [1, 0]),
        "last-of-many-below-the-maximum": ([1] * 32, [1e19] * 31 + [6e-19]),
        "sum-beyond-the-maximum": ([1] * 8, [1.3e19] * 4 + [1.5e-20] * 4),
    }
    for name, (p, q) in few.items():
        file.pair(f"powers/weights/{name}", (w, hexed(p)), (w, hexed(q)), 1, powers=32)
    few = {
        "to-logits/disjoint": (w, [1, 2, 0], z, [none, none, 0]),
        "to-logits/one-hot-beyond-the-maximum": (w, [0, 5], z, [0, -88.8]),
        "to-logits/overlap-e-200": (w, [1, 1e-30], z, [-200, 0]),
        "to-logits/tiny-against-tinier": (w, [1, 1e-30], z, [0, -160]),
        "to-logits/20-against-far": (w, [3, 1e-20, 2], z, [-90, 1, -300]),
        "of-logits/far": (z, [0, -400, -90], w, [1e-20, 1, 1.2e-38]),
        "of-log-probabilities/far": ("log-probabilities", [0, -400], "probabilities", [1.2e-38, 1]),
        "probabilities/far": ("probabilities", [1, 1.2e-38], "probabilities", [1.2e-38, 1]),
        "temperatures/far": ("logits:0.01", [0, -3, -9], "logits:0.02", [-7, 0, -1]),
    }
    for name, (p_as, p, q_as, q) in few.items():
        file.pair(f"powers/{name}", (p_as, hexed(p)), (q_as, hexed(q)), 1, powers=32)


def maxima(file, _):
    """Scores just below and just beyond the f32 maximum, which is e^88.7228."""
    hot, even = [-np.inf, 0], [0, 0]
    ends = {
        "chi2": (hot, [0, -88.72], [0, -88.73]),
        "neyman": (hot, [0, -88.72], [0, -88.73]),
        "tsallis:1.5": (even, [0, -178.1], [0, -178.16]),
        "tsallis:3": (hot, [0, -44.7], [0, -44.72]),
        "alpha:10": ([0, 0, 0], [0, 0, -10.885], [0, 0, -10.887]),
        "alpha:-3": (hot, [0, -30.4], [0, -30.41]),
        "tsallis:100": (even, [0.7135, -0.7135], [0.714, -0.714]),
        "alpha:10000": (even, [0.01072, -0.01072], [0.01073, -0.01073]),
    }
    for measure, (fixed, *others) in ends.items():
        for side, other in zip(("below", "beyond"), others):
            pair = [("logits", hexed(row)) for row in (fixed, other)]
            if measure in ("neyman", "alpha:-3"):
                pair.reverse()
            name = f"maxima/{measure}/{side}"
            file.pair(name, *pair, 1, powers=12, cases=[f"{measure} nats exact"])


def disjoint(file, _):
    """Rows without a common bin, where bounded measures reach their bounds."""
    rows = {
        "probabilities": ([0.25, 0.75, 0, 0], [0, 0, 1, 0]),
        "weights": ([3, 1e-20, 0, 0], [0, 0, 1e25, 7]),
        "log-probabilities": ([-0.6931472, -0.6931472, -np.inf], [-np.inf, -np.inf, 0]),
        "logits": ([20, -np.inf, -9], [-np.inf, -3, -np.inf]),
    }
    cases = ["js-distance bits exact", "js bits exact"]
    for encoding, (p, q) in rows.items():
        pair = (encoding, hexed(p)), (encoding, hexed(q))
        file.pair(f"disjoint/{encoding}", *pair, 1, powers=EVERY, cases=cases)


def entropies(file, rng):
    """Rows of P that are one-hot, nearly so, and uniform, against a uniform Q."""
    rest = 10.0 ** rng.uniform(-14, -9, 999)
    rows = {
        "one-hot": ("probabilities", [0, 0, 1, 0]),
        "one-hot-but-1e-8": ("probabilities", [1e-8, 1, 0]),
        "one-hot-but-1e-20": ("probabilities", [1e-20, 1]),
        "one-hot-within-the-tolerance": ("probabilities", [0.9995, 0, 0]),
        "almost-one-hot": ("probabilities", [1 - 2**-24, 2**-24]),
        "one-of-a-thousand": ("weights", [1, *rest]),
        "1e25-beside-1e-20": ("weights", [1e25, 1e-20, 1e-18]),
        "log-20": ("log-probabilities", [0, -20, -30]),
        "log-100": ("log-probabilities", [-100, 0]),
        "logits-17": ("logits", [0, -17, -18.5]),
        "logits-200": ("logits", [-200, 0, -np.inf]),
        "logits-at-0.1": ("logits:0.1", [3, 0.4, 1]),
        "logits-at-10": ("logits:10", [3, 0.4, 1]),
    }
    for k in (2, 3, 100, 1000, 4099):
        rows[f"uniform{k}"] = ("weights", [7] * k)
    rows["uniform-logits"] = ("logits", [5] * 33)
    rows["uniform-log-probabilities"] = ("log-probabilities", [-np.log(64)] * 64)
    cases = [f"entropy {unit} {support}" for unit in ("nats", "bits")
             for support in ("exact", "smoothed:1e-10", "smoothed:0.001")]
    for name, (encoding, row) in rows.items():
        alike = len(set(row)) == 1
        p = encoding, repeated(row[:1], len(row)) if alike else hexed(row)
        file.pair(f"entropy/{name}", p, ("weights", repeated([1], len(row))), 2, 4, cases=cases)


def counts(file, rng):
    """Counts up to 1e9, some of them 0."""
    for k in (10, 100, 1000):
        mean = 10 ** rng.uniform(-1, 9, k)
        p, q = np.floor(mean), np.floor(mean * (1 + rng.normal(0, 1, k) / np.sqrt(mean + 1)) + 0.5)
        rows = ("weights", hexed(p)), ("weights", hexed(np.abs(q)))
        file.pair(f"counts/k{k}", *rows, 4)
        file.pair(f"counts/k{k}/one-added", *(("weights", hexed(r + 1)) for r in (p, np.abs(q))), 4)


def raw_weights(file, rng):
    """Weights that are not normalised: at all scales, near, with zeros, and beyond f32."""
    few = {
        "equal": ([1, 2, 3e-20], [1, 2, 3e-20]),
        "zero-in-p": ([0, 2, 3], [1e-3, 2, 3.5]),
        "zero-in-q": ([1e-30, 2, 3], [0, 2, 3]),
        "zero-in-both": ([0, 2, 3, 0], [0, 2.5, 3, 0]),
        "zeros-that-are-subnormal": ([1e-40, 2, 3, -0.0], [-1e-40, 2, 3.1, 1e-39]),
        "subnormal-in-p": ([1e-40, 2], [5, 2]),
        "subnormal-in-q": ([5, 2], [1e-40, 2]),
        "disjoint": ([1, 0], [0, 1]),
        "alone": ([5], [7e-9]),
        "alone-near": ([5], [5.000001]),
        "3e38-against-1.2e-38": ([3e38, 1], [1.2e-38, 1]),
        "1.2e-38-against-3e38": ([1.2e-38, 1], [3e38, 1]),
        "three-of-3e38": ([3e38] * 3, [3e38, 2.9e38, 3.1e38]),
        "three-of-3e38-against-ones": ([3e38] * 3, [1, 1, 1]),
        "ones-against-three-of-3e38": ([1, 1, 1], [3e38] * 3),
        "square-just-below-the-maximum": ([2.6e19, 1], [0, 1]),
        "square-just-beyond-the-maximum": ([2.61e19, 1], [0, 1]),
        "ratio-just-below-the-maximum": ([3.4e19, 1], [1e-19, 1]),
        "ratio-just-beyond-the-maximum": ([3.41e19, 1], [1e-19, 1]),
        "logarithm-just-below-the-maximum": ([3.3e38, 1], [5.2e37, 1]),
        "logarithm-just-beyond-the-maximum": ([3.3e38, 1], [5e37, 1]),
        "masses-beyond-the-maximum-near": ([3.2e38, 3.3e38], [3.2001e38, 3.3001e38]),
        "1e25-beside-1e-20": ([1e25, 1e-20, 3], [1.0001e25, 1e-19, 3]),
        "smallest-normals": ([1.2e-38, 2.4e-38], [1.3e-38, 2.4e-38]),
        "far-and-near": ([1e-10, 1e10, 7], [1e10, 1e-10, 7.00001]),
    }
    for name, (p, q) in few.items():
        file.raw(f"raw/{name}", p, q)
    for scale in (1e-30, 1e-15, 1, 1e15, 1e30):
        for step in (1, 1e-3, 1e-6):
            p = scale * rng.uniform(0.5, 2, 20)
            q = p * np.exp(step * rng.normal(0, 1, 20))
            file.raw(f"raw/scale{scale:g}/step{step:g}", p, q)
    p = 10 ** rng.uniform(-20, 20, 1000)
    file.raw("raw/k1000/near", p, p * (1 + 1e-5 * rng.normal(0, 1, 1000)))
    file.raw("raw/k1000/far", p, 10 ** rng.uniform(-20, 20, 1000))


def ties(file, rng):
    """Bins that are equally large: the first of them is the peak."""
    for p in ENCODINGS:
        for q in ENCODINGS:
            ties = [encoded(p, np.log(row), rng) for row in ([1, 3, 3, 2], [3, 2, 3, 3])]
            alone = [encoded(q, np.log(row), rng) for row in ([2, 5, 1, 2], [1, 2, 5, 2], [5, 1, 2, 2])]
            for a, tie in enumerate(ties):
                for b, peak in enumerate(alone):
                    name = f"ties/{p}/{q}/{a}{b}"
                    file.ask(name, tie, peak, ["js nats exact"], [])


PAIRS = (sweep, zeros, temperatures, shifts, linear_traps, log_traps, mixed_traps, long_rows,
         orders, nearest, power_traps, maxima, disjoint, entropies, counts, raw_weights, ties)
