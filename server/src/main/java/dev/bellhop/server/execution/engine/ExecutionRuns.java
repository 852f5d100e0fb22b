// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The executions that are under way in this process, each on a thread of its own. Thread safe. */
final class ExecutionRuns implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ExecutionRuns.class);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private final LiveExecutions executions;
    private final ResultRecorder recorder;
    private final ExecutionMetrics metrics;
    private final StartServices services;
    private final ConcurrentMap<ExecutionId, Admission.Ticket> waiting = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("execution-", 0).factory());

    ExecutionRuns(
            LiveExecutions executions, ResultRecorder recorder, ExecutionMetrics metrics, StartServices services) {
        this.executions = executions;
        this.recorder = recorder;
        this.metrics = metrics;
        this.services = services;
    }

    /** Takes an execution to its end. */
    void begin(LiveExecution live, @Nullable PendingStart pending, Admission.Ticket ticket, Duration pidDue) {
        executions.add(live);
        if (!ticket.isAdmitted()) {
            waiting.put(live.id(), ticket);
        }
        var progress = new ExecutionProgress(live, recorder, executions, metrics, services.clock());
        var run = new ExecutionRun(live, pending, ticket, pidDue, progress, services, executions::letGo);
        threads.execute(() -> {
            run.run();
            waiting.remove(live.id());
        });
    }

    /** Stores the end of one that was never under way; does not wait for it. */
    void storeEnd(Execution end) {
        threads.execute(() -> {
            try {
                recorder.write(end, List.of());
                metrics.ended(end, null);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** How many wait for approval or for their turn. */
    int waiting() {
        return waiting.size();
    }

    OptionalInt queuePlace(ExecutionId id) {
        Admission.Ticket ticket = waiting.get(id);
        return ticket == null ? OptionalInt.empty() : ticket.place();
    }

    /** To be called once the server stops. Each finishes the call it is in, since the agent may be telling a result. */
    @Override
    public void close() {
        executions.all().forEach(LiveExecution::wake);
        threads.shutdown();
        try {
            if (!threads.awaitTermination(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("Some guest agents did not answer in time; what they said last is not stored");
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
