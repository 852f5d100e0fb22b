// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.v2.vm.AgentView;
import dev.bellhop.api.v2.vm.VmAgent;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.api.v2.vm.VmUsageView;
import dev.bellhop.cli.terminal.HumanUnits;
import dev.bellhop.cli.terminal.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** VMs as text. What is not known has no line. */
final class VmFormat {

    /** In a list; {@code vm show} has them all. */
    private static final int MAX_ADDRESSES = 2;

    /** A clock that is no further off is right. */
    private static final double NOTABLE_SECONDS = 1;

    private static final int PERCENT = 100;

    /** Other states tell what the VM does, or what to do there; of this one, how long it lasts says most. */
    private static final String NODE_UNREACHABLE = "node_unreachable";

    private VmFormat() {}

    /** In a word or two, and for how long a node has been silent; "-" where it is not known. */
    static String agent(VmSummary vm, Instant now) {
        VmAgent agent = vm.agent();
        if (agent == null) {
            return "-";
        }
        String words = agent.availability().replace('_', ' ');
        return agent.availability().equals(NODE_UNREACHABLE) && agent.since() != null
                ? words + ", " + HumanUnits.time(seconds(agent.since(), now))
                : words;
    }

    private static long seconds(Instant since, Instant now) {
        return Math.max(0, Duration.between(since, now).toSeconds());
    }

    /** The first ones; "-" where none is known. */
    static String addresses(VmSummary vm) {
        List<String> addresses = vm.addresses();
        return addresses == null || addresses.isEmpty()
                ? "-"
                : addresses.stream().limit(MAX_ADDRESSES).collect(Collectors.joining(" "));
    }

    /** A table with a row for each thing that is known. */
    static Table details(VmSummary vm, VmUsageView usage, AgentView agent, Instant now) {
        Table page = new Table("VM", String.valueOf(vm.vmid()));
        line(page, "Name", vm.name());
        Long uptime = vm.uptimeSeconds();
        page.row("Status", vm.status() + (uptime == null ? "" : ", up " + HumanUnits.time(uptime)));
        line(page, "Why unknown", vm.statusReason());
        line(page, "Account", vm.account());
        usage(page, usage);
        agent(page, agent, unavailableFor(vm, now));
        return page;
    }

    private static void usage(Table page, VmUsageView usage) {
        line(page, "Process", usage.pid() == null ? null : String.valueOf(usage.pid()));
        line(
                page,
                "CPU",
                joined(
                        usage.cpus() == null ? null : usage.cpus() + (usage.cpus() == 1 ? " processor" : " processors"),
                        usage.cpuSeconds() == null
                                ? null
                                : String.format(Locale.ROOT, "%.1f s used", usage.cpuSeconds())));
        line(
                page,
                "Memory",
                joined(bytes(usage.memoryBytes(), ""), bytes(usage.residentBytes(), " resident on the node")));
        if (usage.disks() != null) {
            usage.disks()
                    .forEach(disk -> page.row(
                            "Disk",
                            disk.name()
                                    + suffix(joined(
                                            bytes(disk.capacityBytes(), ""),
                                            bytes(disk.readBytes(), " read"),
                                            bytes(disk.writtenBytes(), " written")))));
        }
        if (usage.networks() != null) {
            usage.networks()
                    .forEach(network -> page.row(
                            "Network",
                            network.name()
                                    + suffix(joined(
                                            bytes(network.receivedBytes(), " received"),
                                            bytes(network.sentBytes(), " sent")))));
        }
    }

    /** As " for 5m 3s", to stand after "unavailable"; nothing where it is not known. */
    private static String unavailableFor(VmSummary vm, Instant now) {
        VmAgent agent = vm.agent();
        return agent == null || agent.available() || agent.since() == null
                ? ""
                : " for " + HumanUnits.time(seconds(agent.since(), now));
    }

