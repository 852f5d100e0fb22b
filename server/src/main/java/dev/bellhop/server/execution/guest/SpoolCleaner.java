// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.script.Supervisor;
import dev.bellhop.server.execution.script.Supervisors;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.NotHeldException;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes from one guest's spool what is stored here. Those of a minute at a time, since each time runs a program in the
 * guest, and when no more commands have ended there for a moment, since the next one would take longer beside it. What is not
 * removed, because the guest is away or the server ends, is looked for now and then, and removed when it is some days old,
 * unless its end is still to be stored. Thread safe.
 */
final class SpoolCleaner {
    private static final Logger log = LoggerFactory.getLogger(SpoolCleaner.class);
    private static final Duration QUIET = Duration.ofSeconds(3);
    /** Where it never becomes quiet. */
    private static final Duration BUSY = Duration.ofSeconds(10);

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int AT_ONCE = 500;
    private static final Duration BETWEEN_LEFTOVERS = Duration.ofHours(1);
    private static final int LEFTOVER_DAYS = 7;
    /** More than that would be too many words for one command, and a VM that has so many can wait for its cleaning. */
    private static final int MAX_FOLLOWED = 2000;

    private final VmId vm;
    private final VmDirectory directory;
    private final Supervisors supervisors;
    private final ExecutionJournal journal;
    private final GuestScripts scripts;
    private final Duration removedAfter;
    private final BooleanSupplier isStopping;
    /** All guarded by this. */
    private List<ExecutionId> waiting = new ArrayList<>();

    private long firstCame;
    private long lastCame;
    private long leftoversDue = System.nanoTime();

    SpoolCleaner(
            VmId vm,
            VmDirectory directory,
            Supervisors supervisors,
            ExecutionJournal journal,
            GuestScripts scripts,
            Duration removedAfter,
            BooleanSupplier isStopping) {
        this.vm = vm;
        this.directory = directory;
        this.supervisors = supervisors;
        this.journal = journal;
        this.scripts = scripts;
        this.removedAfter = removedAfter;
        this.isStopping = isStopping;
    }

    void removeLater(ExecutionId id) {
        boolean first;
        synchronized (this) {
            lastCame = System.nanoTime();
            first = waiting.isEmpty();
            if (first) {
                firstCame = lastCame;
            }
            waiting.add(id);
            if (waiting.size() == AT_ONCE) {
                notifyAll();
            }
        }
        if (first) {
            Thread.ofVirtual().name("spool-cleaner-" + vm).start(this::clean);
        }
    }

    private void clean() {
        try {
            awaitDue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        if (isStopping.getAsBoolean()) {
            return;
        }
        List<ExecutionId> ids;
        synchronized (this) {
            ids = waiting;
            waiting = new ArrayList<>();
        }
        Optional<VirtualMachine> found = directory.find(vm);
        if (found.isEmpty()) {
            return;
        }
        GuestAgent agent = found.get().agent();
        try {
            for (Map.Entry<Supervisor, List<ExecutionId>> spool :
                    ids.stream().collect(Collectors.groupingBy(supervisors::of)).entrySet()) {
                remove(spool.getValue(), spool.getKey(), agent);
            }
        } catch (AgentException | BellhopException | NotHeldException e) {
            log.debug("Cannot remove the files of {} executions in VM {} now", ids.size(), vm, e);
        }
    }

    private synchronized void awaitDue() throws InterruptedException {
        for (Duration pause = untilDue(); pause.isPositive(); pause = untilDue()) {
            TimeUnit.NANOSECONDS.timedWait(this, pause.toNanos());
        }
    }

    private Duration untilDue() {
        return untilDue(waiting.size(), removedAfter, firstCame, lastCame, System.nanoTime());
    }

    /**
     * How long what waits is to go on waiting; zero or less where it is due.
     *
     * @param removedAfter for how long they wait for more of them: each time costs the guest as much as a command
     * @param firstCame when the first of them came, of {@link System#nanoTime} as the others
     */
    static Duration untilDue(int executions, Duration removedAfter, long firstCame, long lastCame, long now) {
        long quiet = lastCame + QUIET.toNanos() - now;
        long enough = firstCame + (executions < AT_ONCE ? removedAfter : QUIET).toNanos() - now;
        long latest = executions < AT_ONCE ? enough + BUSY.toNanos() : enough;
        return Duration.ofNanos(Math.min(Math.max(quiet, enough), latest));
    }

    private void remove(List<ExecutionId> ids, Supervisor supervisor, GuestAgent agent) throws AgentException {
        for (int from = 0; from < ids.size(); from += AT_ONCE) {
            List<ExecutionId> some = ids.subList(from, Math.min(ids.size(), from + AT_ONCE));
            scripts.run(agent, removal(some, supervisor), Deadline.after(TIMEOUT));
            supervisors.forget(some);
        }
    }

    private ExecCommand removal(List<ExecutionId> ids, Supervisor supervisor) {
        // Where an earlier server was configured to keep them nothing is looked for.
        if (supervisor != supervisors.usual() || !leftoversAreDue()) {
            return supervisor.remove(ids);
        }
        List<ExecutionId> followed = journal.unfinished(vm, MAX_FOLLOWED + 1);
        return followed.size() > MAX_FOLLOWED
                ? supervisor.remove(ids)
                : supervisor.removeWithLeftovers(ids, followed, LEFTOVER_DAYS);
    }

    private synchronized boolean leftoversAreDue() {
        long now = System.nanoTime();
        if (now - leftoversDue < 0) {
            return false;
        }
        leftoversDue = now + BETWEEN_LEFTOVERS.toNanos();
        return true;
    }
}
