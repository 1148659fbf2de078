"""The pairs of rows of elements.txt."""

import numpy as np

from rows import ELEMENTS, ENCODINGS, LINEAR, LOGARITHMIC
from rows import bits_in, hexed, log_softmax, stored, with_zeros

NARROW = ("f16", "bf16")


def in_element(encoding, logs, element, rng):
    """Logarithms of a distribution as a row of an encoding and element type."""
    kind, _, temperature = encoding.partition(":")
    logs = log_softmax(np.asarray(logs, dtype=np.float64))
    if kind == "probabilities":
        row = np.exp(logs)
    elif kind == "weights":
        row = np.exp(logs - logs.max()) * 10 ** rng.uniform(0, 4)
    elif kind == "log-probabilities":
        row = logs + normalising_shift(logs, element)
    else:
        row = logs * float(temperature or 1) + rng.uniform(-5, 5)
    return word(encoding, element), hexed(row, element)


def word(encoding, element):
    kind, colon, temperature = encoding.partition(":")
    at = "" if element == "f32" else f"@{element}"
    return f"{kind}{at}{colon}{temperature}"


def normalising_shift(logs, element):
    """The least shift that makes rounded log-probabilities sum to 1 within the tolerance."""
    for shift in sorted(np.linspace(-0.02, 0.02, 81), key=abs):
        rounded = [float(stored(int(b), element)) for b in bits_in(logs + shift, element)]
        if abs(np.exp(rounded).sum() - 1) < 0.8 * ELEMENTS[element][1]:
            return shift
    raise ValueError(element)


def elements_of(places):
    """Pairs of element types, not both f32."""
    pairs = [(p, q) for p in ELEMENTS for q in ELEMENTS if (p, q) != ("f32", "f32")]
    return [pairs[place % len(pairs)] for place in places]


