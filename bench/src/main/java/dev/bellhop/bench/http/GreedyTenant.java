// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.http;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.admin.CreateKey;
import dev.bellhop.api.v2.admin.MaskPattern;
import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.api.v2.admin.PolicyRule;
import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.Agents;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.CommandClient;
import dev.bellhop.bench.server.RawHttp;
import dev.bellhop.testkit.RealAgent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * (z): the slowest GET of one tenant during an attack by another tenant, and without one. Each row is one attack.
 */
public final class GreedyTenant implements Benchmark {
    private static final long VM = 1;
    private static final int OUTPUT_BYTES = 2_000_000;
    private static final int READERS = 100;
    private static final int SILENT_READERS = 200;
    private static final int UPLOADS = 2;
    private static final int MATCHERS = 64;
    private static final int LARGE_BODIES = 16;
    private static final int STDIN_BYTES = 11 << 20;
    private static final int WARM_UP = 2_000;
    private static final int SECONDS = 20;
    private static final int SHORT_SECONDS = 8;
    private static final long PAUSE_MILLIS = 2;
    private static final double MAX_MILLIS = 1_000;

    /** A pattern takes time in proportion to its size; these are about as large as masks and policies can be. */
    private static final String SLOW_MASK = "(?:[a-z ]{1,30}[^q]{1,30}){3}q";

    private static final String SLOW_RULE = "(?:[a-z ]?){90}";
    private static final int RULES = 10;

    /** The longest that policies look at. */
    private static final int COMMAND_LENGTH = 8_000;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        try (RealAgent agent =
                        Agents.start(Files.createDirectory(setting.scratch().resolve("greedy")), VM);
                BenchServer server = BenchServer.start(
                        setting.launcher(),
                        setting.disk().resolve("greedy"),
                        Map.of(VM, agent.socket()),
                        setting.spool(),
                        false);
                BellhopClient client = server.client();
                CommandClient commands = server.commands();
                RawHttp http = RawHttp.connect(server.address(), key(client, "victim", null))) {
            String small = commands.run(VM, "echo hello from the guest", 0);
            String large = commands.runForId(VM, "yes 'a line of output' | head -c " + OUTPUT_BYTES);
            Victim victim = new Victim(http, small, setting.size(SECONDS, SHORT_SECONDS));
            return new Rows(
                            server.address(),
                            client,
                            victim,
                            large,
                            setting.scratch().resolve("greedy/tree").toString())
                    .measure();
        }
    }

    private static String key(BellhopClient client, String name, @Nullable PolicyDocument policy)
            throws InterruptedException {
        List<String> scopes = List.of("read:vm", "write:vm", "files:vm");
        return client.keys()
                .create(new CreateKey(name, scopes, null, null, null, null, policy, null, null, null))
                .key();
    }

    /** The attacks, one after the other. */
    private record Rows(
            InetSocketAddress server, BellhopClient client, Victim victim, String largeOutput, String tree) {
        List<Measurement> measure() throws Exception {
            victim.warmUp();
            List<Measurement> rows = new ArrayList<>();
            rows.add(Measurement.alone(victim.slowest(null), "z", "slowest GET, nothing else is sent", "ms", null));

            byte[] read = GreedyClients.get(
                    "/api/v2/executions/" + largeOutput + "/output?limit=1048576", key(client, "reads", null));
            rows.add(row(GreedyClients.reading(server, read, READERS), READERS + " clients read 1 MiB of output"));
            rows.add(row(
                    GreedyClients.silent(server, read, SILENT_READERS), SILENT_READERS + " never read their answers"));

            byte[] tar = HostileTar.gzipped();
            byte[] upload = request(
                    "PUT",
                    "/api/v2/vps/" + VM + "/files/tree?path=" + tree,
                    key(client, "uploads", null),
                    "application/x-tar\r\nContent-Encoding: gzip",
                    tar);
            rows.add(row(
                    GreedyClients.reading(server, upload, UPLOADS),
                    UPLOADS + " send hostile tars of " + tar.length / 1000 + " KB"));

            List<PolicyRule> slow = IntStream.range(0, RULES)
                    .mapToObj(i ->
                            new PolicyRule("slow" + i, PolicyRule.DENY, SLOW_RULE + (char) ('A' + i), null, null, null))
                    .toList();
            byte[] check = check(
                    key(client, "checks", new PolicyDocument(null, null, slow, null, null, null)),
                    "{\"command\":\"" + "a command ".repeat(COMMAND_LENGTH / 10) + "\"}");
            rows.add(row(GreedyClients.reading(server, check, MATCHERS), MATCHERS + " match a slow policy"));

            byte[] body = check(
                    key(client, "bodies", null),
                    "{\"command\":\"true\",\"stdin\":\"" + "AAAA".repeat(STDIN_BYTES / 4) + "\"}");
            rows.add(row(GreedyClients.reading(server, body, LARGE_BODIES), LARGE_BODIES + " send 11 MiB of stdin"));

            client.masks().create(new MaskPattern("slow", SLOW_MASK), null);
            rows.add(row(GreedyClients.reading(server, read, MATCHERS), MATCHERS + " read through a slow mask"));
            return rows;
        }

        private Measurement row(GreedyClients attack, String what) throws Exception {
            return Measurement.alone(
                    victim.slowest(attack), "z", "slowest GET, " + what, "ms", Target.atMost(MAX_MILLIS));
        }

        private static byte[] check(String key, String json) throws IOException {
            return request(
                    "POST",
                    "/api/v2/vps/" + VM + "/executions/actions/check",
                    key,
                    "application/json",
                    json.getBytes(StandardCharsets.US_ASCII));
        }

        private static byte[] request(String method, String path, String key, String type, byte[] body)
                throws IOException {
            ByteArrayOutputStream request = new ByteArrayOutputStream();
            request.write((method + " " + path + " HTTP/1.1\r\nHost: bench\r\nX-API-Key: " + key + "\r\nContent-Type: "
                            + type + "\r\nContent-Length: " + body.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            request.write(body);
            return request.toByteArray();
        }
    }

    /** The tenant who waits. */
    private record Victim(RawHttp http, String path, int seconds) {
        void warmUp() throws IOException {
            for (int i = 0; i < WARM_UP; i++) {
                http.get(path).expect(200);
            }
        }

        /** @param attack is closed afterwards; absent for none */
        double slowest(@Nullable GreedyClients attack) throws Exception {
            try (attack) {
                Samples samples = new Samples();
                for (long end = System.nanoTime() + seconds * 1_000_000_000L; System.nanoTime() < end; ) {
                    long begin = System.nanoTime();
                    http.get(path).expect(200);
                    samples.add(System.nanoTime() - begin);
                    Thread.sleep(PAUSE_MILLIS);
                }
                return samples.millisAt(1);
            }
        }
    }
}
