// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.execution.engine.Engine;
import dev.bellhop.server.execution.engine.StartHandle;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.policy.Decision;
import java.time.Duration;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Starts commands, including saved ones, and waits for their end on request. Thread safe. */
public final class ExecutionStarts {
    private final Engine engine;
    private final ExecutionAccess access;
    private final PolicyCheck policy;
    private final SavedRuns savedRuns;
    private final MaskedOutput output;
    private final ExecutionShow show;
    private final WaiterLimit waiters;
    private final Timeouts timeouts;

    public ExecutionStarts(
            Engine engine,
            ExecutionAccess access,
            PolicyCheck policy,
            SavedRuns savedRuns,
            MaskedOutput output,
            ExecutionShow show,
            WaiterLimit waiters,
            Timeouts timeouts) {
        this.engine = engine;
        this.access = access;
        this.policy = policy;
        this.savedRuns = savedRuns;
        this.output = output;
        this.show = show;
        this.waiters = waiters;
        this.timeouts = timeouts;
    }

    /** A stored start, or an earlier one with the same idempotency key. The caller that waited for it must close it. */
    public static final class Begun implements AutoCloseable {
        private final VisibleVm vm;
        private final StartHandle handle;
        /** Without the command, which a waiting caller does not need. */
        private final ExecutionSpec spec;

        private final Duration wait;
        private final WaiterLimit.Place place;

        private Begun(VisibleVm vm, StartHandle handle, ExecutionSpec spec, Duration wait, WaiterLimit.Place place) {
            this.vm = vm;
            this.handle = handle;
            this.spec = spec;
            this.wait = wait;
            this.place = place;
        }

        /** Returns the id of the stored execution, even if the wait for its start fails. */
        public ExecutionId id() {
            return handle.id();
        }

        boolean isOf(Caller caller) {
            return vm.permit().caller().key().id().equals(caller.key().id());
        }

        @Override
        public void close() {
            place.close();
        }
    }

    /**
     * The execution of a request.
     *
     * @param replayed whether an earlier request with the same idempotency key created it
     */
    public record Started(ShownExecution execution, boolean replayed) {}

    /**
     * Stores the start of a command. If this throws {@code INVALID_FIELD}, {@code POLICY_REFUSED},
     * {@code TOO_MANY_FOLLOWERS}, or like {@link Engine#start}, nothing was started.
     *
     * @param login for a caller over SSH; absent for others
     * @param key created only after the command is allowed to run; returns null if each request is a new command
     * @param wait for its end; zero not to wait
     * @param inTurn wraps the call that passes the command to the engine, which needs several times the command's
     *     memory
     */
    public Begun begin(
            VisibleVm vm,
            CreateExecution wanted,
            @Nullable LoginSession login,
            Supplier<@Nullable IdempotencyKey> key,
            Duration wait,
            UnaryOperator<Supplier<StartHandle>> inTurn) {
        Caller caller = vm.callerOf(UseCase.EXECUTION_START);
        ExecutionRequest request = policy.permitted(vm.permit(), savedRuns.request(wanted, login, caller.key()));
        ExecutionSpec spec = request.spec().withoutCommand();
        IdempotencyKey idempotency = key.get();
        // Before the command starts: the error then means that nothing was started.
        WaiterLimit.Place place = wait.isZero() ? WaiterLimit.Place.NONE : waiters.enter(caller.key());
        try {
            // Outside the turn, or other requests with large bodies would wait with it.
            engine.awaitRoom(spec.tenant());
            Supplier<StartHandle> begin = inTurn.apply(() ->
                    engine.start(vm.id(), request, idempotency, untilStarted(wait), Deadline.after(timeouts.start())));
            return new Begun(vm, output.started(spec, begin), spec, wait, place);
        } catch (RuntimeException | Error e) {
            place.close();
            throw e;
        }
    }

    /**
     * Waits for the start, then for the end within the requested wait; throws like {@link StartHandle#await}.
     *
     * @param hasRoom whether memory has room for this many bytes of output
     */
    public Started await(Begun start, LongPredicate hasRoom) {
        return output.started(start.spec, () -> started(start, hasRoom));
    }

    private Started started(Begun start, LongPredicate hasRoom) {
        long begun = System.nanoTime();
        Caller caller = start.vm.callerOf(UseCase.EXECUTION_START);
        AuditNote note = start.vm.permit().note();
        StartHandle.Outcome outcome = start.handle.await(
                untilStarted(start.wait),
                () -> access.isStillAllowed(caller.key(), start.vm.id()),
                Deadline.after(timeouts.start()));
        Execution execution = outcome.execution();
        note.about(execution);
        if (outcome.replayed()) {
            note.isOneOfMany();
        }
        try {
            return shown(start, hasRoom, outcome, begun);
        } catch (BellhopException e) {
            if (e.code() != ErrorCode.STORE_UNAVAILABLE) {
                throw e;
            }
            throw new BellhopException(
                    ErrorCode.START_UNCONFIRMED,
                    "Cannot tell what became of execution " + execution.id()
                            + ", which is stored, because the database cannot be read now; look it up later",
                    e);
        }
    }

    private Started shown(Begun start, LongPredicate hasRoom, StartHandle.Outcome outcome, long begun) {
        Caller caller = start.vm.callerOf(UseCase.EXECUTION_START);
        Execution execution = outcome.execution();
        if (start.wait.isZero()) {
            return new Started(show.whole(execution), outcome.replayed());
        }
        Duration left = start.wait.minusNanos(System.nanoTime() - begun);
        ExecutionSnapshot now = outcome.end() == null ? access.again(execution) : outcome.end();
        ExecutionSnapshot end = access.awaitEnd(caller.key(), now, left);
        // The command has started, so the response must say so in any case.
        boolean fits = end.stdout() == null
                || hasRoom.test(2 * end.execution().output().total());
        return new Started(
                fits ? show.withOutput(end, output.of(caller.key())) : show.whole(end.execution()), outcome.replayed());
    }

    /** Returns the policy's decision about a command without running it. */
    public Decision check(VisibleVm vm, CreateExecution wanted, @Nullable LoginSession login) {
        Caller caller = vm.callerOf(UseCase.EXECUTION_CHECK);
        return policy.decide(caller.key(), savedRuns.request(wanted, login, caller.key()));
    }

    /**
     * Limits the engine's wait for a start, because that wait does not notice when the server stops. The rest of the
     * wait happens in this class.
     */
    private Duration untilStarted(Duration wait) {
        Duration start = timeouts.start().plusSeconds(1);
        return wait.compareTo(start) < 0 ? wait : start;
    }
}
