// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.api.Json;
import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.app.config.Config;
import dev.bellhop.server.app.config.Config.HypervisorConfig;
import dev.bellhop.server.app.config.Config.QemuConfig;
import dev.bellhop.server.cluster.ClusterSettings;
import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.engine.ExecutionLimits;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.server.file.FileSettings;
import dev.bellhop.server.forward.ForwardSettings;
import dev.bellhop.server.http.connection.ConnectionLimits;
import dev.bellhop.server.http.connection.Proxies;
import dev.bellhop.server.hypervisor.qemu.PathPattern;
import dev.bellhop.server.hypervisor.qemu.StartCommand;
import dev.bellhop.server.hypervisor.qemu.VmSockets;
import dev.bellhop.server.operation.OperationSettings;
import dev.bellhop.server.recording.RecordingSettings;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.server.ssh.SshSettings;
import dev.bellhop.server.ssh.memory.DoorMemory;
import dev.bellhop.server.store.postgres.PostgresSettings;
import dev.bellhop.server.terminal.TerminalSettings;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import dev.bellhop.testkit.RealAgent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A whole server in this process, on a free port and with a data folder of its own.
 *
 * <pre>{@code
 * try (TestServer server = TestServer.in(folder).realAgent(1).start()) {
 *     long pid = server.admin().exec(1, "echo hello");
 *     server.restart();
 *     assertThat(server.admin().result(1, pid).data().path("stdout").asString()).isEqualTo("hello\n");
 * }
 * }</pre>
 */
public final class TestServer implements AutoCloseable {
    /** By which {@link #scraper} reads the metrics. */
    static final String METRICS_TOKEN = "metrics-token-of-tests-0123456789abcdef";

    private final Config config;
    private final Clock clock;
    private final LongSupplier nanos;
    private final Timeouts timeouts;
    private final @Nullable TestServerCertificate certificate;
    private final @Nullable RealAgent agent;
    private BellhopServer server;
    private URI uri;
    private @Nullable URI metrics;
    private @Nullable InetSocketAddress ssh;
    private boolean madeAdminKey;

    private TestServer(
            Config config,
            Clock clock,
            LongSupplier nanos,
            Timeouts timeouts,
            @Nullable TestServerCertificate certificate,
            @Nullable RealAgent agent) {
        this.config = config;
        this.certificate = certificate;
        this.clock = clock;
        this.nanos = nanos;
        this.timeouts = timeouts;
        this.agent = agent;
        BellhopServer.Started started = launch();
        this.server = started.server();
        this.uri = started.uri();
        this.metrics = started.metrics().orElse(null);
        this.ssh = started.ssh().orElse(null);
        this.madeAdminKey = started.newAdminKey().isPresent();
    }

    /** What a server is started with. */
    public static final class Builder {
        private final Path data;
        private final Map<VmId, VmSockets> vms = new LinkedHashMap<>();
        private final Map<VmId, VmName> names = new HashMap<>();
        private Clock clock = Clock.systemUTC();
        private LongSupplier nanos = System::nanoTime;
        private CallerLimits limits = CallerLimits.defaults();
        private ConnectionLimits.Wanted connections = ConnectionLimits.Wanted.defaults();
        private Timeouts timeouts = Timeouts.defaults();
        private ExecutionSettings executions;
        private long retentionBytes = 10L << 30;
        private long auditRetentionBytes = 1L << 30;
        private TerminalSettings terminals = TerminalSettings.defaults();
        private ForwardSettings forwards = ForwardSettings.defaults();
        private RecordingSettings recordings = RecordingSettings.defaults();
        private OperationSettings power = OperationSettings.defaults();
        private FileSettings files = FileSettings.defaults();
        private @Nullable PathPattern pattern;
        private @Nullable TestServerCertificate certificate;
        private Proxies proxies = Proxies.NONE;
        private @Nullable PostgresSettings postgres;
        private @Nullable ClusterSettings cluster;
        private @Nullable KeySource encryptionKeys;
        private Duration channelIdle = QemuConfig.CHANNEL_IDLE;
        private long[] agentVms = {};
        private Config.@Nullable Metrics metrics;
        private @Nullable SshSettings ssh;

        private Builder(Path data) {
            this.data = data;
            // The guests of tests run on this machine, each in a folder of its test.
            GuestSettings guests =
                    new GuestSettings(true, data.resolveSibling("spool").toString(), GuestSettings.MAX_OUTPUT_BYTES);
            this.executions = new ExecutionSettings(guests, ExecutionLimits.defaults());
        }

        /** Commands are run by the agents alone. */
        public Builder direct() {
            return executions(TestExecutions.DIRECT);
        }

        public Builder executions(ExecutionSettings newExecutions) {
            executions = newExecutions;
            return this;
        }

        /** How much is kept of executions, and of the audit trail. */
        public Builder retentionBytes(long newBytes, long newAuditBytes) {
            retentionBytes = newBytes;
            auditRetentionBytes = newAuditBytes;
            return this;
        }

