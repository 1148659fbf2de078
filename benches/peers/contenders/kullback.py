"""kullback, in a process of its own (`worker.rs`), on one thread and on all; its plain sums too."""

from __future__ import annotations

import pathlib
import subprocess

import numpy as np

from contenders.contender import Contender
from options import TASKS, Task, Unusable
from rows import Array, Operands


class Worker:
    """The process. It holds one pair of operands at a time."""

    def __init__(self, executable: pathlib.Path, folder: pathlib.Path) -> None:
        self.folder = folder
        self.loaded: Operands | None = None
        self.process = subprocess.Popen(
            [str(executable), "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.version, self.isa, threads = self.ask("about")
        self.threads = int(threads)

    def ask(self, *words: object) -> list[str]:
        """What it answers to a command."""
        try:
            self.process.stdin.write("\t".join(map(str, words)) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        outcome, *answer = self.process.stdout.readline().rstrip("\n").split("\t")
        if outcome != "ok":
            raise Unusable(f"kullback's worker: {' '.join(answer) or 'it ended'}")
        return answer

    def load(self, operands: Operands) -> None:
        if self.loaded is not operands:
            p, q = operands.write(self.folder)
            self.ask("load", operands.p.shape[1], p, q)
            self.loaded = operands

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class Scoring:
    """A measure, ready to be timed."""

    def __init__(self, worker: Worker, task: Task, threads: int, operands: Operands) -> None:
        worker.load(operands)
        self.worker = worker
        self.what = task.measure, task.encoding, threads

    def seconds(self) -> float:
        return float(self.worker.ask("score", *self.what)[0])

    def scores(self) -> Array:
        file = self.worker.folder / "scores.f32"
        self.worker.ask("save", *self.what, file)
        return np.fromfile(file, "<f4")


class Summing:
    """A plain sum, likewise."""

    def __init__(self, worker: Worker, order: str, operands: Operands) -> None:
        worker.load(operands)
        self.worker = worker
        self.command = "sum", order, worker.threads

    def seconds(self) -> float:
        return float(self.worker.ask(*self.command)[0])

    def scores(self) -> Array:
        return np.empty(0)


def contenders(worker: Worker) -> list[Contender]:
    version = f"kullback {worker.version} ({worker.isa})"
    found = []
    for task in TASKS.values():
        for threads in sorted({worker.threads, 1}, reverse=True):
            formula = f"scorer.request(&{task.measure}).score_into(p, q, &mut out), of {task.encoding}"
            found.append(
                Contender(
                    "kullback" if threads == worker.threads else "kullback, one thread",
                    version,
                    task.name,
                    formula,
                    threads,
                    lambda operands, task=task, threads=threads: Scoring(worker, task, threads, operands),
                    promises=True,
                )
            )
    for order in ("together", "in-turn"):
        found.append(
            Contender(
                f"sum, Rust, {order}",
                version,
                None,
                "f32 additions in vectors",
                worker.threads,
                lambda operands, order=order: Summing(worker, order, operands),
            )
        )
    return found