def sweep(file, rng):
    """Every pair of encodings in several pairs of element types, sizes and closenesses."""
    sizes = (3, 16, 100, 7, 33, 2, 300)
    closeness = (1e-2, 2.0, 1e-3, 1e-1, 1e-4)
    turn = 0
    for p in ENCODINGS:
        for q in ENCODINGS:
            for p_element, q_element in elements_of(range(turn, turn + 3)):
                k, sigma = sizes[turn % len(sizes)], closeness[turn % len(closeness)]
                logs = rng.normal(0, 2, k)
                near = logs + sigma * rng.normal(0, 1, k)
                rows = (in_element(at(p, turn), logs, p_element, rng),
                        in_element(at(q, turn // 2), near, q_element, rng))
                name = f"{rows[0][0]}/{rows[1][0]}/k{k}/sigma{sigma:g}"
                file.pair(name, *rows, 1, powers=5)
                turn += 1


def at(encoding, turn):
    """Logits at one of a few temperatures, any other encoding as it is."""
    return encoding + ("", ":0.7", ":3")[turn % 3] if encoding == "logits" else encoding


def zeros(file, rng):
    """Zeros, for every pair of encodings."""
    turn = 0
    for p in ENCODINGS:
        for q in ENCODINGS:
            (p_element, q_element), = elements_of([7 * turn])
            a = rng.normal(0, 1, 6)
            b = a + 0.1 * rng.normal(0, 1, 6)
            name, left, right = (
                ("zero-in-p", with_zeros(a, 0, 4), b),
                ("zero-in-q", a, with_zeros(b, 2)),
                ("zero-in-both", with_zeros(a, 1, 2), with_zeros(b, 1, 2)),
                ("disjoint", with_zeros(a, 0, 1, 2), with_zeros(b, 3, 4, 5)),
                ("one-hot-p", with_zeros(a, 0, 1, 2, 3, 4), b),
            )[turn % 5]
            rows = in_element(p, left, p_element, rng), in_element(q, right, q_element, rng)
            file.pair(f"{rows[0][0]}/{rows[1][0]}/{name}", *rows, 1, powers=5)
            turn += 1


def equal(file, rng):
    """Rows equal in bits."""
    for element in ("f16", "bf16", "f64"):
        for encoding in ENCODINGS:
            row = in_element(encoding, rng.normal(0, 2, 1000), element, rng)
            file.pair(f"{row[0]}/k1000/equal", row, row, 1, powers=5)


def near(file, rng):
    """f64 rows a few units in the last place apart; narrow rows that differ in one bin or two."""
    for encoding in (*ENCODINGS, "logits:0.7"):
        for step in (1e-14, 1e-9):
            logs = log_softmax(rng.normal(0, 1, 20))
            linear = encoding in LINEAR
            row = np.exp(logs) if linear else logs
            by = step * rng.normal(0, 1, 20)
            near = row * (1 + by) if linear else row + by
            rows = [(word(encoding, "f64"), hexed(r, "f64")) for r in (row, near)]
            file.pair(f"{rows[0][0]}/{step:g}-apart", *rows, 1, powers=5)
    for element in NARROW:
        for encoding in ENCODINGS:
            name, row = in_element(encoding, rng.normal(0, 1, 12), element, rng)
            last = f"{int(row[-4:], 16) + 1:04x}"
            first = f"{int(row[:4], 16) - 1:04x}"
            rows = (name, row), (name, first + row[4:-4] + last)
            file.pair(f"{name}/one-ulp-in-two-bins", *rows, 1, powers=5)


def rounded(file, rng):
    """One row against itself in a narrower element type or in another encoding."""
    for narrow, encodings in (("f32", ENCODINGS), ("f16", LINEAR), ("bf16", LOGARITHMIC)):
        for encoding in encodings:
            logs = rng.normal(0, 1, 50)
            wide = in_element(encoding, logs, "f64", rng)
            rows = wide, in_element(encoding, logs, narrow, rng)
            file.pair(f"{encoding}/f64-against-{narrow}", *rows, 1, powers=5)
        z = bits_in(rng.normal(0, 2, 50), narrow)
        numbers = [float(stored(int(b), narrow)) for b in z]
        logits = word("logits", narrow), hexed(numbers, narrow)
        softmax = word("probabilities", "f64"), hexed(np.exp(log_softmax(numbers)), "f64")
        file.pair(f"softmax-in-f64-of-{narrow}", softmax, logits, 1, powers=5)


def traps(file, _):
    """What is special about each element type: its zeros, its ends, its tolerance."""
    none = -np.inf
    few = {
        "f64": {
            "weights/1e200-and-1e-200": ([1e200, 1e-200, 1], [1e-200, 1, 1e200]),
            "weights/1e200-near": ([1e200, 2e200, 1e190], [1e200, 2e200 * (1 + 1e-9), 1e190]),
            "weights/1e-200-near": ([1e-200, 3e-200], [1e-200, 3.0000001e-200]),
            "weights/1e-45-is-not-zero": ([1e-45, 1], [1, 1]),
            "weights/subnormals-are-zero": ([1e-310, 1, 2, -0.0], [0, 1, 3, -1e-310]),
            "weights/q-subnormal-is-zero": ([1, 1, 2], [1e-310, 1, 3]),
            "weights/smallest-normals": ([2.3e-308, 4.6e-308], [1, 3]),
            "weights/four-of-1.7e308": ([1.7e308] * 4, [1.7e308, 1.6e308, 1.7e308, 1.7e308]),
            "weights/counts-to-2-53": ([2**53, 3, 0, 10**9], [2**53 - 1, 4, 0, 10**9 + 1]),
            "weights/3-6-9-against-1-2-3": ([3, 6, 9], [1, 2, 3]),
            "probabilities/1-and-1e-200": ([1, 1e-200], [1e-200, 1]),
            "probabilities/sum-off": ([0.50045, 0.50045], [0.4995501, 0.49955]),
            "log-probabilities/1e200-apart": ([0, -1e200], [0, -90]),
            "logits/1e200-apart": ([0, -1e200, 1], [0, -2e200, 1]),
            "logits/1e300": ([1e300, -1e300, 0], [1e300, 1e300, 0]),
            "logits/1e200-each-way": ([0, -1e200], [-1e200, 0]),
            "logits/1e10-added": ([0, 1, -2], [1e10, 1e10 + 1, 1e10 - 2 + 2e-6]),
            "logits/masked": ([none, 0, 1], [none, 1e-13, 1]),
        },
        "f16": {
            "weights/subnormals-are-not-zero": ([6e-8, 1, 2], [1.2e-7, 1, 2]),
            "weights/only-subnormals": ([6e-8, 1.2e-7], [1.2e-7, 6e-8]),
            "weights/negative-zero": ([-0.0, 1, 2], [0, 1, 3]),
            "weights/largest": ([65504] * 4, [65504, 65504, 65472, 65504]),
            "probabilities/sum-off": ([0.5095, 0.5095], [0.4905, 0.491]),
            "probabilities/one-hot-but-6e-8": ([1, 6e-8], [1, 1.2e-7]),
            "log-probabilities/sum-off": ([0.019, -10], [-0.019, none]),
            "logits/largest": ([65504, -65504, 65504], [65504, 65504, 65472]),
            "logits/subnormal": ([6e-8, 0, 1e-6], [0, 6e-8, -1e-6]),
        },
        "bf16": {
            "weights/subnormals-are-zero": ([1e-39, 1, 2, -0.0], [0, 1, 3, -1e-39]),
            "weights/q-subnormal-is-zero": ([1, 1, 2], [1e-39, 1, 2]),
            "weights/smallest-and-largest": ([1.2e-38, 3.3e38], [3.3e38, 1.2e-38]),
            "weights/four-of-3e38": ([3e38] * 4, [3e38, 3e38, 3.1e38, 3e38]),
            "probabilities/sum-off": ([0.508, 0.508], [0.49, 0.492]),
            "log-probabilities/far": ([0, -90], [0, -170]),
            "log-probabilities/sum-off": ([0.019, -10], [-0.019, none]),
            "logits/largest": ([3e38, -3e38, 3e38], [3e38, 3e38, -3e38]),
            "logits/200-each-way": ([0, -200], [-200, 0]),
            "logits/masked": ([none, 0, 1], [none, 0.01, 1]),
        },
    }
    for element, pairs in few.items():
        for name, (p, q) in pairs.items():
            kind = word(name.partition("/")[0], element)
            rows = (kind, hexed(p, element)), (kind, hexed(q, element))
            file.pair(f"{element}/{name}", *rows, 1, powers=8)
    few = {
        "label-in-f16": ("probabilities@f16", [0, 1, 0], "logits@bf16", [-3, 14, 1]),
        "label-in-bf16-against-f64": ("weights@bf16", [0, 1, 0], "logits@f64:2", [-3, 14, 1]),
        "one-hot-against-e-1e200": ("weights@f16", [0, 1], "logits@f64", [0, -1e200]),
        "1e200-against-f32": ("weights@f64", [1e200, 1e160], "weights", [3e38, 1]),
        "subnormal-of-both-kinds": ("weights@f16", [6e-8, 1], "weights@bf16", [1e-39, 1]),
        "far": ("log-probabilities@f64", [0, -400], "probabilities@bf16", [1.2e-38, 1]),
    }
    for name, (p_as, p, q_as, q) in few.items():
        file.pair(f"elements/{name}", row_of(p_as, p), row_of(q_as, q), 1, powers=8)


def row_of(encoding, values):
    element = encoding.partition(":")[0].partition("@")[2] or "f32"
    return encoding, hexed(values, element)


PAIRS = (sweep, zeros, equal, near, rounded, traps)
