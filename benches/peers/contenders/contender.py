"""What a contender is to the clock: something that can be run, and whose scores can be looked at afterwards."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from rows import Array, Operands

Scores = Any


class Run(Protocol):
    """Something on operands that are in its memory, ready to be timed."""

    def seconds(self) -> float:
        """Runs it once; the time that it took."""

    def scores(self) -> Array:
        """The scores of the last time."""


class InProcess:
    """A function of this process; `finish` makes an array of the scores where that is not the function's matter."""

    def __init__(self, call: Callable[[], Scores], finish: Callable[[Scores], Array] = np.asarray) -> None:
        self.call = call
        self.finish = finish
        self.last: Scores = None

    def seconds(self) -> float:
        # Its memory can be used again, as when a user drops the last scores.
        self.last = None
        start = time.perf_counter()
        self.last = self.call()
        return time.perf_counter() - start

    def scores(self) -> Array:
        return self.finish(self.last)


@dataclasses.dataclass(frozen=True)
class Contender:
    """One way to compute one task. A task of None is a plain sum, which tells what reading alone takes."""

    name: str
    version: str
    task: str | None
    # What it computes, as a user would write it.
    formula: str
    threads: int
    # Brings operands where it reads them, and compiles what is to be compiled; nothing of this is timed.
    prepare: Callable[[Operands], Run]
    # Whether every score must keep the task's promise, or only be recognisable as the measure's.
    promises: bool = False
