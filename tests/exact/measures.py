"""The definitions, in the plainest form and in so many digits that this is good enough."""

from collections import Counter

from mpmath import exp, inf, isinf, log, mp, mpf, nstr, sqrt

from rows import ELEMENTS, LINEAR, expand, stored

mp.dps = 80


def digits_for(*encodings):
    """How many digits pairs of these encodings take: logits of f64 may be 1e308, and what matters
    is their difference times an order."""
    return 500 if any("@f64" in encoding for encoding in encodings) else 80


# ---------------------------------------------------------------------------- rows


class Distribution:
    """The distribution of a row: for each distinct bit pattern, value, mass and logarithm."""

    def __init__(self, encoding, segments):
        kind, _, temperature = encoding.partition(":")
        kind, _, element = kind.partition("@")
        element = element or "f32"
        width, tolerance = ELEMENTS[element]
        t = mpf(float(temperature or 1))
        self.bits = [b for s in segments.split() for b in expand(s, width)]
        counts = Counter(self.bits)
        value = {b: stored(b, element) for b in counts}
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
            # Not on the edge, which rounding of the sum could cross.
            assert abs(claimed - 1) < 0.999 * tolerance, (encoding, nstr(claimed, 10))
        self.value = value if kind == "weights" else None
        row = [value[b] for b in self.bits]
        # The first of the largest, as numpy.argmax has it.
        self.peak = row.index(max(row))


# ---------------------------------------------------------------------------- exact scores
#
# Bins are (count, p, q, ln p, ln q), one for each distinct pair of values. That a bin is zero shows
# in its logarithm.


def bins_of(p, q):
    """The bins of two distributions."""
    assert len(p.bits) == len(q.bits)
    return [
        (count, p.mass[a], q.mass[b], p.log[a], q.log[b])
        for (a, b), count in Counter(zip(p.bits, q.bits)).items()
    ]


def raw_bins_of(p, q):
    """(count, p, q) of each distinct bin, not normalised; None unless both rows are weights."""
    if p.value is None or q.value is None:
        return None
    pairs = Counter(zip(p.bits, q.bits)).items()
    return [(count, p.value[a], q.value[b]) for (a, b), count in pairs]


def smoothed(bins, eps):
    total = 1 + sum(bin[0] for bin in bins) * eps
    for count, p, q, _, _ in bins:
        p, q = (p + eps) / total, (q + eps) / total
        yield count, p, q, log(p), log(q)


def exchanged(bins):
    return [(count, q, p, ln_q, ln_p) for count, p, q, ln_p, ln_q in bins]


def divergence(bins):
    """sum p ln(p/q); `bins` need only hold (count, p, ln p, ln q)."""
    score = mpf(0)
    for count, p, ln_p, ln_q in bins:
        if not isinf(ln_p):
            if isinf(ln_q):
                return inf
            score += count * p * (ln_p - ln_q)
    return score


def kullback_leibler(bins):
    return divergence((c, p, lp, lq) for c, p, q, lp, lq in bins)


def reverse_kullback_leibler(bins):
    return kullback_leibler(exchanged(bins))


def jeffreys(bins):
    return kullback_leibler(bins) + reverse_kullback_leibler(bins)


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


def power_sum(bins, a):
    """sum p^a q^(1-a): for a >= 1 infinite at p > 0 = q, for a <= 0 at q > 0 = p.

    Order 0 leaves out what is zero in P, as renyi and tsallis want it."""
    total = mpf(0)
    for count, _, _, ln_p, ln_q in bins:
        if isinf(ln_p) or isinf(ln_q):
            beyond_p = isinf(ln_p) and not isinf(ln_q) and a < 0
            beyond_q = isinf(ln_q) and not isinf(ln_p) and a > 1
            if beyond_p or beyond_q:
                return inf
        else:
            total += count * exp(a * ln_p + (1 - a) * ln_q)
    return total


def largest_log_ratio(bins):
    return max(lp - lq if not isinf(lq) else inf for _, _, _, lp, lq in bins if not isinf(lp))


def renyi(bins, a):
    if a == 1:
        return kullback_leibler(bins)
    if isinf(a):
        return largest_log_ratio(bins)
    total = power_sum(bins, a)
    return log(total) / (a - 1) if total else inf


