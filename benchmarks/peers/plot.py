"""Draws what scaling.py measured: `python plot.py POINTS.json PICTURE.svg`. Runs in an environment of its own."""

import json
import sys
from pathlib import Path


def main(points_file: str, picture: str) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "atlas"  # the same figures, the same file
    from matplotlib import pyplot as plt

    points = json.loads(Path(points_file).read_text())
    alone = [point for point in points if point["connections"] == 1]
    figure, rate = plt.subplots(figsize=(7, 3.6), layout="constrained")
    millions = [point["records"] / 1e6 for point in alone]
    (line,) = rate.plot(millions, [p["records_per_s"] for p in alone], marker="o", color="#1f5fa8")
    handles, names = [line], ["one connection"]
    for point in points:
        if point["connections"] > 1:
            x, y = point["records"] / 1e6, point["records_per_s"]
            (mark,) = rate.plot([x], [y], marker="s", linestyle="", color="#c2571a")
            handles.append(mark)
            names.append(f"{point['connections']} connections at once")
    rate.set_xscale("log")
    rate.set_xticks(millions, [f"{m:g} M" for m in millions])
    rate.minorticks_off()
    rate.set_ylim(bottom=0)
    rate.set_xlabel("records")
    rate.set_ylabel("records a second")
    rate.grid(visible=True, alpha=0.3)
    rate.legend(handles, names, frameon=False)
    rate.spines[["top", "right"]].set_visible(False)
    figure.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    main(*sys.argv[1:])
