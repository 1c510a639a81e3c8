"""The table of compare.py: rows of measurements as Markdown, and the machine they were taken on."""
import datetime
import os
import pathlib
import re
import shlex
import statistics
import subprocess

README = pathlib.Path(__file__).resolve().parent / "README.md"
BEGIN, END = "<!-- compare.py writes from here -->", "<!-- to here -->"


def said(command):
    """The first line that a command prints; empty where it fails."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().splitlines()[0] if done.stdout.strip() else ""


def processor():
    """Model, cores and instruction sets of this machine."""
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", info)
    flags = set((re.search(r"flags\s*: (.*)", info) or [0, ""])[1].split())
    sets = ["avx2", "fma", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"]
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    parts = [
        model[1] if model else "unknown processor",
        f"{len(os.sched_getaffinity(0))} cores ({', '.join(s for s in sets if s in flags)})",
    ]
    if memory:
        parts.append(f"{int(memory[1]) / 2**20:.0f} GB")
    return ", ".join(parts)


def machine(known):
    """A paragraph that says where and with what the figures were taken."""
    system = re.search(r'PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text())
    parts = [processor(), system[1] if system else ""]
    binary = shlex.split(known.ours)[0]
    parts += [said(["swift", "--version"]).split(" (")[0], said([binary, "--version"])]
    info = subprocess.run([binary, "info"], stdout=subprocess.PIPE, text=True, check=False).stdout
    parts += [" ".join(line.split()) for line in info.splitlines()
              if line.startswith(("oneDNN", "instruction set", "bfloat16"))]
    parts.append(said(["git", "-C", str(README.parent), "describe", "--always", "--dirty"]))
    if known.peer:
        python = shlex.split(known.peer)[0]
        version = said([python, "-c", "import torch; print(torch.__version__)"])
        parts.append(f"the peer PyTorch {version}" if version else "")
    load = os.getloadavg()[0]
    parts.append(f"load average {load:.1f} when this began")
    parts.append(datetime.date.today().isoformat())
    return "; ".join(part for part in parts if part) + "."


def middle(values):
    return statistics.median(values) if values else None


def milliseconds(value):
    return "" if value is None else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def cells(row, has_peer):
    """What a row says, column by column."""
    title = f"{row.title}, {row.precision}"
    if not row.rounds:
        why = row.failures.get("ours", "not measured")
        return [title, why] + [""] * (8 if has_peer else 3)
    ours = [own for own, _ in row.rounds]
    both = [(own, peer) for own, peer in row.rounds if peer]
    planning = [own["plan_ms"] for own in ours if "plan_ms" in own]
    result = [title, milliseconds(middle([own["median_ms"] for own in ours]))]
    memory = middle([own["peak_mb"] for own in ours])
    if has_peer:
        ratios = [peer["median_ms"] / own["median_ms"] for own, peer in both]
        modes = sorted({peer["mode"] for _, peer in both})
        peer_memory = middle([peer["peak_mb"] for _, peer in both])
        figure = ""
        if ratios:
            figure = f"**{middle(ratios):.2f}** ({min(ratios):.2f} to {max(ratios):.2f})"
        elif row.failures:
            figure = "; ".join(f"{mode}: {why}" for mode, why in row.failures.items())[:80]
        result[1:1] = [
            f"{milliseconds(middle([p['median_ms'] for _, p in both]))} {'/'.join(modes)}".strip()]
        result += [figure, f"{row.goal}" if row.goal else ""]
        result += [f"{peer_memory:.0f}" if peer_memory else ""]
        result += [f"{memory:.0f}", f"{memory / peer_memory:.2f}" if peer_memory else ""]
    else:
        result += [f"{memory:.0f}"]
    result.append(f"{middle(planning):.0f}" if planning else "")
    result.append(f"{row.limit:.2f}" if row.limit else "")
    if has_peer:
        result.append(f"{len(row.rounds)}")
    return result


def text(rows, has_peer):
    """The table."""
    heads = ["workload", "ours, ms", "MB", "planning, ms", "step / products alone"]
    if has_peer:
        heads = [
            "workload", "peer, ms (best mode)", "ours, ms", "ratio, median (range)", "goal",
            "peer, MB", "ours, MB", "MB ratio (goal 0.5)", "planning, ms",
            "step / products alone", "rounds"]
    lines = [heads, ["---"] * len(heads)] + [cells(row, has_peer) for row in rows]
    lines = [line + [""] * (len(heads) - len(line)) for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write(rows, machine_text, has_peer):
    """Replaces what stands between the two comments of the README."""
    old = README.read_text()
    if BEGIN not in old or END not in old:
        raise SystemExit(f"{README}: expected the lines {BEGIN} and {END}")
    before, rest = old.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    new = f"{before}{BEGIN}\n{machine_text}\n\n{text(rows, has_peer)}\n{END}{after}"
    temporary = README.with_suffix(".tmp")
    temporary.write_text(new)
    os.replace(temporary, README)
