// SPDX-License-Identifier: Apache-2.0
//
// Usage: node run.js URL KEY VMID FOLDER
//
// Runs one story with the types that openapi-typescript generates from openapi.yaml. FOLDER is in the guest.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type CreateExecution = components["schemas"]["CreateExecution"];
type Execution = components["schemas"]["Execution"];

const [url, admin, vm, folder] = process.argv.slice(2);
if (url === undefined || admin === undefined || vm === undefined || folder === undefined) {
  throw new Error("Usage: run.js URL KEY VMID FOLDER");
}
const vmid = Number(vm);
const labels = { client: "typescript" };

function clientOf(key: string) {
  return createClient<paths>({ baseUrl: url!, headers: { Authorization: `Bearer ${key}` } });
}

function check<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.response.status} ${JSON.stringify(answer.error)}`);
  }
  return answer.data;
}

const told: Record<string, unknown> = {};

const created = check(
  await clientOf(admin).POST("/api/v2/keys", {
    body: { name: "typescript", scopes: ["write:vm", "files:vm", "terminal:vm"], vms: [vmid], expiresInDays: 1 },
  }),
);
told["scopes"] = created.scopes.length;
const client = clientOf(created.key);

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

async function page(): Promise<number> {
  let found = 0;
  const since = new Date(Date.now() - 3600_000).toISOString();
  let cursor: string | undefined;
  do {
    const query = { label: ["client=typescript"], since, limit: 1, ...(cursor === undefined ? {} : { cursor }) };
    const part = check(await client.GET("/api/v2/executions", { params: { query } }));
    found += part.items.length;
    cursor = part.nextCursor;
  } while (cursor !== undefined);
  return found;
}

const ended = await create({ command: "echo hello; echo oops >&2; exit 3", labels }, 60);
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
const events: string = check(
  await client.GET("/api/v2/executions/{id}/events", { params: { path: { id: ended.id } }, parseAs: "text" }),
);
told["followed"] = events.includes("hello");

const sleeps = await create({ argv: ["sleep", "300"], timeoutSeconds: 300, labels }, 0);
check(
  await client.POST("/api/v2/executions/{id}/actions/signal", {
    params: { path: { id: sleeps.id } },
    body: { signal: "CONT" },
  }),
);
check(
  await client.POST("/api/v2/executions/{id}/actions/cancel", {
    params: { path: { id: sleeps.id } },
    body: { graceSeconds: 0 },
  }),
);
told["cancelled"] = (await awaitEnd(sleeps.id)).state;
told["listed"] = await page();

const decision = check(
  await client.POST("/api/v2/vps/{vmid}/executions/actions/check", {
    params: { path: { vmid } },
    body: { command: "reboot" },
  }),
);
told["decision"] = decision.decision;

const file = { params: { path: { vmid }, query: { path: `${folder}/typescript` } } };
const uploaded = check(
  await client.PUT("/api/v2/vps/{vmid}/files", {
    ...file,
    headers: { "Content-Type": "application/octet-stream" },
    body: "",
    bodySerializer: () => new Uint8Array([0x00, 0xff, 0x0a]),
  }),
);
told["uploaded"] = uploaded.offset;
const downloaded = check(await client.GET("/api/v2/vps/{vmid}/files", { ...file, parseAs: "arrayBuffer" }));
told["downloaded"] = Buffer.from(downloaded).toString("hex");

const terminal = check(
  await client.POST("/api/v2/vps/{vmid}/terminals", { params: { path: { vmid } }, body: { argv: ["cat"] } }),
);
const inTerminal = { params: { path: { vmid, id: terminal.id } } };
const ticket = check(await client.POST("/api/v2/vps/{vmid}/terminals/{id}/tickets", inTerminal));
told["ticket"] = ticket.ticket.split(".")[1];
await client.DELETE("/api/v2/vps/{vmid}/terminals/{id}", inTerminal);

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
