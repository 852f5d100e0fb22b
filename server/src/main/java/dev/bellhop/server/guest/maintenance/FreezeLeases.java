// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.maintenance;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Freeze;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The freezes of this process, including freezes left by an earlier process. Each is thawed when its lease is over. The
 * guard in the guest also thaws, but then the agent still believes that all is frozen and runs nothing, so this also
 * thaws through the agent. Thread safe.
 */
final class FreezeLeases implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FreezeLeases.class);

    /** The guest's hooks can take a while. */
    static final Duration THAW_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(3);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LAST_PAUSE = Duration.ofSeconds(10);

    /**
     * A freeze found this long after the end of a lease is not ours: the guard has thawed ours, and another program has
     * then thawed through the agent and frozen again.
     */
    private static final Duration TOO_LATE = Duration.ofHours(1);

    private final VmDirectory directory;
    private final AgentHealth health;
    private final ThawGuards guards;
    private final FreezeLeaseFolder folder;
    private final Clock clock;
    private final ConcurrentMap<VmId, HeldFreeze> held = new ConcurrentHashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    FreezeLeases(VmDirectory directory, AgentHealth health, ThawGuards guards, FreezeLeaseFolder folder, Clock clock) {
        this.directory = directory;
        this.health = health;
        this.guards = guards;
        this.folder = folder;
        this.clock = clock;
    }

    Optional<HeldFreeze> find(VmId vm) {
        return Optional.ofNullable(held.get(vm));
    }

    /** Reserves the VM; throws {@code ALREADY_FROZEN}. */
    void begin(HeldFreeze freeze) {
        HeldFreeze other = held.putIfAbsent(freeze.vm(), freeze);
        if (other != null) {
            Instant until = other.expiresAt();
            throw new BellhopException(
                    ErrorCode.ALREADY_FROZEN,
                    "Cannot freeze the file systems of VM " + freeze.vm() + " because "
                            + (until == null
                                    ? "another request is about to"
                                    : "they are frozen already, until " + until
                                            + " at the latest; a lease is not renewed: thaw them, and freeze them again"));
        }
    }

    /** Stores the lease, and ends the freeze when it is over. */
    void keep(HeldFreeze freeze, FreezeLease lease) throws IOException {
        folder.write(lease);
        watch(freeze);
    }

    void recover() {
        for (FreezeLease lease : folder.all()) {
            Duration left = Duration.between(clock.instant(), lease.expiresAt());
            Duration longest = Duration.ofSeconds(Freeze.MAX_SECONDS);
            HeldFreeze freeze = new HeldFreeze(lease.vm());
            freeze.begin(lease.expiresAt(), left.compareTo(longest) > 0 ? longest : left, lease.guard());
            if (held.putIfAbsent(lease.vm(), freeze) == null) {
                watch(freeze);
            }
        }
    }

    private void watch(HeldFreeze freeze) {
        Thread.ofVirtual().name("freeze-", freeze.vm().value()).start(() -> {
            try {
                while (closed.getCount() > 0 && !freeze.awaitEnd(BETWEEN_LOOKS)) {
                    look(freeze);
                }
                end(freeze);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /**
     * Another program may have thawed the file systems and frozen them again; that freeze is not for this lease to end.
     */
    private void look(HeldFreeze freeze) {
        if (!freeze.turn().tryLock()) {
            return;
        }
        try {
            VirtualMachine vm = directory.find(freeze.vm()).orElse(null);
            if (closed.getCount() > 0
                    && !freeze.over()
                    && vm != null
                    && !vm.agent().isFrozen(Deadline.after(ASK_TIMEOUT))) {
                ended(freeze, vm.agent());
            }
        } catch (AgentException e) {
            log.debug("Cannot tell whether file systems of VM {} are frozen still", freeze.vm(), e);
        } catch (RuntimeException e) {
            log.warn("Cannot tell whether file systems of VM {} are frozen still", freeze.vm(), e);
        } finally {
            freeze.turn().unlock();
        }
    }

    private void end(HeldFreeze freeze) throws InterruptedException {
        Duration pause = FIRST_PAUSE;
        while (closed.getCount() > 0 && !freeze.over()) {
            freeze.turn().lock();
            try {
                if (freeze.over() || isEnded(freeze)) {
                    return;
                }
            } catch (AgentException e) {
                log.debug("Cannot thaw the file systems of VM {} yet", freeze.vm(), e);
            } catch (RuntimeException e) {
                log.warn("Cannot thaw the file systems of VM {} yet; trying again", freeze.vm(), e);
            } finally {
                freeze.turn().unlock();
            }
            boolean _ = closed.await(pause.toNanos(), TimeUnit.NANOSECONDS);
            pause = pause.multipliedBy(2).compareTo(LAST_PAUSE) < 0 ? pause.multipliedBy(2) : LAST_PAUSE;
        }
    }

    /** Ends a freeze, if its VM and its agent allow it. */
    private boolean isEnded(HeldFreeze freeze) throws AgentException {
        boolean isTooLate = freeze.late().compareTo(TOO_LATE) > 0;
        VirtualMachine vm = directory.find(freeze.vm()).orElse(null);
        if (vm == null) {
            if (isTooLate) {
                forget(freeze);
            }
            return isTooLate;
        }
        if (vm.state(Deadline.after(ASK_TIMEOUT)).power() == PowerState.STOPPED) {
            forget(freeze);
            return true;
        }
        GuestAgent agent = vm.agent();
        boolean isFrozen = agent.isFrozen(Deadline.after(ASK_TIMEOUT));
        if (isFrozen && isTooLate) {
            log.warn(
                    "VM {} was to be thawed at {}, and its agent could not be told before now. It says that file systems are"
                            + " frozen, perhaps by somebody else; if nobody has frozen them: bellhop fsthaw {}",
                    freeze.vm(),
                    freeze.expiresAt(),
                    freeze.vm());
            forget(freeze);
            return true;
        }
        if (isFrozen) {
            int thawed = agent.thaw(Deadline.after(THAW_TIMEOUT));
            log.warn(
                    "Thawed the file systems of VM {}, which nobody else has; {} were still frozen. The lease was until {}",
                    freeze.vm(),
                    thawed,
                    freeze.expiresAt());
        }
        ended(freeze, agent);
        var _ = health.look(vm, ASK_TIMEOUT, ASK_TIMEOUT);
        return true;
    }

    /**
     * Forgets a freeze that is thawed and known to be by the agent, once its guard is gone: the guard would otherwise
     * end the next freeze.
     */
    void ended(HeldFreeze freeze, GuestAgent agent) throws AgentException {
        ThawGuard guard = freeze.guard();
        if (guard != null) {
            guards.stop(agent, guard);
        }
        forget(freeze);
    }

    /**
     * Forgets a freeze for which the agent has frozen nothing; existing freezes belong to others and are not thawed.
     * Ends a guard that has begun, so that it does not mistake the next freeze for its own.
     */
    void neverBegan(HeldFreeze freeze, GuestAgent agent) {
        ThawGuard guard = freeze.guard();
        try {
            if (guard != null) {
                guards.stop(agent, guard);
            }
        } catch (AgentException e) {
            log.debug("Cannot end the guard of VM {}", freeze.vm(), e);
        }
        forget(freeze);
    }

    private void forget(HeldFreeze freeze) {
        // If another freeze has the VM by now, the file belongs to it.
        if (held.get(freeze.vm()) == freeze) {
            folder.delete(freeze.vm());
            held.remove(freeze.vm(), freeze);
        }
        freeze.isOver();
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
