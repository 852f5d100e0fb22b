// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.app.Config.HypervisorConfig;
import dev.bellhop.server.app.Config.LibvirtConfig;
import dev.bellhop.server.app.Config.QemuConfig;
import dev.bellhop.server.app.SocketClaims.Role;
import dev.bellhop.server.encryption.GivenKeys;
import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.execution.ExecutionLimits;
import dev.bellhop.server.execution.ExecutionSettings;
import dev.bellhop.server.execution.GuestSettings;
import dev.bellhop.server.http.ConnectionLimits;
import dev.bellhop.server.hypervisor.qemu.StartCommand;
import dev.bellhop.server.hypervisor.qemu.VmSockets;
import dev.bellhop.server.job.JobSettings;
import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the configuration file, and refuses whatever it does not understand: a typing error must not pass for a default. */
final class ConfigReader {
    private static final String PLACEHOLDER = "{vmid}";
    private static final String SOCKET_PATH = "the absolute path of a Unix socket";
    private static final String SOCKET_PATTERN =
            "an absolute path with " + PLACEHOLDER + " once, in its last part, such as /run/vm/{vmid}.qga";

    /** Less than the watch over the agents' health lets pass between two looks, or it would keep all channels for good. */
    private static final int LONGEST_CHANNEL_IDLE_SECONDS = 300;

    /** Less would not hold what runs. */
    private static final long LEAST_BYTES = 1_000_000;

    private static final Set<String> LIMITS = Set.of(
            "requestsPerKey",
            "failuresPerAddress",
            "openPerAddress",
            "followersPerKey",
            "followers",
            "connections",
            "connectionsPerAddress");

    private final String file;
    private final Map<String, String> environment;

    private ConfigReader(String file, Map<String, String> environment) {
        this.file = file;
        this.environment = environment;
    }

    static Config read(Path path) throws ConfigException {
        return read(path, System.getenv());
    }

    /** As the other, with variables of the caller's. */
    static Config read(Path path, Map<String, String> environment) throws ConfigException {
        String file = path.toString();
        String yaml;
        try {
            yaml = Files.readString(path);
        } catch (IOException e) {
            throw new ConfigException("Cannot read the configuration " + file + ": "
                    + (Files.exists(path) ? "the file is not readable as text" : "there is no such file"));
        }
        return new ConfigReader(file, environment).parse(yaml);
    }

    private Config parse(String yaml) throws ConfigException {
        Map<String, Setting> root = root(yaml)
                .section(Set.of(
                        "listen",
                        "tls",
                        "behindProxy",
                        "proxies",
                        "data",
                        "encryption",
                        "retentionDays",
                        "retentionBytes",
                        "audit",
                        "executions",
                        "power",
                        "limits",
                        "hypervisors"));
        Setting data = root.get("data");
        Setting hypervisors = root.get("hypervisors");
        if (data == null || hypervisors == null) {
            throw new ConfigException("Cannot use the configuration " + file + ": "
                    + (data == null ? "data (the folder to keep everything in)" : "hypervisors (a list)")
                    + " is not set");
        }
        List<HypervisorConfig> sources = new ArrayList<>();
        SocketClaims claims = new SocketClaims();
        for (Setting item : hypervisors.items()) {
            sources.add(hypervisor(item, claims));
        }
        TransportReader transport = new TransportReader(root);
        Path folder = absolute(data, data.text("an absolute path"), "an absolute path");
        return new Config(
                transport.listen(),
                transport.tls(),
                transport.proxies(),
                folder,
                encryptionKeys(root.get("encryption"), folder),
                retained(root),
                executions(root.get("executions")),
                power(root.get("power")),
                limits(root.get("limits")),
                connections(root.get("limits")),
                List.copyOf(sources));
    }

    /** Two places for the keys would be one that somebody takes for the one in use. */
    private KeySource encryptionKeys(@Nullable Setting setting, Path data) throws ConfigException {
        String given = environment.get(GivenKeys.VARIABLE);
        Setting keyFile =
                setting == null ? null : setting.section(Set.of("keyFile")).get("keyFile");
        if (given != null && keyFile != null) {
            throw keyFile.wrong("the keys are given in " + GivenKeys.VARIABLE + ", too; leave out one of the two");
        }
        if (given != null) {
            return new GivenKeys(given);
        }
        String expected = "the absolute path of a file";
        return new KeyFile(
                keyFile == null ? data.resolve(KeyFile.NAME) : absolute(keyFile, keyFile.text(expected), expected));
    }

    private static Config.Retained retained(Map<String, Setting> root) throws ConfigException {
        Setting audit = root.get("audit");
        Map<String, Setting> ofAudit =
                audit == null ? Map.of() : audit.section(Set.of("retentionDays", "retentionBytes"));
        return new Config.Retained(
                Duration.ofDays(number(root, "retentionDays", 1, 36_500, Config.DEFAULT_RETENTION_DAYS)),
                number(root, "retentionBytes", LEAST_BYTES, Long.MAX_VALUE / 2, Config.DEFAULT_RETENTION_BYTES),
                Duration.ofDays(number(ofAudit, "retentionDays", 1, 36_500, Config.DEFAULT_AUDIT_RETENTION_DAYS)),
                number(
                        ofAudit,
                        "retentionBytes",
                        LEAST_BYTES,
                        Long.MAX_VALUE / 2,
                        Config.DEFAULT_AUDIT_RETENTION_BYTES));
    }

