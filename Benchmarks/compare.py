#!/usr/bin/env python3
"""Runs workloads of `atelier bench` and of a peer's benchmark alternately, and makes a table of ratios.

    Benchmarks/compare.py --peer "PYTHON PEER_BENCH.py"                          every workload, f32 and bf16
    Benchmarks/compare.py --peer "PYTHON PEER_BENCH.py" --write                  ... into Benchmarks/README.md
    Benchmarks/compare.py --peer "PYTHON PEER_BENCH.py" dcgan --size 32 --width 32 --batch 16
    Benchmarks/compare.py                                                        our side alone

The peer's benchmark takes the same options and prints the same JSON lines, one for each mode. In each
round both sides run once, now one first and now the other, so that a machine whose speed drifts treats
them alike. The figure that counts is the median over rounds of (milliseconds of the peer's best mode of the
same precision) / (ours): above 1 we are faster. Modes that were slower than the best by a third in the first
round are not run again.

A row begins no further round when it has taken its time (--cap), and every row that was begun stays in
the table. --limit adds how far a step is from its bare convolutions and matrix products.
"""
import argparse
import json
import shlex
import statistics
import subprocess
import sys
import time

import table

PEER_MODES = {
    "f32": ["eager", "channels_last", "compile"],
    "bf16": ["bf16", "bf16_channels_last", "bf16_channels_last_compile"],
}
# Steps that count, where the usual number is too many or too few.
STEPS = {"r1": 3, "ring": 200, "sample": 5}


class Row:
    """A workload at one size and precision, and what was measured of it."""

    def __init__(self, workload, precision, options=(), goal=None):
        self.workload, self.precision, self.goal = workload, precision, goal
        self.options = list(options)
        self.rounds = []  # (our line, the peer's best line or None)
        self.peers, self.best, self.failures = None, {}, {}
        self.limit = None

    @property
    def title(self):
        if not self.rounds:
            return " ".join([self.workload, *self.options])
        own = self.rounds[0][0]
        size = "" if self.workload == "ring" else f"{own['size']}x{own['size']}, "
        return f"{self.workload}, {size}width {own['width']}, batch {own['batch']}"


ALL = [
    ("dcgan", [], 1.7, 1.15),
    ("dcgan", ["--size", "32", "--width", "32"], 1.5, 1.4),
    ("wgangp", [], 1.6, 1.2),
    ("r1", [], 2.7, 1.4),
    ("pix2pix", [], 1.4, 1.2),
    ("cyclegan", [], 2.0, 1.2),
    ("faststyle", [], 1.4, 1.1),
    ("gatys", [], 2.2, 1.5),
    ("resnet18", [], 2.2, 1.3),
    ("ring", [], 3.0, None),
    ("sample", [], 10.0, None),
]


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command, limit):
    """The JSON objects that a command prints, or why there are none."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return [], f"nothing in {limit:.0f} s"
    except OSError as error:
        sys.exit(f"compare.py: cannot run {command[0]}: {error.strerror}")
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        said = done.stderr.strip().splitlines()
        return lines, said[-1] if said else f"exit status {done.returncode}"
    return lines, None


def run_ours(row, known, extra=()):
    command = shlex.split(known.ours) + [row.workload, "--precision", row.precision]
    lines, problem = run(command + row.options + list(extra), max(known.cap, 60))
    if problem:
        row.failures["ours"] = problem
        return None
    return lines[0]


def run_peer(row, known):
    """The line of the peer's best mode in this round."""
    lines = []
    for mode in list(row.peers):
        command = shlex.split(known.peer) + [row.workload, "--modes", mode] + row.options
        found, problem = run(command, max(known.cap, 60))
        good = [line for line in found if "median_ms" in line]
        if not good:
            failed = [line["failed"] for line in found if "failed" in line]
            row.failures[mode] = str(failed[0]) if failed else problem or "no result"
            row.peers.remove(mode)
            say(f"    peer {mode}: {row.failures[mode]}")
            continue
        say(f"    peer {mode}: {good[0]['median_ms']:.1f} ms, {good[0]['peak_mb']} MB")
        lines.append((mode, good[0]))
    if not lines:
        return None
    best = min(line["median_ms"] for _, line in lines)
    row.peers = [mode for mode, line in lines if line["median_ms"] <= 4 / 3 * best]
    return min((line for _, line in lines), key=lambda line: line["median_ms"])


