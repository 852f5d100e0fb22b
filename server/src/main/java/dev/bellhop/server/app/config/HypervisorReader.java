// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.config;

import dev.bellhop.server.app.config.Config.HypervisorConfig;
import dev.bellhop.server.app.config.Config.LibvirtConfig;
import dev.bellhop.server.app.config.Config.QemuConfig;
import dev.bellhop.server.app.config.SocketClaims.Role;
import dev.bellhop.server.hypervisor.qemu.PathPattern;
import dev.bellhop.server.hypervisor.qemu.StartCommand;
import dev.bellhop.server.hypervisor.qemu.VmSockets;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the list of hypervisors, which has the same form for servers and nodes. */
final class HypervisorReader {
    /** Placeholder for an invalid path: a configuration with errors is never used. */
    private static final Path NONE = Path.of("/");

    private static final String SOCKET = "the absolute path of a Unix socket";
    private static final String NAME =
            "a name of 1 to " + VmName.MAX_LENGTH + " characters, no control characters, not digits alone";
    private static final String SOCKET_PATTERN =
            "an absolute path with {vmid} once, in its last part, such as /run/vm/{vmid}.qga";
    private static final String COMMAND =
            "a list of a program, by its absolute path, and its arguments, such as [/usr/local/sbin/start-vm, \"{vmid}\"]";

    /** Less than the interval between two checks of an agent's health; otherwise no channel would ever be idle. */
    private static final int MAX_CHANNEL_IDLE_SECONDS = 300;

    private final SocketClaims claims = new SocketClaims();

    private HypervisorReader() {}

    static List<HypervisorConfig> read(Setting list) {
        HypervisorReader reader = new HypervisorReader();
        return list.items().stream()
                .flatMap(item -> reader.hypervisor(item).stream())
                .toList();
    }

    /** Empty if it has an error. */
    private Optional<HypervisorConfig> hypervisor(Setting item) {
        return switch (item.get("type")
                .text("qemu or libvirt, the types of hypervisor there are", type -> type)
                .orElse("")) {
            case "qemu" -> item.section(this::qemu);
            case "libvirt" -> Optional.of(item.section(HypervisorReader::libvirt));
            default -> {
                item.fault("expected the settings of a hypervisor, with type: qemu or type: libvirt");
                yield Optional.empty();
            }
        };
    }

    private static LibvirtConfig libvirt(Setting section) {
        Map<VmId, String> names = new LinkedHashMap<>();
        section.get("vms")
                .byVm("names of domains by their vmid, such as 10000: web")
                .forEach((id, domain) -> {
                    String name =
                            domain.text("the name of a domain", text -> text).orElse("");
                    if (names.containsValue(name)) {
                        domain.fault("another vmid is that of the domain " + name + ", too; leave out one of the two");
                    }
                    names.put(id, name);
                });
        String uri = section.get("uri")
                .text(
                        "a URI of libvirt, such as " + LibvirtConfig.DEFAULT_URI,
                        text -> Setting.fit(Optional.of(URI.create(text)).filter(URI::isAbsolute)))
                .map(URI::toString)
                .orElse(LibvirtConfig.DEFAULT_URI);
        return new LibvirtConfig(uri, names, streams(section));
    }

    /** Returns whether streams into guests are enabled. */
    private static boolean streams(Setting section) {
        return section.get("streams")
                .text(
                        "auto or off",
                        text -> Setting.fit(Optional.of(text)
                                .filter(word -> word.equals("auto") || word.equals("off"))
                                .map("auto"::equals)))
                .orElse(true);
    }

    private Optional<HypervisorConfig> qemu(Setting section) {
        Setting idle = section.get("channelIdleSeconds");
        Duration channelIdle = idle.isSet()
                ? Duration.ofSeconds(idle.number(1, MAX_CHANNEL_IDLE_SECONDS, 1))
                : QemuConfig.CHANNEL_IDLE;
        boolean streams = streams(section);
        Setting vms = section.get("vms");
        Setting agent = section.get("agent");
        Setting monitor = section.get("monitor");
        boolean starts = section.get("start").isSet() || section.get("unit").isSet();
        if (vms.isSet() && !agent.isSet() && !monitor.isSet() && !starts) {
            Map<VmId, VmSockets> sockets = new LinkedHashMap<>();
            vms.byVm("VMs by their vmid, such as 10000: {agent: /run/vm/10000.qga}")
                    .forEach((id, vm) -> sockets.put(id, vm.section(found -> sockets(found, id))));
            return Optional.of(new QemuConfig.Listed(sockets, channelIdle, streams));
        }
        if (vms.isSet() || !agent.isSet()) {
            section.fault(
                    "expected either vms, which lists VMs one by one, or agent with {vmid} in it, and perhaps monitor,"
                            + " and start or unit, likewise");
            return Optional.empty();
        }
        Optional<PathPattern> agents = pattern(agent, Role.AGENT);
        PathPattern monitors = pattern(monitor, Role.MONITOR).orElse(null);
        StartCommand start = start(section, true).orElse(null);
        return agents.map(found -> new QemuConfig.Pattern(found, monitors, start, channelIdle, streams));
    }

    private VmSockets sockets(Setting section, VmId id) {
        return new VmSockets(
                socket(section.get("agent").required(SOCKET), Role.AGENT, id).orElse(NONE),
                socket(section.get("monitor"), Role.MONITOR, id).orElse(null),
                start(section, false).map(start -> start.of(id)).orElse(null),
                section.get("name").text(NAME, HypervisorReader::vmName).orElse(null));
    }

    /** Rejects names of digits only, because people's input of digits always means a vmid. */
    private static VmName vmName(String text) {
        return Setting.fit(VmName.parse(text)
                .filter(name -> text.codePoints().noneMatch(Character::isISOControl) && !text.matches("[0-9]+")));
    }

    private Optional<Path> socket(Setting setting, Role role, VmId id) {
        Optional<Path> path = setting.text(SOCKET, Setting::absolute);
        path.flatMap(found -> claims.listed(found, role, id)).ifPresent(setting::fault);
        return path;
    }

    private Optional<PathPattern> pattern(Setting setting, Role role) {
        Optional<PathPattern> pattern = setting.text(SOCKET_PATTERN, text -> Setting.fit(PathPattern.parse(text)));
        pattern.flatMap(found -> claims.pattern(found, role)).ifPresent(setting::fault);
        return pattern;
    }

    /** @param ofAll whether the command starts every VM of a pattern, and so needs the vmid as an argument */
    private static Optional<StartCommand> start(Setting section, boolean ofAll) {
        Setting start = section.get("start");
        Setting unit = section.get("unit");
        if (!start.isSet()) {
            return unit.text(
                    "the name of a unit of systemd, such as vm@{vmid}.service",
                    text -> Setting.fit(StartCommand.ofUnit(text).filter(command -> !ofAll || command.namesVm())));
        }
        if (unit.isSet()) {
            unit.fault("a VM is started either by start or by unit; leave out one of the two");
        }
        List<String> words = start.items().stream()
                .flatMap(word -> word.text(COMMAND, text -> text).stream())
                .toList();
        Optional<StartCommand> command = StartCommand.parse(words);
        if (command.isEmpty()) {
            start.fault("expected " + COMMAND);
        } else if (ofAll && !command.get().namesVm()) {
            start.fault("expected {vmid} in one of its arguments, or it would start the same VM each time");
        }
        return command;
    }
}
