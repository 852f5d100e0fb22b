// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.clock.GuestClocks;
import dev.bellhop.server.clock.LocalGuestClocks;
import dev.bellhop.server.cluster.guest.ClockOrders;
import dev.bellhop.server.cluster.guest.DoctorOrders;
import dev.bellhop.server.cluster.guest.GuestCalls;
import dev.bellhop.server.cluster.guest.LoginOrders;
import dev.bellhop.server.doctor.Doctor;
import dev.bellhop.server.doctor.LocalDoctor;
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.guest.AgentCalls;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.v2.guest.V2Doctor;
import dev.bellhop.server.http.v2.guest.V2GuestClock;
import dev.bellhop.server.http.v2.guest.V2GuestUsers;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.login.LocalLogins;
import dev.bellhop.server.login.Logins;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.vm.Checkups;
import dev.bellhop.server.service.vm.GuestClock;
import dev.bellhop.server.service.vm.GuestUsers;
import dev.bellhop.server.stream.StreamStates;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;

/** What is asked of guests beside commands, and the routes that ask. */
public record GuestSeams(Logins logins, GuestClocks clocks, Doctor doctor, Clock clock) {
    static GuestSeams local(
            VmDirectory directory,
            AgentHealth health,
            ExecutionEngine engine,
            StreamStates streams,
            String spool,
            Clock clock) {
        AgentCalls calls = new AgentCalls(directory, health);
        return new GuestSeams(
                new LocalLogins(calls, engine::script),
                new LocalGuestClocks(calls, clock),
                new LocalDoctor(calls, health, engine::script, engine::isSupervised, streams, spool, clock),
                clock);
    }

    static GuestSeams ofCluster(GuestCalls calls, Clock clock) {
        return new GuestSeams(
                LoginOrders.remote(calls), ClockOrders.remote(calls), DoctorOrders.remote(calls, clock), clock);
    }

    List<Route> routes(VmAccess access) {
        return Stream.of(
                        new V2GuestUsers(access, new GuestUsers(logins, clock)).routes(),
                        new V2GuestClock(access, new GuestClock(clocks)).routes(),
                        new V2Doctor(access, new Checkups(doctor, access)).routes())
                .flatMap(List::stream)
                .toList();
    }
}
