// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.config;

import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.access.MetricsToken;
import dev.bellhop.server.app.config.Config.HypervisorConfig;
import dev.bellhop.server.cluster.ClusterSettings;
import dev.bellhop.server.cluster.api.Nodes;
import dev.bellhop.server.encryption.GivenKeys;
import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.execution.engine.ExecutionLimits;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.server.file.FileSettings;
import dev.bellhop.server.forward.ForwardSettings;
import dev.bellhop.server.http.connection.ConnectionLimits;
import dev.bellhop.server.http.connection.Proxies;
import dev.bellhop.server.operation.OperationSettings;
import dev.bellhop.server.store.postgres.PostgresSettings;
import dev.bellhop.server.tls.TlsFileException;
import dev.bellhop.server.tls.TlsFileException.Part;
import dev.bellhop.server.tls.TlsFiles;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the configuration file. Each setting appears here once, with its valid values and its default. */
public final class ConfigReader {
    /** Placeholder for an invalid path: a configuration with errors is never used. */
    private static final Path NONE = Path.of("/");

    private static final String POSTGRES_URL =
            "a URL of PostgreSQL, such as jdbc:postgresql://db.example/bellhop?sslmode=verify-full";
    private static final String NATS =
            "addresses of NATS with commas between them, such as tls://nats.example:4222; without TLS, nats://127.0.0.1:4222 alone";
    private static final String CREDENTIALS =
            "the absolute path of what 'bellhop cluster init' or 'bellhop node' wrote for it";
    private static final String PEM = "the absolute path of a PEM file";

    /** A smaller limit would not hold the data of running commands. */
    private static final long MIN_BYTES = 1_000_000;

    private static final int MAX_VMS_PER_NODE = 1_000_000;
    private static final long MAX_BYTES = Long.MAX_VALUE / 2;
    private static final long MAX_FILE_BYTES = 1L << 50;

    private final Map<String, String> environment;

    private ConfigReader(Map<String, String> environment) {
        this.environment = environment;
    }

    public static Config read(Path path) throws ConfigException {
        return read(path, System.getenv());
    }

    static Config read(Path path, Map<String, String> environment) throws ConfigException {
        return read(path, new ConfigReader(environment)::config);
    }

    /** Reads a file; throws if it has errors. */
    static <T> T read(Path path, Function<Setting, T> reader) throws ConfigException {
        List<String> faults = new ArrayList<>();
        Optional<T> config =
                compose(path, faults).map(node -> Setting.root(node, faults).section(reader));
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
                .text("an absolute path", Setting::absolute)
                .orElse(NONE);
        Duration age = root.get("retentionDays").days(30);
        long bytes = root.get("retentionBytes").number(MIN_BYTES, MAX_BYTES, 10L << 30);
        Limits limits = root.get("limits").section(ConfigReader::limits);
        PostgresSettings postgres =
                root.get("postgres").section(ConfigReader::postgres).orElse(null);
        ClusterSettings cluster = cluster(root.get("cluster"), postgres != null);
        TerminalsReader.Terminals terminals = root.get("terminals").section(TerminalsReader::read);
        return new Config(
                listen(root.get("listen"), tls.isSet() || behindProxy),
                tls.section(ConfigReader::tls).orElse(null),
                proxies(root.get("proxies")),
                data,
                postgres,
                cluster,
                root.get("encryption").section(section -> encryptionKeys(section.get("keyFile"), data)),
                root.get("audit").section(audit -> retained(age, bytes, audit)),
                root.get("executions").section(ConfigReader::executions),
                root.get("power").section(ConfigReader::power),
                terminals.limits(),
                root.get("forwards").section(ConfigReader::forwards),
                terminals.recordings(),
                root.get("files").section(ConfigReader::files),
                limits.callers,
                limits.connections,
                root.get("metrics").section(ConfigReader::metrics),
                root.get("ssh")
                        .section(section -> SshReader.read(section, data))
                        .orElse(null),
                hypervisors(root.get("hypervisors"), cluster));
    }

