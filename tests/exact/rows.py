"""Rows as make.py writes them: bits of numbers, segments, encodings."""

import numpy as np
from mpmath import mpf

LINEAR = ("probabilities", "weights")
LOGARITHMIC = ("log-probabilities", "logits")
ENCODINGS = LINEAR + LOGARITHMIC
# The hexadecimal digits of a value, and how far sums may be from 1.
ELEMENTS = {"f32": (8, 1e-3), "f16": (4, 2e-2), "bf16": (4, 2e-2), "f64": (16, 1e-3)}

# ---------------------------------------------------------------------------- bits


def bits_in(values, element):
    """The bits of values rounded to an element type."""
    values = np.asarray(values, dtype=np.float64)
    if element == "f64":
        return values.view(np.uint64)
    if element == "f16":
        return values.astype(np.float16).view(np.uint16)
    bits = values.astype(np.float32).view(np.uint32)
    if element == "bf16":
        wide = bits.astype(np.uint64)
        bits = (wide + 0x7FFF + (wide >> 16 & 1)) >> 16
    return bits


def stored(bits, element):
    """The number that bits stand for. Subnormals count as zero, but for f16, where they are
    normal numbers once widened."""
    if element == "f16":
        return mpf(float(np.uint16(bits).view(np.float16)))
    if element == "f64":
        return mpf(float(np.uint64(bits).view(np.float64))) if bits >> 52 & 0x7FF else mpf(0)
    if element == "bf16":
        bits <<= 16
    return mpf(float(np.uint32(bits).view(np.float32))) if bits >> 23 & 0xFF else mpf(0)


# ---------------------------------------------------------------------------- segments


def hexed(values, element="f32"):
    """Values as one explicit segment."""
    digits, _ = ELEMENTS[element]
    return "".join(f"{b:0{digits}x}" for b in bits_in(values, element))


def repeated(values, count, element="f32"):
    """Values as one segment, `count` times over."""
    return f"{hexed(values, element)}*{count}"


def xorshift(seed):
    x = seed
    while True:
        x ^= (x << 13) & 0xFFFFFFFF
        x ^= x >> 17
        x ^= (x << 5) & 0xFFFFFFFF
        yield x


def expand(segment, width=8):
    """The bits that a segment stands for, `width` digits a value."""
    if segment[0] != "~":
        digits, _, count = segment.partition("*")
        block = [int(digits[i : i + width], 16) for i in range(0, len(digits), width)]
        return block * int(count or 1)
    assert width == 8
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


# ---------------------------------------------------------------------------- rows to choose from


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
