#!/usr/bin/env python3
"""How long whoever records waits while a history is pruned, and what it gives back to the disk.

usage: benches/prune.py [--tables 2000] [--rows 500] [PROGRAM]

Makes a history of so many finished tables with so many change rows each, prunes it, and writes to it meanwhile as a
recorder does. Prints one line: rows, seconds, the waits of that writer in milliseconds, MiB before and after.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import tempfile
import time

BEGINS_AT_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
INTERVAL_MS = 20_000


def reply(tables, rows, status):
    """A reply of the API about so many tables."""
    names = {"SourceOwnerDBName": "s", "DestinationOwnerDBName": "d", "TotalRowNum": "5000", "UsedTime": "0"}
    details = [{"TableName": f"t{n}", "FinishRowNum": str(rows), "Status": status, **names} for n in range(tables)]
    return json.dumps({"Success": True, "DataInitializationDetails": details})


def make(program, folder, options):
    """The first and the last sweep as the program records them, and those between as rows of its tables."""
    database = os.path.join(folder, "h.db")

    def record(rows, status, at):
        with open(os.path.join(folder, "reply.json"), "w", encoding="utf-8") as file:
            file.write(reply(options.tables, rows, status))
        command = [program, "--db", database, "import", "--job", "dtsbench", "--at", at, file.name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    record(0, "Migrating", "2026-01-01T00:00:00Z")
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("begin")
    for sweep in range(1, options.rows):
        at = BEGINS_AT_MS + sweep * INTERVAL_MS
        snapshot = connection.execute(
            """insert into snapshot (job_no, started_at_ms, finished_at_ms, outcome, source, pages, objects, changes)
               values (1, ?, ?, 'complete', 'api', 1, ?, ?)""",
            (at - 100, at, options.tables, options.tables),
        ).lastrowid
        connection.execute(
            """insert into reading (object_no, snapshot_id, observed_at_ms, previous_observed_at_ms, status,
                   status_before, finished_rows, finished_rows_before, total_rows, used_time, listed)
               select object_no, ?, ?, ?, 'Migrating', 'Migrating', ?, ?, 5000, '0', 1 from object""",
            (snapshot, at, at - INTERVAL_MS, sweep * 10, sweep * 10 - 10),
        )
        connection.execute("update object set changed_snapshot_id = ?", (snapshot,))
    connection.execute("update page set digest = null, arrived_at_ms = ?", (at,))
    connection.execute("commit")
    connection.close()
    record(5000, "Finished", "2026-03-01T00:00:00Z")
    return database


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program", nargs="?", default="target/release/dts-history", metavar="PROGRAM")
    parser.add_argument("--tables", type=int, default=2000)
    parser.add_argument("--rows", type=int, default=500)
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    with tempfile.TemporaryDirectory() as folder:
        database = make(program, folder, options)
        before = os.path.getsize(database)
        config = os.path.join(folder, "c.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write("[retention]\nthin_after_days = 1\n")
        writer = sqlite3.connect(database, isolation_level=None, timeout=30)
        waits, start = [], time.monotonic()
        command = [program, "--config", config, "--db", database, "prune", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as pruning:
            while pruning.poll() is None:
                began = time.monotonic()
                writer.execute("begin immediate")
                writer.execute("update job set name = name")
                writer.execute("commit")
                waits.append((time.monotonic() - began) * 1000)
                time.sleep(0.02)
            thinned = json.loads(pruning.stdout.read())["jobs"][0]["thinned_rows"]
        seconds = time.monotonic() - start
        writer.close()
        waits.sort()
        after = os.path.getsize(database)
        print(
            f"thinned {thinned} of {options.tables * (options.rows + 1)} rows in {seconds:.1f} s; "
            f"{len(waits)} writes waited {waits[len(waits) // 2]:.1f} ms (median), "
            f"{waits[len(waits) * 99 // 100]:.1f} ms (p99), {waits[-1]:.1f} ms (most); "
            f"{before / 2**20:.1f} MiB became {after / 2**20:.1f}"
        )


if __name__ == "__main__":
    main()
