// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.cluster.message.StartContent;
import dev.bellhop.server.cluster.message.WireCommand;
import dev.bellhop.server.cluster.message.WireUnfinished;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.engine.StartHandle;
import dev.bellhop.server.execution.script.GuestCommand;
import dev.bellhop.server.execution.store.ExecutionIntake.Insertion;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores a start, and then has the node that holds the VM do it. Where nobody can have heard of it, it is ended here, or left for
 * the node to find. Thread safe.
 */
final class ClusterStarts implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ClusterStarts.class);

    /** What goes with an order; in characters and bytes. */
    private static final int MAX_CONTENT = 16 * 1024;

    private final String server;
    private final ExecutionStore store;
    private final ClusterExecutions executions;
    private final NodeCalls calls;
    private final Clock clock;
    private final ExecutionIds ids;
    private final ExpectedIntents intents = new ExpectedIntents();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("order-", 0).factory());

    /**
     * Has nodes store what becomes of what it orders at one server.
     *
     * @param clock ticks as times are stored
     */
    ClusterStarts(String server, ExecutionStore store, ClusterExecutions executions, NodeCalls calls, Clock clock) {
        this.server = server;
        this.store = store;
        this.executions = executions;
        this.calls = calls;
        this.clock = clock;
        this.ids = new ExecutionIds(clock);
    }

    /** As {@link dev.bellhop.server.execution.engine.Engine#start}. */
    StartHandle start(VmId vm, ExecutionRequest request, @Nullable IdempotencyKey key, Duration wait, Deadline start) {
        // Says what is wrong with it before anything is stored.
        GuestCommand.of(request.spec(), request.startOptions());
        if (key != null) {
            Optional<Insertion.Known> earlier = store.intake().known(key.keyId(), key.name());
            if (earlier.isPresent()) {
                return replayed(vm, earlier.get(), key);
            }
        }
        Execution pending = pending(vm, request);
        StartOptions options = request.startOptions();
        boolean atOnce = options.deliveryTimeout().isZero() && pending.approval() == null;
        StartIntent intent = atOnce ? intents.next(vm, pending.createdAt()) : null;
        // From before anybody else can hear of it until its order is answered.
        ChangeHints.Subscription news = executions.listen(pending.id());
        boolean isOrdered = false;
        try {
            if (insert(pending, options, intent, key, start) instanceof Insertion.Known known) {
                return replayed(vm, known, key);
            }
            Execution kept = pending.shortened();
            Unfinished stored = new Unfinished(kept, 1, options.terms(), intent, null, OpenFiles.NONE);
            CompletableFuture<NodeOrder.Started> order = CompletableFuture.supplyAsync(
                    () -> deliver(stored, options, atOnce, !wait.isZero(), start), threads);
            isOrdered = true;
            var _ = order.whenComplete((_, _) -> news.close());
            return new ClusterStart(pending.id(), new ClusterStart.Given(kept, order), atOnce, executions);
        } finally {
            if (!isOrdered) {
                news.close();
            }
        }
    }

    private StartHandle replayed(VmId vm, Insertion.Known known, @Nullable IdempotencyKey key) {
        if (!known.key().equals(key)) {
            throw new BellhopException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "Cannot use this Idempotency-Key because another request was sent with it; take a new one");
        }
        boolean isPending = executions
                .stored()
                .find(known.id())
                .filter(found -> found.state() == ExecutionState.PENDING)
                .isPresent();
        if (isPending) {
            // The server that stored it may have ended before it gave the order, and then its node finds it.
            calls.wake(vm);
        }
        return new ClusterStart(known.id(), null, false, executions);
    }

    private Execution pending(VmId vm, ExecutionRequest request) {
        Execution pending = Execution.pending(ids.next(), vm, request.spec(), clock.instant());
        Duration within = request.approvalWithin();
        return within == null
                ? pending
                : pending.withApproval(Approval.until(pending.createdAt().plus(within)));
    }

    private Insertion insert(
            Execution pending,
            StartOptions options,
            @Nullable StartIntent intent,
            @Nullable IdempotencyKey key,
            Deadline deadline) {
        CompletableFuture<Insertion> inserted = store.intake().insert(pending, options, intent, key);
        try {
            return Writes.awaitOutcome(inserted, deadline.remaining());
        } catch (BellhopException e) {
            if (inserted.isCompletedExceptionally()) {
                throw e;
            }
            // It may yet be stored, and then it is not to be started any more, unless its node has found it by then.
            var _ = inserted.thenAccept(insertion -> {
                if (insertion instanceof Insertion.Inserted) {
                    var _ = endUnheard(pending, intent, Reason.STORE_UNAVAILABLE);
                }
            });
            throw new BellhopException(
                    ErrorCode.START_UNCONFIRMED,
                    "Cannot tell whether the command will be started in VM " + pending.vm()
                            + " because the database does not answer in time",
                    e);
        }
    }

    /** Tells the node, and returns what it says; ends the execution where it is certain that none will start it. */
    private NodeOrder.Started deliver(
            Unfinished stored, StartOptions options, boolean atOnce, boolean endAwaited, Deadline start) {
        Duration forStart = atOnce ? start.remaining() : Duration.ZERO;
        Execution kept = stored.execution();
        WireUnfinished wire = WireUnfinished.of(stored);
        boolean isShort = options.length() <= MAX_CONTENT && !kept.hasMore();
        StartContent content =
                isShort ? StartContent.of(WireCommand.of(kept.spec().command()), options) : null;
        try {
            NodeOrder.Started started = calls.giveStart(
                            kept.vm(),
                            NodeOrder.START,
                            holder -> new NodeOrder.Start(
                                    holder.session(), holder.epoch(), wire, content, forStart, endAwaited, server),
                            forStart.plus(NodeCalls.MOMENT))
                    .open(NodeOrder.Started.class);
            intents.learn(kept.vm(), started.next());
            return started;
        } catch (NodeCalls.UndeliveredException e) {
            if (!atOnce) {
                // Its node finds it in the store, when it is there.
                return new NodeOrder.Started(true, null);
            }
            throw notDelivered(stored, e);
        } catch (FencedException e) {
            throw new IllegalStateException("a fenced order was given again", e);
        } catch (BellhopException e) {
            if (e.code() == ErrorCode.TOO_MANY_EXECUTIONS) {
                // It had no place for it, so it forgot it. All else it ends itself, or finds out about.
                var _ = endUnheard(kept, stored.asked(), Reason.TOO_MANY_EXECUTIONS);
            }
            throw stored.asked() == null && atOnce ? refused(kept, e) : e;
        }
    }

    /**
     * What its caller is told where its node refuses what a node that is restarted would start, as nothing says that a guest may have
     * been asked: that it was not started only once it never will be.
     */
    private BellhopException refused(Execution kept, BellhopException why) {
        try {
            boolean ends = Writes.await(store.intake()
                    .endUnasked(kept.endedUnstarted(ExecutionState.REJECTED, reason(why.code()), clock.instant())));
            if (ends || why.code() == ErrorCode.START_UNCONFIRMED || hasEndedUnstarted(kept.id())) {
                return why;
            }
        } catch (BellhopException e) {
            log.debug("Cannot end execution {}, which its node has refused", kept.id(), e);
        }
        return new BellhopException(
                ErrorCode.START_UNCONFIRMED,
                "Cannot tell whether the command was started in VM " + kept.vm()
                        + " because its node refused it, and that could not be stored",
                why);
    }

    /** Its node may have asked the guest, and is about to store that this came to nothing. Or another node has the VM by now. */
    private boolean hasEndedUnstarted(ExecutionId id) {
        return executions
                .find(id, TenantFilter.all(), NodeCalls.MOMENT)
                .map(ExecutionSnapshot::execution)
                .filter(found -> found.state() == ExecutionState.REJECTED || found.state() == ExecutionState.CANCELLED)
                .filter(found -> found.startedAt() == null)
                .isPresent();
    }

    private static Reason reason(ErrorCode code) {
        return switch (code) {
            case TOO_MANY_EXECUTIONS -> Reason.TOO_MANY_EXECUTIONS;
            case STORE_UNAVAILABLE -> Reason.STORE_UNAVAILABLE;
            case NOT_SUPPORTED -> Reason.NOT_SUPPORTED;
            default -> Reason.AGENT_UNAVAILABLE;
        };
    }

    private BellhopException notDelivered(Unfinished stored, NodeCalls.UndeliveredException e) {
        Execution kept = stored.execution();
        boolean ended = e.isCertainlyUndone() && endsUnheard(stored);
        return ended
                ? new BellhopException(
                        ErrorCode.AGENT_UNAVAILABLE,
                        "Cannot run a command in VM " + kept.vm() + " because " + e.why(),
                        e)
                : new BellhopException(
                        ErrorCode.START_UNCONFIRMED,
                        "Cannot tell whether the command was started in VM " + kept.vm() + " because " + e.why(),
                        e);
    }

    private boolean endsUnheard(Unfinished stored) {
        try {
            return Writes.await(endUnheard(stored.execution(), stored.asked(), Reason.AGENT_UNAVAILABLE));
        } catch (BellhopException e) {
            return false;
        }
    }

    /**
     * Ends one that its node has not heard of by an order. The node may have found it in the store: one without an intent it may have
     * started from there, and stores an intent before it does; one that was stored with an intent it never starts.
     */
    private CompletableFuture<Boolean> endUnheard(Execution kept, @Nullable StartIntent intent, Reason reason) {
        Execution ended = kept.endedUnstarted(ExecutionState.REJECTED, reason, clock.instant());
        return intent == null
                ? store.intake().endUnasked(ended)
                : store.intake().endUnheard(ended);
    }

    /** What was ordered goes on. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
