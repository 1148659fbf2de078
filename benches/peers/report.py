"""The tables, as Markdown that can be read in a terminal."""

from __future__ import annotations

import dataclasses
import math
import pathlib
import platform
from typing import TYPE_CHECKING

from options import TASKS, Options, Task

if TYPE_CHECKING:
    from measure import Measured, Outcome

LEGEND = """\
- Rate: bytes of P and Q, each counted once, over the median time of a repetition; everything is repeated in
  interleaved rounds over the same values, in another order each round. Behind it the fraction of the roof: the highest
  rate of all that read these rows, plain sums and contenders of every table. So no fraction is above 1.
- Error: the largest relative one of some rows, against the divergence of the two normalised distributions that the
  float32 values stand for, computed with 128 bits; of near rows (KL of 1e-5 to 1e-4), then of far ones (unrelated).
  What does not normalise its rows is also charged for their sums not being 1 exactly.
- Negative, NaN: scores among all of the timed rows. Zero in Q, zero in P: what rows score that have one zero there
  alone; an infinite KL, if Q has it, and a finite score else, whose largest relative error is given."""


@dataclasses.dataclass(frozen=True)
class Machine:
    """Where and how the figures were made."""

    date: str
    cpu: str
    isa: str
    cache: str
    threads: int
    system: str
    load: float | None
    command: str


def markdown(machine: Machine, chosen: Options, found: list[Measured]) -> str:
    tasks = [task for task in TASKS.values() if task in chosen.tasks]
    lines = [f"# Peers on the CPU, {machine.date}", "", f"    {machine.command}", ""]
    lines += about(machine, chosen, found)
    for task in tasks:
        columns = [one for one in found if one.encoding == task.encoding]
        lines += ["", f"## {task.title}", ""]
        lines += rates(task, columns)
        lines += ["", "Largest relative error of near rows, of far rows:", ""]
        lines += errors(task, columns)
        lines += ["", "Signs and zeros, over all K:", ""]
        lines += signs(task, columns)
    lines += ["", "## What is what", "", *LEGEND.splitlines(), *formulas(tasks, found)]
    lines += missing(found)
    return "\n".join(lines) + "\n"


def about(machine: Machine, chosen: Options, found: list[Measured]) -> list[str]:
    versions = dict.fromkeys(o.contender.version for one in found for o in one.outcomes)
    load = "" if machine.load is None else f"; load average before the run {machine.load:.2f}"
    roofs = [one.roof()[0] / 1e9 for one in found]
    return [
        f"- {machine.cpu}, {threads(machine.threads)}, L3 cache {machine.cache}, kullback on {machine.isa}{load}",
        f"- {machine.system}; {', '.join(versions)}",
        f"- {chosen.mib} MiB an operand of float32, median of {chosen.rounds} interleaved repetitions",
        f"- roof, of each set of rows its own: {min(roofs):.1f} to {max(roofs):.1f} GB/s",
    ]


def rates(task: Task, columns: list[Measured]) -> list[str]:
    """Plain sums stand above the contenders."""
    table = [["GB/s, fraction of roof", *map(head, columns)], ["roof"]]
    table[-1] += [f"{one.roof()[0] / 1e9:.1f}" for one in columns]
    for name, outcomes in by_contender(columns, None) + by_contender(columns, task):
        cells = [rate(outcome, one) for outcome, one in zip(outcomes, columns)]
        table.append([name, *cells])
    return aligned(table)


def rate(outcome: Outcome, one: Measured) -> str:
    reached = outcome.rate(one.size)
    if reached is None:
        return "-"
    fraction = reached / one.roof()[0]
    return f"{reached / 1e9:.3g}, {fraction:{'.2f' if fraction >= 0.1 else '.3f'}}"


def errors(task: Task, columns: list[Measured]) -> list[str]:
    table = [["near, far", *map(head, columns)]]
    for name, outcomes in by_contender(columns, task):
        table.append([name, *(f"{error(o.near)}, {error(o.far)}" for o in outcomes)])
    return aligned(table)


def signs(task: Task, columns: list[Measured]) -> list[str]:
    table = [["", "scores", "negative", "NaN", "zero in Q", "zero in P"]]
    scores = sum(one.rows for one in columns)
    for name, outcomes in by_contender(columns, task):
        cells = [count(scores), count(sum(o.negative for o in outcomes)), count(sum(o.nan for o in outcomes))]
        table.append([name, *cells, several(o.zero_in_q for o in outcomes), several(o.zero_in_p for o in outcomes)])
    return aligned(table)


def several(outcomes: object) -> str:
    """What came out at the different K: words as they are, of errors the largest."""
    texts = [text for text in dict.fromkeys(outcomes) if text]
    words = [text for text in texts if not text[0].isdigit()]
    numbers = [text for text in texts if text[0].isdigit()]
    return ", ".join(words + ([max(numbers, key=float)] if numbers else []))


def by_contender(columns: list[Measured], task: Task | None) -> list[tuple[str, list[Outcome]]]:
    """Each contender of a task, or each sum, with its outcomes column by column."""
    wanted = None if task is None else task.name
    of = [[o for o in one.outcomes if o.contender.task == wanted] for one in columns]
    return [(row[0].contender.name, list(row)) for row in zip(*of)]


def formulas(tasks: list[Task], found: list[Measured]) -> list[str]:
    """What each contender computes."""
    contenders = {(o.contender.task, o.contender.name): o.contender for one in found for o in one.outcomes}
    lines = []
    for task, title in [(None, "Plain sums"), *((task.name, task.title) for task in tasks)]:
        lines += ["", f"{title}:", ""]
        for c in contenders.values():
            if c.task == task:
                lines.append(f"- {c.name} ({threads(c.threads)}): `{c.formula}`")
    return lines


def missing(found: list[Measured]) -> list[str]:
    """Why figures are missing."""
    lines = [
        f"- {o.contender.name}, {o.contender.task or 'sum'}, K = {one.k}: {o.wrong}"
        for one in found
        for o in one.outcomes
        if o.wrong
    ]
    return ["", "## No figure", "", *lines] if lines else []


def aligned(table: list[list[str]]) -> list[str]:
    """A table whose columns also stand below one another as plain text."""
    widths = [max(3, *(len(row[i]) for row in table)) for i in range(len(table[0]))]

    def line(row: list[str]) -> str:
        cells = (cell.rjust(width) if i else cell.ljust(width) for i, (cell, width) in enumerate(zip(row, widths)))
        return f"| {' | '.join(cells)} |"

    rule = ["-" * (width - 1) + ":" if i else "-" * width for i, width in enumerate(widths)]
    return [line(table[0]), line(rule), *map(line, table[1:])]


def head(one: Measured) -> str:
    return f"K = {one.k}"


def threads(number: int) -> str:
    return "1 thread" if number == 1 else f"{number} threads"


def count(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def error(value: float) -> str:
    """Two digits, as errors have no more."""
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return "inf"
    return f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e")


def cpu_model() -> str:
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def cache_size() -> str:
    """Of the last level, which operands must be larger than."""
    try:
        return pathlib.Path("/sys/devices/system/cpu/cpu0/cache/index3/size").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
