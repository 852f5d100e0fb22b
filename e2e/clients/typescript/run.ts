// SPDX-License-Identifier: Apache-2.0
//
// Usage: node run.js URL KEY VMID
//
// Runs commands in a VM with a client made of the types that openapi-typescript generates from openapi.yaml.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type CreateExecution = components["schemas"]["CreateExecution"];
type Execution = components["schemas"]["Execution"];

const [url, key, vm] = process.argv.slice(2);
if (url === undefined || key === undefined || vm === undefined) {
  throw new Error("Usage: run.js URL KEY VMID");
}
const vmid = Number(vm);
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });

function check<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.response.status} ${JSON.stringify(answer.error)}`);
  }
  return answer.data;
}

async function create(body: CreateExecution, wait: number): Promise<Execution> {
  return check(
    await client.POST("/api/v2/vps/{vmid}/executions", {
      params: { path: { vmid }, query: { wait }, header: { "Idempotency-Key": crypto.randomUUID() } },
      body,
    }),
  );
}

async function awaitEnd(id: string): Promise<Execution> {
  return check(await client.GET("/api/v2/executions/{id}", { params: { path: { id }, query: { wait: 60 } } }));
}

const told: Record<string, unknown> = {};

const ended = await create({ command: "echo hello; echo oops >&2; exit 3", labels: { client: "typescript" } }, 60);
told["state"] = ended.state;
told["exitCode"] = ended.exitCode;
const stdout = check(
  await client.GET("/api/v2/executions/{id}/output", {
    params: { path: { id: ended.id }, query: { stream: "stdout" } },
    parseAs: "text",
  }),
);
told["stdout"] = stdout;
told["stderr"] = ended.output?.stderr;

const sleeps = await create({ argv: ["sleep", "300"], timeoutSeconds: 300 }, 0);
check(
  await client.POST("/api/v2/executions/{id}/actions/cancel", {
    params: { path: { id: sleeps.id } },
    body: { graceSeconds: 0 },
  }),
);
told["cancelled"] = (await awaitEnd(sleeps.id)).state;

const decision = check(
  await client.POST("/api/v2/vps/{vmid}/executions/actions/check", {
    params: { path: { vmid } },
    body: { command: "reboot" },
  }),
);
told["decision"] = decision.decision;

const started = check(
  await client.POST("/api/vm/{vmid}/agent/exec", { params: { path: { vmid } }, body: { command: "echo v1; exit 4" } }),
);
const pid = started.data.pid;
let result: components["schemas"]["ExecResult"];
do {
  result = check(await client.GET("/api/vm/{vmid}/agent/exec", { params: { path: { vmid }, query: { pid } } })).data;
} while (!result.exited);
told["v1"] = `${result.exitcode} ${result.stdout}`;

const status = check(await client.GET("/api/vm/{vmid}/status", { params: { path: { vmid } } }));
told["vm"] = status.data.vmid;

const missing = await client.GET("/api/v2/executions/{id}", { params: { path: { id: "nobody" } } });
told["error"] = missing.error?.code;

console.log(JSON.stringify(told));
