// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.script.Supervisors;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.server.vm.VmId;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** The guests of all VMs. Thread safe. */
public final class Guests {
    private final VmDirectory directory;
    private final GuestSettings settings;
    private final Supervisors supervisors;
    private final Function<VmId, Guest> newGuest;
    private final ConcurrentMap<VmId, Guest> guests = new ConcurrentHashMap<>();

    public Guests(
            VmDirectory directory,
            OpenStreams streams,
            GuestSettings settings,
            ExecutionJournal journal,
            ExecutionIds ids,
            BooleanSupplier isStopping) {
        this.directory = directory;
        this.settings = settings;
        this.supervisors = new Supervisors(settings.spool());
        this.newGuest = id ->
                new Guest(id, directory, streams, settings, supervisors, journal, ids, isStopping, System::nanoTime);
    }

    /** The VM; empty if there is no such VM now. */
    public Optional<VirtualMachine> vm(VmId id) {
        return directory.find(id);
    }

    /** The guest of a VM; the same object each time. */
    public Guest of(VmId vm) {
        return guests.computeIfAbsent(vm, newGuest);
    }

    /** An earlier server has put an execution's files into the spool at this path. */
    public void keepSpool(ExecutionId id, String path) {
        supervisors.keep(id, path);
    }

    public StoppedVm stoppedVm(LongSupplier nanoTime) {
        return new StoppedVm(settings.stoppedForGood(), nanoTime);
    }
}
