#!/usr/bin/env python3
"""What the views should say, derived the slow way from the raw replies, and held against the database.

Written from the words of docs/views.md alone, in another language and with another idea: it keeps every sweep whole
and compares whole sweeps. Nothing of it is the program's.

usage: model.py SWEEPS.jsonl DATABASE

Each line of SWEEPS is a sweep: when it began, whether it was recorded, and the replies in their order, each with the
page that was asked for, the moment at which it had arrived, its HTTP status and its body.
"""

import json
import re
import sqlite3
import sys
from datetime import datetime, timezone

ARRAYS = {
    "structure": ("StructureInitializationDetails", "StructureInitializationDetail"),
    "data": ("DataInitializationDetails", "DataInitializationDetail"),
    "sync": ("DataSynchronizationDetails", "DataSynchronizationDetail"),
}


def moment(ms):
    if ms is None:
        return None
    at = datetime.fromtimestamp(ms // 1000, tz=timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S") + ".%03dZ" % (ms % 1000)


# -- replies ---------------------------------------------------------------------------------------------------


def rows_of(holder, names):
    """The rows of an array, which may be wrapped once more."""
    value = holder.get(names[0])
    if isinstance(value, dict):
        value = value.get(names[1])
    return value or []


def count(value):
    text = "" if value is None else str(value).strip()
    if not re.fullmatch(r"[0-9]+", text) or int(text) > 2**63 - 1:
        return None
    return int(text)


def text(value):
    return None if value in (None, "") else str(value)


def state(row):
    return {
        "status": text(row.get("Status")),
        "finished_rows": count(row.get("FinishRowNum")),
        "total_rows": count(row.get("TotalRowNum")),
        "used_time": text(row.get("UsedTime")),
        "error_message": text(row.get("ErrorMessage")),
        "definition": text(row.get("ObjectDefinition")),
    }


def readings(body):
    """Every row of a reply: its names and its state."""
    found = []
    for row in rows_of(body, ARRAYS["structure"]):
        names = {
            "phase": "structure",
            "object_type": row.get("ObjectType") or "",
            "source_db": row.get("SourceOwnerDBName") or "",
            "destination_db": row.get("DestinationOwnerDBName") or "",
            "parent_name": None,
            "object_name": row.get("ObjectName") or "",
        }
        found.append((names, state(row)))
        for constraint in rows_of(row, ("Constraints", "StructureInitializationDetail")):
            found.append(
                (
                    {
                        "phase": "constraint",
                        "object_type": constraint.get("ObjectType") or "",
                        "source_db": constraint.get("SourceOwnerDBName") or names["source_db"],
                        "destination_db": constraint.get("DestinationOwnerDBName") or names["destination_db"],
                        "parent_name": names["object_name"],
                        "object_name": constraint.get("ObjectName") or "",
                    },
                    state(constraint),
                )
            )
    for phase in ("data", "sync"):
        for row in rows_of(body, ARRAYS[phase]):
            names = {
                "phase": phase,
                "object_type": None,
                "source_db": row.get("SourceOwnerDBName") or "",
                "destination_db": row.get("DestinationOwnerDBName") or "",
                "parent_name": None,
                "object_name": row.get("TableName") or "",
            }
            found.append((names, state(row)))
    return found


def identity(names, state):
    """What tells two rows of one sweep apart."""
    databases = (names["source_db"], names["destination_db"])
    if names["phase"] in ("data", "sync"):
        return (names["phase"], databases, names["object_name"])
    if names["phase"] == "structure":
        return ("structure", databases, names["object_type"], names["object_name"], state["definition"])
    own = names["object_name"] if state["definition"] is None else None
    return ("constraint", databases, names["parent_name"], own, state["definition"])


def answer(call):
    """The reply's body if it is a status, "end" if it objects to the page's number, else None: as if not sent."""
    objects = call["page"] > 1 and "PageNum" in call["body"]
    try:
        body = json.loads(call["body"])
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    success = str(body.get("Success", "")).lower()
    if call["status"] == 200 and success == "true":
        return body
    return "end" if objects else None


def whole_sweeps(calls):
    """The times that the pages were read from the first to the end; a sweep whose pages shift is read twice."""
    sweeps, pages, seen = [], None, set()
    for call in calls:
        body = answer(call)
        if body is None:
            continue
        if call["page"] == 1:
            pages, seen, counted = [], set(), 0
        if pages is None:
            continue
        rows = [] if body == "end" else readings(body)
        new = {identity(*row) for row in rows} - seen
        first = call["page"] == 1
        if rows or first:
            pages.append((call["at"], call["page"], rows))
        if new or first:
            counted += 1
        seen |= new
        if not new:
            sweeps.append({"pages": pages, "counted": counted, "finished": call["at"]})
            pages = None
    return sweeps


# -- history ---------------------------------------------------------------------------------------------------


class Object:
    def __init__(self, names, at):
        self.names, self.first_seen, self.last_seen = names, at, at
        self.state, self.absences, self.listed, self.rows = None, 0, True, []

    def change(self, snapshot, at, previous, state, listed):
        before = self.state or {}
        self.rows.append(
            {
                "snapshot": snapshot,
                "at": at,
                "previous": previous,
                "state": state,
                "listed": listed,
                "status_before": before.get("status"),
                "rows_before": before.get("finished_rows"),
            }
        )
        self.state, self.listed = state, listed


def find(objects, row, sweep):
    """The object that a row of a sweep is of, as far as one is known."""
    names, state = row
    for object in objects:
        if identity(object.names, object.state) == identity(names, state):
            return object
    if names["phase"] != "structure":
        return None
    same = lambda other: identity(other, {"definition": None}) == identity(names, {"definition": None})
    if sum(1 for other, _ in sweep.values() if same(other)) != 1:
        return None
    known = [object for object in objects if same(object.names)]
    if len(known) > 1:
        known = [object for object in known if object.absences < 2]
    return known[0] if len(known) == 1 else None


class Job:
    def __init__(self):
        self.objects, self.snapshots = [], []

    def take(self, line):
        number = len(self.snapshots) + 1
        if not line["recorded"]:
            self.snapshots.append({"id": number, "outcome": "failed", "started": line["started"]})
            return
        sweep = whole_sweeps(line["calls"])[-1]
        rows = {}
        for at, page, found in sorted(sweep["pages"], key=lambda page: page[:2]):
            for names, state in found:
                rows[identity(names, state)] = ((names, state), at)
        plain = {key: row for key, (row, _) in rows.items()}
        changes, met = 0, {}
        for key, (row, at) in rows.items():
            met[key] = find(self.objects, row, plain)
        for object in self.objects:
            keys = [key for key, known in met.items() if known is object]
            if not keys:
                object.absences += 1
                if object.absences == 2:
                    object.change(number, sweep["finished"], object.last_seen, object.state, False)
                    changes += 1
                continue
            (names, state), at = rows[keys[0]]
            if state != object.state or not object.listed:
                object.change(number, at, object.last_seen, state, True)
                changes += 1
            object.names, object.last_seen, object.absences = names, at, 0
        for key, known in met.items():
            if known is None:
                (names, state), at = rows[key]
                object = Object(names, at)
                object.change(number, at, None, state, True)
                self.objects.append(object)
                changes += 1
        self.snapshots.append(
            {
                "id": number,
                "outcome": "complete",
                "started": line["started"],
                "finished": sweep["finished"],
                "pages": sweep["counted"],
                "objects": len(rows),
                "changes": changes,
            }
        )


# -- views -----------------------------------------------------------------------------------------------------


def views(job, about):
    complete = [it for it in job.snapshots if it["outcome"] == "complete"]
    ends = [it["finished"] for it in complete]
    of = lambda object: (object.names["source_db"], object.names["destination_db"], object.names["object_name"])
    full = lambda object: tuple(
        object.names[name]
        for name in ("phase", "object_type", "source_db", "destination_db", "parent_name", "object_name")
    )
    data = [object for object in job.objects if object.names["phase"] == "data"]
    found = {
        "jobs": [
            (about["job_id"], about["region"], about["name"], moment(min(ends, default=None)),
             moment(max(ends, default=None)), len(complete))
        ],
        "snapshots": [
            (it["id"], about["job_id"], moment(it["started"]), moment(it["finished"]), "complete", "api", it["pages"],
             it["objects"], it["changes"])
            for it in complete
        ],
        "failed": [(it["id"], moment(it["started"]), 0) for it in job.snapshots if it["outcome"] == "failed"],
        "table_latest": [], "table_history": [], "table_throughput": [], "object_latest": [],
        "status_transitions": [], "failures": [],
    }
    counts = ("status", "finished_rows", "total_rows", "used_time", "error_message")
    for object in data:
        newest = object.rows[-1]
        found["table_latest"].append(
            of(object) + tuple(object.state[name] for name in counts)
            + (moment(object.first_seen), moment(newest["at"]), moment(object.last_seen), int(newest["listed"]))
        )
        for row in object.rows:
            found["table_history"].append(
                (row["snapshot"], moment(row["previous"]), moment(row["at"])) + of(object)
                + tuple(row["state"][name] for name in counts) + (int(row["listed"]),)
            )
            after, before = row["state"]["finished_rows"], row["rows_before"]
            if None not in (after, before, row["previous"]) and after > before and row["at"] > row["previous"]:
                ms = row["at"] - row["previous"]
                found["table_throughput"].append(
                    of(object) + (moment(row["previous"]), moment(row["at"]), ms / 1000.0, after - before,
                                  (after - before) * 1000.0 / ms)
                )
    for object in job.objects:
        newest = object.rows[-1]
        if object.names["phase"] in ("structure", "constraint"):
            found["object_latest"].append(
                full(object)
                + tuple(object.state[name] for name in ("status", "definition", "error_message"))
                + (moment(object.first_seen), moment(newest["at"]), moment(object.last_seen), int(newest["listed"]))
            )
        moves = [row for row in object.rows if row["state"]["status"] != row["status_before"]]
        for index, row in enumerate(moves):
            found["status_transitions"].append(
                (row["snapshot"],) + full(object)
                + (row["status_before"], row["state"]["status"], moment(row["previous"]), moment(row["at"]),
                   row["state"]["error_message"])
            )
            if row["state"]["status"] == "Failed":
                end = moves[index + 1] if index + 1 < len(moves) else None
                found["failures"].append(
                    full(object)
                    + (row["state"]["definition"], row["state"]["error_message"], moment(row["at"]),
                       moment(end["previous"] if end else object.last_seen), moment(end["at"] if end else None))
                )
    return found


STATEMENTS = {
    "jobs": "select * from jobs",
    "snapshots": """select snapshot_id, job_id, started_at, finished_at, outcome, source, pages, objects, changes
        from snapshots where outcome = 'complete' and error is null""",
    "failed": "select snapshot_id, started_at, changes from snapshots where outcome = 'failed' and error <> ''",
    "table_latest": """select source_db, destination_db, table_name, status, finished_rows, total_rows, used_time,
        error_message, first_seen_at, changed_at, last_seen_at, listed from table_latest""",
    "table_history": """select snapshot_id, previous_observed_at, observed_at, source_db, destination_db, table_name,
        status, finished_rows, total_rows, used_time, error_message, listed from table_history""",
    "table_throughput": """select source_db, destination_db, table_name, from_at, to_at, seconds, rows,
        rows_per_second from table_throughput""",
    "object_latest": """select phase, object_type, source_db, destination_db, parent_name, object_name, status,
        definition, error_message, first_seen_at, changed_at, last_seen_at, listed from object_latest""",
    "status_transitions": """select snapshot_id, phase, object_type, source_db, destination_db, parent_name,
        object_name, from_status, to_status, previous_observed_at, observed_at, error_message
        from status_transitions""",
    "failures": """select phase, object_type, source_db, destination_db, parent_name, object_name, definition,
        error_message, first_failed_at, last_seen_at, resolved_at from failures""",
}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    about, sweeps = lines[0], lines[1:]
    job = Job()
    for line in sweeps:
        job.take(line)
    expected = views(job, about)
    database = sqlite3.connect(f"file:{sys.argv[2]}?mode=ro", uri=True)
    wrong, rows = 0, 0
    for view, statement in STATEMENTS.items():
        order = lambda row: [(value is not None, str(value)) for value in row]
        ours = sorted(expected[view], key=order)
        theirs = sorted((tuple(row) for row in database.execute(statement)), key=order)
        rows += len(ours)
        if ours == theirs:
            continue
        wrong += 1
        print(f"{view}: {len(theirs)} rows, expected {len(ours)}")
        for row in [row for row in theirs if row not in ours][:3]:
            print("  is there:  ", row)
        for row in [row for row in ours if row not in theirs][:3]:
            print("  should be: ", row)
    sizes = {view: len(found) for view, found in expected.items()}
    print(json.dumps({"rows": rows, "sweeps": len(sweeps), **sizes}))
    return 1 if wrong else 0


sys.exit(main())
