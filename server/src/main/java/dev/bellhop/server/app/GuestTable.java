// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.clock.GuestClocks;
import dev.bellhop.server.doctor.Doctor;
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.guest.AgentCalls;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.maintenance.FileSystemMaintenance;
import dev.bellhop.server.guest.question.LocalGuests;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.login.Logins;
import dev.bellhop.server.stream.StreamStates;
import java.time.Clock;

/** Makes the table of all questions that guests of this process answer. */
public final class GuestTable {
    private GuestTable() {}

    /**
     * Makes the table.
     *
     * @param spool the folder for supervisors' files in a guest
     */
    public static LocalGuests make(
            VmDirectory directory,
            AgentHealth health,
            ExecutionEngine engine,
            FileSystemMaintenance fileSystems,
            StreamStates streams,
            String spool,
            Clock clock) {
        AgentCalls calls = new AgentCalls(directory, health);
        LocalGuests guests = new LocalGuests();
        fileSystems.answer(guests);
        new Logins(calls, engine::script).answer(guests);
        new GuestClocks(calls, clock).answer(guests);
        new Doctor(calls, health, engine::script, engine::isSupervised, streams, spool, clock).answer(guests);
        return guests;
    }
}
