"""What is asked about a pair of rows, and the file that it is written to."""

from itertools import cycle, islice

from mpmath import mpf, workdps

from generators import BREGMAN, F, bregman, f_divergence
from measures import (
    RAW, Distribution, bins_of, digits_for, measured, raw_bins_of, score_of, smoothed,
    top1_agreement, written
)
from rows import hexed

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
ALSO = [
    "jeffreys",
    "js-distance",
    "hellinger",
    "hellinger-squared",
    "bhattacharyya",
    "chi2",
    "neyman",
    "triangular",
    "entropy",
]
FURTHER = [
    "jeffreys bits exact",
    "js-distance nats smoothed:0.001",
    "entropy nats smoothed:0.001",
    "renyi:0.5 bits exact",
    "chi2 nats smoothed:1e-10",
    "bhattacharyya bits exact",
    "alpha:0.5 nats smoothed:0.001",
    "neyman nats smoothed:0.001",
    "renyi:inf nats smoothed:1e-10",
    "entropy bits exact",
    "hellinger nats smoothed:1e-10",
    "tsallis:2 nats smoothed:0.001",
    "js-distance bits exact",
    "triangular nats smoothed:1e-10",
    "renyi:0 nats smoothed:1e-10",
    "alpha:-1 nats smoothed:1e-10",
    "jeffreys nats smoothed:1e-10",
    "renyi:2 bits exact",
    "hellinger-squared nats smoothed:0.001",
    "tsallis:0 nats smoothed:0.001",
    "bhattacharyya nats smoothed:1e-10",
    "alpha:3 nats smoothed:0.001",
    "renyi:0 bits exact",
    "chi2 nats smoothed:1e-30",
    "entropy bits smoothed:1e-10",
    "renyi:3 nats smoothed:0.001",
    "js-distance:1 nats exact",
    "neyman nats smoothed:1e-10",
    "renyi:inf bits exact",
    "hellinger nats smoothed:0.001",
    "tsallis:0.5 nats smoothed:1e-10",
    "jeffreys bits smoothed:0.001",
    "alpha:0 nats smoothed:0.001",
    "renyi:0.999999 bits exact",
    "triangular nats smoothed:0.001",
    "renyi:0.5 nats smoothed:1e-10",
    "hellinger-squared nats smoothed:1000",
    "alpha:1 nats smoothed:1e-10",
    "bhattacharyya bits smoothed:0.001",
    "chi2 nats smoothed:0.001",
    "js-distance bits smoothed:1e-10",
    "tsallis:1.5 nats smoothed:1e-10",
    "renyi:1 bits exact",
    "js-distance:0 bits exact",
]
ORDERS = ["0", "1e-06", "0.1", "0.25", "0.5", "0.75", "0.999999", "0.9999999", "1",
          "1.000000000001", "1.000001", "1.5", "2", "3", "10", "100", "10000"]
BELOW_ZERO = ["-1e-06", "-0.5", "-1", "-3", "-20"]
# What has an order, or the weight of a distance. The shuffle keeps what stands together apart.
POWERS = [f"renyi:{a}" for a in [*ORDERS, "inf"]]
POWERS += [f"tsallis:{a}" for a in ORDERS]
POWERS += [f"alpha:{a}" for a in ORDERS + BELOW_ZERO]
POWERS += [f"js-distance:{w}" for w in ("0.25", "1e-06", "0.9999999")]
POWERS = [f"{POWERS[23 * i % len(POWERS)]} nats exact" for i in range(len(POWERS))]
LONG = [f"{m} nats exact" for m in [*ALSO, "renyi:0.5", "tsallis:3", "alpha:-1", "renyi:inf",
                                    "renyi:2", "tsallis:0.5", "alpha:0.25", "renyi:0.999999"]]


class Turns:
    """Takes what is asked in turn, so that every pair of rows is asked something else."""

    def __init__(self):
        lists = {"more": MORE, "powers": POWERS, "further": FURTHER, "long": LONG, "raw": RAW}
        self.turns = {name: cycle(cases) for name, cases in lists.items()}

    def take(self, name, count):
        return islice(self.turns[name], count)


ALL = len(MORE)
EVERY = len(POWERS)


class File:
    def __init__(self):
        self.lines = []
        self.names = set()
        self.turns = Turns()
        self.cases = 0

    def pair(self, name, p, q, asked=4, powers=None, long=0, cases=()):
        """Adds a pair that is asked every measure without a parameter; `powers` of those with one,
        and `asked` and more of other parameters, units and supports, all of them in turn;
        and `cases`. A long row, for which `long` is not 0, is asked the plain measures, and of the
        others `long` in turn."""
        if powers is None:
            powers = min(2 * asked + 3, 14)
        wanted = [f"{m} nats exact" for m in PLAIN]
        wanted += self.turns.take("more", asked)
        if long:
            wanted += self.turns.take("long", long)
        else:
            wanted += [f"{m} nats exact" for m in ALSO]
            wanted += self.turns.take("powers", powers)
            wanted += self.turns.take("further", min(asked, 4))
        raw = list(RAW) if not long else list(self.turns.take("raw", 1))
        self.ask(name, p, q, [*wanted, *cases], raw)

    def raw(self, name, p, q):
        """Adds a pair of weights for the measures that normalise nothing."""
        rows = ("weights", hexed(p)), ("weights", hexed(q))
        self.ask(name, *rows, self.turns.take("powers", 3), RAW)

    def ask(self, name, p, q, cases, raw):
        """Adds a pair that is asked `cases`, and the measures `raw` where both rows are weights."""
        self.begin(name, p, q)
        with workdps(digits_for(p[0], q[0])):
            self.score(Distribution(*p), Distribution(*q), cases, raw)

    def own(self, name, p, q):
        """Adds a pair that is asked the divergences of generators."""
        self.begin(name, p, q)
        p, q = Distribution(*p), Distribution(*q)
        bins = bins_of(p, q)
        for own in F:
            self.line(f"{own} nats exact", score_of(f_divergence(own, bins)))
        own = list(F)[len(self.names) % len(F)]
        few = list(smoothed(bins, mpf(0.001)))
        self.line(f"{own} nats smoothed:0.001", score_of(f_divergence(own, few)))
        raw_bins = raw_bins_of(p, q)
        for own in BREGMAN if raw_bins else ():
            self.line(f"{own} nats exact", score_of(bregman(own, raw_bins)))

    def begin(self, name, p, q):
        assert name not in self.names, name
        self.names.add(name)
        self.lines += ["", f"pair {name}", f"p {' '.join(p)}", f"q {' '.join(q)}"]

    def score(self, p, q, cases, raw):
        supports = {"exact": bins_of(p, q)}
        for case in dict.fromkeys(cases):
            measure, unit, support = case.split()
            if support not in supports:
                eps = mpf(float(support.partition(":")[2]))
                supports[support] = list(smoothed(supports["exact"], eps))
            self.line(case, measured(measure, unit, supports[support]))
        self.line("top1-agreement nats exact", top1_agreement(p, q))
        raw_bins = raw_bins_of(p, q)
        for measure in raw if raw_bins else ():
            self.line(f"{measure} nats exact", RAW[measure](raw_bins))

    def line(self, case, score):
        self.lines.append(f"{case} {written(score)}")
        self.cases += 1

    def write(self, path):
        head = "# Written by make.py, which says how to read this. Do not edit."
        path.write_text("\n".join([head, *self.lines]) + "\n")
        print(f"{path.name}: {len(self.names)} pairs, {self.cases} cases, "
              f"{path.stat().st_size} bytes")
