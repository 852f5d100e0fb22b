// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.api.retry.Backoff;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.NotHeldException;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Asks API servers about executions in VMs that the node holds, by the right that it holds them by. It knows of each execution in
 * which VM it is, since it has been told of each. Thread safe.
 */
final class RemoteVms {
    /** For so long it is tried again where certainly nothing was done: somebody may wait. */
    private static final Duration AGAIN = Duration.ofSeconds(2);

    private static final Backoff PAUSES = Backoff.doubling(Duration.ofMillis(50), Duration.ofMillis(500));

    private static final Duration FRESH = Duration.ofSeconds(2);

    /** For the server that NATS chooses, and again for all of them. */
    private static final Duration TURN = ApiCalls.TIMEOUT.dividedBy(2);

    /** For the one server that has ordered an execution; after that any may answer. */
    private static final Duration ONE_TIMEOUT = Duration.ofSeconds(2);

    /** One that did not answer hangs, or this node may not ask it alone. */
    private static final Duration LEAVE_SILENT_FOR = Duration.ofMinutes(1);

    private final ApiCalls calls;
    private final Holds holds;
    private final ConcurrentMap<ExecutionId, Place> places = new ConcurrentHashMap<>();
    private volatile @Nullable Silent silent;

    /** Servers that have answered a request to only them: this node may ask them directly. */
    private final Set<String> answering = ConcurrentHashMap.newKeySet();

    /** The last server that did not answer, and when. */
    private record Silent(String server, long since) {}

    /**
     * What is known of an execution.
     *
     * @param orderedAt of {@link System#nanoTime}; absent where it was found in the store
     * @param server which API server has ordered it, and is there as far as is known; absent for whichever
     */
    private record Place(
            VmId vm, @Nullable Long orderedAt, @Nullable String server) {}

    RemoteVms(ApiCalls calls, Holds holds) {
        this.calls = calls;
        this.holds = holds;
    }

    /** By what right something is asked. */
    record Hold(long session, long vm, long epoch) {}

    /** Makes a request for the right that the node has now. */
    interface Request {
        Record by(Hold hold);
    }

    /** The answer to a request that has something to tell. */
    <T extends Record> T ask(VmId vm, String kind, Request request, Class<T> type) {
        try {
            return answer(vm, null, kind, request).open(type);
        } catch (FencedException e) {
            throw new NotHeldException();
        }
    }

    /** Likewise, about an execution: the server that has ordered it is asked first, since there somebody may wait for it. */
    <T extends Record> T ask(ExecutionId id, String kind, Request request, Class<T> type) {
        try {
            return answer(vmOf(id), id, kind, request).open(type);
        } catch (FencedException e) {
            throw new NotHeldException();
        }
    }

    /** As {@link #ask(VmId, String, Request, Class)}, of a request with nothing to tell. */
    void tell(VmId vm, String kind, Request request) {
        try {
            answer(vm, null, kind, request).requireDone();
        } catch (FencedException e) {
            throw new NotHeldException();
        }
    }

    /** As {@link #ask(ExecutionId, String, Request, Class)}, of a request with nothing to tell. */
    void tell(ExecutionId id, String kind, Request request) {
        try {
            answer(vmOf(id), id, kind, request).requireDone();
        } catch (FencedException e) {
            throw new NotHeldException();
        }
    }

    private Answer answer(VmId vm, @Nullable ExecutionId about, String kind, Request request) {
        Deadline end = Deadline.after(AGAIN);
        try {
            for (int failures = 0; ; failures++) {
                Duration pause = PAUSES.pause(failures);
                boolean isLast = end.remaining().compareTo(pause) <= 0;
                long epoch = holds.epoch(vm).orElseThrow(NotHeldException::new);
                Record asked = request.by(new Hold(holds.session(), vm.value(), epoch));
                String server = about == null ? null : serverOf(about);
                try {
                    Answer answer = server == null
                            ? calls.askThenAll(kind, asked, TURN)
                            : calls.ask(kind, server, asked, ONE_TIMEOUT);
                    if (server != null) {
                        answering.add(server);
                    }
                    if (answer.status() == Answer.Status.FENCED) {
                        holds.fenced(vm, epoch);
                    }
                    if (answer.status() != Answer.Status.BUSY || (isLast && server == null)) {
                        return answer;
                    }
                    leaveServer(about);
                } catch (BellhopException e) {
                    leaveServer(about);
                    boolean isUndone = ApiCalls.isCertainlyUndone(e);
                    if (server == null && (!isUndone || isLast)) {
                        throw e;
                    }
                    // What is said of an execution may be said twice.
                    if (server != null && !isUndone) {
                        silent = new Silent(server, System.nanoTime());
                    }
                }
                if (server == null) {
                    Thread.sleep(pause);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BellhopException(
                    ErrorCode.STORE_UNAVAILABLE, "Cannot store this because the node is shutting down");
        }
    }

    private @Nullable String serverOf(ExecutionId id) {
        Place place = places.get(id);
        String server = place == null ? null : place.server;
        Silent last = silent;
        boolean isSilent = last != null
                && last.server.equals(server)
                && System.nanoTime() - last.since < LEAVE_SILENT_FOR.toNanos();
        return isSilent ? null : server;
    }

    /** Whichever may answer from now on. */
    private void leaveServer(@Nullable ExecutionId id) {
        if (id != null) {
            places.computeIfPresent(id, (_, place) -> new Place(place.vm, place.orderedAt, null));
        }
    }

    /** An API server has told of an execution. */
    void told(ExecutionId id, VmId vm) {
        places.putIfAbsent(id, new Place(vm, null, null));
    }

    /**
     * One has ordered it.
     *
     * @param server which; absent where it did not say
     */
    void ordered(ExecutionId id, VmId vm, @Nullable String server) {
        Silent last = silent;
        if (last != null && last.server.equals(server) && answering.contains(server)) {
            silent = null; // It hung, and works again.
        }
        places.put(id, new Place(vm, System.nanoTime(), server));
    }

    /** It has ended. */
    void forget(ExecutionId id) {
        places.remove(id);
    }

    /** The VM is another node's. */
    void forget(VmId vm) {
        places.values().removeIf(place -> place.vm.equals(vm));
    }

    /** Whether it was ordered a moment ago, by an API server that has just looked whether it may start. */
    boolean isFresh(ExecutionId id) {
        Place place = places.get(id);
        Long orderedAt = place == null ? null : place.orderedAt;
        return orderedAt != null && System.nanoTime() - orderedAt < FRESH.toNanos() && holds.isLeased();
    }

    /**
     * Where an execution is.
     *
     * @throws NotHeldException of one that the node has not been told of, or that has ended
     */
    VmId vmOf(ExecutionId id) {
        Place place = places.get(id);
        if (place == null) {
            throw new NotHeldException();
        }
        return place.vm;
    }
}
