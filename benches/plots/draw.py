"""Draws what `run.py` has recorded: `draw.py RECORD FOLDER NAME`."""

from __future__ import annotations

import json
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402  the backend must be chosen first

# The same figures give the same file.
matplotlib.rcParams["svg.hashsalt"] = "kullback"
matplotlib.rcParams["svg.fonttype"] = "none"


def figures(sets: list[dict]) -> list[dict]:
    return [figure for a_set in sets for figure in a_set["figures"]]


def curves(sets: list[dict], name) -> dict[str, list[dict]]:
    """Figures by what they are called, in their order."""
    all_of: dict[str, list[dict]] = {}
    for figure in figures(sets):
        all_of.setdefault(name(figure), []).append(figure)
    return all_of


def save(plot, path: pathlib.Path) -> None:
    plot.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    plt.close(plot)
    print(path)


def by_bins(record: dict, path: pathlib.Path) -> None:
    plot, axes = plt.subplots(figsize=(7.5, 4.2))
    for name, points in curves(record["by_bins"], lambda f: f"{f['measure']} of {f['encoding']}").items():
        axes.plot([p["k"] for p in points], [p["fraction_of_roof"] for p in points], marker="o", label=name)
    axes.set(xscale="log", xlabel="bins of a row", ylabel="fraction of what reading alone reaches", ylim=(0, 1))
    axes.set_title(record["by_bins"][0]["device"], fontsize="medium")
    axes.grid(alpha=0.3)
    axes.legend()
    save(plot, path)


def by_rows(record: dict, path: pathlib.Path) -> None:
    plot, axes = plt.subplots(figsize=(7.5, 4.2))
    for name, points in curves(record["by_rows"], lambda f: f"K = {f['k']:,}").items():
        rows = [p["rows"] for p in points]
        axes.plot(rows, [p["rows"] / p["rows_per_second"] for p in points], marker="o", label=name)
    axes.set(xscale="log", yscale="log", xlabel="rows", ylabel="seconds from call to scores")
    axes.set_title(f"kl of probabilities, {record['by_rows'][0]['device']}", fontsize="medium")
    axes.grid(alpha=0.3)
    axes.legend()
    save(plot, path)


def main() -> None:
    record, folder, name = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    folder.mkdir(parents=True, exist_ok=True)
    read = json.loads(record.read_text(encoding="utf-8"))
    by_bins(read, folder / f"{name}-bins.svg")
    by_rows(read, folder / f"{name}-rows.svg")


if __name__ == "__main__":
    main()