        /** A VM without a monitor. */
        public Builder vm(long id, Path agent) {
            return vm(id, agent, null);
        }

        public Builder vm(long id, Path agent, @Nullable Path monitor) {
            vms.put(new VmId(id), new VmSockets(agent, monitor, null));
            return this;
        }

        /** A VM with a monitor, which this starts. */
        public Builder vm(long id, Path agent, Path monitor, String... start) {
            vms.put(new VmId(id), new VmSockets(agent, monitor, new StartCommand(List.of(start))));
            return this;
        }

        /** VMs with a real agent, which all of them share and which ends with the server. */
        public Builder realAgent(long... ids) {
            agentVms = ids;
            return this;
        }

        /** What a VM is called, whether it was added before or is later. */
        public Builder name(long id, String name) {
            names.put(new VmId(id), new VmName(name));
            return this;
        }

        private VmSockets named(VmId id, VmSockets sockets) {
            return new VmSockets(sockets.agent(), sockets.monitor(), sockets.start(), names.get(id));
        }

        /** Also the VMs whose agents' sockets are in this folder, named after their vmids. */
        public Builder vmsIn(Path folder) {
            pattern = PathPattern.parse(folder + "/{vmid}.qga").orElseThrow();
            return this;
        }

        public Builder terminals(TerminalSettings newTerminals) {
            terminals = newTerminals;
            return this;
        }

        public Builder forwards(ForwardSettings newForwards) {
            forwards = newForwards;
            return this;
        }

        public Builder recordings(RecordingSettings newRecordings) {
            recordings = newRecordings;
            return this;
        }

        public Builder power(OperationSettings newPower) {
            power = newPower;
            return this;
        }

        public Builder files(FileSettings newFiles) {
            files = newFiles;
            return this;
        }

        public Builder clock(Clock newClock) {
            clock = newClock;
            return this;
        }

        /** The time by which requests are limited. */
        public Builder nanos(LongSupplier newNanos) {
            nanos = newNanos;
            return this;
        }

        public Builder limits(CallerLimits newLimits) {
            limits = newLimits;
            return this;
        }

        public Builder connections(int all, int perAddress) {
            connections = new ConnectionLimits.Wanted(all, perAddress);
            return this;
        }

        public Builder timeouts(Timeouts newTimeouts) {
            timeouts = newTimeouts;
            return this;
        }

        /** Its clients speak TLS and trust this certificate. */
        public Builder tls(TestServerCertificate newCertificate) {
            certificate = newCertificate;
            return this;
        }

        /** Where it keeps everything, in place of a file in its data folder. */
        public Builder postgres(PostgresSettings newPostgres) {
            postgres = newPostgres;
            return this;
        }

        /** It is an API server of a cluster, and its VMs are those of nodes. */
        public Builder cluster(ClusterSettings newCluster) {
            cluster = newCluster;
            return this;
        }

        /** What it encrypts with, in place of a file in its data folder. */
        public Builder encryptionKeys(KeySource newKeys) {
            encryptionKeys = newKeys;
            return this;
        }

        /** How long the agents' channels are kept without use. */
        public Builder channelIdle(Duration newChannelIdle) {
            channelIdle = newChannelIdle;
            return this;
        }

        /** How the metrics are read, in place of a token. */
        Builder metrics(Config.Metrics newMetrics) {
            metrics = newMetrics;
            return this;
        }

        /** It serves SSH on a free port of this machine, and takes API keys as passwords. */
        public Builder ssh() {
            return ssh(SshSettings.Limits.defaults());
        }

        public Builder ssh(SshSettings.Limits newLimits) {
            ssh = new SshSettings(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    null,
                    data.resolve(SshSettings.HOST_KEYS),
                    true,
                    newLimits,
                    DoorMemory.Size.ofHeap());
            return this;
        }

        /** What is open over SSH may take so much memory. */
        public Builder sshMemory(DoorMemory.Size size) {
            SshSettings now = Objects.requireNonNull(ssh);
            ssh = new SshSettings(
                    now.listen(), now.publicAddress(), now.hostKeys(), now.passwords(), now.limits(), size);
            return this;
        }

        /** Clients reach its SSH door at another name and port than it listens on. */
        public Builder sshReachedAt(String host, int port) {
            SshSettings now = Objects.requireNonNull(ssh);
            ssh = new SshSettings(
                    now.listen(),
                    new SshSettings.PublicAddress(host, port),
                    now.hostKeys(),
                    now.passwords(),
                    now.limits(),
                    now.memory());
            return this;
        }

        /** Whose word on the client is believed. */
        public Builder proxies(String... ranges) {
            proxies = new Proxies(Stream.of(ranges)
                    .map(range -> AddressRange.parse(range).orElseThrow())
                    .toList());
            return this;
        }