    private static ExecutionSettings executions(@Nullable Setting setting) throws ConfigException {
        if (setting == null) {
            return ExecutionSettings.defaults();
        }
        Map<String, Setting> settings = setting.section(Set.of(
                "supervise",
                "spool",
                "maxOutputBytes",
                "stoppedVmDays",
                "runningPerVm",
                "runningPerKey",
                "queuedPerVm"));
        Setting supervise = settings.get("supervise");
        Setting spool = settings.get("spool");
        return new ExecutionSettings(
                new GuestSettings(
                        supervise == null || supervise.bool(),
                        spool == null ? GuestSettings.SPOOL_FOLDER : guestFolder(spool),
                        number(settings, "maxOutputBytes", 0, 1L << 40, GuestSettings.MAX_OUTPUT_BYTES),
                        Duration.ofDays(number(settings, "stoppedVmDays", 1, 36_500, GuestSettings.STOPPED_VM_DAYS))),
                new ExecutionLimits(
                        (int) number(settings, "runningPerVm", 1, 100_000, ExecutionLimits.RUNNING_PER_VM),
                        (int) number(settings, "runningPerKey", 1, 100_000, ExecutionLimits.RUNNING_PER_KEY),
                        (int) number(settings, "queuedPerVm", 0, 100_000, ExecutionLimits.QUEUED_PER_VM)));
    }

    private static JobSettings power(@Nullable Setting setting) throws ConfigException {
        Map<String, Setting> settings = setting == null ? Map.of() : setting.section(Set.of("graceSeconds"));
        return JobSettings.withGrace(Duration.ofSeconds(
                number(settings, "graceSeconds", 1, JobSettings.LONGEST_GRACE_SECONDS, JobSettings.GRACE_SECONDS)));
    }

    private static ConnectionLimits connections(@Nullable Setting setting) throws ConfigException {
        Map<String, Setting> settings = setting == null ? Map.of() : setting.section(LIMITS);
        return new ConnectionLimits(
                (int) number(settings, "connections", 1, 1_000_000, ConnectionLimits.CONNECTIONS),
                (int) number(settings, "connectionsPerAddress", 1, 1_000_000, ConnectionLimits.PER_ADDRESS));
    }

    private static CallerLimits limits(@Nullable Setting setting) throws ConfigException {
        if (setting == null) {
            return CallerLimits.defaults();
        }
        Map<String, Setting> settings = setting.section(LIMITS);
        return new CallerLimits(
                (int) number(settings, "requestsPerKey", 1, 1_000_000, CallerLimits.REQUESTS_PER_KEY),
                (int) number(settings, "failuresPerAddress", 1, 1_000_000, CallerLimits.FAILURES_PER_ADDRESS),
                (int) number(settings, "openPerAddress", 1, 1_000_000, CallerLimits.OPEN_PER_ADDRESS),
                (int) number(settings, "followersPerKey", 1, 100_000, CallerLimits.FOLLOWERS_PER_KEY),
                (int) number(settings, "followers", 1, 100_000, CallerLimits.FOLLOWERS));
    }

    private static String guestFolder(Setting spool) throws ConfigException {
        String expected = "an absolute path in the guests that does not end in /";
        String path = spool.text(expected);
        if (!path.startsWith("/") || path.endsWith("/") || path.chars().anyMatch(c -> c < ' ')) {
            throw spool.wrong("expected " + expected);
        }
        return path;
    }

    private static long number(Map<String, Setting> section, String name, long least, long most, long usual)
            throws ConfigException {
        Setting setting = section.get(name);
        return setting == null ? usual : setting.number(least, most);
    }

