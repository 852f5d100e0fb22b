// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.page.Pages;
import dev.bellhop.api.client.query.EventsQuery;
import dev.bellhop.api.client.query.ExecutionQuery;
import dev.bellhop.api.client.run.CommandResult;
import dev.bellhop.api.client.run.RunOptions;
import dev.bellhop.api.client.transport.HttpAnswer;
import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v1.ExecRequest;
import dev.bellhop.api.v1.ExecResult;
import dev.bellhop.api.v1.ExecStarted;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.PolicyDecision;
import dev.bellhop.api.v2.execution.AgentExecAvailability;
import dev.bellhop.api.v2.execution.AgentExecResult;
import dev.bellhop.api.v2.execution.AgentExecStarted;
import dev.bellhop.api.v2.execution.ApproveExecution;
import dev.bellhop.api.v2.execution.CancelExecution;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.api.v2.execution.SignalExecution;
import dev.bellhop.api.v2.execution.StdinPosition;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The executions of commands in VMs, what goes into them and what comes out, with the errors of {@link BellhopClient}. Thread
 * safe.
 */
public final class ExecutionsClient {

    private final Calls calls;

    ExecutionsClient(Calls calls) {
        this.calls = calls;
    }

    /**
     * Runs a command in a VM and returns once it has started, has its place in a queue, or waits for its agent. After a
     * timeout or a broken connection it may have been started all the same; with an idempotency key the same call again
     * gives the same execution and starts nothing more.
     *
     * @param idempotencyKey the caller's own name for this start, 1 to 255 visible characters of ASCII; absent for none
     * @param wait for how long at most to wait for the end of it, up to {@link BellhopClient#MAX_WAIT}; the execution then
     *     has its output, where that is small
     */
    public ExecutionView create(long vmid, CreateExecution wanted, @Nullable String idempotencyKey, Duration wait)
            throws InterruptedException {
        String path =
                new PathAndQuery(Calls.vm(vmid) + "/executions").wait(wait).toString();
        return calls.post(path, wanted, wait, Calls.idempotent(idempotencyKey), ExecutionView.class);
    }

    /** Runs a command with the default options; see the other. */
    public CommandResult run(long vmid, CreateExecution wanted) throws InterruptedException {
        return run(vmid, wanted, RunOptions.DEFAULT);
    }

    /**
     * Runs a command, waits for its end however long that takes, and collects its output. Retries requests while the server is
     * away; the command runs once. {@link CreateExecution.Builder#timeoutSeconds} limits its time in the guest. If the thread is
     * interrupted, the command continues.
     */
    public CommandResult run(long vmid, CreateExecution wanted, RunOptions options) throws InterruptedException {
        return new CommandRun(this, options).run(vmid, wanted);
    }

    /**
     * Waits for the end of an execution, and retries requests while the server is away.
     *
     * @param atMost how long to wait, which can be longer than {@link BellhopClient#MAX_WAIT}
     * @return the execution, which has not {@link ExecutionView#ended ended} if that was too short
     */
    public ExecutionView awaitEnd(String id, Duration atMost) throws InterruptedException {
        return new CommandRun(this, RunOptions.DEFAULT).awaitEnd(id, atMost);
    }

    /** What policy says of a command, which is not run. */
    public PolicyDecision dryRun(long vmid, CreateExecution wanted) throws InterruptedException {
        return calls.post(Calls.vm(vmid) + "/executions/actions/check", wanted, PolicyDecision.class);
    }

    /**
     * How an execution stands, or how it ended.
     *
     * @param wait as in {@link #create}
     */
    public ExecutionView get(String id, Duration wait) throws InterruptedException {
        return get(id, wait, false);
    }

    /**
     * As the other.
     *
     * @param raw as in {@link #output(String, OutputStreamName, long, int, boolean)}
     */
    public ExecutionView get(String id, Duration wait, boolean raw) throws InterruptedException {
        String path = new PathAndQuery(path(id)).wait(wait).flag("raw", raw).toString();
        return calls.get(path, wait, ExecutionView.class);
    }

    /**
     * Executions that fit, newest first.
     *
     * @param limit as in {@link VmsClient#list(Integer, String)}, and the cursor too
     */
    public Page<ExecutionView> list(ExecutionQuery query, @Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        PathAndQuery path =
                new PathAndQuery(query.vmid() == null ? "/api/v2/executions" : Calls.vm(query.vmid()) + "/executions");
        query.states().forEach(state -> path.with("state", state));
        query.labels().forEach((name, value) -> path.with("label", name + "=" + value));
        path.with("key", query.keyId())
                .with("savedCommand", query.savedCommand())
                .with("since", query.since())
                .with("until", query.until())
                .page(limit, cursor);
        return calls.page(path, ExecutionView.class);
    }

    /** Every execution that fits, newest first. */
    public Pages<ExecutionView> all(ExecutionQuery query) {
        return new Pages<>((limit, cursor) -> list(query, limit, cursor));
    }

    /**
     * Asks for the end of an execution, and returns once that is asked for.
     *
     * @param graceSeconds how long its command has to end after TERM; absent for the server's usual time
     */
    public ExecutionView cancel(String id, @Nullable Integer graceSeconds) throws InterruptedException {
        return act(id, "cancel", new CancelExecution(graceSeconds));
    }

