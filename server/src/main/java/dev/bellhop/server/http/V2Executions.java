// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.CreateExecution;
import dev.bellhop.api.v2.ExecutionView;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.access.Followers;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.Executions;
import dev.bellhop.server.execution.IdempotencyKey;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code /api/v2/vps/{vmid}/executions} and {@code /api/v2/executions/{id}}: run commands, and see how they stand. */
final class V2Executions {
    static final String PATH = "/api/v2/executions";
    private static final String OF_VM = "/api/v2/vps/{vmid}/executions";
    private static final String CHECK = OF_VM + "/actions/check";
    private static final int LONGEST_WAIT_SECONDS = 60;

    /** What the longest command takes, as it is stored, as it is, and as JSON, where a control character takes six bytes. */
    private static final long LONG_COMMAND_BYTES = 6 << 20;

    private final VmAccess vms;
    private final Executions executions;
    private final ShownOutput shown;
    private final ExecutionAccess access;
    private final PolicyCheck policy;
    private final SavedRuns savedRuns;
    private final ExecutionViews views;
    private final Followers followers;
    private final Timeouts timeouts;

    V2Executions(
            VmAccess vms,
            Executions executions,
            ShownOutput shown,
            ExecutionAccess access,
            ExecutionViews views,
            PolicyCheck policy,
            SavedRuns savedRuns,
            Followers followers,
            Timeouts timeouts) {
        this.vms = vms;
        this.executions = executions;
        this.shown = shown;
        this.access = access;
        this.policy = policy;
        this.savedRuns = savedRuns;
        this.views = views;
        this.followers = followers;
        this.timeouts = timeouts;
    }

    List<Route> routes() {
        return List.of(
                new Route("POST", OF_VM, UseCase.EXECUTION_START, RequestBody.Taken.LARGE_JSON, this::create),
                new Route("POST", CHECK, UseCase.EXECUTION_CHECK, RequestBody.Taken.LARGE_JSON, this::check),
                new Route("GET", PATH + "/{id}", UseCase.EXECUTION_FIND, this::read));
    }

    private Answer create(Call call) {
        VmId vm = vms.vm(call).id();
        Duration wait = wait(call);
        if (call.query("dryRun").isPresent()) {
            // Unknown parameters are ignored, and a client that knows this one must not run what it only asks about.
            throw Parameters.invalid(
                    "dryRun", "Left out; POST to " + CHECK + " asks and runs nothing", Fault.UNKNOWN_FIELD);
        }
        try (Beginning beginning = begin(call, vm, wait)) {
            // From here on nothing of the request is in memory: it may wait for a minute.
            call.bodyIsDone();
            return shown.started(beginning.spec(), () -> created(call, vm, beginning, wait));
        }
    }

    /**
     * What came of a request, of which nothing is needed any more.
     *
     * @param spec what was asked for, without the command
     * @param place one for a request that waits
     */
    private record Beginning(Executions.Begun begun, ExecutionSpec spec, Followers.Place place)
            implements AutoCloseable {
        @Override
        public void close() {
            place.close();
        }
    }

    private Beginning begin(Call call, VmId vm, Duration wait) {
        CreateExecution wanted = call.strictBody(CreateExecution.class);
        call.bodyIsRead();
        ExecutionRequest request = policy.permitted(call, savedRuns.request(wanted, call.caller()));
        ExecutionSpec without = request.spec().withoutCommand();
        IdempotencyKey key = IdempotencyHeader.read(call, vm, wanted);
        // Before the command is started: who is refused here is told that nothing was done.
        Followers.Place place = place(call, wait);
        try {
            // Not in the turn, or others with large bodies would wait with it.
            executions.awaitRoom(request.spec().account());
            try (var _ = call.held().turn()) {
                Executions.Begun begun = shown.started(
                        without,
                        () -> executions.begin(vm, request, key, untilStarted(wait), Deadline.after(timeouts.start())));
                return new Beginning(begun, without, place);
            }
        } catch (RuntimeException | Error e) {
            place.close();
            throw e;
        }
    }

