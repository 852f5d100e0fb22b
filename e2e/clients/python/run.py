# SPDX-License-Identifier: Apache-2.0
"""Usage: run.py URL KEY VMID

Runs commands in a VM with the client that openapi-generator makes of openapi.yaml. It is looked for in PYTHONPATH.
"""

import json
import sys
import uuid

import bellhop_client as bellhop


def main(url: str, key: str, vmid: int) -> None:
    told = {}
    with bellhop.ApiClient(bellhop.Configuration(host=url, access_token=key)) as api:
        executions = bellhop.ExecutionsApi(api)

        ended = executions.create_execution(
            vmid,
            bellhop.CreateExecution(command="echo hello; echo oops >&2; exit 3", labels={"client": "python"}),
            idempotency_key=str(uuid.uuid4()),
            wait=60,
        )
        told["state"] = ended.state.value
        told["exitCode"] = ended.exit_code
        told["stdout"] = executions.get_output(ended.id, stream="stdout").decode()
        told["stderr"] = ended.output.stderr

        sleeps = executions.create_execution(
            vmid, bellhop.CreateExecution(argv=["sleep", "300"], timeoutSeconds=300)
        )
        executions.cancel_execution(sleeps.id, bellhop.CancelExecution(graceSeconds=0))
        told["cancelled"] = executions.get_execution(sleeps.id, wait=60).state.value

        told["decision"] = executions.check_execution(vmid, bellhop.CreateExecution(command="reboot")).decision

        v1 = bellhop.V1Api(api)
        pid = v1.post_exec(vmid, bellhop.ExecRequest(command="echo v1; exit 4")).data.pid
        result = v1.get_exec(vmid, pid).data
        while not result.exited:
            result = v1.get_exec(vmid, pid).data
        told["v1"] = f"{result.exitcode} {result.stdout}"

        told["vm"] = v1.get_status(vmid).data.vmid

        try:
            executions.get_execution("nobody")
        except bellhop.exceptions.NotFoundException as problem:
            told["error"] = json.loads(problem.body)["code"]
    print(json.dumps(told))


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
