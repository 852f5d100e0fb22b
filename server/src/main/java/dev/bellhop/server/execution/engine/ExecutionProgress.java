// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.follow.GuestProcess;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores each step of one execution, and shows it once it is durable.
 *
 * <p>The pid is stored a moment after the start, unless the command has ended by then: most have, and then pid and end
 * are one write. Nobody is told a pid that is not stored. Used by the thread of its {@link ExecutionRun}; {@link #storePid}
 * by any.
 */
final class ExecutionProgress {
    private static final Logger log = LoggerFactory.getLogger(ExecutionProgress.class);

    private final LiveExecution live;
    private final ResultRecorder recorder;
    private final LiveExecutions executions;
    private final ExecutionMetrics metrics;
    private final Clock clock;

    /** The newest step, stored or not. */
    private Execution execution;

    /** Of its end, once that is stored. */
    private long revision;

    /** When it was started, of {@link System#nanoTime}; absent if this server has not started it. */
    private @Nullable Long startedNanos;

    /** Whether a write that tells the pid has its place in the store's order. Guarded by this. */
    private boolean pidStored;

    /** Whether one that tells more has: the pid alone, written after it, would undo that. Guarded by this. */
    private boolean moreStored;

    /** @param clock of whole milliseconds */
    ExecutionProgress(
            LiveExecution live,
            ResultRecorder recorder,
            LiveExecutions executions,
            ExecutionMetrics metrics,
            Clock clock) {
        this.live = live;
        this.recorder = recorder;
        this.executions = executions;
        this.metrics = metrics;
        this.clock = clock;
        this.execution = live.durable();
        this.pidStored = execution.pid() != null;
    }

    Execution execution() {
        return execution;
    }

    void approved() {
        execution = live.durable();
    }

    void started(ExecutionMode mode, long pid) {
        Execution running = execution.started(mode, pid, clock.instant());
        execution = running;
        startedNanos = System.nanoTime();
        metrics.started();
        live.pidAssigned(() -> storePid(running, pid));
    }

    /** When this returns, the pid has its place in the store before any later step of the execution. */
    private synchronized void storePid(Execution running, long pid) {
        if (pidStored) {
            return;
        }
        pidStored = true;
        var _ = recorder.journal().update(running, List.of()).whenComplete((newRevision, failure) -> {
            if (failure == null) {
                executions.pidAssigned(live, pid);
                live.stored(running, newRevision);
            } else {
                pidIsNotStored();
                live.failStart(new BellhopException(
                        ErrorCode.START_UNCONFIRMED,
                        "Cannot tell the pid of the command because it could not be stored; the command was started in VM "
                                + running.vm(),
                        failure));
            }
        });
    }

    /** It is tried again with the next look, unless a later write tells it. */
    private synchronized void pidIsNotStored() {
        pidStored = moreStored;
    }

    /** From now on every write tells the pid and more, and is tried until it works. */
    private synchronized void pidComesWithNextWrite() {
        pidStored = true;
        moreStored = true;
    }

    void append(List<OutputChunk> chunks, OutputSize size) throws InterruptedException {
        live.storePid();
        pidComesWithNextWrite();
        execution = execution.withOutput(size);
        List<OutputChunk> read = readNow(chunks);
        // What is not read yet stays in the guest meanwhile.
        recorder.intake().quota().awaitRoom(execution.spec().tenant());
        live.stored(execution, recorder.write(execution, read));
    }

    void endUnstarted(ExecutionState state, @Nullable Reason reason) throws InterruptedException {
        end(execution.endedUnstarted(state, reason, clock.instant()), List.of());
    }

    void end(GuestProcess.Ending ending) throws InterruptedException {
        switch (ending) {
            case GuestProcess.Ending.Ended(
                    ExecutionState state,
                    ExitStatus exit,
                    OutputSize size,
                    List<OutputChunk> last) -> end(execution.ended(state, exit, size, clock.instant()), last);
            case GuestProcess.Ending.NotRun(Reason reason) -> endUnstarted(ExecutionState.REJECTED, reason);
            case GuestProcess.Ending.Lost(Reason reason) -> {
                // What was captured of its output before is kept.
                OutputSize stored = storedOutput();
                OutputSize size = new OutputSize(stored.stdoutBytes(), stored.stderrBytes(), stored.total() > 0);
                end(execution.lost(reason, size, clock.instant()), List.of());
            }
        }
    }

    private OutputSize storedOutput() {
        try {
            return recorder.journal().outputSize(live.id());
        } catch (BellhopException e) {
            // No reason to forget how it ended.
            return execution.output();
        }
    }

    private void end(Execution ended, List<OutputChunk> last) throws InterruptedException {
        pidComesWithNextWrite();
        revision = recorder.write(ended, readNow(last));
        execution = ended;
        if (ended.state() == ExecutionState.LOST && ended.reason() != null) {
            log.warn(
                    "Execution {} in VM {} is lost: {}",
                    ended.id(),
                    ended.vm(),
                    ended.reason().wireName());
        }
        executions.ended(live, snapshot(ended, last), revision);
        metrics.ended(ended, startedNanos == null ? null : Duration.ofNanos(System.nanoTime() - startedNanos));
    }

    /** They are handed over as soon as they were read. */
    private List<OutputChunk> readNow(List<OutputChunk> chunks) {
        Instant now = clock.instant();
        return chunks.stream().map(chunk -> chunk.readAt(now)).toList();
    }

    /** Small output that was stored with the end alone need not be read again for those that wait. */
    private ExecutionSnapshot snapshot(Execution ended, List<OutputChunk> last) {
        long bytes = last.stream().mapToLong(chunk -> chunk.bytes().length).sum();
        if (bytes != ended.output().total()) {
            try {
                return executions.load(ended);
            } catch (BellhopException e) {
                // It is stored, and whoever wants its output reads it from there.
                return new ExecutionSnapshot(ended, null, null);
            }
        }
        return new ExecutionSnapshot(ended, whole(last, OutputStreamName.STDOUT), whole(last, OutputStreamName.STDERR));
    }

    private static byte[] whole(List<OutputChunk> chunks, OutputStreamName stream) {
        return chunks.stream()
                .filter(chunk -> chunk.stream() == stream)
                .map(OutputChunk::bytes)
                .findFirst()
                .orElse(new byte[0]);
    }

    /** Its run has failed: nobody takes it any further. */
    void giveUp() throws InterruptedException {
        if (execution.state().isFinal()) {
            executions.ended(live, new ExecutionSnapshot(execution, null, null), revision);
        } else if (execution.pid() == null) {
            endUnstarted(ExecutionState.LOST, Reason.SERVER_FAULT);
        } else {
            end(new GuestProcess.Ending.Lost(Reason.SERVER_FAULT));
        }
    }
}