    private static ForwardSettings forwards(Setting section) {
        return new ForwardSettings(
                section.get("perVm").integer(1, ForwardSettings.MAX_COUNT, ForwardSettings.PER_VM),
                section.get("perKey").integer(1, ForwardSettings.MAX_COUNT, ForwardSettings.PER_KEY),
                Duration.ofMinutes(section.get("idleMinutes")
                        .integer(1, ForwardSettings.MAX_IDLE_MINUTES, ForwardSettings.IDLE_MINUTES)));
    }

    private static List<HypervisorConfig> hypervisors(Setting setting, @Nullable ClusterSettings cluster) {
        List<HypervisorConfig> hypervisors =
                HypervisorReader.read(cluster == null ? setting.required("a list of them") : setting);
        if (cluster != null && !hypervisors.isEmpty()) {
            setting.fault("the VMs of a cluster are those of its nodes; put these into the configuration of a node");
        }
        return hypervisors;
    }

    /** @param isSafe whether other machines may send keys and commands, which must not cross a network unencrypted */
    private static InetSocketAddress listen(Setting setting, boolean isSafe) {
        String usual = "127.0.0.1:8080";
        InetSocketAddress address = setting.address(usual).orElseGet(() -> Setting.parseAddress(usual));
        if (!address.getAddress().isLoopbackAddress() && !isSafe) {
            setting.fault(
                    "other machines can reach this address, and without TLS keys and commands would be there for everyone"
                            + " on the way to read; set tls: {certificate: FILE, key: FILE}, or behindProxy: true where a"
                            + " proxy in front of it does TLS");
        }
        return address;
    }

