// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.maintenance;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestList;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.qga.TrimmedFileSystem;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.FindFreeze;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Freeze;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Thaw;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Thawed;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Trim;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Trimmed;
import dev.bellhop.server.guest.question.LocalGuests;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Freezes, thaws and trims the file systems of this process's guests. {@link FreezeLeases} ends the freezes that no one thaws. Thread safe. */
public final class FileSystemMaintenance implements AutoCloseable {
    /** Timeout for the end of a guard, which needs an agent command. */
    private static final Duration END_TIMEOUT = Duration.ofSeconds(12);

    private static final Duration STATUS_TIMEOUT = Duration.ofSeconds(5);

    /** The guest's hooks may write out a database's memory. */
    private static final Duration FREEZE_TIMEOUT = Duration.ofSeconds(30);

    /** A disk of terabytes takes minutes. */
    private static final Duration TRIM_TIMEOUT = Duration.ofMinutes(10);

    /** Timeout for another request about the same VM to finish. */
    private static final Duration TURN_TIMEOUT = Duration.ofSeconds(60);

    private final VmDirectory directory;
    private final AgentHealth health;
    private final Clock clock;
    private final Function<VmId, Runnable> beforeFreeze;
    private final ThawGuards guards = new ThawGuards();
    private final FreezeLeases leases;

    /**
     * Creates it, with new leases.
     *
     * @param data the folder for the list of guests to thaw
     * @param beforeFreeze is called with each VM before its file systems can be frozen, and returns a callback for the
     *     end of the attempt
     */
    public FileSystemMaintenance(
            VmDirectory directory, AgentHealth health, Path data, Clock clock, Function<VmId, Runnable> beforeFreeze) {
        this.beforeFreeze = beforeFreeze;
        this.directory = directory;
        this.health = health;
        this.clock = clock;
        this.leases = new FreezeLeases(directory, health, guards, new FreezeLeaseFolder(data), clock);
    }

    /** Continues the leases of an earlier process. */
    public void recover() {
        leases.recover();
    }

    /** Adds the handlers of {@link FileSystemQuestions}. */
    public void answer(LocalGuests guests) {
        guests.with(FindFreeze.KIND, (vm, question) -> freezeStatus(vm))
                .with(Freeze.KIND, this::freeze)
                .with(Thaw.KIND, (vm, question) -> new Thawed(thaw(vm)))
                .with(Trim.KIND, (vm, question) -> Trimmed.of(trim(vm, question.minimumBytes())));
    }

    FreezeStatus freezeStatus(VmId id) {
        VirtualMachine vm = machine(id);
        try {
            boolean frozen = vm.agent().isFrozen(Deadline.after(STATUS_TIMEOUT));
            return new FreezeStatus(
                    frozen, frozen ? leases.find(id).map(HeldFreeze::expiresAt).orElse(null) : null);
        } catch (AgentException e) {
            throw unavailable("tell whether file systems are frozen in", vm, e);
        }
    }

    FrozenFileSystems freeze(VmId id, Freeze request) {
        VirtualMachine vm = machine(id);
        HeldFreeze held = new HeldFreeze(id);
        held.turn().lock();
        Runnable afterwards = beforeFreeze.apply(id);
        try {
            endThawed(vm);
            leases.begin(held);
            return freeze(vm, request, held);
        } catch (AgentException e) {
            throw unavailable("freeze the file systems of", vm, e);
        } finally {
            afterwards.run();
            held.turn().unlock();
        }
    }

    /** Ends a lease if another program has thawed its file systems. */
    private void endThawed(VirtualMachine vm) throws AgentException {
        HeldFreeze before = leases.find(vm.id()).orElse(null);
        if (before == null || !takeTurn(before)) {
            return;
        }
        try {
            if (!before.over() && !vm.agent().isFrozen(Deadline.after(STATUS_TIMEOUT))) {
                leases.ended(before, vm.agent());
            }
        } finally {
            before.turn().unlock();
        }
    }

