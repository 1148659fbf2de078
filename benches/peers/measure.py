"""Checks and times all contenders, interleaved, and prints the tables. `run.py` starts it, with the worker's path."""

from __future__ import annotations

import dataclasses
import datetime
import json
import math
import os
import pathlib
import platform
import random
import shlex
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import TypeVar

import gmpy2
import numpy as np

import exact
import options
import report
import rows
from contenders import Contender, Worker, everyone
from contenders.contender import Run
from options import Options, Task, Unusable
from rows import Array, Operands

Result = TypeVar("Result")

# Runtimes keep their threads awake for a while after their work. None shall take a processor from the next contender.
PAUSE = 0.01
# A contender that is further off on far rows does not compute the measure: its figure is withheld.
GROSS = 0.1


@dataclasses.dataclass
class Outcome:
    """What one contender did on one set of rows."""

    contender: Contender
    seconds: list[float] = dataclasses.field(default_factory=list)
    # Largest relative errors.
    near: float = math.nan
    far: float = math.nan
    # Of all scores of the timed rows.
    negative: int = 0
    nan: int = 0
    # Of rows with a zero in one of both: what came out, and the largest relative error.
    zero_in_q: str = ""
    zero_in_p: str = ""
    zeros: float = math.nan
    # Why there is no figure, if there is none.
    wrong: str | None = None

    def rate(self, size: int) -> float | None:
        """Bytes of P and Q, each once, in a second."""
        return None if self.wrong else size / statistics.median(self.seconds)


@dataclasses.dataclass(frozen=True)
class Measured:
    """All contenders on one set of rows."""

    k: int
    encoding: str
    rows: int
    size: int
    outcomes: list[Outcome]

    def roof(self) -> tuple[float, str]:
        """The highest rate of all that read these rows, and whose it is."""
        rates = [(o.rate(self.size), o.contender.name) for o in self.outcomes if not o.wrong]
        return max(rates, default=(math.nan, "none"))


class Truth:
    """Exact scores of some of the rows, for each task on them."""

    def __init__(self, tasks: list[Task], near: Operands, odd: rows.OddRows) -> None:
        self.odd = odd
        self.sample = np.linspace(0, len(near.p) - 1, min(rows.checked_rows(near.p.shape[1]), len(near.p))).astype(int)

        def scores(task: Task, p: Array, q: Array) -> list[gmpy2.mpfr]:
            return exact.scores(task, p.tolist(), q.tolist())

        self.near_scores = {task.name: scores(task, near.p[self.sample], near.q[self.sample]) for task in tasks}
        self.odd_scores = {task.name: scores(task, odd.operands.p, odd.operands.q) for task in tasks}

    def look_at_odd(self, outcome: Outcome, scores: Array) -> None:
        wanted = self.odd_scores[outcome.contender.task]
        outcome.far = exact.worst_error(scores[self.odd.far], wanted[self.odd.far])
        zeros = slice(self.odd.zero_in_q.start, self.odd.zero_in_p.stop)
        outcome.zeros = exact.worst_error(scores[zeros], wanted[zeros])
        outcome.zero_in_q = described(scores[self.odd.zero_in_q], wanted[self.odd.zero_in_q])
        outcome.zero_in_p = described(scores[self.odd.zero_in_p], wanted[self.odd.zero_in_p])

    def look_at_near(self, outcome: Outcome, scores: Array) -> None:
        outcome.near = exact.worst_error(scores[self.sample], self.near_scores[outcome.contender.task])
        outcome.negative = int((scores < 0).sum())
        outcome.nan = int(np.isnan(scores).sum())


def described(found: Array, wanted: list[gmpy2.mpfr]) -> str:
    """What came out of rows with a zero, in a word or as the largest relative error."""
    if np.isnan(found).any():
        return "NaN"
    if gmpy2.is_infinite(wanted[0]):
        return "inf" if np.isposinf(found).all() else "finite"
    error = exact.worst_error(found, wanted)
    return report.error(error) if math.isfinite(error) else "inf"


def verdict(outcome: Outcome, task: Task) -> str | None:
    """Why this contender's output is no such score, if so."""
    if outcome.contender.promises:
        worst = max(outcome.near, outcome.far, outcome.zeros)
        if worst <= task.promise and outcome.negative == outcome.nan == 0:
            return None
        return f"error of {worst:.1e}, {outcome.negative} scores negative, {outcome.nan} NaN"
    return None if outcome.far <= GROSS else f"far rows are off by {outcome.far:.1e}"


