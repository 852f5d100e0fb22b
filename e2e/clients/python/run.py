# SPDX-License-Identifier: Apache-2.0
"""Usage: run.py URL KEY VMID FOLDER

Runs one story with the client that openapi-generator makes of openapi.yaml, which is in PYTHONPATH. FOLDER is in the guest.
"""

import json
import sys
import uuid
from datetime import datetime, timedelta, timezone

import bellhop_client as bellhop


def page(executions: bellhop.ExecutionsApi) -> int:
    found, cursor = 0, None
    since = datetime.now(timezone.utc) - timedelta(hours=1)
    while True:
        part = executions.list_executions(label=["client=python"], since=since, limit=1, cursor=cursor)
        found += len(part.items)
        cursor = part.next_cursor
        if cursor is None:
            return found


def main(url: str, admin: str, vmid: int, folder: str) -> None:
    told = {}
    with bellhop.ApiClient(bellhop.Configuration(host=url, access_token=admin)) as api:
        created = bellhop.KeysApi(api).create_key(
            bellhop.CreateKey(
                name="python", scopes=["write:vm", "files:vm", "terminal:vm"], vms=[vmid], expiresInDays=1
            )
        )
        told["scopes"] = len(created.scopes)

    with bellhop.ApiClient(bellhop.Configuration(host=url, access_token=created.key)) as api:
        executions = bellhop.ExecutionsApi(api)
        ended = executions.create_execution(
            vmid,
            bellhop.CreateExecution(command="echo hello; echo oops >&2; exit 3", labels={"client": "python"}),
            idempotency_key=str(uuid.uuid4()),
            wait=60,
        )
        told["state"] = ended.state
        told["exitCode"] = ended.exit_code
        told["stdout"] = executions.get_output(ended.id, stream="stdout").decode()
        told["stderr"] = ended.output.stderr
        told["followed"] = "hello" in executions.get_events(ended.id).decode()

        sleeps = executions.create_execution(
            vmid, bellhop.CreateExecution(argv=["sleep", "300"], timeoutSeconds=300, labels={"client": "python"})
        )
        executions.signal_execution(sleeps.id, bellhop.SignalExecution(signal="CONT"))
        executions.cancel_execution(sleeps.id, bellhop.CancelExecution(graceSeconds=0))
        told["cancelled"] = executions.get_execution(sleeps.id, wait=60).state
        told["listed"] = page(executions)
        told["decision"] = executions.check_execution(vmid, bellhop.CreateExecution(command="reboot")).decision

        files = bellhop.FilesApi(api)
        told["uploaded"] = files.write_file(f"{folder}/python", vmid, body=b"\x00\xff\n").offset
        told["downloaded"] = bytes(files.read_file(f"{folder}/python", vmid)).hex()

        terminals = bellhop.TerminalsApi(api)
        terminal = terminals.open_terminal(vmid, bellhop.CreateTerminal(argv=["cat"]))
        told["ticket"] = terminals.create_terminal_ticket(vmid, terminal.id).ticket.split(".")[1]
        terminals.close_terminal(vmid, terminal.id)

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


main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