    private Setting root(String yaml) throws ConfigException {
        try {
            Node node = new Compose(LoadSettings.builder().setLabel(file).build())
                    .composeString(yaml)
                    .orElseThrow(() -> new ConfigException("Cannot use the configuration " + file + ": it is empty"));
            return new Setting(file, "", node);
        } catch (MarkedYamlEngineException e) {
            String line = e.getProblemMark()
                    .map(mark -> ", line " + (mark.getLine() + 1))
                    .orElse("");
            throw new ConfigException(
                    "Cannot use the configuration " + file + line + ": not valid YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new ConfigException("Cannot use the configuration " + file + ": not valid YAML");
        }
    }

    private static HypervisorConfig hypervisor(Setting item, SocketClaims claims) throws ConfigException {
        Setting type = item.entries("the settings of a hypervisor").get("type");
        if (type == null) {
            throw item.wrong("expected type: qemu or type: libvirt");
        }
        return switch (type.text("qemu or libvirt")) {
            case "qemu" -> qemu(item, claims);
            case "libvirt" -> libvirt(item);
            default -> throw type.wrong("expected qemu or libvirt, the types of hypervisor there are");
        };
    }

    private static LibvirtConfig libvirt(Setting item) throws ConfigException {
        Map<String, Setting> settings = item.section(Set.of("type", "uri", "vms"));
        Setting uri = settings.get("uri");
        Setting vms = settings.get("vms");
        return new LibvirtConfig(
                uri == null ? LibvirtConfig.DEFAULT_URI : libvirtUri(uri), vms == null ? Map.of() : domains(vms));
    }

    private static String libvirtUri(Setting setting) throws ConfigException {
        String expected = "a URI of libvirt, such as " + LibvirtConfig.DEFAULT_URI;
        String uri = setting.text(expected);
        try {
            if (new URI(uri).getScheme() != null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // Told below, as any other text that is none.
        }
        throw setting.wrong("expected " + expected);
    }

    private static Map<VmId, String> domains(Setting vms) throws ConfigException {
        Map<VmId, String> names = new LinkedHashMap<>();
        for (Map.Entry<String, Setting> entry : vms.entries("names of domains by their vmid, such as 10000: web")
                .entrySet()) {
            Setting domain = entry.getValue();
            VmId id = VmId.parse(entry.getKey())
                    .orElseThrow(() -> domain.wrong("expected a vmid, an integer of 1 or more, as the name"));
            String name = domain.text("the name of a domain");
            if (names.containsValue(name)) {
                throw domain.wrong("another vmid is that of the domain " + name + ", too; leave out one of the two");
            }
            names.put(id, name);
        }
        return names;
    }

    private static QemuConfig qemu(Setting item, SocketClaims claims) throws ConfigException {
        Map<String, Setting> settings =
                item.section(Set.of("type", "vms", "agent", "monitor", "start", "unit", "channelIdleSeconds"));
        Setting idle = settings.get("channelIdleSeconds");
        Duration channelIdle = idle == null
                ? QemuConfig.CHANNEL_IDLE
                : Duration.ofSeconds(idle.integer(1, LONGEST_CHANNEL_IDLE_SECONDS));
        Setting vms = settings.get("vms");
        Setting agent = settings.get("agent");
        Setting monitor = settings.get("monitor");
        boolean starts = settings.containsKey("start") || settings.containsKey("unit");
        if (vms != null && agent == null && monitor == null && !starts) {
            return new QemuConfig.Listed(listed(vms, claims), channelIdle);
        }
        if (vms == null && agent != null) {
            return new QemuConfig.Pattern(
                    pattern(agent, Role.AGENT, claims),
                    monitor == null ? null : pattern(monitor, Role.MONITOR, claims),
                    StartCommandReader.read(settings, true),
                    channelIdle);
        }
        throw item.wrong("expected either vms, which lists VMs one by one, or agent with " + PLACEHOLDER
                + " in it, and perhaps monitor, and start or unit, likewise");
    }

    private static Map<VmId, VmSockets> listed(Setting vms, SocketClaims claims) throws ConfigException {
        Map<VmId, VmSockets> sockets = new LinkedHashMap<>();
        for (Map.Entry<String, Setting> entry : vms.entries(
                        "VMs by their vmid, such as 10000: {agent: /run/vm/10000.qga}")
                .entrySet()) {
            Setting vm = entry.getValue();
            VmId id = VmId.parse(entry.getKey())
                    .orElseThrow(() -> vm.wrong("expected a vmid, an integer of 1 or more, as the name"));
            Map<String, Setting> settings = vm.section(Set.of("agent", "monitor", "start", "unit"));
            Setting agent = settings.get("agent");
            if (agent == null) {
                throw vm.wrong("expected agent, " + SOCKET_PATH);
            }
            StartCommand start = StartCommandReader.read(settings, false);
            Setting monitor = settings.get("monitor");
            sockets.put(
                    id,
                    new VmSockets(
                            socket(agent, Role.AGENT, id, claims),
                            monitor == null ? null : socket(monitor, Role.MONITOR, id, claims),
                            start == null ? null : start.of(id)));
        }
        return sockets;
    }

    private static Path socket(Setting setting, Role role, VmId vm, SocketClaims claims) throws ConfigException {
        Path path = absolute(setting, setting.text(SOCKET_PATH), SOCKET_PATH);
        claims.listed(setting, path, role, vm);
        return path;
    }

    private static String pattern(Setting setting, Role role, SocketClaims claims) throws ConfigException {
        String pattern = setting.text(SOCKET_PATTERN);
        String name = String.valueOf(absolute(setting, pattern, SOCKET_PATTERN).getFileName());
        int at = name.indexOf(PLACEHOLDER);
        if (at < 0 || pattern.indexOf(PLACEHOLDER) != pattern.lastIndexOf(PLACEHOLDER)) {
            throw setting.wrong("expected " + SOCKET_PATTERN);
        }
        claims.pattern(setting, pattern, role);
        return pattern;
    }

    static Path absolute(Setting setting, String text, String expected) throws ConfigException {
        try {
            Path path = Path.of(text);
            if (path.isAbsolute()) {
                return path.normalize();
            }
        } catch (InvalidPathException e) {
            // Told below, as any other text that is no such path.
        }
        throw setting.wrong("expected " + expected);
    }
}
