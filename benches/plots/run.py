#!/usr/bin/env python3
"""Measures how speed depends on the number of bins and of rows, and draws it for docs/performance.md.

Needs nothing but Python, pip and Cargo; draws with Matplotlib, in an environment of its own under target/plots.
Rows are doubled up to ten million, for which 8 GB of memory suffice.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FOLDER = ROOT / "target" / "plots"

# Bins of a row, and what is measured of each.
BINS = [3, 10, 16, 64, 256, 1000, 1024, 4096, 16384, 50257, 131072, 1 << 20]
CURVES = {"probabilities": "kl,js,tv", "weights": "kl", "logits": "kl"}
# Bins of a row, and MiB of an operand: from a few hundred rows to ten million.
ROWS = {64: [1, 4, 16, 64, 256, 1024, 2560], 1024: [1, 4, 16, 64, 256, 1024, 2560]}


def bench(where: list[str], bins: list[int], mib: int, encoding: str, measures: str) -> list[dict]:
    """The sets of rows of one run of `kullback bench`."""
    command = ["cargo", "run", "--release", "--quiet", "--", "bench", "--json", *where]
    command += ["--k", ",".join(map(str, bins)), "--mib", str(mib), "--as", encoding, "--measure", measures]
    print(" ".join(command[5:]), file=sys.stderr, flush=True)
    ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False, text=True)
    if ran.returncode:
        sys.exit(f"kullback bench gave exit code {ran.returncode}: some scores were wrong, or it could not run")
    (backend,) = json.loads(ran.stdout)["backends"]
    return [{"device": backend["adapter"] or backend["device"], **a_set} for a_set in backend["sets"]]


def measured(where: list[str], mib: int, most: int) -> dict:
    """What both plots show: rates by the number of bins, and by the number of rows."""
    by_bins = [a_set for encoding, names in CURVES.items() for a_set in bench(where, BINS, mib, encoding, names)]
    by_rows = [
        a_set
        for k, sizes in ROWS.items()
        for size in sizes
        if size <= most
        for a_set in bench(where, [k], size, "probabilities", "kl")
    ]
    return {"where": where, "mib": mib, "by_bins": by_bins, "by_rows": by_rows}


def environment() -> pathlib.Path:
    """The Python of an environment that can draw, made if need be."""
    folder = FOLDER / "venv"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    requirements = HERE / "requirements.txt"
    wanted = f"{sys.version}\n{requirements.read_text(encoding='utf-8')}"
    # Written last, so that a half-made environment is made again.
    made = folder / "made-of.txt"
    if not made.exists() or made.read_text(encoding="utf-8") != wanted:
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--requirement", requirements], check=True)
        made.write_text(wanted, encoding="utf-8")
    return python


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="cpu", help="of the files: docs/plots/NAME-bins.svg and NAME-rows.svg")
    parser.add_argument("--record", type=pathlib.Path, help="where the figures are written, or read with --draw")
    parser.add_argument("--draw", action="store_true", help="draw what a run before has recorded")
    parser.add_argument("--mib", type=int, default=256, help="size of an operand where bins vary")
    parser.add_argument("--most", type=int, default=2560, help="largest operand in MiB where rows vary")
    parser.add_argument("where", nargs="*", default=["--on", "cpu"], help="options of kullback bench, behind --")
    chosen = parser.parse_args()
    record = (chosen.record or FOLDER / f"{chosen.name}.json").resolve()
    python = environment()
    if not chosen.draw:
        record.parent.mkdir(parents=True, exist_ok=True)
        figures = measured(chosen.where, chosen.mib, chosen.most)
        record.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    subprocess.run([python, HERE / "draw.py", record, ROOT / "docs" / "plots", chosen.name], check=True)


if __name__ == "__main__":
    main()