    /** What policy says of a command, which is not run. */
    private Answer check(Call call) {
        vms.vm(call);
        ExecutionRequest wish = savedRuns.request(call.strictBody(CreateExecution.class), call.caller());
        return Answer.json(200, PolicyCheck.view(policy.decide(call.caller(), wish)));
    }

    /** A place for a request that waits. */
    private Followers.Place place(Call call, Duration wait) {
        return wait.isZero() ? Followers.Place.NONE : followers.enter(call.caller());
    }

    private Answer created(Call call, VmId vm, Beginning beginning, Duration wait) {
        long begun = System.nanoTime();
        Executions.Submitted submitted = executions.await(
                beginning.begun(),
                untilStarted(wait),
                () -> access.isStillAllowed(call.caller(), vm),
                Deadline.after(timeouts.start()));
        Execution execution = submitted.execution();
        call.note().about(execution);
        if (submitted.replayed()) {
            call.note().isOneOfMany();
        }
        ExecutionView view;
        if (wait.isZero()) {
            view = views.view(execution);
        } else {
            Duration left = wait.minusNanos(System.nanoTime() - begun);
            ExecutionSnapshot now = submitted.end() == null ? access.again(execution) : submitted.end();
            ExecutionSnapshot end = access.awaitEnd(call.caller(), now, left);
            // The command has been started, and that is to be told in any case.
            view = hasRoomForOutput(call, end) ? views.withOutput(end, shown) : views.view(end.execution());
        }
        Map<String, String> headers = new HashMap<>();
        headers.put("Location", PATH + "/" + execution.id());
        headers.put("Cache-Control", "no-store");
        if (submitted.replayed()) {
            headers.put("Idempotent-Replayed", "true");
        }
        return Answer.json(201, view).with(headers);
    }

    private static boolean hasRoomForOutput(Call call, ExecutionSnapshot end) {
        return end.stdout() == null
                || call.answer().reserve(2 * end.execution().output().total(), Duration.ZERO);
    }

    /**
     * The engine waits for a command to start with no eye on whether the server stops, which is fine for as long as a start
     * takes. The rest is waited for here.
     */
    private Duration untilStarted(Duration wait) {
        Duration start = timeouts.start().plusSeconds(1);
        return wait.compareTo(start) < 0 ? wait : start;
    }

    private Answer read(Call call) {
        Duration wait = wait(call);
        boolean wanted = Parameters.flag(call, "output").orElse(!wait.isZero());
        // A typing error is told also where no output is shown.
        Parameters.flag(call, "raw");
        ExecutionSnapshot now = access.snapshot(call);
        boolean mayRead = call.caller().allows(Scope.WRITE_VM);
        // Before the wait: who is refused here need not wait for that.
        ShownOutput toCaller = mayRead && wanted ? shown.to(call, now.execution()) : null;
        ExecutionSnapshot found = whole(call, ended(call, now, wait));
        ExecutionView view;
        if (!mayRead) {
            view = views.withoutCommand(found.execution());
        } else if (toCaller != null) {
            view = views.withOutput(found, toCaller);
        } else {
            view = views.view(found.execution());
        }
        return Answer.json(200, view).with(Map.of("Cache-Control", "no-store"));
    }

    /** The same with all of its command, for who may read it. */
    private ExecutionSnapshot whole(Call call, ExecutionSnapshot found) {
        if (!call.caller().allows(Scope.WRITE_VM) || !found.execution().hasMore()) {
            return found;
        }
        call.answer().reserve(LONG_COMMAND_BYTES);
        return new ExecutionSnapshot(executions.whole(found.execution()), found.stdout(), found.stderr());
    }

    /** The execution once it has ended or the wait is over. */
    private ExecutionSnapshot ended(Call call, ExecutionSnapshot now, Duration wait) {
        if (now.execution().state().isFinal()) {
            return now;
        }
        try (var _ = place(call, wait)) {
            return access.awaitEnd(call.caller(), now, wait);
        }
    }

    private static Duration wait(Call call) {
        return Parameters.seconds(call, "wait", LONGEST_WAIT_SECONDS).orElse(Duration.ZERO);
    }
}
