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
 * What a guest told of itself when it was asked. All of it is the guest's word. What it did not tell is absent, and
 * {@code notTold} says why.
 *
 * @param clockDifference the guest's time less the host's
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
     * Asks one thing after the other, what costs the guest most at the end, until the deadline. What the guest has told by
     * then is told.
     *
     * @param words says for a person why a question failed
     * @param host what the guest's clock is compared with
     * @throws AgentException where the agent does not even say what it can do
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
        // Last, since an agent can hang in it, where a file system of its guest's does.
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

    /** The first addresses that others can reach it by, if it told any. */
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