    /**
     * Approves a command that another key has asked for: it is started, in its turn.
     *
     * @param digest of the request that was seen; the server refuses another
     */
    public ExecutionView approve(String id, String digest) throws InterruptedException {
        return act(id, "approve", new ApproveExecution(digest));
    }

    /** Rejects a command that waits for approval: it is never started. */
    public ExecutionView reject(String id) throws InterruptedException {
        return act(id, "reject", Map.of());
    }

    /**
     * Sends a signal to a command and its children.
     *
     * @param signal a name without SIG
     */
    public ExecutionView signal(String id, String signal) throws InterruptedException {
        return act(id, "signal", new SignalExecution(signal));
    }

    /**
     * A part of a command's output, byte for byte.
     *
     * @param executionId from {@link ExecutionView}, {@link ExecStarted} or {@link ExecResult}
     * @param offset number of the first byte wanted, from 0
     * @param limit the most bytes wanted, 1 to 1,048,576
     */
    public OutputChunk output(String executionId, OutputStreamName stream, long offset, int limit)
            throws InterruptedException {
        return output(executionId, stream, offset, limit, false);
    }

    /**
     * As the other.
     *
     * @param raw whether with the secrets that are masked otherwise, which takes the scope {@code read:raw}
     */
    public OutputChunk output(String executionId, OutputStreamName stream, long offset, int limit, boolean raw)
            throws InterruptedException {
        HttpAnswer answer = calls.transport()
                .get(new PathAndQuery(path(executionId) + "/output")
                        .with("stream", stream.toString())
                        .with("offset", offset)
                        .with("limit", limit)
                        .flag("raw", raw)
                        .toString());
        long next = answer.header("X-Next-Offset")
                .filter(value -> value.matches("[0-9]{1,18}"))
                .map(Long::parseLong)
                .orElseThrow(() -> calls.notUnderstood(answer, null));
        boolean complete = answer.header("X-Complete").equals(Optional.of("true"));
        return new OutputChunk(answer.body(), next, complete);
    }

    /**
     * Follows an execution: its output and its states as they come. Does not connect yet.
     *
     * @param lastEventId where to go on, from {@link ExecutionEvents#lastEventId}; absent for the beginning
     * @param longestOutage for how long to try when there is no connection; zero for not at all
     */
    public ExecutionEvents events(String id, @Nullable String lastEventId, Duration longestOutage) {
        return events(id, lastEventId, longestOutage, EventsQuery.ALL);
    }

    /** As the other. */
    public ExecutionEvents events(String id, @Nullable String lastEventId, Duration longestOutage, EventsQuery query) {
        String path = new PathAndQuery(path(id) + "/events")
                .flag("raw", query.raw())
                .flag("times", query.times())
                .with("since", query.since())
                .with("follow", query.follow() ? null : false)
                .toString();
        return new ExecutionEvents(
                calls.transport(), path, lastEventId, query.follow(), longestOutage, ExecutionEvents.SILENCE_TIMEOUT);
    }

    /**
     * Writes to the stdin of an execution that was created so that it follows. The same piece again does nothing, so a call
     * whose answer was lost can be repeated.
     *
     * @param offset where the bytes belong, from 0
     * @param bytes 1 MiB at most; none where there is only the end to tell
     * @param end whether nothing follows
     * @return the offset of the next piece
     */
    public long writeStdin(String id, long offset, byte[] bytes, boolean end) throws InterruptedException {
        String path = new PathAndQuery(path(id) + "/stdin")
                .with("offset", offset)
                .flag("end", end)
                .toString();
        return calls.read(calls.transport().postBytes(path, bytes), StdinPosition.class)
                .offset();
    }

    /**
     * Starts a command and returns its pid. The result is kept under that pid; see {@link #resultOfPid}.
     *
     * @param command text for the guest's shell
     * @param idempotencyKey as in {@link #create}
     */
    public AgentExecStarted startByPid(long vmid, String command, @Nullable String idempotencyKey)
            throws InterruptedException {
        return calls.post(
                agentExec(vmid),
                new ExecRequest(command),
                Duration.ZERO,
                Calls.idempotent(idempotencyKey),
                AgentExecStarted.class);
    }

    /** The newest command with that pid in that VM, with its output so far. */
    public AgentExecResult resultOfPid(long vmid, long pid) throws InterruptedException {
        return calls.get(agentExec(vmid) + "?pid=" + pid, AgentExecResult.class);
    }

    /** Whether commands can be run in that VM now. */
    public AgentExecAvailability agentAvailability(long vmid) throws InterruptedException {
        return calls.get(agentExec(vmid), AgentExecAvailability.class);
    }

    private static String agentExec(long vmid) {
        return Calls.vm(vmid) + "/agent/exec";
    }

    private ExecutionView act(String id, String action, Object wanted) throws InterruptedException {
        return calls.post(path(id) + "/actions/" + action, wanted, ExecutionView.class);
    }

    static String path(String id) {
        return "/api/v2/executions/" + PathAndQuery.encode(id);
    }
}
