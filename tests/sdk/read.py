"""Reads a job's initialization status through both of the vendor's SDKs, page by page, and prints what each
saw as one JSON object: {"v1": [...], "v3": [...]}, each a sorted list of [kind, database, name, status, number].

Usage: read.py ENDPOINT_HOST_AND_PORT ACCESS_KEY_ID ACCESS_KEY_SECRET JOB
"""

import json
import sys

from alibabacloud_dts20200101 import client as v3_client
from alibabacloud_dts20200101 import models as v3_models
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.client import AcsClient
from aliyunsdkdts.request.v20200101.DescribeInitializationStatusRequest import DescribeInitializationStatusRequest
from aliyunsdkdts.request.v20200101.DescribeSynchronizationJobsRequest import DescribeSynchronizationJobsRequest

PAGES_MOST = 50
REGION = "cn-hangzhou"


def rows(body):
    for item in body.get("StructureInitializationDetails") or []:
        yield ["structure", item["DestinationOwnerDBName"], item["ObjectName"], item.get("Status"), item.get("ObjectDefinition")]
        for inner in item.get("Constraints") or []:
            yield ["constraint", inner["DestinationOwnerDBName"], inner["ObjectName"], inner.get("Status"), inner.get("ObjectDefinition")]
    for item in body.get("DataInitializationDetails") or []:
        yield ["data", item["DestinationOwnerDBName"], item["TableName"], item.get("Status"), item.get("FinishRowNum")]


def read(page_of):
    seen = []
    for number in range(1, PAGES_MOST):
        page = list(rows(page_of(number)))
        if not page:
            return sorted(seen, key=str)
        seen += page
    raise SystemExit("the job does not end")


def v1(host, key_id, secret, job):
    client = AcsClient(key_id, secret, REGION)

    def page(number):
        request = DescribeInitializationStatusRequest()
        request.set_endpoint(host)
        request.set_accept_format("JSON")
        request.set_SynchronizationJobId(job)
        request.set_PageNum(number)
        request.set_PageSize(50)
        return json.loads(client.do_action_with_exception(request))

    listing = DescribeSynchronizationJobsRequest()
    listing.set_endpoint(host)
    listing.set_accept_format("JSON")
    jobs = json.loads(client.do_action_with_exception(listing))["SynchronizationInstances"]
    assert job in [it["SynchronizationJobId"] for it in jobs], jobs
    return read(page)


def v3(host, key_id, secret, job):
    config = Config(access_key_id=key_id, access_key_secret=secret, endpoint=host, region_id=REGION, protocol="http")
    client = v3_client.Client(config)

    def page(number):
        request = v3_models.DescribeInitializationStatusRequest(
            synchronization_job_id=job, page_num=number, page_size=50, region_id=REGION)
        return client.describe_initialization_status(request).body.to_map()

    listing = v3_models.DescribeSynchronizationJobsRequest(region_id=REGION)
    jobs = client.describe_synchronization_jobs(listing).body.synchronization_instances
    assert job in [it.synchronization_job_id for it in jobs]
    return read(page)


if __name__ == "__main__":
    arguments = sys.argv[1:5]
    print(json.dumps({"v1": v1(*arguments), "v3": v3(*arguments)}))
