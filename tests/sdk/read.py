"""Reads a job of the simulator through both of the vendor's SDKs and prints what each returned as one JSON object:

{"v1": {...}, "v3": {...}}, each with "synchronization", "migration" and "task": sorted lists of
[phase, destination database, name, status, definition or rows], read page by page by the calls of that kind, and
"job": the job-level values by call.

Usage: read.py ENDPOINT_HOST_AND_PORT ACCESS_KEY_ID ACCESS_KEY_SECRET INSTANCE_ID
"""

import importlib
import json
import sys

from alibabacloud_dts20200101 import client as v3_client
from alibabacloud_dts20200101 import models as v3_models
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.client import AcsClient

MAX_PAGES = 50
REGION = "cn-hangzhou"
MIGRATION_MODES = ["StructureInitialization", "DataInitialization", "DataSynchronization"]


class V1:
    """aliyun-python-sdk-dts, which signs with version 1.0. A class for each call, replies as JSON."""

    def __init__(self, host, key_id, secret):
        self.client, self.host = AcsClient(key_id, secret, REGION), host

    def call(self, action, **params):
        module = importlib.import_module(f"aliyunsdkdts.request.v20200101.{action}Request")
        request = getattr(module, f"{action}Request")()
        request.set_endpoint(self.host)
        request.set_accept_format("JSON")
        for name, value in params.items():
            getattr(request, f"set_{name}")(value)
        return json.loads(self.client.do_action_with_exception(request))

    def migration_detail(self, **params):
        modes = {f"MigrationMode{mode}": True for mode in MIGRATION_MODES}
        return self.call("DescribeMigrationJobDetail", **params, **modes)


class V3:
    """alibabacloud_dts20200101, which signs with version 3. A model for each request and each reply."""

    def __init__(self, host, key_id, secret):
        config = Config(
            access_key_id=key_id, access_key_secret=secret, endpoint=host, region_id=REGION, protocol="http")
        self.client = v3_client.Client(config)

    @staticmethod
    def snake(name):
        return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")

    def call(self, action, **params):
        request = getattr(v3_models, f"{action}Request")(
            **{self.snake(name): value for name, value in params.items()})
        return getattr(self.client, self.snake(action))(request).body.to_map()

    def migration_detail(self, **params):
        mode = v3_models.DescribeMigrationJobDetailRequestMigrationMode(
            **{self.snake(mode): True for mode in MIGRATION_MODES})
        return self.call("DescribeMigrationJobDetail", **params, MigrationMode=mode)


def old_rows(structure, constraints, data):
    for item in structure:
        fields = [item["DestinationOwnerDBName"], item["ObjectName"], item.get("Status"), item.get("ObjectDefinition")]
        yield ["structure", *fields]
        for inner in constraints(item):
            yield ["constraint", inner["DestinationOwnerDBName"], inner["ObjectName"], inner.get("Status"),
                   inner.get("ObjectDefinition")]
    for item in data:
        yield ["data", item["DestinationOwnerDBName"], item["TableName"], item.get("Status"), item.get("FinishRowNum")]


def pages(rows_of_page):
    rows = []
    for number in range(1, MAX_PAGES):
        page = list(rows_of_page(number))
        if not page:
            return sorted(rows, key=str)
        rows += page
    raise SystemExit("the job has too many pages")


def synchronization(sdk, instance):
    def page(number):
        body = sdk.call("DescribeInitializationStatus", SynchronizationJobId=instance, PageNum=number, PageSize=50)
        return old_rows(body.get("StructureInitializationDetails") or [], lambda item: item.get("Constraints") or [],
                        body.get("DataInitializationDetails") or [])
    return pages(page)


def migration(sdk, instance):
    def items(body, name):
        return (body.get(f"{name}DetailList") or {}).get(f"{name}Detail") or []

    def constraints(item):
        return (item.get("ConstraintList") or {}).get("StructureInitializationDetail") or []

    def page(number):
        body = sdk.migration_detail(MigrationJobId=instance, PageNum=number, PageSize=50)
        return old_rows(items(body, "StructureInitialization"), constraints, items(body, "DataInitialization"))
    return pages(page)


def task(sdk, job):
    def page(code, number):
        body = sdk.call("DescribePreCheckStatus", DtsJobId=job, JobCode=code, StructType="before",
                        PageNo=str(number), PageSize="50")
        for item in body.get("JobProgress") or []:
            phase = "data" if code == "03" else "constraint" if item.get("ParentObj") else "structure"
            status = {"Success": "Finished"}.get(item["State"], item["State"])
            value = item.get("Current") if code == "03" else item.get("DdlSql")
            yield [phase, item["DestSchema"], item["Names"], status, value]

    return sorted(pages(lambda number: page("02", number)) + pages(lambda number: page("03", number)), key=str)


def job_level(sdk, instance, job):
    status = sdk.call("DescribeSynchronizationJobStatus", SynchronizationJobId=instance)
    migration_status = sdk.call("DescribeMigrationJobStatus", MigrationJobId=instance)
    detail = sdk.call("DescribeDtsJobDetail", DtsJobId=job)
    listed = sdk.call("DescribeDtsJobs", Region=REGION, JobType="SYNC", DtsJobId=job)["DtsJobList"][0]
    migrations = sdk.call("DescribeMigrationJobs")["MigrationJobs"]["MigrationJob"]
    summary = sdk.call("SummaryJobDetail", DtsJobId=job, JobCode="02")["ProgressSummaryDetails"]
    sync = migration_status.get("DataSynchronizationStatus") or {}
    return {
        "task_ids": [status["TaskId"], migration_status["TaskId"], detail["DtsJobId"], listed["DtsJobId"]],
        "statuses": [status["Status"], migration_status["MigrationJobStatus"], detail["Status"], listed["Status"]],
        "delay_ms": [int(status.get("DelayMillis") or -1), detail["Delay"]],
        "delay_seconds": [int(sync.get("Delay") or -1), listed["Delay"]],
        "checkpoints": [int(status.get("Checkpoint") or 0), int(sync.get("Checkpoint") or 0),
                        detail["Checkpoint"], int(listed["Checkpoint"])],
        "migrations": [it["MigrationJobID"] for it in migrations],
        "objects": sum(it["TotalCount"] for it in summary),
    }


def read(sdk, instance):
    jobs = sdk.call("DescribeSynchronizationJobs")["SynchronizationInstances"]
    assert instance in [it["SynchronizationJobId"] for it in jobs], jobs
    found = sdk.call("DescribeDtsJobs", Region=REGION, JobType="SYNC", DtsInstanceId=instance)["DtsJobList"]
    job = found[0]["DtsJobId"]
    return {
        "synchronization": synchronization(sdk, instance),
        "migration": migration(sdk, instance),
        "task": task(sdk, job),
        "job": job_level(sdk, instance, job),
    }


if __name__ == "__main__":
    *credentials, instance = sys.argv[1:5]
    v3 = V3(*credentials)
    result = {"v1": read(V1(*credentials), instance), "v3": read(v3, instance)}
    # Only the newer package has this call.
    steps = v3.call("ListJobStep", DtsJobId=result["v3"]["job"]["task_ids"][0])["JobSteps"]
    result["latency_ms"] = steps[-1]["IncLatencyMilliseconds"]
    print(json.dumps(result))
