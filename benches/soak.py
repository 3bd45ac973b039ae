#!/usr/bin/env python3
"""Runs the service for hours of simulated time with many jobs, and prints whether it stays as small as it was.

    cargo build --release && benches/soak.py [--hours 8] [--jobs 200] [--speed 60] [--every 120]

The world runs `speed` times as fast as ours; each job is swept once in `every` seconds of the world. What is printed:
resident memory, open files, size of the database and sweeps, over time, and at the end whether a sweep was missed.
Ends with status 1 if one was, if one failed, or if memory or files grew in the second half of the run.
"""
import argparse
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

PROGRAM = os.path.join(os.path.dirname(__file__), "../target/release/dts-history")
SAMPLES = 24
# Memory that an allocator may keep or give back from one sample to the next.
GROWTH_MOST = 1.10


def scenario(options):
    jobs = "".join(
        f'[[job]]\nid = "dtssoak{number:04}"\nname = "soak {number}"\nbegins_after_minutes = {number * 180 // options.jobs}\n'
        for number in range(options.jobs)
    )
    return f"speed = {options.speed}\ntables = {options.tables}\n[reply]\nlatency_ms = 0\n{jobs}"


def configuration(options, endpoint):
    every = round(options.every / options.speed)
    jobs = "".join(
        f'[[job]]\nid = "dtssoak{number:04}"\nregion = "cn-hangzhou"\n' for number in range(options.jobs)
    )
    return (
        f'[api]\nendpoint = "{endpoint}"\nmax_calls_per_second = 1000\n'
        f'[schedule]\ncron = "*/{every} * * * * *"\nended_pause_share = 0\n'
        f"[publish]\ncron = \"0 * * * * *\"\n{jobs}"
    )


def ready(process, word):
    """The lines that a program prints until one has this word."""
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith(word):
            return "".join(said)
    sys.exit(f"{process.args[1]} ended before it was ready: {''.join(said)}")


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) / 1024


def get(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read().decode()


def count(metrics, name):
    """The sum of a metric over all jobs."""
    return sum(float(value) for value in re.findall(rf"^{name} (\S+)$", metrics, flags=re.M))


def watch(service, address, folder, options):
    seconds = options.hours * 3600 / options.speed
    samples = []
    print(f"{'world h':>8} {'RSS MB':>8} {'files':>6} {'database MB':>12} {'sweeps':>8} {'failed':>7} {'skipped':>8}")
    began = time.monotonic()
    for number in range(1, SAMPLES + 1):
        time.sleep(max(0, began + seconds * number / SAMPLES - time.monotonic()))
        metrics = get(f"{address}/metrics")
        get(f"{address}/jobs/dtssoak{number % options.jobs:04}")  # somebody looks at a page now and then
        sample = {
            "rss": resident_mb(service.pid),
            "files": len(os.listdir(f"/proc/{service.pid}/fd")),
            "mb": sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder) if ".db" in name) / 1e6,
            "sweeps": count(metrics, r'dts_history_sweeps_total\{[^}]*outcome="complete"\}'),
            "failed": count(metrics, r'dts_history_sweeps_total\{[^}]*outcome="failed"\}'),
            "skipped": count(metrics, r'dts_history_ticks_skipped_total\{[^}]*reason="(?:overlap|late)"\}'),
        }
        samples.append(sample)
        hours = options.hours * number / SAMPLES
        print(
            f"{hours:8.2f} {sample['rss']:8.1f} {sample['files']:6} {sample['mb']:12.1f} {sample['sweeps']:8.0f}"
            f" {sample['failed']:7.0f} {sample['skipped']:8.0f}",
            flush=True,
        )
    return samples


def judge(samples, snapshots, options):
    """Sentences about what went wrong."""
    wrong = []
    half = len(samples) // 2
    for name, unit in [("rss", "MB resident"), ("files", "open files")]:
        # The most of each half: a sample may fall into the middle of a sweep or of a report.
        before, after = (max(sample[name] for sample in part) for part in (samples[:half], samples[half:]))
        print(f"{unit}: at most {before:.1f} in the first half, {after:.1f} in the second: x{after / before:.3f}")
        if after > before * GROWTH_MOST:
            wrong.append(f"{unit} grew")
    last = samples[-1]
    print(f"sweeps: {last['sweeps']:.0f} complete, {last['failed']:.0f} failed, {last['skipped']:.0f} ticks skipped")
    if last["failed"] or last["skipped"]:
        wrong.append("sweeps failed or were skipped")
    expected = options.hours * 3600 / options.every
    print(f"snapshots of a job: {snapshots[0]} to {snapshots[1]}, where {expected:.0f} ticks passed")
    # The first and the last tick may lie on either side of the start and the end.
    if snapshots[0] < expected - 2:
        wrong.append("a job has too few snapshots")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hours", type=float, default=8)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--tables", type=int, default=40)
    parser.add_argument("--speed", type=float, default=60)
    parser.add_argument("--every", type=float, default=120)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "scenario.toml"), "w") as file:
            file.write(scenario(options))
        environment = {**os.environ, "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true", "DTS_HISTORY_LOG": "warn"}

        def start(*args):
            return subprocess.Popen(
                [PROGRAM, *args], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
            )

        simulator = start("simulate", "--scenario", "scenario.toml")
        said = ready(simulator, "dts-history collect")
        environment.update(re.findall(r"^export (\w+)=(.*)$", said, flags=re.M))
        with open(os.path.join(folder, "dts-history.toml"), "w") as file:
            file.write(configuration(options, re.search(r"--endpoint (\S+)", said).group(1)))
        service = start("serve", "--listen", "127.0.0.1:0")
        address = re.search(r"http://\S+?(?=/?\s)", ready(service, "recording ")).group(0)
        try:
            samples = watch(service, address, folder, options)
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait()
            simulator.kill()
        with sqlite3.connect(f"file:{folder}/dts-history.db?mode=ro", uri=True) as database:
            snapshots = database.execute("select min(snapshots), max(snapshots) from jobs").fetchone()
    wrong = judge(samples, snapshots, options)
    print("; ".join(wrong) if wrong else "nothing grew and nothing was missed")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
