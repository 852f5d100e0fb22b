// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.execution.engine.Engine;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.execution.engine.StartHandle;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Has commands started, ended and fed by the nodes that hold their VMs. What is wanted is stored first, and then the node is told; what
 * becomes of it, the node stores. Thread safe.
 */
public final class ClusterEngine implements Engine, AutoCloseable {
    private static final Duration PLACE_TIMEOUT = Duration.ofSeconds(1);

    /** A message has room for more, but not twice. */
    private static final int MAX_PIECE = 256 * 1024;

    private final ExecutionStore store;
    private final ClusterExecutions executions;
    private final NodeCalls calls;
    private final Nodes nodes;
    private final Clock clock;
    private final ClusterStarts starts;
    private final ClusterApprovals approvals;

    /**
     * Orders by a bus.
     *
     * @param server where nodes are to store what becomes of what this one orders
     * @param mayStart asked before each approval
     */
    public ClusterEngine(
            String server,
            ExecutionStore store,
            ClusterExecutions executions,
            NodeCalls calls,
            Nodes nodes,
            StartCheck mayStart,
            Clock clock) {
        this.store = store;
        this.executions = executions;
        this.calls = calls;
        this.nodes = nodes;
        // As it is stored.
        this.clock = Clock.tick(clock, Duration.ofMillis(1));
        this.starts = new ClusterStarts(server, store, executions, calls, this.clock);
        this.approvals = new ClusterApprovals(store, executions, calls, nodes, mayStart, this.clock);
    }

    @Override
    public void awaitRoom(Tenant tenant) {
        try {
            store.intake().quota().awaitRoom(tenant);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public StartHandle start(
            VmId vm, ExecutionRequest request, @Nullable IdempotencyKey key, Duration wait, Deadline start) {
        return starts.start(vm, request, key, wait, start);
    }

    @Override
    public boolean cancel(ExecutionId id, Duration grace, Deadline deadline) {
        Execution execution = unfinished(id);
        requireNotDirect(execution);
        boolean stored = true;
        try {
            Writes.await(store.intake().cancel(id, grace), deadline.remaining());
        } catch (BellhopException e) {
            stored = false;
        }
        try {
            boolean durable = stored;
            calls.give(
                            execution.vm(),
                            NodeOrder.CANCEL,
                            holder -> new NodeOrder.Cancel(
                                    holder.session(), id.value(), grace, durable, deadline.remaining()),
                            deadline.remaining().plus(NodeCalls.MOMENT))
                    .requireDone();
        } catch (NodeCalls.UndeliveredException e) {
            if (!stored) {
                throw new BellhopException(
                        ErrorCode.STORE_UNAVAILABLE,
                        "Cannot end the command because that can neither be stored nor told to its node; try again",
                        e);
            }
            // The node finds the wish in the store. Without a start there is no process to end.
            if (execution.startedAt() == null) {
                var _ = store.intake()
                        .endUnasked(execution.endedUnstarted(ExecutionState.CANCELLED, null, clock.instant()));
            }
        } catch (FencedException e) {
            throw new IllegalStateException("a fenced order was given again", e);
        } catch (BellhopException e) {
            if (!stored || e.code() == ErrorCode.NOT_SUPPORTED) {
                throw e;
            }
        }
        return stored;
    }

    @Override
    public void signal(ExecutionId id, int signal, Runnable check, Deadline deadline) {
        Execution execution = unfinished(id);
        requireNotDirect(execution);
        calls.tell(
                execution.vm(),
                NodeOrder.SIGNAL,
                holder -> {
                    check.run();
                    return new NodeOrder.Signal(holder.session(), id.value(), signal, deadline.remaining());
                },
                deadline.remaining().plus(NodeCalls.MOMENT),
                "Cannot signal a command");
    }

    @Override
    public long writeStdin(ExecutionId id, StdinPiece piece, Runnable check, Deadline deadline) {
        Execution execution = unfinished(id);
        long next = piece.offset();
        int at = 0;
        do {
            int length = Math.min(MAX_PIECE, piece.bytes().length - at);
            byte[] bytes = new byte[length];
            System.arraycopy(piece.bytes(), at, bytes, 0, length);
            long offset = piece.offset() + at;
            at += length;
            boolean isLast = piece.isLast() && at == piece.bytes().length;
            next = calls.ask(
                            execution.vm(),
                            NodeOrder.INPUT,
                            holder -> {
                                check.run();
                                return new NodeOrder.Input(
                                        holder.session(), id.value(), offset, bytes, isLast, deadline.remaining());
                            },
                            NodeOrder.InputWritten.class,
                            deadline.remaining().plus(NodeCalls.MOMENT),
                            "Cannot write the stdin of a command")
                    .next();
        } while (at < piece.bytes().length);
        return next;
    }

    @Override
    public void approve(ExecutionId id, String keyId, String digest, Deadline deadline) {
        approvals.approve(id, keyId, digest, deadline);
    }

    @Override
    public void reject(ExecutionId id, Deadline deadline) {
        approvals.reject(id, deadline);
    }

    @Override
    public OptionalInt queuePlace(ExecutionId id) {
        try {
            Optional<Execution> found = executions.stored().find(id);
            if (found.isEmpty() || found.get().state() != ExecutionState.PENDING) {
                return OptionalInt.empty();
            }
            Integer place = calls.give(
                            found.get().vm(),
                            NodeOrder.PLACE,
                            holder -> new NodeOrder.Place(holder.session(), id.value()),
                            PLACE_TIMEOUT)
                    .open(NodeOrder.Placed.class)
                    .place();
            return place == null ? OptionalInt.empty() : OptionalInt.of(place);
        } catch (NodeCalls.UndeliveredException | FencedException | BellhopException e) {
            return OptionalInt.empty();
        }
    }

    @Override
    public void vmReassigned(VmId vm) {
        calls.wake(vm);
    }

    /** Any node may have some that wait to run it. */
    @Override
    public void savedCommandDeleted(Tenant tenant, String name) {
        nodes.nodes()
                .forEach(status -> nodes.session(status.node())
                        .ifPresent(session ->
                                calls.wake(status.node(), session, NodeOrder.WAKE, new NodeOrder.Wake(session, null))));
    }

    private Execution unfinished(ExecutionId id) {
        return executions
                .stored()
                .find(id)
                .filter(found -> !found.state().isFinal())
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.EXECUTION_ENDED, "Cannot do this because the execution has ended"));
    }

    private static void requireNotDirect(Execution execution) {
        if (execution.mode() == ExecutionMode.DIRECT) {
            throw new BellhopException(
                    ErrorCode.NOT_SUPPORTED,
                    "Cannot do this to an execution that the guest agent alone looks after (mode direct)");
        }
    }

    /** What was ordered goes on. */
    @Override
    public void close() {
        starts.close();
    }
}
