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

/** Starts commands, saved ones among them, and waits for their end where that is asked for. Thread safe. */
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

    /** A start that is stored, or an earlier one with the same idempotency key. To be closed by who has waited for it. */
    public static final class Begun implements AutoCloseable {
        private final VisibleVm vm;
        private final StartHandle handle;
        /** Without the command: whoever waits needs nothing of that. */
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

        /** Of the execution that is stored, also where the wait for its start fails. */
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

    /** The execution of a request, and whether an earlier request with the same idempotency key has made it. */
    public record Started(ShownExecution execution, boolean replayed) {}

    /**
     * Stores a start, so that the command will run. Where it throws {@code INVALID_FIELD}, {@code POLICY_REFUSED},
     * {@code TOO_MANY_FOLLOWERS}, or as {@link Engine#start}, nothing was started.
     *
     * @param login of a caller over SSH; absent for others
     * @param key made once the command may run; null where each request is a new command
     * @param wait for its end; zero not to wait
     * @param inTurn wraps the engine taking the command in, which takes several times its memory
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
        // Before the command is started: who is refused here is told that nothing was done.
        WaiterLimit.Place place = wait.isZero() ? WaiterLimit.Place.NONE : waiters.enter(caller.key());
        try {
            // Not in the turn, or others with large bodies would wait with it.
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
     * Waits for the start, and for the end as long as was asked for; throws as {@link StartHandle#await}.
     *
     * @param hasRoom whether so many bytes of output may be in memory
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
        // The command has been started, and that is to be told in any case.
        boolean fits = end.stdout() == null
                || hasRoom.test(2 * end.execution().output().total());
        return new Started(
                fits ? show.withOutput(end, output.of(caller.key())) : show.whole(end.execution()), outcome.replayed());
    }

    /** What policy says of a command, which is not run. */
    public Decision check(VisibleVm vm, CreateExecution wanted, @Nullable LoginSession login) {
        Caller caller = vm.callerOf(UseCase.EXECUTION_CHECK);
        return policy.decide(caller.key(), savedRuns.request(wanted, login, caller.key()));
    }

    /**
     * The engine waits for a start without looking whether the server stops, which is fine for as long as a start
     * takes. The rest is waited for here.
     */
    private Duration untilStarted(Duration wait) {
        Duration start = timeouts.start().plusSeconds(1);
        return wait.compareTo(start) < 0 ? wait : start;
    }
}