    /** Waits only if the lease is over, because its guard is being ended. */
    private static boolean takeTurn(HeldFreeze before) {
        try {
            return before.isDue()
                    ? before.turn().tryLock(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    : before.turn().tryLock();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private FrozenFileSystems freeze(VirtualMachine vm, Freeze request, HeldFreeze held) throws AgentException {
        FreezeLease lease;
        long begun;
        try {
            requireThawed(vm);
            // Its window begins after this, so a freeze that is in time by this clock is in the window.
            begun = System.nanoTime();
            ThawGuard guard = guards.start(vm.id(), vm.agent(), request);
            Instant expiresAt = clock.instant().plus(request.lease()).truncatedTo(ChronoUnit.MILLIS);
            held.begin(expiresAt, request.lease(), guard);
            lease = new FreezeLease(vm.id(), expiresAt, guard);
            leases.keep(held, lease);
        } catch (AgentException | RuntimeException e) {
            leases.neverBegan(held, vm.agent());
            throw e;
        } catch (IOException e) {
            leases.neverBegan(held, vm.agent());
            throw new BellhopException(
                    ErrorCode.STORE_UNAVAILABLE,
                    "Cannot freeze the file systems of VM " + vm.id()
                            + " because that cannot be written down in the data folder",
                    e);
        }
        return new FrozenFileSystems(freeze(vm, request.mountPoints(), held, begun), lease.expiresAt());
    }

    /** If anything fails while file systems may be frozen, {@link FreezeLeases} ends the freeze. */
    private int freeze(VirtualMachine vm, List<String> mountPoints, HeldFreeze held, long begun) throws AgentException {
        boolean frozen = false;
        try {
            int count = vm.agent().freeze(mountPoints, Deadline.after(timeToFreeze(vm, begun)));
            if (count == 0) {
                throw new BellhopException(
                        ErrorCode.NOT_SUPPORTED,
                        "Cannot freeze the file systems of VM " + vm.id() + " because none of them can be frozen");
            }
            frozen = true;
            return count;
        } catch (RpcDisabledException | RpcMissingException e) {
            // Another program has frozen them: the agent has not even tried.
            leases.neverBegan(held, vm.agent());
            throw e;
        } finally {
            if (!frozen) {
                held.endNow();
            }
        }
    }

    private static Duration timeToFreeze(VirtualMachine vm, long begun) {
        Duration left = ThawGuards.timeToFreeze(Duration.ofNanos(System.nanoTime() - begun));
        if (!left.isPositive()) {
            throw new BellhopException(
                    ErrorCode.AGENT_UNAVAILABLE,
                    "Cannot freeze the file systems of VM " + vm.id()
                            + " because it took too long to start what thaws them; try again");
        }
        return left.compareTo(FREEZE_TIMEOUT) < 0 ? left : FREEZE_TIMEOUT;
    }

    private static void requireThawed(VirtualMachine vm) throws AgentException {
        if (vm.agent().isFrozen(Deadline.after(STATUS_TIMEOUT))) {
            throw new BellhopException(
                    ErrorCode.ALREADY_FROZEN,
                    "Cannot freeze the file systems of VM " + vm.id()
                            + " because somebody else has frozen them; wait until they" + " are thawed, or thaw them");
        }
    }

    int thaw(VmId id) {
        VirtualMachine vm = machine(id);
        HeldFreeze held = leases.find(id).orElse(null);
        try {
            if (held == null) {
                return thaw(vm);
            }
            if (!held.turn().tryLock(TURN_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new BellhopException(
                        ErrorCode.AGENT_UNAVAILABLE,
                        "Cannot thaw the file systems of VM " + id
                                + " because another request is about them; try again");
            }
            try {
                int count = thaw(vm);
                // Otherwise another freeze may hold the VM by now.
                if (!held.over()) {
                    end(held, vm);
                }
                return count;
            } finally {
                held.turn().unlock();
            }
        } catch (AgentException e) {
            throw unavailable("thaw the file systems of", vm, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BellhopException(
                    ErrorCode.SHUTTING_DOWN, "Cannot thaw the file systems of VM " + id + " because the server stops");
        }
    }

    /** The file systems are thawed, even if the rest fails and is retried. */
    private void end(HeldFreeze held, VirtualMachine vm) {
        try {
            leases.ended(held, vm.agent());
        } catch (AgentException e) {
            held.endNow();
        }
    }

    private static int thaw(VirtualMachine vm) throws AgentException {
        return vm.agent().thaw(Deadline.after(FreezeLeases.THAW_TIMEOUT));
    }

    GuestList<TrimmedFileSystem> trim(VmId id, long minimumBytes) {
        VirtualMachine vm = machine(id);
        GuestAgent agent = vm.agent();
        try {
            return agent.trim(minimumBytes, Deadline.after(TRIM_TIMEOUT));
        } catch (AgentException e) {
            throw unavailable("trim the file systems of", vm, e);
        }
    }

    private VirtualMachine machine(VmId vm) {
        return directory.find(vm).orElseThrow(() -> new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM " + vm));
    }

    private BellhopException unavailable(String task, VirtualMachine vm, AgentException e) {
        boolean isLacking = e instanceof RpcMissingException || (e instanceof RpcDisabledException && !isFrozen(vm));
        return new BellhopException(
                isLacking ? ErrorCode.NOT_SUPPORTED : ErrorCode.AGENT_UNAVAILABLE,
                "Cannot " + task + " VM " + vm.id() + " because " + health.why(vm, e));
    }

    /** A frozen agent disables calls that it allows at other times. */
    private static boolean isFrozen(VirtualMachine vm) {
        try {
            return vm.agent().isFrozen(Deadline.after(STATUS_TIMEOUT));
        } catch (AgentException e) {
            return false;
        }
    }

    /** Leaves frozen guests to their guards and to the next process. */
    @Override
    public void close() {
        leases.close();
    }
}
