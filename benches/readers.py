#!/usr/bin/env python3
"""Prints what readers cost the recorder: snapshots kept, latency of /healthz, memory and open files.

    cargo build --release && benches/readers.py [--seconds 30] [--tables 5000] [--objects 5000] [--changes 239000]

A job of many tables and change rows is swept every five seconds, while 1, 20 and 500 clients fetch its heaviest pages as
fast as they can and 1,000 half-open connections lie beside them. Ends with status 1 if a snapshot was lost, if /healthz
took longer than 100 ms, or if memory exceeded its limit or did not go back within a minute.
"""
import argparse
import asyncio
import json
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../target/release/dts-history")
JOB = "dtsreaders1"
MAX_HEALTHZ_MS = 100
MAX_RESIDENT_MB = 256
EVERY_SECONDS = 5
HALF_OPEN = 1000


def sweep(options, number):
    """A reply in which a part of the tables has moved since the one before."""
    random.seed(number)
    share = options.changes / options.sweeps / options.tables
    tables = []
    for table in range(options.tables):
        rows = options.rows[table]
        if random.random() < share:
            rows = options.rows[table] = rows + random.randrange(1, 10_000)
        tables.append({"TableName": f"table_{table:05}", "SourceOwnerDBName": "shop", "DestinationOwnerDBName": "shop",
                       "Status": "Migrating", "FinishRowNum": str(rows), "TotalRowNum": "100000000", "UsedTime": ""})
    objects = [{"ObjectType": "table", "ObjectName": f"table_{table:05}", "SourceOwnerDBName": "shop",
                "DestinationOwnerDBName": "shop", "Status": "Finished",
                "ObjectDefinition": f"CREATE TABLE table_{table:05} (id bigint primary key, name varchar(200))"}
               for table in range(options.objects)]
    return {"Success": "true", "RequestId": "R", "DataInitializationDetails": tables,
            "StructureInitializationDetails": objects, "DataSynchronizationDetails": []}


def environment(folder):
    return {"PATH": os.environ["PATH"], "HOME": folder, "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}


def record(options, folder):
    """Imports the history of the job."""
    options.rows = [0] * options.tables
    start = time.time() - options.sweeps * 60 - 600
    for number in range(options.sweeps):
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start + number * 60))
        path = os.path.join(folder, "sweep.json")
        with open(path, "w") as file:
            json.dump(sweep(options, number), file)
        subprocess.run([PROGRAM, "import", "--job", JOB, "--region", "cn-hangzhou", "--at", at, path], cwd=folder,
                       env=environment(folder), check=True, stdout=subprocess.DEVNULL)


class Api(asyncio.Protocol):
    """Answers each call with the last sweep: first the page, then an empty one."""

    def __init__(self, first, empty):
        self.first, self.empty, self.data = first, empty, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.data += data
        head, separator, body = self.data.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.I)
        if not separator or len(body) < (int(length.group(1)) if length else 0):
            return
        self.data = b""
        number = re.search(rb"PageNum=(\d+)", head + body)
        reply = self.first if number and number.group(1) == b"1" else self.empty
        self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(reply)
                             + reply)


def serve_api(first, empty, ports):
    """Serves the API in a process of its own, so that it does not share a thread with the measurement."""
    async def run():
        server = await asyncio.get_running_loop().create_server(lambda: Api(first, empty), "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()
    asyncio.run(run())


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) / 1024


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


