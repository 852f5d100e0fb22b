// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v1.AgentAvailability;
import dev.bellhop.api.v1.ExecRequest;
import dev.bellhop.api.v1.ExecResult;
import dev.bellhop.api.v1.ExecStarted;
import dev.bellhop.api.v1.JobStarted;
import dev.bellhop.api.v1.JobStatus;
import dev.bellhop.api.v1.StatusChange;
import dev.bellhop.api.v1.VmStatus;

/** The calls of v1 of the API, for what was written for it, with the errors of {@link BellhopClient}. Thread safe. */
public final class V1Client {

    private final Calls calls;

    V1Client(Calls calls) {
        this.calls = calls;
    }

    /**
     * Starts a command and returns once the guest has given its pid. After a timeout or a broken connection it may have been
     * started all the same.
     *
     * @param command text for the guest's shell, at most {@link ExecRequest#MAX_COMMAND_LENGTH} characters
     */
    public ExecStarted exec(long vmid, String command) throws InterruptedException {
        return calls.data(calls.transport().post(execPath(vmid), new ExecRequest(command)), ExecStarted.class);
    }

    /** How the newest command with that pid in that VM stands, or how it ended. */
    public ExecResult result(long vmid, long pid) throws InterruptedException {
        return get(execPath(vmid) + "?pid=" + pid, ExecResult.class);
    }

    /** Whether commands can be run in that VM now. */
    public AgentAvailability availability(long vmid) throws InterruptedException {
        return get(execPath(vmid), AgentAvailability.class);
    }

    /** The state of a VM, its agent and its recent commands. */
    public VmStatus status(long vmid) throws InterruptedException {
        return get(statusPath(vmid), VmStatus.class);
    }

    /**
     * Begins to start, shut down, stop or restart a VM.
     *
     * @param action {@code start}, {@code shutdown}, {@code stop} or {@code restart}
     * @param force whether a guest that does not switch itself off may be switched off
     */
    public JobStarted changeStatus(long vmid, String action, boolean force) throws InterruptedException {
        StatusChange wanted = new StatusChange(action, force ? true : null);
        return calls.data(calls.transport().post(statusPath(vmid), wanted), JobStarted.class);
    }

    /** How a job stands. */
    public JobStatus job(String id) throws InterruptedException {
        return get("/api/jobs/" + PathAndQuery.encode(id), JobStatus.class);
    }

    private <T> T get(String path, Class<T> type) throws InterruptedException {
        return calls.data(calls.transport().get(path), type);
    }

    private static String execPath(long vmid) {
        return "/api/vm/" + vmid + "/agent/exec";
    }

    private static String statusPath(long vmid) {
        return "/api/vm/" + vmid + "/status";
    }
}
