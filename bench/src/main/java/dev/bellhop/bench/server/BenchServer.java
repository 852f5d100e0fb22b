// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.server;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.testkit.ServerProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A Bellhop server, started as a user would start it, with its data on a real disk. */
public final class BenchServer implements AutoCloseable {
    private static final long MAX_OUTPUT_BYTES = 128L << 20;

    /** More requests a second of one key than the machine can serve. */
    public static final String LIMITS = "limits: {requestsPerKey: 1000000}\n";

    private final ServerProcess process;

    private BenchServer(ServerProcess process) {
        this.process = process;
    }

    /**
     * Starts a server with VMs listed one by one, and returns once it says that it is ready.
     *
     * @param launcher the command line up to "server"
     * @param folder for its configuration, log and data; one that has been used before goes on where it was
     * @param agents the agent sockets, by vmid
     * @param spool where guests keep what the supervisor writes; absent where the agents alone are to look after commands
     * @param noAotCache whether to start as if no AOT cache had been built
     */
    public static BenchServer start(
            List<String> launcher, Path folder, Map<Long, Path> agents, @Nullable Path spool, boolean noAotCache)
            throws IOException {
        return start(launcher, folder, List.of(qemu(agents)), spool, noAotCache);
    }

    /**
     * Starts a server with these hypervisors.
     *
     * @param hypervisors entries of the configuration's hypervisors, each as YAML on one line
     */
    public static BenchServer start(
            List<String> launcher, Path folder, List<String> hypervisors, @Nullable Path spool, boolean noAotCache)
            throws IOException {
        return start(launcher, folder, configuration(hypervisors, spool), noAotCache);
    }

    /**
     * Starts a server with this configuration.
     *
     * @param configuration YAML, but for where it listens and where its data are
     */
    public static BenchServer start(List<String> launcher, Path folder, String configuration, boolean noAotCache)
            throws IOException {
        List<String> command = new ArrayList<>(launcher);
        command.addAll(List.of("server", "--config"));
        return new BenchServer(ServerProcess.start(
                folder,
                configuration,
                command,
                noAotCache ? Map.of("BELLHOP_JAVA_OPTS", "-XX:AOTMode=off") : Map.of(),
                ServerProcess::answersHealth));
    }

    /** From the start of the process until it was ready. */
    public Duration startUp() {
        return process.startUp();
    }

    public InetSocketAddress address() {
        return process.address();
    }

    public URI url() {
        return process.url();
    }

    public String adminKey() throws IOException {
        return process.adminKey();
    }

    public CommandClient commands() throws IOException {
        return new CommandClient(RawHttp.connect(address(), adminKey()));
    }

    /** A client with the admin key, for calls whose speed does not matter. */
    public BellhopClient client() throws IOException {
        return new BellhopClient(url(), adminKey(), Duration.ofSeconds(10), Duration.ofSeconds(60));
    }

    /** Registers a key of the administrator's for its SSH door. */
    public void addSshKey(List<String> launcher, Path key) throws IOException {
        List<String> command = new ArrayList<>(launcher);
        command.addAll(List.of("ssh-key", "add", key + ".pub"));
        String _ = Children.output(command, environment());
    }

    /** The variables that let {@code bellhop} find it, with the admin key. */
    public Map<String, String> environment() throws IOException {
        return Map.of("BELLHOP_URL", url().toString(), "BELLHOP_KEY", adminKey());
    }

    /** Its resident memory (VmRSS) in MB. */
    public double residentMegabytes() throws IOException {
        return residentMegabytes(process.process().pid());
    }

    /** The resident memory of any process, in MB. */
    public static double residentMegabytes(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Double.parseDouble(line.replaceAll("\\D", "")) * 1024 / 1e6;
            }
        }
        throw new IOException("The kernel does not tell the memory of process " + pid);
    }

    /** The size of its log. */
    public long logBytes() throws IOException {
        return Files.size(process.logFile());
    }

    /** How many calls it has sent to agents. */
    public double agentCalls() throws IOException {
        double calls = 0;
        try (RawHttp http = RawHttp.connect(address(), adminKey())) {
            for (String line : http.get("/metrics").expect(200).body().lines().toList()) {
                if (line.startsWith("bellhop_agent_calls_total{")) {
                    calls += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
                }
            }
        }
        return calls;
    }

    public double cpuMicros() {
        return Children.cpuMicros(process.process());
    }

    public static String configuration(List<String> hypervisors, @Nullable Path spool) {
        return "executions: {supervise: " + (spool != null) + (spool == null ? "" : ", spool: " + spool)
                + ", maxOutputBytes: " + MAX_OUTPUT_BYTES + "}\n" + LIMITS
                + "hypervisors:\n  - " + String.join("\n  - ", hypervisors) + '\n';
    }

    /** An entry of the configuration's hypervisors that lists VMs one by one with their agents' sockets. */
    public static String qemu(Map<Long, Path> agents) {
        return new TreeMap<>(agents)
                .entrySet().stream()
                        .map(vm -> vm.getKey() + ": {agent: " + vm.getValue() + '}')
                        .collect(Collectors.joining(", ", "{type: qemu, vms: {", "}}"));
    }

    @Override
    public void close() {
        process.close();
    }
}
