#!/usr/bin/env python3
"""Times kullback on the CPU beside what one would pick instead: see `options.py` for the usage, README.md for more.

This file needs nothing but Python, pip and Cargo. It makes an environment of its own, builds the worker that scores
for kullback, and runs `measure.py` there.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import venv

import options
from options import FOLDER, ROOT, Unusable

HERE = pathlib.Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"
OLDEST_PYTHON = (3, 11)


def environment() -> pathlib.Path:
    """The Python of an environment with all contenders, made or renewed if need be."""
    folder = FOLDER / "venv"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = f"{sys.version}\n{REQUIREMENTS.read_text(encoding='utf-8')}"
    # Written last, so that a half-made environment is made again.
    made = folder / "made-of.txt"
    if made.exists() and made.read_text(encoding="utf-8") == wanted:
        return python
    told = "installing NumPy, SciPy, PyTorch, JAX, NumKong and gmpy2 under target/peers/venv"
    size = "some 3 GB to download and 6 GB on disk, for PyTorch's wheel brings CUDA" if sys.platform == "linux" else ""
    print(f"{told}{': ' if size else ''}{size}", file=sys.stderr, flush=True)
    try:
        venv.create(folder, clear=True, with_pip=True)
    except subprocess.CalledProcessError:
        raise Unusable("Python made no environment with pip; on Debian that needs the package python3-venv") from None
    install = [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(REQUIREMENTS)]
    if subprocess.run(install, check=False).returncode:
        raise Unusable("pip did not install what benches/peers/requirements.txt lists")
    made.write_text(wanted, encoding="utf-8")
    return python


def built_worker() -> pathlib.Path:
    """The worker, as Cargo builds it for release."""
    print("building kullback's worker", file=sys.stderr, flush=True)
    command = ["cargo", "build", "--release", "--package", "kullback", "--bench", "peers_worker"]
    command += ["--no-default-features", "--features", "parallel", "--message-format", "json-render-diagnostics"]
    try:
        built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False, text=True)
    except FileNotFoundError:
        raise Unusable("cargo is not installed, or not in PATH") from None
    if built.returncode:
        raise Unusable("cargo did not build benches/peers/worker.rs")
    for message in map(json.loads, built.stdout.splitlines()):
        if message.get("executable") and message["target"]["name"] == "peers_worker":
            return pathlib.Path(message["executable"])
    raise Unusable("cargo named no executable of benches/peers/worker.rs")


def main() -> int:
    chosen = options.parsed(sys.argv[1:])
    try:
        if sys.version_info < OLDEST_PYTHON:
            raise Unusable(f"Python {'.'.join(map(str, OLDEST_PYTHON))} or newer is needed, for JAX and NumPy")
        FOLDER.mkdir(parents=True, exist_ok=True)
        python, worker = environment(), built_worker()
    except (Unusable, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    if chosen.threads is not None:
        # What it starts has these processors alone, and counts them.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: chosen.threads])
    settings = {"TORCHINDUCTOR_CACHE_DIR": str(FOLDER / "inductor")}
    command = [str(python), str(HERE / "measure.py"), str(worker), *sys.argv[1:]]
    return subprocess.run(command, env=os.environ | settings, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