def measure(row, known, report):
    """Rounds of both sides in turn."""
    modes = known.modes or [m for m in PEER_MODES[row.precision] if known.compile or "compile" not in m]
    row.peers = [m for m in modes if m.startswith("bf16") == (row.precision == "bf16")]
    # The peer has these two in fewer modes.
    fewer = {"ring": ("eager", "compile"), "sample": ("eager",)}.get(row.workload)
    row.peers = [m for m in row.peers if fewer is None or m in fewer]
    start = time.monotonic()
    for number in range(known.rounds):
        if row.rounds and time.monotonic() - start > known.cap:
            say(f"    {known.cap:.0f} s are over: no further round")
            break
        peer_first = known.peer and number % 2 == 1
        peer = run_peer(row, known) if peer_first else None
        own = run_ours(row, known)
        if own is None:
            say(f"    ours: {row.failures['ours']}")
            break
        say(f"    ours {row.precision}: {own['median_ms']:.1f} ms, {own['peak_mb']} MB")
        if known.peer and not peer_first:
            peer = run_peer(row, known)
        row.rounds.append((own, peer))
        if peer:
            say(f"    round {number + 1}: ratio {peer['median_ms'] / own['median_ms']:.2f}")
        report()
    if known.limit and row.rounds and row.workload != "sample":
        own = run_ours(row, known, ["--limit"])
        row.limit = own and own.get("over_fastest")
        report()


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", default="", help="the command of the peer's benchmark")
    parser.add_argument("--ours", default=".build/release/atelier bench")
    parser.add_argument(
        "--modes", type=lambda text: text.split(","), help="modes of the peer, by commas")
    parser.add_argument(
        "--compile", action="store_true", help="with the peer's compiled modes (minutes each)")
    parser.add_argument(
        "--precisions", type=lambda text: text.split(","), default=["f32", "bf16"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cap", type=float, default=600, help="seconds a row, about")
    parser.add_argument("--limit", action="store_true", help="add the distance to bare products")
    parser.add_argument("--write", action="store_true", help="into Benchmarks/README.md")
    parser.add_argument("workload", nargs="?", help="one workload; all unless given")
    known, options = parser.parse_known_args()
    if options and not known.workload:
        parser.error(f"{' '.join(options)}: sizes need a workload")
    unknown = set(known.precisions) - set(PEER_MODES)
    if unknown:
        parser.error(f"--precisions {','.join(unknown)}: expected f32 or bf16")
    return known, options


def main():
    known, options = arguments()
    rows = []
    for precision in known.precisions:
        for workload, sizes, *goals in ALL:
            goal = goals[precision == "bf16"]
            if known.workload is None and (precision == "f32" or goal is not None):
                rows.append(Row(workload, precision, sizes, goal))
        if known.workload:
            rows.append(Row(known.workload, precision, options))
    for row in rows:
        if "--steps" not in row.options:
            row.options += ["--steps", str(STEPS.get(row.workload, 5))]
    if not known.peer:
        say("No peer (--peer, or make bench PEER=...): our side alone, which no ratio comes from.")
    machine = table.machine(known)

    def report():
        if known.write:
            table.write(rows, machine, bool(known.peer))

    try:
        for number, row in enumerate(rows):
            say(f"[{number + 1}/{len(rows)}] {row.title} {row.precision}")
            measure(row, known, report)
    except KeyboardInterrupt:
        say("stopped; what was measured follows")
    print(machine)
    print()
    print(table.text(rows, bool(known.peer)))
    failed = [row for row in rows if "ours" in row.failures]
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