def measured(tasks: list[Task], k: int, contenders: list[Contender], chosen: Options) -> Measured:
    """One set of rows, which all tasks of an encoding share."""
    encoding = tasks[0].encoding
    near, odd = rows.near(encoding, k, chosen.mib), rows.odd(encoding, k)
    truth = Truth(tasks, near, odd)
    by_name = {task.name: task for task in tasks}
    outcomes = [Outcome(c) for c in contenders if c.task is None or c.task in by_name]
    scoring = [outcome for outcome in outcomes if outcome.contender.task]

    for outcome in scoring:
        run = attempted(outcome, lambda outcome=outcome: prepared(outcome.contender, odd.operands))
        if run is not None:
            truth.look_at_odd(outcome, run.scores())
    runs: list[tuple[Outcome, Run]] = []
    for outcome in outcomes:
        run = attempted(outcome, lambda outcome=outcome: prepared(outcome.contender, near))
        if run is not None:
            runs.append((outcome, run))
    # Another order in each round, so that nobody always follows the same one.
    order = random.Random(rows.SEED)
    for _ in range(chosen.rounds):
        for outcome, run in order.sample(runs, len(runs)):
            time.sleep(PAUSE)
            seconds = attempted(outcome, run.seconds)
            if seconds is not None:
                outcome.seconds.append(seconds)
    for outcome, run in runs:
        if outcome.contender.task and not outcome.wrong:
            truth.look_at_near(outcome, run.scores())
            outcome.wrong = verdict(outcome, by_name[outcome.contender.task])
    return Measured(k, encoding, len(near.p), near.nbytes(), outcomes)


def prepared(contender: Contender, operands: Operands) -> Run:
    """Ready and run once."""
    run = contender.prepare(operands)
    run.seconds()
    return run


def attempted(outcome: Outcome, action: Callable[[], Result]) -> Result | None:
    """Whatever one contender cannot do, the others are still measured."""
    if outcome.wrong:
        return None
    try:
        return action()
    except Exception as problem:
        outcome.wrong = f"{type(problem).__name__}: {problem}".splitlines()[0][:160]
        return None


def all_measured(contenders: list[Contender], chosen: Options) -> list[Measured]:
    found = []
    for encoding in dict.fromkeys(task.encoding for task in chosen.tasks):
        tasks = [task for task in chosen.tasks if task.encoding == encoding]
        for k in chosen.bins:
            print(f"{', '.join(task.name for task in tasks)} at K = {k}", file=sys.stderr, flush=True)
            found.append(measured(tasks, k, contenders, chosen))
    return found


def raw(found: list[Measured]) -> list[dict[str, object]]:
    """Every repetition, for `--json`."""
    return [
        {
            "k": one.k,
            "encoding": one.encoding,
            "rows": one.rows,
            "bytes": one.size,
            "contenders": [
                {
                    "name": o.contender.name,
                    "version": o.contender.version,
                    "task": o.contender.task,
                    "formula": o.contender.formula,
                    "threads": o.contender.threads,
                    "seconds": o.seconds,
                    # No infinities or NaN in JSON.
                    "near_error": o.near if math.isfinite(o.near) else None,
                    "far_error": o.far if math.isfinite(o.far) else None,
                    "negative": o.negative,
                    "nan": o.nan,
                    "zero_in_q": o.zero_in_q,
                    "zero_in_p": o.zero_in_p,
                    "wrong": o.wrong,
                }
                for o in one.outcomes
            ],
        }
        for one in found
    ]


def chosen_contenders(worker: Worker, chosen: Options) -> list[Contender]:
    """Those that are asked for, and all plain sums: without them there is no roof."""
    found = everyone(worker)
    if chosen.only:
        wanted = [part.lower() for part in chosen.only]
        found = [c for c in found if c.task is None or any(part in c.name.lower() for part in wanted)]
    if not any(c.task in {task.name for task in chosen.tasks} for c in found):
        raise Unusable(f"--only {','.join(chosen.only)}: none of these computes what --measures asks for")
    return found


def main() -> int:
    worker_path, *arguments = sys.argv[1:]
    chosen = options.parsed(arguments)
    # Zeros are part of what is compared.
    np.seterr(all="ignore")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    try:
        with tempfile.TemporaryDirectory(dir=options.FOLDER, prefix="rows-") as folder:
            worker = Worker(pathlib.Path(worker_path), pathlib.Path(folder))
            found = all_measured(chosen_contenders(worker, chosen), chosen)
            worker.close()
        machine = report.Machine(
            date=datetime.date.today().isoformat(),
            cpu=report.cpu_model(),
            isa=worker.isa,
            cache=report.cache_size(),
            threads=worker.threads,
            system=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
            load=load,
            command=shlex.join(["python3", "benches/peers/run.py", *arguments]),
        )
        text = report.markdown(machine, chosen, found)
        print(text)
        if chosen.out:
            chosen.out.write_text(text, encoding="utf-8")
        if chosen.json:
            chosen.json.write_text(json.dumps(raw(found), indent=1) + "\n", encoding="utf-8")
    except (Unusable, OSError, MemoryError) as problem:
        print(problem or "there is not enough memory: give a smaller --mib", file=sys.stderr)
        return 2
    return 1 if any(outcome.wrong for one in found for outcome in one.outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