    /** Reads the files once, to check that they are usable. */
    private static Optional<TlsFiles> tls(Setting section) {
        Setting certificate = section.get("certificate").required(PEM);
        Setting key = section.get("key").required(PEM);
        Optional<Path> keyFile = key.text(PEM, Setting::absolute);
        Optional<TlsFiles> files = certificate
                .text(PEM, Setting::absolute)
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

    /** Does not connect: opening the database shows whether it exists and accepts the server. */
    private static Optional<PostgresSettings> postgres(Setting section) {
        Setting url = section.get("url").required(POSTGRES_URL);
        String user = section.get("user")
                .text("the name of a user of the database", text -> text)
                .orElse(null);
        Path passwordFile = section.get("passwordFile")
                .text("the absolute path of a file", Setting::absolute)
                .orElse(null);
        boolean migrate = section.get("migrate").bool(true);
        return url.text(
                        POSTGRES_URL,
                        text -> Setting.fit(
                                Optional.of(text).filter(given -> given.startsWith(PostgresSettings.PREFIX))))
                .flatMap(text -> {
                    if (text.contains("@") || text.matches(".*[?&]password=.*")) {
                        url.fault("a password does not belong here; put it into a file, and name that in passwordFile");
                        return Optional.empty();
                    }
                    if (text.matches(".*[?&]sslpassword=.*")) {
                        url.fault("a password does not belong here; name a key in sslkey that has none, in a file that"
                                + " the server alone can read");
                        return Optional.empty();
                    }
                    return Optional.of(new PostgresSettings(text, user, passwordFile, migrate));
                });
    }

    /** Absent if there is none, or it has an error. */
    private static @Nullable ClusterSettings cluster(Setting setting, boolean hasPostgres) {
        ClusterSettings cluster = setting.section(ConfigReader::clusterOfServer).orElse(null);
        if (setting.isSet() && !hasPostgres) {
            setting.fault("the servers of a cluster share a PostgreSQL; set postgres: {url: URL}");
        }
        return cluster;
    }

    private static Optional<ClusterSettings> clusterOfServer(Setting section) {
        Optional<List<String>> forNodes = section.get("nodesNats").text(NATS, ConfigReader::nats);
        Setting takeOver = section.get("takeOverSeconds");
        // If this were shorter than a lease, a live node could lose its VMs.
        int least = (int) Nodes.LEASE.toSeconds();
        Duration takeOverAfter = takeOver.isSet() ? Duration.ofSeconds(takeOver.integer(least, 86_400, least)) : null;
        int most = section.get("maxVmsPerNode").integer(1, MAX_VMS_PER_NODE, ClusterSettings.DEFAULT_MAX_VMS_PER_NODE);
        return cluster(section)
                .map(all -> new ClusterSettings(
                        all.servers(),
                        all.credentials(),
                        all.ca(),
                        forNodes.orElse(all.servers()),
                        takeOverAfter,
                        most));
    }

    private static List<String> nats(String text) {
        return Setting.fit(ClusterSettings.parse(text));
    }

    /** Does not connect: connecting shows whether NATS is up and accepts the process. */
    static Optional<ClusterSettings> cluster(Setting section) {
        Setting nats = section.get("nats").required(NATS);
        Optional<Path> credentials =
                section.get("credentials").required(CREDENTIALS).text(CREDENTIALS, Setting::absolute);
        Path ca = section.get("ca").text(PEM, Setting::absolute).orElse(null);
        return nats.text(NATS, ConfigReader::nats)
                .flatMap(servers -> credentials.map(path -> new ClusterSettings(servers, path, ca)));
    }

    private static Proxies proxies(Setting setting) {
        String expected = "an address or a network, such as 127.0.0.1 or 10.0.0.0/8";
        return new Proxies(setting.items().stream()
                .flatMap(item -> item.text(expected, text -> Setting.fit(AddressRange.parse(text))).stream())
                .toList());
    }

    /** Rejects keys in two places: an operator could mistake the unused key for the active one. */
    private KeySource encryptionKeys(Setting keyFile, Path data) {
        String given = environment.get(GivenKeys.VARIABLE);
        if (given != null && keyFile.isSet()) {
            keyFile.fault("the keys are given in " + GivenKeys.VARIABLE + ", too; leave out one of the two");
        }
        Path file =
                keyFile.text("the absolute path of a file", Setting::absolute).orElse(data.resolve(KeyFile.NAME));
        return given == null ? new KeyFile(file) : new GivenKeys(given);
    }

    private static Config.Retained retained(Duration age, long bytes, Setting audit) {
        return new Config.Retained(
                age,
                bytes,
                audit.get("retentionDays").days(365),
                audit.get("retentionBytes").number(MIN_BYTES, MAX_BYTES, 1L << 30));
    }

    static ExecutionSettings executions(Setting section) {
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

    private static Config.Metrics metrics(Setting section) {
        return new Config.Metrics(
                section.get("enabled").bool(true),
                section.get("listen").address("127.0.0.1:9464").orElse(null),
                metricsToken(section));
    }

    /** Reads the file once, to check that it is usable. Absent if none is set, or it has an error. */
    static @Nullable Path metricsToken(Setting section) {
        Setting setting = section.get("tokenFile");
        Optional<Path> file = setting.text("the absolute path of a file", Setting::absolute);
        try {
            if (file.isPresent()) {
                MetricsToken.in(file.get());
            }
        } catch (IOException e) {
            setting.fault(String.valueOf(e.getMessage()));
        }
        return file.orElse(null);
    }

    private static String guestFolder(String path) {
        return Setting.fit(Optional.of(path)
                .filter(text -> text.startsWith("/")
                        && !text.endsWith("/")
                        && text.chars().allMatch(c -> c >= ' ')));
    }

    static OperationSettings power(Setting section) {
        return OperationSettings.withGrace(Duration.ofSeconds(section.get("graceSeconds")
                .number(1, OperationSettings.MAX_GRACE_SECONDS, OperationSettings.GRACE_SECONDS)));
    }

    private static FileSettings files(Setting section) {
        FileSettings transfers = transfers(section);
        return new FileSettings(
                section.get("maxBytes").number(1, MAX_FILE_BYTES, FileSettings.MAX_BYTES),
                transfers.ratePerVm(),
                transfers.maxTransfersPerVm());
    }

    /** Returns the limits for file transfers, which apply to processes that have VMs. */
    static FileSettings transfers(Setting section) {
        Setting rate = section.get("ratePerVm");
        return new FileSettings(
                FileSettings.MAX_BYTES,
                rate.isSet() ? rate.number(1024, MAX_FILE_BYTES, MAX_FILE_BYTES) : null,
                section.get("maxTransfersPerVm").integer(1, 1000, FileSettings.MAX_TRANSFERS_PER_VM));
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
}
