// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What can be asked of the process that has an execution's VM: this process, or another one. Whether a start takes its
 * place or is stored first is up to the implementation. Thread safe.
 */
public interface Engine {
    /** Waits, for seconds at most, where more is stored than may be and this tenant has much of it. To be called before a start. */
    void awaitRoom(Tenant tenant);

    /**
     * Has a command started, or finds the execution that an earlier request with the same idempotency key started. Returns
     * once it is stored: whoever waits for more need not hold the request, which can be megabytes, any longer.
     *
     * @param key absent where each request is a new command
     * @param wait how long the caller will wait for its end; zero for one that waits for its start at most
     * @param start by when the agent has to have started it, where the request has no delivery timeout
     * @throws BellhopException {@code INVALID_FIELD}, {@code TOO_MANY_EXECUTIONS}, {@code TOO_MUCH_STORED}, {@code
     *     IDEMPOTENCY_KEY_REUSED} or {@code STORE_UNAVAILABLE}: it does not run; {@code START_UNCONFIRMED}: it may
     */
    StartHandle start(VmId vm, ExecutionRequest request, @Nullable IdempotencyKey key, Duration wait, Deadline start);

    /**
     * Ends an execution: it is not started if it waits, or its processes get TERM, and KILL after a grace period.
     *
     * @return whether the wish is durable; if it is not, the execution is ended all the same, and the wish stored later
     * @throws BellhopException {@code EXECUTION_ENDED}, or {@code NOT_SUPPORTED} where the agent alone looks after it
     */
    boolean cancel(ExecutionId id, Duration grace, Deadline deadline);

    /**
     * Sends a signal to all processes of an execution.
     *
     * @param signal its number in the guest, 1 to 64
     * @param check right before it is sent, each time that is tried: what it throws is thrown, and nothing is sent. VMs change
     *     their owners, and keys are revoked, while an agent lets wait for itself.
     * @throws BellhopException {@code EXECUTION_PENDING}, {@code EXECUTION_ENDED}, {@code NOT_SUPPORTED} where the agent alone
     *     looks after it or the guest does not send the signal, {@code AGENT_UNAVAILABLE}: nothing was sent; {@code
     *     START_UNCONFIRMED}: it may have been
     */
    void signal(ExecutionId id, int signal, Runnable check, Deadline deadline);

    /**
     * Adds to the stdin of an execution that was started with the promise of more. One that has not started is waited for.
     *
     * @param piece what is there already of it is not written again
     * @param check right before it is written, as in {@link #signal}
     * @return the offset of what is to follow
     * @throws BellhopException {@code STDIN_GAP} where bytes are missing before these, {@code STDIN_CLOSED} where it takes no
     *     more, and as {@link #signal}; what may have been written can be sent again
     */
    long writeStdin(ExecutionId id, StdinPiece piece, Runnable check, Deadline deadline);

    /**
     * Has an execution started, in its turn; returns once the approval is durable. Approving again with the same key changes
     * nothing.
     *
     * @param digest of what was seen of it
     * @throws BellhopException {@code DIGEST_MISMATCH}, {@code NOT_AWAITING_APPROVAL}, {@code STORE_UNAVAILABLE}, or why it may not
     *     be started any more
     */
    void approve(ExecutionId id, String keyId, String digest, Deadline deadline);

    /**
     * Ends an execution without starting it; returns once that is durable.
     *
     * @throws BellhopException {@code NOT_AWAITING_APPROVAL}, or {@code STORE_UNAVAILABLE}: it does not start, unless the server is
     *     restarted before its end is stored
     */
    void reject(ExecutionId id, Deadline deadline);

    /** Its place among those that wait for their turn in the same VM, 1 for the next; empty if it does not wait. */
    OptionalInt queuePlace(ExecutionId id);

    /** A VM has another owner: what waits there and may not be started any more ends now, and gives up its place. */
    void vmReassigned(VmId vm);

    /** A saved command is no more: what waits to run it ends now. */
    void savedCommandDeleted(Tenant tenant, String name);
}
