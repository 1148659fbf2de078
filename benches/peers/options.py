"""What can be asked for, read before anything is installed: the standard library alone."""

from __future__ import annotations

import argparse
import dataclasses
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Everything that is made: the environment, what compilers keep, and the rows for kullback.
FOLDER = ROOT / "target" / "peers"

BINS = (3, 10, 16, 64, 256, 1000, 1024, 50257, 131072)

USAGE = """Times kullback on this machine's CPU beside what one would pick instead, on the same values, in one run.

    python3 benches/peers/run.py [--mib 64] [--k 16,1024] [--measures kl,js] [--only kullback,JAX]

The first run makes a Python environment under target/peers/ (some 3 GB to download, 6 GB on disk). Prints Markdown:
rates and fractions of a roof, errors against arbitrary precision, signs and infinities. Exit code 0: all is right;
1: an output is wrong or a contender failed; 2: it could not run."""


class Unusable(Exception):
    """What is needed for a run is missing or did not work."""


@dataclasses.dataclass(frozen=True)
class Task:
    """What contenders compute."""

    name: str
    title: str
    measure: str
    encoding: str
    # The largest relative error that kullback promises.
    promise: float


TASKS = {
    task.name: task
    for task in (
        Task("kl", "KL of probabilities", "kl", "probabilities", 1e-6),
        Task("js", "Jensen-Shannon divergence of probabilities", "js", "probabilities", 1e-6),
        Task("kl-logits", "KL of logits", "kl", "logits", 2e-6),
    )
}


@dataclasses.dataclass(frozen=True)
class Options:
    """A checked command line."""

    bins: tuple[int, ...]
    mib: int
    rounds: int
    threads: int | None
    only: tuple[str, ...]
    tasks: tuple[Task, ...]
    out: pathlib.Path | None
    json: pathlib.Path | None


def parsed(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="run.py", description=USAGE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = ",".join(map(str, BINS))
    parser.add_argument("--k", metavar="K,..", default=default, help=f"bins of a row [default: {default}]")
    parser.add_argument(
        "--mib", type=int, default=128, metavar="N", help="MiB of each operand, several times the cache [default: 128]"
    )
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="repetitions of everything [default: 7]")
    parser.add_argument(
        "--threads", type=int, metavar="N", help="leave only the first N processors to everyone (Linux) [default: all]"
    )
    parser.add_argument("--only", metavar="NAME,..", default="", help="contenders whose name contains one of these")
    parser.add_argument(
        "--measures", metavar="NAME,..", default=",".join(TASKS), help=f"of {','.join(TASKS)} [default: all]"
    )
    parser.add_argument("--out", type=pathlib.Path, metavar="FILE", help="also write the tables to this file")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every repetition to this file")
    given = parser.parse_args(arguments)

    try:
        bins = tuple(int(k) for k in given.k.split(","))
    except ValueError:
        parser.error(f"--k {given.k}: numbers with commas between them")
    if given.mib < 1 or given.rounds < 1:
        parser.error("--mib and --rounds are 1 or more")
    # The rows whose errors are looked at must fit.
    if not all(2 <= k <= given.mib << 15 for k in bins):
        parser.error(f"--k: from 2 to {given.mib << 15}, of which --mib {given.mib} holds eight rows")
    unknown = [name for name in given.measures.split(",") if name not in TASKS]
    if unknown:
        parser.error(f"--measures {unknown[0]}: one of {', '.join(TASKS)}")
    if given.threads is not None:
        if not hasattr(os, "sched_setaffinity"):
            parser.error("--threads needs Linux")
        if not 1 <= given.threads <= len(os.sched_getaffinity(0)):
            parser.error(f"--threads: from 1 to {len(os.sched_getaffinity(0))} here")
    return Options(
        bins=bins,
        mib=given.mib,
        rounds=given.rounds,
        threads=given.threads,
        only=tuple(name.strip() for name in given.only.split(",") if name.strip()),
        tasks=tuple(TASKS[name] for name in given.measures.split(",")),
        out=given.out.absolute() if given.out else None,
        json=given.json.absolute() if given.json else None,
    )
