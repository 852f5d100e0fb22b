// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.app.Config.HypervisorConfig;
import dev.bellhop.server.app.Config.LibvirtConfig;
import dev.bellhop.server.app.Config.QemuConfig;
import dev.bellhop.server.app.SocketClaims.Role;
import dev.bellhop.server.encryption.GivenKeys;
import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.execution.engine.ExecutionLimits;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.server.http.connection.ConnectionLimits;
import dev.bellhop.server.http.connection.Proxies;
import dev.bellhop.server.hypervisor.qemu.PathPattern;
import dev.bellhop.server.hypervisor.qemu.StartCommand;
import dev.bellhop.server.hypervisor.qemu.VmSockets;
import dev.bellhop.server.operation.OperationSettings;
import dev.bellhop.server.store.postgres.PostgresSettings;
import dev.bellhop.server.tls.TlsFileException;
import dev.bellhop.server.tls.TlsFileException.Part;
import dev.bellhop.server.tls.TlsFiles;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the configuration file. Each setting is here once, with what it may be and what it is where it is not set. */
final class ConfigReader {
    /** Stands in for a path at fault: a configuration with faults is not used. */
    private static final Path NONE = Path.of("/");

    private static final String POSTGRES_URL =
            "a URL of PostgreSQL, such as jdbc:postgresql://db.example/bellhop?sslmode=verify-full";
    private static final String PEM = "the absolute path of a PEM file";
    private static final String SOCKET = "the absolute path of a Unix socket";
    private static final String NAME =
            "a name of 1 to " + VmName.MAX_LENGTH + " characters, no control characters, not digits alone";
    private static final String SOCKET_PATTERN =
            "an absolute path with {vmid} once, in its last part, such as /run/vm/{vmid}.qga";
    private static final String COMMAND =
            "a list of a program, by its absolute path, and its arguments, such as [/usr/local/sbin/start-vm, \"{vmid}\"]";

    /** Less would not hold what runs. */
    private static final long MIN_BYTES = 1_000_000;

    private static final long MAX_BYTES = Long.MAX_VALUE / 2;

    /** Shorter than the pause between two looks at an agent's health, or no channel would ever be idle. */
    private static final int MAX_CHANNEL_IDLE_SECONDS = 300;

    private final Map<String, String> environment;
    private final SocketClaims claims = new SocketClaims();

    private ConfigReader(Map<String, String> environment) {
        this.environment = environment;
    }

    static Config read(Path path) throws ConfigException {
        return read(path, System.getenv());
    }

    static Config read(Path path, Map<String, String> environment) throws ConfigException {
        List<String> faults = new ArrayList<>();
        Optional<Config> config = compose(path, faults)
                .map(node -> Setting.root(node, faults).section(new ConfigReader(environment)::config));
        if (config.isEmpty() || !faults.isEmpty()) {
            String text = String.join("\n  ", faults);
            throw new ConfigException(
                    "Cannot use the configuration " + path + (text.startsWith("line ") ? ", " : ": ") + text);
        }
        return config.get();
    }

