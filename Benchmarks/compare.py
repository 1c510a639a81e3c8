#!/usr/bin/env python3
"""Runs a workload of `atelier bench` and of a peer's benchmark alternately, and prints the ratios.

    Benchmarks/compare.py --peer "PYTHON PEER_BENCH.py" [--rounds 5] [--modes eager,channels_last]
                          dcgan [--size 32 --width 32 --batch 64 --steps 7]

The peer's benchmark takes the same options and prints the same JSON lines, one for each mode. In each
round both sides run once, so that a machine whose speed drifts treats them alike; the figure that counts is
the median over rounds of (the peer's best mode's median milliseconds) / (ours). Above 1 we are faster.
"""
import argparse
import json
import shlex
import statistics
import subprocess
import sys


def run(command):
    """The JSON objects that a command prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", required=True, help="the command of the peer's benchmark")
    parser.add_argument("--ours", default=".build/release/atelier bench")
    parser.add_argument("--modes", default="eager,channels_last", help="modes of the peer")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("workload")
    known, options = parser.parse_known_args()
    ratios, ours, peers, memory = [], [], [], []
    for number in range(known.rounds):
        own = run(shlex.split(known.ours) + [known.workload] + options)[0]
        peer = run(
            shlex.split(known.peer) + [known.workload, "--modes", known.modes] + options
        )
        good = [line for line in peer if "median_ms" in line]
        if not good:
            sys.exit(f"the peer failed: {peer}")
        best = min(good, key=lambda line: line["median_ms"])
        ratios.append(best["median_ms"] / own["median_ms"])
        ours.append(own["median_ms"])
        peers.append(best["median_ms"])
        memory.append((best["peak_mb"], own["peak_mb"]))
        print(
            f"round {number + 1}: ours {own['median_ms']:.1f} ms, {own['peak_mb']} MB; "
            f"peer {best['mode']} {best['median_ms']:.1f} ms, {best['peak_mb']} MB; "
            f"ratio {ratios[-1]:.2f}",
            flush=True,
        )
    print(
        f"| {known.workload} {' '.join(options)} | {statistics.median(peers):.0f} | "
        f"{statistics.median(ours):.0f} | {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f}) | {memory[-1][0]} | {memory[-1][1]} |"
    )


if __name__ == "__main__":
    main()