    private static void agent(Table page, AgentView agent, String unavailableFor) {
        line(
                page,
                "Agent",
                joined(
                        agent.available() ? "available" : "unavailable" + unavailableFor,
                        agent.version() == null ? null : "version " + agent.version()));
        line(page, "Reason", agent.reason());
        line(page, "Host name", agent.hostName());
        AgentView.Os os = agent.os();
        if (os != null) {
            String name = os.prettyName() != null ? os.prettyName() : os.name() != null ? os.name() : os.id();
            line(
                    page,
                    "OS",
                    joined(name, os.kernelRelease() == null ? null : "kernel " + os.kernelRelease(), os.machine()));
        }
        if (agent.timeZone() != null) {
            line(page, "Time zone", timeZone(agent.timeZone()));
        }
        Double clock = agent.clockDifferenceSeconds();
        if (clock != null && Math.abs(clock) >= NOTABLE_SECONDS) {
            page.row(
                    "Clock",
                    String.format(
                            Locale.ROOT, "%.1f s %s the host's", Math.abs(clock), clock < 0 ? "behind" : "ahead of"));
        }
        AgentView.Load load = agent.load();
        if (load != null) {
            page.row(
                    "Load",
                    String.format(
                            Locale.ROOT,
                            "%.2f %.2f %.2f (1, 5, 15 minutes)",
                            load.oneMinute(),
                            load.fiveMinutes(),
                            load.fifteenMinutes()));
        }
        lists(page, agent);
        if (agent.blocked() != null && !agent.blocked().isEmpty()) {
            page.row("Blocked", String.join(" ", agent.blocked()));
        }
        if (agent.notTold() != null) {
            agent.notTold().forEach(one -> page.row("Not told", one.name() + ": " + one.reason()));
        }
        if (agent.cut() != null && !agent.cut().isEmpty()) {
            page.row("Cut", "there are more " + String.join(", ", agent.cut()));
        }
    }

    private static void lists(Table page, AgentView agent) {
        if (agent.interfaces() != null) {
            agent.interfaces().forEach(network -> page.row("Interface", networkInterface(network)));
        }
        if (agent.fileSystems() != null) {
            agent.fileSystems().forEach(system -> page.row("File system", fileSystem(system)));
        }
        if (agent.users() != null) {
            agent.users()
                    .forEach(user -> page.row(
                            "User",
                            (user.domain() == null ? "" : user.domain() + "/")
                                    + user.name()
                                    + (user.loginTime() == null ? "" : ", since " + user.loginTime())));
        }
    }

    /** Such as "IST, UTC+05:30"; the seconds of a zone of long ago are left out. */
    private static String timeZone(AgentView.TimeZone zone) {
        int seconds = zone.offsetSeconds();
        Duration size = Duration.ofSeconds(Math.abs((long) seconds));
        String offset = seconds == 0
                ? "UTC"
                : String.format(
                        Locale.ROOT, "UTC%s%02d:%02d", seconds < 0 ? "-" : "+", size.toHours(), size.toMinutesPart());
        String name = zone.name();
        return name == null || name.equals(offset) ? offset : name + ", " + offset;
    }

    private static String networkInterface(AgentView.Interface network) {
        Stream<String> addresses = network.addresses().stream()
                .map(address -> address.address() + (address.prefix() == null ? "" : "/" + address.prefix()));
        return Stream.concat(
                        Stream.concat(Stream.of(network.name()), addresses),
                        Stream.ofNullable(network.hardwareAddress()).map(address -> "(" + address + ")"))
                .collect(Collectors.joining(" "));
    }

    private static String fileSystem(AgentView.FileSystem system) {
        Long used = system.usedBytes();
        Long total = system.totalBytes();
        String use = used == null || total == null
                ? null
                : HumanUnits.bytes(used) + " of " + HumanUnits.bytes(total)
                        + (total == 0 ? "" : " (" + Math.round(PERCENT * ((double) used / total)) + " %)");
        return system.mountPoint() + suffix(joined(use, system.type(), system.name()));
    }

    private static void line(Table page, String label, @Nullable String text) {
        if (text != null) {
            page.row(label, text);
        }
    }

    private static @Nullable String bytes(@Nullable Long bytes, String after) {
        return bytes == null ? null : HumanUnits.bytes(bytes) + after;
    }

    private static String suffix(@Nullable String text) {
        return text == null ? "" : ": " + text;
    }

    /** What is known of these; absent where nothing is. */
    private static @Nullable String joined(@Nullable String... parts) {
        String text = Stream.of(parts).filter(Objects::nonNull).collect(Collectors.joining(", "));
        return text.isEmpty() ? null : text;
    }
}
