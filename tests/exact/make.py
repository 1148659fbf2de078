"""Writes values.txt: pairs of rows with their exact scores, from arbitrary precision.

    pip install mpmath numpy
    python make.py

Everything is computed here from the definitions, in 80 digits and in the plainest form, so that it
shares no idea with what it checks. The file reads as follows; `#` starts a comment.

    pair NAME
    p ENCODING[:TEMPERATURE] SEGMENT...
    q ENCODING[:TEMPERATURE] SEGMENT...
    MEASURE UNIT SUPPORT SCORE          one line a case; SCORE is `inf` or a decimal number

A segment is one of
    HEX            f32 bits, eight digits a value
    HEX*COUNT      the same values COUNT times over
    ~SEED:LOW:SPAN:COUNT            COUNT values with the bits LOW + floor(x SPAN / 2^32), x from
                                    xorshift32 (13, 17, 5) started at SEED, LOW in hexadecimal
    ~SEED:LOW:SPAN:COUNT+SEED2:J    the same with floor(y (2 J + 1) / 2^32) - J added to the bits, y
                                    from a second xorshift32 started at SEED2
"""

from collections import Counter
from pathlib import Path

import numpy as np
from mpmath import exp, inf, isinf, log, mp, mpf, nstr

mp.dps = 80

LINEAR = ("probabilities", "weights")
LOGARITHMIC = ("log-probabilities", "logits")
ENCODINGS = LINEAR + LOGARITHMIC
SIZES = (1, 2, 3, 4, 5, 7, 16, 33, 100, 1000, 1024, 4099)

# ---------------------------------------------------------------------------- segments


def hexed(values):
    """Values as one explicit segment."""
    bits = np.asarray(values, dtype=np.float32).view(np.uint32)
    return "".join(f"{b:08x}" for b in bits)


def repeated(values, count):
    """Values as one segment, `count` times over."""
    return f"{hexed(values)}*{count}"


def xorshift(seed):
    x = seed
    while True:
        x ^= (x << 13) & 0xFFFFFFFF
        x ^= x >> 17
        x ^= (x << 5) & 0xFFFFFFFF
        yield x


def expand(segment):
    """The bits that a segment stands for."""
    if segment[0] != "~":
        digits, _, count = segment.partition("*")
        block = [int(digits[i : i + 8], 16) for i in range(0, len(digits), 8)]
        return block * int(count or 1)
    main, _, jitter = segment[1:].partition("+")
    seed, low, span, count = main.split(":")
    low, span, count = int(low, 16), int(span), int(count)
    draw = xorshift(int(seed))
    bits = [low + (next(draw) * span >> 32) for _ in range(count)]
    if jitter:
        seed, reach = map(int, jitter.split(":"))
        draw = xorshift(seed)
        bits = [b + (next(draw) * (2 * reach + 1) >> 32) - reach for b in bits]
    return bits


def floats(segments):
    bits = [b for s in segments.split() for b in expand(s)]
    return np.array(bits, dtype=np.uint32).view(np.float32)


# ---------------------------------------------------------------------------- exact scores


class Distribution:
    """The distribution of a row: for each distinct bit pattern, mass and logarithm."""

    def __init__(self, encoding, segments):
        kind, _, temperature = encoding.partition(":")
        t = mpf(float(temperature or 1))
        self.bits = [b for s in segments.split() for b in expand(s)]
        counts = Counter(self.bits)
        value = {b: stored(b) for b in counts}
        if kind in LINEAR:
            total = sum(c * value[b] for b, c in counts.items())
            self.mass = {b: v / total for b, v in value.items()}
            self.log = {b: log(m) if m else -inf for b, m in self.mass.items()}
            claimed = total
        else:
            top = max(value.values())
            z = sum(c * exp((value[b] - top) / t) for b, c in counts.items() if value[b] != -inf)
            filled = {b: not isinf(v) for b, v in value.items()}
            self.log = {b: (v - top) / t - log(z) if filled[b] else -inf for b, v in value.items()}
            self.mass = {b: exp(v) if filled[b] else mpf(0) for b, v in self.log.items()}
            claimed = z * exp(top / t)
        if kind in ("probabilities", "log-probabilities"):
            assert abs(claimed - 1) < mpf("9.99e-4"), (encoding, nstr(claimed, 10))


def stored(bits):
    """The number that f32 bits stand for: subnormals count as zero."""
    if bits & 0x7F800000 == 0:
        return mpf(0)
    return mpf(float(np.uint32(bits).view(np.float32)))