    private static Optional<Node> compose(Path path, List<String> faults) throws ConfigException {
        try {
            Optional<Node> node = new Compose(LoadSettings.builder().build()).composeString(Files.readString(path));
            if (node.isEmpty()) {
                faults.add("it is empty");
            }
            return node;
        } catch (MarkedYamlEngineException e) {
            faults.add(Setting.place(e.getProblemMark()) + "not valid YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            faults.add("not valid YAML");
        } catch (IOException e) {
            throw new ConfigException("Cannot read the configuration " + path + ": "
                    + (Files.exists(path) ? "the file is not readable as text" : "there is no such file"));
        }
        return Optional.empty();
    }

    private Config config(Setting root) {
        Setting tls = root.get("tls");
        boolean behindProxy = root.get("behindProxy").bool(false);
        Path data = root.get("data")
                .required("the folder to keep everything in")
                .text("an absolute path", ConfigReader::absolute)
                .orElse(NONE);
        Duration age = root.get("retentionDays").days(30);
        long bytes = root.get("retentionBytes").number(MIN_BYTES, MAX_BYTES, 10L << 30);
        Limits limits = root.get("limits").section(ConfigReader::limits);
        return new Config(
                listen(root.get("listen"), tls.isSet() || behindProxy),
                tls.section(ConfigReader::tls).orElse(null),
                proxies(root.get("proxies")),
                data,
                root.get("postgres").section(ConfigReader::postgres).orElse(null),
                root.get("encryption").section(section -> encryptionKeys(section.get("keyFile"), data)),
                root.get("audit").section(audit -> retained(age, bytes, audit)),
                root.get("executions").section(ConfigReader::executions),
                root.get("power").section(ConfigReader::power),
                limits.callers,
                limits.connections,
                root.get("hypervisors").required("a list of them").items().stream()
                        .flatMap(item -> hypervisor(item).stream())
                        .toList());
    }

    /** @param isSafe whether other machines may send keys and commands, which must not cross a network in the clear */
    private static InetSocketAddress listen(Setting setting, boolean isSafe) {
        String usual = "127.0.0.1:8080";
        InetSocketAddress address = setting.text("an address and a port, such as " + usual, ConfigReader::address)
                .orElseGet(() -> address(usual));
        if (!address.getAddress().isLoopbackAddress() && !isSafe) {
            setting.fault(
                    "other machines can reach this address, and without TLS keys and commands would be there for everyone"
                            + " on the way to read; set tls: {certificate: FILE, key: FILE}, or behindProxy: true where a"
                            + " proxy in front of it does TLS");
        }
        return address;
    }

    /** The host may be an IPv6 address in brackets. Names are not looked up: an address to listen on is a number. */
    private static InetSocketAddress address(String text) {
        int colon = Math.max(0, text.lastIndexOf(':'));
        String host = text.substring(0, colon).replaceAll("^\\[(.*)\\]$", "$1");
        return new InetSocketAddress(InetAddress.ofLiteral(host), Integer.parseInt(text.substring(colon + 1)));
    }

    /** Reads the files once, to be sure that they are usable. */
    private static Optional<TlsFiles> tls(Setting section) {
        Setting certificate = section.get("certificate").required(PEM);
        Setting key = section.get("key").required(PEM);
        Optional<Path> keyFile = key.text(PEM, ConfigReader::absolute);
        Optional<TlsFiles> files = certificate
                .text(PEM, ConfigReader::absolute)
                .flatMap(certificateFile -> keyFile.map(file -> new TlsFiles(certificateFile, file)));
        if (files.isPresent()) {
            try {
                files.get().read();
            } catch (TlsFileException e) {
                (e.part() == Part.KEY ? key : certificate).fault(String.valueOf(e.getMessage()));
            }
        }
        return files;
    }

    /** Whether it is there, and lets the server in, is seen when it is opened. */
    private static Optional<PostgresSettings> postgres(Setting section) {
        Setting url = section.get("url").required(POSTGRES_URL);
        String user = section.get("user")
                .text("the name of a user of the database", text -> text)
                .orElse(null);
        Path passwordFile = section.get("passwordFile")
                .text("the absolute path of a file", ConfigReader::absolute)
                .orElse(null);
        return url.text(
                        POSTGRES_URL,
                        text -> fit(Optional.of(text).filter(given -> given.startsWith(PostgresSettings.PREFIX))))
                .flatMap(text -> {
                    if (text.contains("@") || text.matches(".*[?&]password=.*")) {
                        url.fault("a password does not belong here; put it into a file, and name that in passwordFile");
                        return Optional.empty();
                    }
                    return Optional.of(new PostgresSettings(text, user, passwordFile));
                });
    }

    private static Proxies proxies(Setting setting) {
        String expected = "an address or a network, such as 127.0.0.1 or 10.0.0.0/8";
        return new Proxies(setting.items().stream()
                .flatMap(item -> item.text(expected, text -> fit(AddressRange.parse(text))).stream())
                .toList());
    }

    /** Keys in two places are refused: somebody would take the wrong one for the one in use. */
    private KeySource encryptionKeys(Setting keyFile, Path data) {
        String given = environment.get(GivenKeys.VARIABLE);
        if (given != null && keyFile.isSet()) {
            keyFile.fault("the keys are given in " + GivenKeys.VARIABLE + ", too; leave out one of the two");
        }
        Path file = keyFile.text("the absolute path of a file", ConfigReader::absolute)
                .orElse(data.resolve(KeyFile.NAME));
        return given == null ? new KeyFile(file) : new GivenKeys(given);
    }

    private static Config.Retained retained(Duration age, long bytes, Setting audit) {
        return new Config.Retained(
                age,
                bytes,
                audit.get("retentionDays").days(365),
                audit.get("retentionBytes").number(MIN_BYTES, MAX_BYTES, 1L << 30));
    }

    private static ExecutionSettings executions(Setting section) {
        return new ExecutionSettings(
                new GuestSettings(
                        section.get("supervise").bool(true),
                        section.get("spool")
                                .text(
                                        "an absolute path in the guests that does not end in /",
                                        ConfigReader::guestFolder)
                                .orElse(GuestSettings.SPOOL_FOLDER),
                        section.get("maxOutputBytes").number(0, 1L << 40, GuestSettings.MAX_OUTPUT_BYTES),
                        section.get("stoppedVmDays").days(GuestSettings.STOPPED_VM_DAYS),
                        GuestSettings.REMOVED_AFTER),
                new ExecutionLimits(
                        section.get("runningPerVm").integer(1, 100_000, ExecutionLimits.RUNNING_PER_VM),
                        section.get("runningPerKey").integer(1, 100_000, ExecutionLimits.RUNNING_PER_KEY),
                        section.get("queuedPerVm").integer(0, 100_000, ExecutionLimits.QUEUED_PER_VM)));
    }

    private static String guestFolder(String path) {
        return fit(Optional.of(path)
                .filter(text -> text.startsWith("/")
                        && !text.endsWith("/")
                        && text.chars().allMatch(c -> c >= ' ')));
    }

    private static OperationSettings power(Setting section) {
        return OperationSettings.withGrace(Duration.ofSeconds(section.get("graceSeconds")
                .number(1, OperationSettings.MAX_GRACE_SECONDS, OperationSettings.GRACE_SECONDS)));
    }

    private record Limits(CallerLimits callers, ConnectionLimits.Wanted connections) {}

    private static Limits limits(Setting section) {
        int most = 1_000_000;
        Setting connections = section.get("connections");
        return new Limits(
                new CallerLimits(
                        section.get("requestsPerKey").integer(1, most, CallerLimits.REQUESTS_PER_KEY),
                        section.get("failuresPerAddress").integer(1, most, CallerLimits.FAILURES_PER_ADDRESS),
                        section.get("openPerAddress").integer(1, most, CallerLimits.OPEN_PER_ADDRESS),
                        section.get("followersPerKey").integer(1, 100_000, CallerLimits.FOLLOWERS_PER_KEY),
                        section.get("followers").integer(1, 100_000, CallerLimits.FOLLOWERS)),
                new ConnectionLimits.Wanted(
                        connections.isSet() ? connections.integer(1, most, ConnectionLimits.CONNECTIONS) : null,
                        section.get("connectionsPerAddress").integer(1, most, ConnectionLimits.PER_ADDRESS)));
    }

    /** Empty where it has a fault. */
    private Optional<HypervisorConfig> hypervisor(Setting item) {
        return switch (item.get("type")
                .text("qemu or libvirt, the types of hypervisor there are", type -> type)
                .orElse("")) {
            case "qemu" -> item.section(this::qemu);
            case "libvirt" -> Optional.of(item.section(ConfigReader::libvirt));
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
                        text -> fit(Optional.of(URI.create(text)).filter(URI::isAbsolute)))
                .map(URI::toString)
                .orElse(LibvirtConfig.DEFAULT_URI);
        return new LibvirtConfig(uri, names);
    }

    private Optional<HypervisorConfig> qemu(Setting section) {
        Setting idle = section.get("channelIdleSeconds");
        Duration channelIdle = idle.isSet()
                ? Duration.ofSeconds(idle.number(1, MAX_CHANNEL_IDLE_SECONDS, 1))
                : QemuConfig.CHANNEL_IDLE;
        Setting vms = section.get("vms");
        Setting agent = section.get("agent");
        Setting monitor = section.get("monitor");
        boolean starts = section.get("start").isSet() || section.get("unit").isSet();
        if (vms.isSet() && !agent.isSet() && !monitor.isSet() && !starts) {
            Map<VmId, VmSockets> sockets = new LinkedHashMap<>();
            vms.byVm("VMs by their vmid, such as 10000: {agent: /run/vm/10000.qga}")
                    .forEach((id, vm) -> sockets.put(id, vm.section(found -> sockets(found, id))));
            return Optional.of(new QemuConfig.Listed(sockets, channelIdle));
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
        return agents.map(found -> new QemuConfig.Pattern(found, monitors, start, channelIdle));
    }

    private VmSockets sockets(Setting section, VmId id) {
        return new VmSockets(
                socket(section.get("agent").required(SOCKET), Role.AGENT, id).orElse(NONE),
                socket(section.get("monitor"), Role.MONITOR, id).orElse(null),
                start(section, false).map(start -> start.of(id)).orElse(null),
                section.get("name").text(NAME, ConfigReader::vmName).orElse(null));
    }

    /** Digits alone are a vmid wherever a person names a VM. */
    private static VmName vmName(String text) {
        return fit(VmName.parse(text)
                .filter(name -> text.codePoints().noneMatch(Character::isISOControl) && !text.matches("[0-9]+")));
    }

    private Optional<Path> socket(Setting setting, Role role, VmId id) {
        Optional<Path> path = setting.text(SOCKET, ConfigReader::absolute);
        path.flatMap(found -> claims.listed(found, role, id)).ifPresent(setting::fault);
        return path;
    }

    private Optional<PathPattern> pattern(Setting setting, Role role) {
        Optional<PathPattern> pattern = setting.text(SOCKET_PATTERN, text -> fit(PathPattern.parse(text)));
        pattern.flatMap(found -> claims.pattern(found, role)).ifPresent(setting::fault);
        return pattern;
    }

    /** @param ofAll whether the command starts every VM of a pattern, so that it has to be told which */
    private static Optional<StartCommand> start(Setting section, boolean ofAll) {
        Setting start = section.get("start");
        Setting unit = section.get("unit");
        if (!start.isSet()) {
            return unit.text(
                    "the name of a unit of systemd, such as vm@{vmid}.service",
                    text -> fit(StartCommand.ofUnit(text).filter(command -> !ofAll || command.namesVm())));
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

    private static Path absolute(String text) {
        return fit(Optional.of(Path.of(text)).filter(Path::isAbsolute)).normalize();
    }

    private static <T> T fit(Optional<T> parsed) {
        return parsed.orElseThrow(IllegalArgumentException::new);
    }
}
