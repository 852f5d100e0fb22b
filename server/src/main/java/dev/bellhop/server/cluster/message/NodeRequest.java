// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.message;

import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.OutputStreamName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a node asks of the API servers. Each is a subject of its own, {@code bh.1.s.X.KIND}; X is the node, and is taken from there
 * alone. Each may arrive twice.
 *
 * <p>What is about one VM's executions has the session and the epoch that the node holds the VM by: where another holds it by
 * now, the answer is {@code FENCED} and nothing is written.
 */
public final class NodeRequest {
    public static final String HELLO = "hello";
    public static final String BEAT = "beat";
    public static final String NUMBER = "number";
    public static final String CLAIM = "claim";
    public static final String RELEASE = "release";
    public static final String UNFINISHED = "unfinished";
    public static final String MAY_START = "may-start";
    public static final String ASK = "ask";
    public static final String OPENED = "opened";
    public static final String UPDATE = "update";
    public static final String OUTPUT = "output";
    public static final String WISH = "wish";
    public static final String SIZE = "size";
    public static final String CONTENT = "content";
    public static final String OPERATION = "operation";
    public static final String OPERATIONS = "operations";
    public static final String RENEW = "renew";

    /** Of one {@link NumberVms}. */
    public static final int MOST_NUMBERED = 1_000;

    /** Of one {@link Claim}. */
    public static final int MOST_CLAIMED = 1_000;

    private NodeRequest() {}

    /**
     * The first thing a node says, and what it says again when it was fenced. It makes a session, which ends the one before.
     *
     * @param oldestProtocol the oldest version of the protocol that it speaks
     * @param instance tells this process from another with the same name
     * @param attempt rises with each hello of the process; absent from nodes of the release before
     */
    public record Hello(
            int oldestProtocol,
            int newestProtocol,
            String version,
            UUID instance,
            @Nullable Long attempt) {}

    /**
     * What {@link Hello} is answered with.
     *
     * @param beat how often the node is to send a {@link Beat}
     * @param lease without an answer for so long, it asks before it starts anything
     */
    public record Welcome(long session, int protocol, Duration beat, Duration lease) {}

    /** That the node is there. Answered with {@link Answer#DONE}, or {@code FENCED}, and then it says {@link Hello} again. */
    public record Beat(long session, int vms, int running, int waiting) {}

    /** Asks for the vmids of VMs that the node's hypervisors know by UUIDs alone, at most {@value #MOST_NUMBERED} of them. */
    public record NumberVms(long session, List<UUID> vms) {}

    /** What {@link NumberVms} is answered with: the same number for a VM each time, whichever node asks. */
    public record Numbered(List<NumberedVm> vms) {}

    public record NumberedVm(UUID uuid, long vm) {}

    /**
     * A VM that a node has.
     *
     * @param isHere whether it has been seen to run there, so that another node that holds it is asked whether it has left
     */
    public record OwnVm(long vm, @Nullable String name, boolean isHere) {}

    /** The VMs that a node has found and does not hold yet. */
    public record Claim(long session, List<OwnVm> vms) {}

    /** What {@link Claim} is answered with: those that it holds from now on. Another node has the rest. */
    public record Claimed(List<HeldVm> vms) {}

    /** A VM that a node holds, and its epoch, with which every request about it has to come. */
    public record HeldVm(long vm, long epoch) {}

    /** A VM is not on the node any more. */
    public record Release(long session, long vm, long epoch) {}

    /**
     * Asks for executions in VMs that the node holds which have not ended, oldest first.
     *
     * @param vm of this VM alone; absent for all that the node holds
     * @param after only those with a greater id
     */
    public record ListUnfinished(
            long session, @Nullable Long vm, @Nullable UUID after) {}

    /**
     * What {@link ListUnfinished} is answered with: as many as fit.
     *
     * @param more whether there are more behind the last
     */
    public record UnfinishedPage(List<WireUnfinished> executions, boolean more) {}

    /** Asks whether an execution may be started still. Refused with why not. */
    public record MayStart(long session, long vm, long epoch, UUID execution) {}

    /** Stores that the guest is asked next to start an execution. {@code EXECUTION_ENDED} where it has ended: ask nothing. */
    public record Ask(
            long session,
            long vm,
            long epoch,
            UUID execution,
            ExecutionMode mode,
            Instant at,
            @Nullable String spool,
            @Nullable UUID boot) {}

    /** Stores what is open in a guest to read an execution's output. */
    public record Opened(
            long session,
            long vm,
            long epoch,
            UUID execution,
            @Nullable Long stdout,
            @Nullable Long stderr) {}

    /**
     * Stores output alone, before an {@link Update} that counts it. What is too long for one message is sent so.
     */
    public record Output(long session, long vm, long epoch, UUID execution, List<Chunk> chunks) {}

    /** A run of bytes of one stream. */
    @SuppressWarnings("ArrayRecordComponent") // On its way.
    public record Chunk(
            OutputStreamName stream,
            long offset,
            byte[] bytes,
            @Nullable Instant readAt) {}

    /**
     * Replaces what is stored of an execution. Answered with {@link Revision}. One that has ended stays as it is, so that it may
     * arrive twice.
     *
     * @param step rises with each of one node's updates of an execution: one with a lower step than what is stored changes nothing
     */
    public record Update(long session, long vm, long epoch, long step, WireExecution execution, List<Chunk> chunks) {}

    /** The revision that is stored from then on. */
    public record Revision(long revision) {}

    /** Stores that somebody wants an execution to end. */
    public record Wish(long session, long vm, long epoch, UUID execution, Duration grace) {}

    /** Asks how much output is stored of an execution. Answered with {@link StoredSize}. */
    public record Size(long session, long vm, long epoch, UUID execution) {}

    /**
     * How much is stored.
     *
     * @param longBytes of its command and its start options, beside the execution itself
     */
    public record StoredSize(long stdoutBytes, long stderrBytes, long longBytes) {}

    /**
     * Asks for a piece of what it takes to start an execution: a {@link StartContent}, encoded, which may be megabytes.
     *
     * @param offset in its bytes
     */
    public record Content(long session, long vm, long epoch, UUID execution, long offset) {}

    /**
     * A piece.
     *
     * @param total bytes there are; 0 where the execution is not pending any more
     */
    @SuppressWarnings("ArrayRecordComponent") // On its way.
    public record ContentPiece(long total, byte[] bytes) {}

    /** Stores how far an operation is. */
    public record StoreOperation(long session, long vm, long epoch, WireOperation operation) {}

    /** Asks for the operations in VMs that the node holds which have not ended. */
    public record ListOperations(long session) {}

    /** What {@link ListOperations} is answered with. */
    public record OperationPage(List<WireOperation> operations) {}

    /**
     * Asks for a new token to connect to NATS with. Refused with {@code FORBIDDEN} for a node that was revoked, and where another
     * key is the node's.
     *
     * @param publicKey the node's
     */
    public record Renew(String publicKey) {}

    /** The token, which is of no use without the node's key. */
    public record Renewed(String jwt) {
        @Override
        public String toString() {
            return "Renewed";
        }
    }
}