def tsallis(bins, a):
    if a == 1:
        return kullback_leibler(bins)
    return (power_sum(bins, a) - 1) / (a - 1)


def alpha(bins, a):
    if a == 1:
        return kullback_leibler(bins)
    if a == 0:
        return reverse_kullback_leibler(bins)
    return (power_sum(bins, a) - 1) / (a * (a - 1))


def squared_hellinger(bins):
    return sum(c * (sqrt(p) - sqrt(q)) ** 2 for c, p, q, _, _ in bins) / 2


def bhattacharyya(bins):
    overlap = sum(c * sqrt(p * q) for c, p, q, _, _ in bins)
    return -log(overlap) if overlap else inf


def total_variation(bins):
    return sum(c * abs(p - q) for c, p, q, _, _ in bins) / 2


def pearson(bins):
    """sum (p - q)^2 / q"""
    if any(isinf(lq) and not isinf(lp) for _, _, _, lp, lq in bins):
        return inf
    return sum(c * (p - q) ** 2 / q for c, p, q, _, lq in bins if not isinf(lq))


def neyman(bins):
    return pearson(exchanged(bins))


def triangular(bins):
    return sum(c * (p - q) ** 2 / (p + q) for c, p, q, _, _ in bins if p or q)


def cross_entropy(bins):
    return divergence((c, p, mpf(0), lq) for c, p, q, lp, lq in bins if not isinf(lp))


def entropy(bins):
    return -sum(c * p * lp for c, p, _, lp, _ in bins if not isinf(lp))


def generalised_kullback_leibler(raw):
    """sum p ln(p/q) - p + q"""
    score = mpf(0)
    for count, p, q in raw:
        if p and not q:
            return inf
        score += count * (p * log(p / q) - p + q if p else q)
    return score


def itakura_saito(raw):
    """sum p/q - ln(p/q) - 1"""
    if any((p == 0) != (q == 0) for _, p, q in raw):
        return inf
    return sum(c * (p / q - log(p / q) - 1) for c, p, q in raw if p)


def squared_euclidean(raw):
    return sum(c * (p - q) ** 2 for c, p, q in raw) / 2


def top1_agreement(p, q):
    return mpf(p.peak == q.peak)


SIMPLE = {
    "kl": kullback_leibler,
    "reverse-kl": reverse_kullback_leibler,
    "jeffreys": jeffreys,
    "hellinger-squared": squared_hellinger,
    "bhattacharyya": bhattacharyya,
    "tv": total_variation,
    "chi2": pearson,
    "neyman": neyman,
    "triangular": triangular,
    "cross-entropy": cross_entropy,
    "entropy": entropy,
}
WITH_PARAMETER = {"js": jensen_shannon, "renyi": renyi, "tsallis": tsallis, "alpha": alpha}
RAW = {
    "generalized-kl": generalised_kullback_leibler,
    "itakura-saito": itakura_saito,
    "squared-euclidean": squared_euclidean,
}
ROOTS = {"js-distance": "js", "hellinger": "hellinger-squared"}
LOGARITHMS = ("kl", "reverse-kl", "jeffreys", "js", "renyi", "bhattacharyya", "cross-entropy",
              "entropy")


def nats(measure, bins):
    """The score of a measure that is no root."""
    name, _, parameter = measure.partition(":")
    if name in SIMPLE:
        score = SIMPLE[name](bins)
    else:
        score = WITH_PARAMETER[name](bins, mpf(float(parameter or 0.5)))
    return score_of(score)


def score_of(score):
    """What is left of equal distributions is the rounding of the last digits."""
    return score if score > mpf("1e-60") else mpf(0)


def measured(measure, unit, bins):
    name, colon, parameter = measure.partition(":")
    if name in ROOTS:
        squared = measured(ROOTS[name] + colon + parameter, unit, bins)
        return sqrt(squared)
    score = nats(measure, bins)
    if unit == "bits":
        assert name in LOGARITHMS, measure
        score /= log(2)
    return score


def written(score):
    if isinf(score):
        return "inf"
    return nstr(score, 25) if score else "0"
