// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.guest.EarliestStart;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.guest.GuestProcesses;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.server.execution.guest.Guests;
import dev.bellhop.server.execution.guest.StoppedVm;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import dev.bellhop.server.execution.store.StorageQuota;
import java.time.Clock;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** Makes what follows the commands that run in guests, those too that an earlier server has started. Thread safe. */
public final class GuestProcessFactory {
    private final Guests guests;
    private final GuestSettings settings;
    private final StorageQuota quota;
    private final Clock clock;
    private final ConcurrentMap<ExecutionId, Left> adopted = new ConcurrentHashMap<>();

    /** What an earlier server has left of an execution that runs. */
    private record Left(OpenFiles files, EarliestStart sent) {}

    public GuestProcessFactory(Guests guests, GuestSettings settings, StorageQuota quota, Clock clock) {
        this.guests = guests;
        this.settings = settings;
        this.quota = quota;
        this.clock = clock;
    }

    /** An earlier server has left it. Call it for one after the other, oldest first: a pid is its newest owner's. */
    public void adopt(Unfinished left) {
        Execution execution = left.execution();
        StartIntent intent = left.asked();
        if (intent != null && intent.spool() != null) {
            guests.keepSpool(execution.id(), intent.spool());
        }
        if (execution.pid() != null) {
            adopted.put(execution.id(), new Left(left.files(), sent(execution, intent)));
            guests.of(execution.vm()).processes().adopt(execution.id(), execution.pid());
        }
    }

    private EarliestStart sent(Execution execution, @Nullable StartIntent intent) {
        Instant now = clock.instant();
        Instant started = execution.startedAt();
        return intent != null && intent.boot() != null
                ? EarliestStart.stored(intent, now)
                : EarliestStart.stored(started == null ? execution.createdAt() : started, now);
    }

    public GuestProcess resume(Execution execution, ReplyBudget.Share share) {
        long pid = Objects.requireNonNull(execution.pid());
        ExecutionMode mode = execution.mode();
        Left left = Objects.requireNonNull(adopted.remove(execution.id()));
        return process(execution, mode == null ? ExecutionMode.DIRECT : mode, pid, left, share);
    }

    /**
     * Follows an execution whose pid its guest's {@link GuestProcesses} know already.
     *
     * @param share what results are held in until they are stored; the caller closes it then
     */
    public GuestProcess started(
            Execution execution, ExecutionMode mode, long pid, EarliestStart sent, ReplyBudget.Share share) {
        return process(execution, mode, pid, new Left(OpenFiles.NONE, sent), share);
    }

    private GuestProcess process(
            Execution execution, ExecutionMode mode, long pid, Left left, ReplyBudget.Share share) {
        Guest guest = guests.of(execution.vm());
        OutputLimit limit = new OutputLimit(
                settings.maxOutputBytes(), () -> quota.room(execution.spec().tenant()));
        return switch (mode) {
            case SUPERVISED ->
                new SupervisedProcess(
                        execution,
                        pid,
                        left.files(),
                        guest,
                        share,
                        limit,
                        guests.stoppedVm(System::nanoTime),
                        left.sent(),
                        System::nanoTime);
            case DIRECT ->
                new DirectProcess(
                        execution, pid, guest, share, limit, new StoppedVm(StoppedVm.FOR_GOOD, System::nanoTime));
        };
    }
}