async def fetch(host, port, path):
    """The status and the size of a response; None if there was none."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        size = 0
        while data := await reader.read(1 << 16):
            size += len(data)
        return int(head[9:12]), size
    finally:
        writer.close()


async def client(host, port, path, until, counts):
    while time.monotonic() < until:
        try:
            status, _ = await fetch(host, port, path)
        except (OSError, asyncio.IncompleteReadError):
            status = 0
        counts[status] = counts.get(status, 0) + 1
        if status != 200:
            await asyncio.sleep(0.2)


async def watch(host, port, until, latencies):
    while time.monotonic() < until:
        for path in ["/healthz", "/readyz", "/metrics"]:
            start = time.monotonic()
            try:
                status, _ = await fetch(host, port, path)
            except (OSError, asyncio.IncompleteReadError):
                status = 0
            latencies.append((float("inf") if status != 200 else (time.monotonic() - start) * 1000, path))
        await asyncio.sleep(0.1)


async def half_open(host, port, until):
    writers = []
    for _ in range(HALF_OPEN):
        try:
            _, writer = await asyncio.open_connection(host, port)
            writer.write(b"GET / HTTP/1.1\r\nHos")
            writers.append(writer)
        except OSError:
            pass
    await asyncio.sleep(max(0, until - time.monotonic()))
    for writer in writers:
        writer.close()


def load(host, port, clients, until, results):
    """Clients in a process of their own, so that they do not share a thread with the measurement."""
    paths = [f"/api/v1/jobs/{JOB}/tables?limit=1", f"/api/v1/jobs/{JOB}/tables?limit=10000", f"/jobs/{JOB}",
             f"/jobs/{JOB}/report.json"]
    counts = {}

    async def run():
        await asyncio.gather(half_open(host, port, until),
                             *(client(host, port, paths[number % 4], until, counts) for number in range(clients)))
    asyncio.run(run())
    results.put(counts)


def measure(options, service, host, port, clients, log):
    until = time.monotonic() + options.seconds
    results = multiprocessing.Queue()
    process = multiprocessing.Process(target=load, args=(host, port, clients, until, results))
    process.start()
    latencies, resident, files = [], [], []
    before = sum(": recorded" in line for line in log)

    async def sample():
        while time.monotonic() < until:
            resident.append(resident_mb(service.pid))
            files.append(open_files(service.pid))
            await asyncio.sleep(0.2)

    async def run():
        await asyncio.gather(sample(), watch(host, port, until, latencies))
    asyncio.run(run())
    counts = results.get()
    process.join()
    kept = sum(": recorded" in line for line in log) - before
    expected = options.seconds // EVERY_SECONDS
    times = sorted(latency for latency, _ in latencies)
    print(f"{clients:5} clients: {kept} snapshots of {expected}, health p50 {times[len(times) // 2]:.1f} ms, "
          f"p99 {times[len(times) * 99 // 100]:.1f}, max {times[-1]:.1f} ms ({max(latencies)[1]}), "
          f"{max(resident):.0f} MB, {max(files)} files, answers {dict(sorted(counts.items()))}", flush=True)
    return kept >= expected - 1 and times[-1] <= MAX_HEALTHZ_MS and max(resident) <= MAX_RESIDENT_MB


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--tables", type=int, default=5000)
    parser.add_argument("--objects", type=int, default=5000)
    parser.add_argument("--changes", type=int, default=239_000)
    parser.add_argument("--sweeps", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        record(options, folder)
        first = json.dumps(sweep(options, options.sweeps)).encode()
        empty = json.dumps({"Success": "true", "RequestId": "R", "DataInitializationDetails": [],
                            "StructureInitializationDetails": [], "DataSynchronizationDetails": []}).encode()
        ports = multiprocessing.Queue()
        api_server = multiprocessing.Process(target=serve_api, args=(first, empty, ports), daemon=True)
        api_server.start()
        api = ports.get()
        with open(os.path.join(folder, "dts-history.toml"), "w") as file:
            file.write(f'[api]\nendpoint = "http://127.0.0.1:{api}"\n[schedule]\ncron = "*/{EVERY_SECONDS} * * * * *"\n'
                       f'jitter_seconds = 0\n[[job]]\nid = "{JOB}"\nregion = "cn-hangzhou"\n')
        keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}
        service = subprocess.Popen([PROGRAM, "serve", "--listen", "127.0.0.1:0"], cwd=folder, text=True,
                                   env=environment(folder) | keys, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        log = []
        threading.Thread(target=lambda: log.extend(service.stderr), daemon=True).start()
        address = service.stdout.readline().strip().rsplit(" ", 1)[-1]
        host, port = re.match(r"http://([\d.]+):(\d+)/", address).groups()
        time.sleep(2 * EVERY_SECONDS)
        at_start = resident_mb(service.pid)
        print(f"{options.tables} tables, {options.objects} objects, {options.changes} change rows; "
              f"{at_start:.0f} MB and {open_files(service.pid)} files before")
        good = [measure(options, service, host, int(port), clients, log) for clients in (1, 20, 500)]
        time.sleep(60)
        after = resident_mb(service.pid)
        print(f"a minute later: {after:.0f} MB, {open_files(service.pid)} files")
        failed = [line.strip() for line in log if "not recorded" in line]
        print(*failed[:5], sep="\n", end="" if not failed else "\n")
        service.send_signal(signal.SIGTERM)
        service.wait()
    # "Near its start": what the caches of the database and the allocator keep.
    return 0 if all(good) and not failed and after < at_start + 64 else 1


if __name__ == "__main__":
    sys.exit(main())