        public TestServer start() {
            RealAgent agent = agentVms.length == 0 ? null : startAgent();
            if (agent != null) {
                for (long id : agentVms) {
                    vm(id, agent.socket());
                }
            }
            vms.replaceAll(this::named);
            InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            List<HypervisorConfig> hypervisors =
                    new ArrayList<>(List.of(new QemuConfig.Listed(vms, channelIdle, true)));
            if (pattern != null) {
                hypervisors.add(new QemuConfig.Pattern(pattern, null, null, channelIdle, true));
            }
            Config.Retained retained =
                    new Config.Retained(Duration.ofDays(30), retentionBytes, Duration.ofDays(365), auditRetentionBytes);
            Config config = new Config(
                    anyPort,
                    certificate == null ? null : certificate.files(),
                    proxies,
                    data,
                    postgres,
                    cluster,
                    encryptionKeys == null ? new KeyFile(data.resolve(KeyFile.NAME)) : encryptionKeys,
                    retained,
                    executions,
                    power,
                    terminals,
                    forwards,
                    recordings,
                    files,
                    limits,
                    connections,
                    metrics == null ? new Config.Metrics(true, null, metricsToken()) : metrics,
                    ssh,
                    hypervisors);
            return new TestServer(config, clock, nanos, timeouts, certificate, agent);
        }

        private Path metricsToken() {
            try {
                Path token = data.resolveSibling("metrics-token");
                Files.createDirectories(token.getParent());
                return Files.writeString(token, METRICS_TOKEN);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private RealAgent startAgent() {
            try {
                return RealAgent.start(Files.createDirectories(data.resolveSibling("agent")));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** A server whose data folder is in this folder. */
    public static Builder in(Path folder) {
        return new Builder(folder.resolve("data"));
    }

    private BellhopServer.Started launch() {
        try {
            return BellhopServer.start(config, clock, nanos, timeouts);
        } catch (Exception e) {
            throw new IllegalStateException("the server does not start", e);
        }
    }

    /** Ends the server and starts another one on the same data. Its port is another one. */
    public void restart() {
        stop();
        start();
    }

    /** Ends the server until {@link #start}. */
    public void stop() {
        server.close();
    }

    /** Starts another one on the same data, after {@link #stop}. */
    public void start() {
        BellhopServer.Started started = launch();
        server = started.server();
        uri = started.uri();
        metrics = started.metrics().orElse(null);
        ssh = started.ssh().orElse(null);
        madeAdminKey = started.newAdminKey().isPresent();
    }

    public URI uri() {
        return uri;
    }

    /** Where the metrics are, on a server that serves them at an address of their own. */
    URI metricsUri() {
        return Objects.requireNonNull(metrics);
    }

    /** Where SSH is served, on a server that serves it. */
    public InetSocketAddress ssh() {
        return Objects.requireNonNull(ssh);
    }

    public Path data() {
        return config.data();
    }

    /** Whether the last start made an admin key. */
    public boolean madeAdminKey() {
        return madeAdminKey;
    }

    /** The secret in the file that the server left for its operator. */
    public String adminKey() {
        try {
            return Files.readString(config.data().resolve("admin.key")).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whoever holds this key; absent for somebody without one. */
    public TestClient client(@Nullable String key) {
        return certificate == null
                ? new TestClient(this::uri, key)
                : new TestClient(this::uri, key, certificate.trusting());
    }

    /** Whoever reads the metrics, by their token. */
    public TestClient scraper() {
        return client(METRICS_TOKEN);
    }

    public TestClient admin() {
        return client(adminKey());
    }

    /** Has a key made over HTTP. */
    public TestClient.MadeKey makeKey(List<String> scopes, @Nullable List<Long> vms) {
        Map<String, Object> wanted = new LinkedHashMap<>(Map.of("name", "test", "scopes", scopes));
        if (vms != null) {
            wanted.put("vms", vms);
        }
        return TestClient.MadeKey.of(admin().post("/api/v2/keys", Json.mapper().writeValueAsString(wanted)));
    }

    /** Has an account made over HTTP that owns these VMs, and tells its id. */
    public String makeAccount(String name, long... vms) {
        TestAnswer made = admin().post("/api/v2/accounts", Json.mapper().writeValueAsString(Map.of("name", name)));
        String id = made.json().path("id").asString();
        for (long vm : vms) {
            assign(vm, id);
        }
        return id;
    }

    /** Has a VM given to an account over HTTP. */
    public void assign(long vm, String account) {
        TestAnswer assigned = admin().post(
                        "/api/v2/vps/" + vm + "/actions/assign",
                        Json.mapper().writeValueAsString(Map.of("account", account)));
        if (assigned.status() != 204) {
            throw new IllegalStateException(assigned.text());
        }
    }

    /** Has a key of an account made over HTTP. */
    public TestClient.MadeKey makeKeyOf(String account, String... scopes) {
        Map<String, Object> wanted = Map.of("name", "test", "scopes", List.of(scopes), "account", account);
        return TestClient.MadeKey.of(admin().post("/api/v2/keys", Json.mapper().writeValueAsString(wanted)));
    }

    /** Whoever holds a new key of an account. */
    public TestClient tenant(String account, String... scopes) {
        return client(makeKeyOf(account, scopes).secret());
    }

    @Override
    public void close() {
        stop();
        if (agent != null) {
            agent.close();
        }
    }
}