def bins_of(p, q):
    """(count, p, q, ln p, ln q) of each distinct bin."""
    assert len(p.bits) == len(q.bits)
    return [
        (count, p.mass[a], q.mass[b], p.log[a], q.log[b])
        for (a, b), count in Counter(zip(p.bits, q.bits)).items()
    ]


def smoothed(bins, eps):
    total = 1 + sum(bin[0] for bin in bins) * eps
    for count, p, q, _, _ in bins:
        p, q = (p + eps) / total, (q + eps) / total
        yield count, p, q, log(p), log(q)


def divergence(bins):
    """sum p ln(p/q); `bins` need only hold (count, p, ln p, ln q)."""
    score = mpf(0)
    for count, p, ln_p, ln_q in bins:
        if not isinf(ln_p):
            if isinf(ln_q):
                return inf
            score += count * p * (ln_p - ln_q)
    return score


def jensen_shannon(bins, w):
    if w in (0, 1):
        return mpf(0)
    from_p, from_q = [], []
    for count, p, q, ln_p, ln_q in bins:
        if isinf(ln_p) and isinf(ln_q):
            continue
        m = log(w * p + (1 - w) * q)
        from_p.append((count, p, ln_p, m))
        from_q.append((count, q, ln_q, m))
    return w * divergence(from_p) + (1 - w) * divergence(from_q)


def nats(measure, bins):
    name, _, weight = measure.partition(":")
    if name == "kl":
        return divergence((c, p, lp, lq) for c, p, q, lp, lq in bins)
    if name == "reverse-kl":
        return divergence((c, q, lq, lp) for c, p, q, lp, lq in bins)
    if name == "js":
        return jensen_shannon(bins, mpf(float(weight or 0.5)))
    if name == "tv":
        return sum(c * abs(p - q) for c, p, q, _, _ in bins) / 2
    if name == "cross-entropy":
        return divergence((c, p, mpf(0), lq) for c, p, q, lp, lq in bins if not isinf(lp))
    raise ValueError(measure)


def written(score):
    if isinf(score):
        return "inf"
    # What is left of equal distributions is the rounding of 80 digits.
    return nstr(score, 25) if score > mpf("1e-60") else "0"


# ---------------------------------------------------------------------------- what is asked

PLAIN = ["kl", "reverse-kl", "js", "tv", "cross-entropy"]
MORE = [
    "kl bits exact",
    "js:0.25 nats exact",
    "kl nats smoothed:1e-10",
    "cross-entropy nats smoothed:0.001",
    "js:1e-06 nats exact",
    "reverse-kl nats smoothed:0.001",
    "cross-entropy bits exact",
    "js nats smoothed:1e-10",
    "tv nats smoothed:0.001",
    "js bits exact",
    "reverse-kl bits exact",
    "js:1 nats exact",
    "kl bits smoothed:0.001",
    "cross-entropy nats smoothed:1e-10",
    "js:0.9999999 nats exact",
    "js:0.25 bits smoothed:0.001",
    "reverse-kl nats smoothed:1e-10",
    "js:0 nats exact",
    "tv nats smoothed:1e-10",
]


class File:
    def __init__(self):
        self.lines = []
        self.names = set()
        self.next = 0

    def pair(self, name, p, q, asked=4):
        """Adds a pair; `asked` cases beside the plain ones, taken in turn."""
        assert name not in self.names, name
        self.names.add(name)
        (p_encoding, p_row), (q_encoding, q_row) = p, q
        bins = bins_of(Distribution(p_encoding, p_row), Distribution(q_encoding, q_row))
        self.lines += ["", f"pair {name}", f"p {p_encoding} {p_row}", f"q {q_encoding} {q_row}"]
        cases = [f"{m} nats exact" for m in PLAIN]
        for _ in range(asked):
            cases.append(MORE[self.next % len(MORE)])
            self.next += 1
        for case in cases:
            measure, unit, support = case.split()
            rows = bins
            if support != "exact":
                rows = list(smoothed(bins, mpf(float(support.partition(":")[2]))))
            score = nats(measure, rows)
            if unit == "bits":
                score /= log(2)
            self.lines.append(f"{case} {written(score)}")

    def write(self, path):
        head = "# Written by make.py, which says how to read this. Do not edit."
        path.write_text("\n".join([head, *self.lines]) + "\n")
        print(f"{len(self.names)} pairs, {path.stat().st_size} bytes")


ALL = len(MORE)

# ---------------------------------------------------------------------------- rows


