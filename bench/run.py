"""Measures every figure in rounds, then prints the tables and writes bench/results/result.json and a plot. For `make bench`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "programs"))

import plot
import report
from figures import APPLIED, LARGE, Bench
from lab import Emulator
from rich.console import Console

SIZES = (1, 40, 50, 200, 400)
ROUNDS = 5


def main() -> None:
    # A process that a shell starts in the background ignores SIGINT, and so do its children. The engine ends plugins with SIGINT,
    # and would wait five seconds for them after every command.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    options = _options()
    console = Console(width=170)
    began = time.monotonic()
    load = [os.getloadavg()[0]]
    done = 0
    with tempfile.TemporaryDirectory(prefix="chime-voice-bench-") as folder, Emulator() as emulator:
        home = Path(folder, "home")
        home.mkdir()
        bench = Bench(emulator, home, options.large)
        while done < options.rounds and (done == 0 or _time_left(began, done, options.minutes)):
            console.log(f"round {done + 1} of {options.rounds}")
            bench.startup(done)
            bench.api(done)
            for count in options.sizes:
                # The largest stacks mostly wait for their calls: every second round is enough.
                if count <= APPLIED or done % 2 == 0:
                    bench.lifecycle(done, count)
            bench.preview_without_changes(done)
            done += 1
            load.append(os.getloadavg()[0])
        bench.close()
    facts = {
        **report.machine(),
        "rounds": done,
        "large": options.large,
        "load_average": load,
        "minutes": (time.monotonic() - began) / 60,
    }
    result = report.as_json(bench.measurements, facts)
    report.write(options.out, result)
    report.show(bench.measurements, facts, console)
    plot.draw(options.out, result)
    console.print(f"{facts['minutes']:.1f} minutes; load average before and after each round: {load}")
    console.print(f"raw samples and the plot: {options.out}/")
    missed = [goal["what"] for goal in result["goals"] if not goal["met"]]
    if missed:
        sys.exit(f"{len(missed)} of {len(result['goals'])} goals were missed: {'; '.join(missed)}")


def _time_left(began: float, done: int, minutes: float) -> bool:
    """Whether another round, as long as the previous ones, would end in time."""
    spent = time.monotonic() - began
    return spent + spent / done < minutes * 60


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--minutes", type=float, default=60, help="start no round that would end later")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES), help="resources of the stacks with calls")
    parser.add_argument("--large", type=int, default=LARGE, help="resources of the preview without changes")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    return parser.parse_args()


if __name__ == "__main__":
    main()
