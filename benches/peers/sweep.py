"""One sweep with the vendor's SDK, page by page, into SQLite: what a careful script does in place of dts-history.

Usage: sweep.py HOST_AND_PORT JOB DATABASE
"""

import datetime
import sqlite3
import sys

from alibabacloud_dts20200101 import client, models
from alibabacloud_tea_openapi.models import Config

PAGE_SIZE = 100


def rows(body, at):
    for item in body.structure_initialization_details or []:
        yield (at, "structure", item.source_owner_dbname, item.destination_owner_dbname, item.object_type, item.object_name,
               item.status, None, None, None, item.error_message, item.object_definition)
    for item in body.data_initialization_details or []:
        yield (at, "data", item.source_owner_dbname, item.destination_owner_dbname, None, item.table_name,
               item.status, item.finish_row_num, item.total_row_num, item.used_time, item.error_message, None)


def main(host, job, database):
    config = Config(access_key_id="id", access_key_secret="secret", endpoint=host, region_id="cn-hangzhou", protocol="http")
    dts = client.Client(config)
    connection = sqlite3.connect(database)
    connection.execute("pragma journal_mode = wal")
    connection.execute(
        "create table if not exists reading (observed_at text, phase text, source_db text, destination_db text, object_type text,"
        " object_name text, status text, finished_rows integer, total_rows integer, used_time text, error_message text, definition text)")
    number = 1
    while True:
        request = models.DescribeInitializationStatusRequest(
            synchronization_job_id=job, page_num=number, page_size=PAGE_SIZE, region_id="cn-hangzhou")
        body = dts.describe_initialization_status(request).body
        at = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
        page = list(rows(body, at))
        if not page:
            break
        connection.executemany("insert into reading values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", page)
        number += 1
    connection.commit()
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:4])
