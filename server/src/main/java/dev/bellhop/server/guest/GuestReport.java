// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentInfo;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAddress;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestCount;
import dev.bellhop.qga.GuestFileSystem;
import dev.bellhop.qga.GuestInterface;
import dev.bellhop.qga.GuestList;
import dev.bellhop.qga.GuestLoad;
import dev.bellhop.qga.GuestTimeZone;
import dev.bellhop.qga.GuestUser;
import dev.bellhop.qga.OsInfo;
import dev.bellhop.server.hypervisor.VirtualMachine;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A guest's report of itself. All of it is the guest's word. Facts that it did not report are absent, and {@code
 * notTold} gives the reasons.
 *
 * @param clockDifference the guest's time minus the host's
 */
public record GuestReport(
        AgentInfo agent,
        @Nullable OsInfo os,
        @Nullable String hostName,
        @Nullable GuestTimeZone timeZone,
        @Nullable GuestLoad load,
        @Nullable GuestCount processors,
        @Nullable GuestMemory memory,
        @Nullable Duration clockDifference,
        @Nullable GuestList<GuestUser> users,
        @Nullable GuestList<GuestInterface> interfaces,
        @Nullable GuestList<GuestFileSystem> fileSystems,
        Map<Fact, MissingFact> notTold) {

    public GuestReport {
        notTold = Map.copyOf(notTold);
    }

    /**
     * Asks one question after the other, the costliest for the guest last, until the deadline. Returns the answers
     * received by then.
     *
     * @param words explains to a person why a question failed
     * @param host the reference for the guest's clock
     * @throws AgentException if the agent does not even report its capabilities
     */
    public static GuestReport ask(
            VirtualMachine vm, Function<AgentException, String> words, Clock host, Deadline deadline)
            throws AgentException {
        AgentInfo agent = vm.agent().info(deadline);
        GuestInfoCollector interview = new GuestInfoCollector(words, deadline);
        OsInfo os = interview.ask(Fact.OS, vm.agent()::osInfo);
        String hostName = interview.ask(Fact.HOST_NAME, vm.agent()::hostName);
        GuestTimeZone timeZone = interview.ask(Fact.TIME_ZONE, vm.agent()::timeZone);
        GuestLoad load = interview.ask(Fact.LOAD, vm.agent()::load);
        GuestCount processors = interview.ask(Fact.PROCESSORS, vm.agent()::processors);
        GuestMemory memory = interview.ask(Fact.MEMORY, until -> memory(vm.agent(), until));
        Duration clock = interview.ask(Fact.CLOCK, until -> ClockDifference.measure(vm.agent(), host, until));
        GuestList<GuestUser> users = interview.ask(Fact.USERS, vm.agent()::users);
        GuestList<GuestInterface> interfaces = interview.ask(Fact.INTERFACES, vm.agent()::networkInterfaces);
        // Last, because an agent can hang in this call if a file system of the guest does.
        GuestList<GuestFileSystem> fileSystems = interview.ask(Fact.FILE_SYSTEMS, vm.agent()::fileSystems);
        return new GuestReport(
                agent,
                os,
                hostName,
                timeZone,
                load,
                processors,
                memory,
                clock,
                users,
                interfaces,
                fileSystems,
                interview.notTold());
    }

    private static GuestMemory memory(GuestAgent agent, Deadline deadline) throws AgentException {
        return new GuestMemory(agent.memoryBlockBytes(deadline), agent.memoryBlocks(deadline));
    }

    /** Returns the first addresses that others can reach, if it reported any. */
    public List<String> addresses(int most) {
        return interfaces == null
                ? List.of()
                : interfaces.items().stream()
                        .flatMap(network -> network.addresses().items().stream())
                        .filter(address -> !address.isLocal())
                        .map(GuestAddress::address)
                        .limit(most)
                        .toList();
    }
}
