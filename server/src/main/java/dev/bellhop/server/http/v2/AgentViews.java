// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.Timestamps;
import dev.bellhop.api.v2.vm.AgentView;
import dev.bellhop.qga.GuestInterface;
import dev.bellhop.qga.GuestList;
import dev.bellhop.qga.OsInfo;
import dev.bellhop.server.guest.Fact;
import dev.bellhop.server.guest.GuestReport;
import dev.bellhop.server.guest.MissingFact;
import dev.bellhop.server.vms.GuestAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Guest information as v2 shows it. */
final class AgentViews {
    private static final double MILLIS = 1000;

    private AgentViews() {}

    static AgentView of(GuestAnswer answer) {
        GuestReport told = answer.told();
        if (told == null) {
            return AgentView.silent(answer.message(), answer.vmRunning());
        }
        return new AgentView(
                answer.available(),
                answer.available() ? null : answer.message(),
                answer.vmRunning(),
                answer.toldAt(),
                told.agent().version(),
                calls(told, true),
                calls(told, false),
                viewed(told.os(), AgentViews::os),
                told.hostName(),
                items(told.interfaces(), AgentViews::networkInterface),
                items(
                        told.fileSystems(),
                        system -> new AgentView.FileSystem(
                                system.mountPoint(),
                                system.name(),
                                system.type(),
                                system.usedBytes(),
                                system.totalBytes())),
                items(
                        told.users(),
                        user -> new AgentView.User(user.name(), user.domain(), Timestamps.shown(user.loginTime()))),
                viewed(
                        told.timeZone(),
                        zone -> new AgentView.TimeZone(
                                zone.name(), zone.offset().getTotalSeconds())),
                viewed(
                        told.load(),
                        load -> new AgentView.Load(load.oneMinute(), load.fiveMinutes(), load.fifteenMinutes())),
                viewed(told.processors(), count -> new AgentView.Count(count.total(), count.online())),
                viewed(
                        told.memory(),
                        memory -> new AgentView.Memory(
                                memory.blockBytes(),
                                memory.blocks().total(),
                                memory.blocks().online())),
                viewed(told.clockDifference(), difference -> difference.toMillis() / MILLIS),
                notTold(told.notTold()),
                cut(told));
    }

    private static List<String> calls(GuestReport told, boolean enabled) {
        return told.agent().commands().entrySet().stream()
                .filter(command -> command.getValue() == enabled)
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    private static AgentView.Os os(OsInfo os) {
        return new AgentView.Os(
                os.id(),
                os.name(),
                os.prettyName(),
                os.version(),
                os.versionId(),
                os.machine(),
                os.kernelRelease(),
                os.kernelVersion());
    }

    private static AgentView.Interface networkInterface(GuestInterface network) {
        List<AgentView.Address> addresses = network.addresses().items().stream()
                .map(address -> new AgentView.Address(address.address(), address.prefix()))
                .toList();
        return new AgentView.Interface(network.name(), network.hardwareAddress(), addresses);
    }

    private static List<AgentView.NotTold> notTold(Map<Fact, MissingFact> notTold) {
        return notTold.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> new AgentView.NotTold(
                        entry.getKey().wireName(),
                        entry.getValue().why().wireName(),
                        entry.getValue().reason()))
                .toList();
    }

    private static List<String> cut(GuestReport told) {
        List<String> cut = new ArrayList<>();
        if (told.interfaces() != null) {
            if (told.interfaces().cut()) {
                cut.add(Fact.INTERFACES.wireName());
            }
            if (told.interfaces().items().stream()
                    .anyMatch(network -> network.addresses().cut())) {
                cut.add("addresses");
            }
        }
        if (told.fileSystems() != null && told.fileSystems().cut()) {
            cut.add(Fact.FILE_SYSTEMS.wireName());
        }
        if (told.users() != null && told.users().cut()) {
            cut.add(Fact.USERS.wireName());
        }
        return cut;
    }

    private static <T, V> @Nullable V viewed(@Nullable T told, Function<T, V> view) {
        return told == null ? null : view.apply(told);
    }

    private static <T, V> @Nullable List<V> items(@Nullable GuestList<T> told, Function<T, V> view) {
        return told == null ? null : told.items().stream().map(view).toList();
    }
}