def log_softmax(logs):
    top = np.max(logs)
    return logs - top - np.log(np.sum(np.exp(logs - top)))


def encoded(encoding, logs, rng):
    """Logarithms of a distribution (f64, -inf for zero) as a row of an encoding."""
    kind = encoding.partition(":")[0]
    logs = log_softmax(np.asarray(logs, dtype=np.float64))
    if kind == "probabilities":
        row = np.exp(logs)
    elif kind == "weights":
        row = np.exp(logs) * 10.0 ** rng.uniform(-6, 9)
    elif kind == "log-probabilities":
        row = logs
    else:
        row = logs * float(encoding.partition(":")[2] or 1) + rng.uniform(-20, 20)
    return encoding, hexed(row)


def with_zeros(logs, *places):
    logs = np.array(logs)
    logs[list(places)] = -np.inf
    return logs


def bits_of(value):
    return int(np.float32(value).view(np.uint32))


def generated(kind, k, seed, jitter=None):
    """A long row by a generator; `jitter` is (seed, reach in units in the last place)."""
    tail = "" if jitter is None else f"+{jitter[0]}:{jitter[1]}"

    def segment(low, span):
        return f"~{seed}:{low:08x}:{span}:{k}{tail}"

    if kind == "weights":
        return kind, segment(bits_of(1e-3), bits_of(1e6) - bits_of(1e-3))
    if kind == "logits":
        return kind, segment(bits_of(1.0), bits_of(16.0) - bits_of(1.0))
    # These must sum to 1: slide the range until they do.
    span = 1 << 23 if kind == "probabilities" else 1 << 21
    low, high = (bits_of(0.05 / k), bits_of(1)) if kind == "probabilities" else (
        bits_of(-0.1), bits_of(-100)
    )
    while low < high:
        middle = (low + high) // 2
        values = floats(segment(middle, span)).astype(np.float64)
        rising = values.sum() < 1 if kind == "probabilities" else np.exp(values).sum() > 1
        low, high = (middle + 1, high) if rising else (low, middle)
    return kind, segment(low, span)


# ---------------------------------------------------------------------------- the pairs


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
                file.pair(f"{p}/{q}/{name}", *pair, asked=4)


def temperatures(file, rng):
    a = rng.normal(0, 3, 33)
    near = a + 1e-4 * rng.normal(0, 1, 33)
    for t in ("0.5", "0.7", "2", "10", "0.1", "1e-06", "1e+06"):
        encoding = f"logits:{t}"
        file.pair(f"temperature/{t}/near", (encoding, hexed(a)), (encoding, hexed(near)), 6)
        file.pair(f"temperature/{t}/shifted", (encoding, hexed(a)), (encoding, hexed(a + 1000)))
    for s, t in (("1", "2"), ("0.7", "1.3"), ("2", "2.0001"), ("1", "1.000001"), ("1e-06", "1e+06")):
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
            file.pair(f"logits/shift{shift:g}/k{k}", ("logits", hexed(a)), ("logits", hexed(b)))
            c = (a + np.float32(1e-3) * rng.normal(0, 1, k).astype(np.float32)) + np.float32(shift)
            file.pair(f"logits/shift{shift:g}/k{k}/near", ("logits", hexed(a)), ("logits", hexed(c)))
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
    one = repeated([1], k)
    block = rng.uniform(0.5, 1.5, 64).astype(np.float32)
    close = block * (1 + 1e-4 * rng.normal(0, 1, 64)).astype(np.float32)
    pairs = {
        "equal-terms": ((w, one), (w, f"{repeated([1], k // 2)} {repeated([1.25], k // 2)}")),
        "equal-terms-near": ((w, one), (w, f"{repeated([1], k // 2)} {repeated([1.00001], k // 2)}")),
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
        file.pair(f"long/{name}", *pair, 5)
    k = 50257
    file.pair("vocabulary/near", generated(z, k, 77), generated(z, k, 77, (78, 100)), 1)
    file.pair("vocabulary/far", generated(z, k, 77), generated(z, k, 79), 1)
    file.pair("vocabulary/weights", generated(w, 65537, 5), generated(w, 65537, 5, (6, 3000)), 1)


def main():
    rng = np.random.default_rng(1951)
    file = File()
    for pairs in (sweep, zeros, temperatures, shifts, linear_traps, log_traps, mixed_traps, long_rows):
        pairs(file, rng)
    file.write(Path(__file__).with_name("values.txt"))


if __name__ == "__main__":
    main()
