// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.cluster.message.WireOperation;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.operation.StoredOperations;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Orders nodes to switch VMs on and off. An operation is stored before its node hears of it; the node stores the steps. If the node
 * does nothing, the operation fails. It is never deleted, because another server may have returned it. Thread safe.
 */
public final class PowerOrders {
    private final OperationStore store;
    private final NodeCalls calls;
    private final Duration timeout;
    private final Clock clock;

    /** @param timeout for a node to say whether it begins */
    public PowerOrders(OperationStore store, NodeCalls calls, Duration timeout, Clock clock) {
        this.store = store;
        this.calls = calls;
        this.timeout = timeout;
        this.clock = clock;
    }

    /** As {@link dev.bellhop.server.vms.Vms#power}. */
    Operations.Started start(VmId vm, OperationRequest request) {
        Optional<Operation> named = named(vm, request);
        if (named.isPresent()) {
            return new Operations.Started(named.get(), true);
        }
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Operation waiting = Operation.waiting(OperationId.at(now.toEpochMilli()), vm, request, now);
        if (!StoredOperations.insert(store, waiting, clock)) {
            return new Operations.Started(named(vm, request).orElseThrow(PowerOrders::again), true);
        }
        OperationId begun = new OperationId(give(waiting).operation());
        if (begun.equals(waiting.id())) {
            return new Operations.Started(waiting, false);
        }
        return new Operations.Started(joined(waiting, begun), true);
    }

    private Optional<Operation> named(VmId vm, OperationRequest request) {
        String name = request.idempotencyName();
        Optional<Operation> named = name == null ? Optional.empty() : store.named(request.keyId(), name);
        named.ifPresent(earlier -> Operations.requireSame(earlier, vm, request));
        return named;
    }

    /** Another one that wants the same is under way, and stands for this one too, under its name as well. */
    private Operation joined(Operation waiting, OperationId other) {
        OperationRequest request = waiting.request();
        Operation joined = store.find(other)
                .filter(found -> found.vm().equals(waiting.vm())
                        && found.request().tenant().equals(request.tenant())
                        && found.request().hasEffectOf(request))
                .orElseThrow(() -> unconfirmed(waiting, "its node did not say what it does", null));
        endUnbegun(waiting, "Operation " + other + " already does the same", other);
        return joined;
    }

    private static BellhopException again() {
        return new BellhopException(ErrorCode.STORE_UNAVAILABLE, "Cannot begin this just now; try again in a moment");
    }

    private NodeOrder.PowerStarted give(Operation waiting) {
        VmId vm = waiting.vm();
        try {
            return calls.give(
                            vm,
                            NodeOrder.POWER,
                            holder -> new NodeOrder.Power(holder.session(), WireOperation.of(waiting)),
                            timeout)
                    .open(NodeOrder.PowerStarted.class);
        } catch (NodeCalls.UndeliveredException e) {
            if (!e.isCertainlyUndone()) {
                throw unconfirmed(waiting, e.why(), e);
            }
            throw refused(
                    waiting,
                    new BellhopException(
                            ErrorCode.AGENT_UNAVAILABLE,
                            "Cannot " + waiting.request().action().words() + " VM " + vm + " because " + e.why(),
                            e));
        } catch (FencedException e) {
            throw new IllegalStateException("a fenced order was given again", e);
        } catch (BellhopException e) {
            throw refused(waiting, e);
        }
    }

    private BellhopException refused(Operation waiting, BellhopException why) {
        endUnbegun(waiting, Objects.requireNonNull(why.getMessage()), null);
        return why;
    }

    /** @param successor as in {@link OperationStore#endUnbegun} */
    private void endUnbegun(Operation waiting, String why, @Nullable OperationId successor) {
        boolean isEnded;
        try {
            Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
            isEnded = Writes.await(store.endUnbegun(waiting.failed(why, now), successor));
        } catch (BellhopException e) {
            throw unconfirmed(waiting, "the database does not answer", e);
        }
        if (!isEnded) {
            throw unconfirmed(waiting, "its node has found it in the store", null);
        }
    }

    private static BellhopException unconfirmed(Operation waiting, String why, @Nullable Exception cause) {
        String message = "Cannot tell whether this is done to VM " + waiting.vm() + " because " + why
                + "; look at operation " + waiting.id();
        return cause == null
                ? new BellhopException(ErrorCode.START_UNCONFIRMED, message)
                : new BellhopException(ErrorCode.START_UNCONFIRMED, message, cause);
    }
}
