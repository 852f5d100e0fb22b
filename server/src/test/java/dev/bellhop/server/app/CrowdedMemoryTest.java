// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.Json;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.store.sqlite.SqliteDatabase;
import dev.bellhop.server.store.sqlite.TestStores;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.testkit.FakeAgent;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.ServerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One tenant takes all the memory that it can, in each way that has ended a server of 384 MB, and in all at once: the server stays
 * up, and another tenant is served soon. Each number is a little more than what a server took before it had bounds.
 */
@Timeout(900)
@Tag("full")
@Tag("alone")
class CrowdedMemoryTest {
    /** With so many of them waiting, a server ended when it was started. */
    private static final int WAITING_COMMANDS = 1_400;

    /** As many as a program and its arguments may have, but for a few. */
    private static final int COMMAND_BYTES = 262_000;

    /** Of those, in one page of a list. */
    private static final int COMMANDS_OF_CONTROL_CHARACTERS = 101;

    private static final int LISTS = 16;
    private static final int NESTED_BODIES = 6;
    private static final int WAITING_REQUESTS = 16;
    private static final int STDIN_BYTES = 8 << 20;
    private static final int UNREAD_OUTPUTS = 450;
    private static final int UNREAD_EVENTS = 900;
    private static final int UNREAD_RESULTS = 50;
    private static final int OUTPUT_BYTES = 1 << 20;

    /** Of the other tenant, in each attack. */
    private static final int MIN_REQUESTS = 400;

    /** On a machine that has nothing else to do it is less than a second. Who is not served at all waits for a minute. */
    private static final long MAX_MILLIS = 5_000;

    private static final long TIMES_CALM = 10;
    private static final Duration LOGIN_TIMEOUT = Duration.ofMinutes(2);

    private static final long AWAY = 1;
    private static final long AWAY_TOO = 2;
    private static final long OTHERS = 3;
    private static final long TALKATIVE = 4;

    /** With a real agent, for terminals. */
    private static final long REAL = 5;

    private static final int SSH_SESSIONS = 8;

    /** In each session, as many as it may have. */
    private static final int SSH_CHANNELS = 64;

    /** Keys without an account, which open terminals. */
    private static final int TERMINAL_KEYS = 6;

    private static final int TERMINALS = 25;
    private static final String PRINTS_TWO_MEGABYTES = "head -c 2000000 /dev/zero | tr '\\\\0' x";

    private static final AtomicLong IDS = new AtomicLong();

    @TempDir
    private Path folder;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private SmallServer server;
    private String tenant = "";
    private TestClient.MadeKey tenantKey;

    /** Whose commands wait. */
    private String crowd = "";

    private TestClient.MadeKey crowdKey;
    private TestClient other;
    private long calm;
    private InetSocketAddress ssh = InetSocketAddress.createUnresolved("none", 1);

    @BeforeEach
    void start() throws Exception {
        AtomicInteger pids = new AtomicInteger();
        FakeAgent quiet = keep(FakeAgent.start(folder.resolve("other.sock")));
        quiet.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": " + pids.incrementAndGet() + "}"));
        quiet.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
        byte[] output = new byte[OUTPUT_BYTES];
        Arrays.fill(output, (byte) 1);
        String told = Base64.getEncoder().encodeToString(output);
        FakeAgent talkative = keep(FakeAgent.start(folder.resolve("talkative.sock")));
        talkative.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": " + pids.incrementAndGet() + "}"));
        talkative.on(
                "guest-exec-status",
                (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \"" + told + "\"}"));
        RealAgent real = keep(RealAgent.start(Files.createDirectory(folder.resolve("real"))));
        ssh = new InetSocketAddress(InetAddress.getLoopbackAddress(), ServerProcess.freePort());
        server = keep(SmallServer.start(folder, """
                executions: {supervise: false}
                terminals: {perVm: 1000}
                ssh: {listen: '127.0.0.1:%2$d', passwords: true, sessionsPerAddress: 1000}
                hypervisors:
                  - type: qemu
                    vms:
                      1: {agent: %1$s/away.sock}
                      2: {agent: %1$s/away-too.sock}
                      3: {agent: %1$s/other.sock}
                      4: {agent: %1$s/talkative.sock}
                      5: {agent: %3$s}
                """.formatted(folder, ssh.getPort(), real.socket())));
        tenant = account("tenant", AWAY, TALKATIVE);
        crowd = account("crowd", AWAY_TOO);
        crowdKey = key(crowd);
        tenantKey = key(tenant);
        other = server.client(key(account("other", OTHERS)).secret());
    }

    private <T extends AutoCloseable> T keep(T part) {
        open.add(part);
        return part;
    }

    @AfterEach
    void stop() throws Exception {
        threads.shutdownNow();
        for (AutoCloseable part : open.reversed()) {
            part.close();
        }
    }

    private String account(String name, long... vms) throws IOException {
        String id = server.admin()
                .post("/api/v2/accounts", "{\"name\": \"" + name + "\"}")
                .json()
                .path("id")
                .asString();
        for (long vm : vms) {
            server.admin().post("/api/v2/vps/" + vm + "/actions/assign", "{\"account\": \"" + id + "\"}");
        }
        return id;
    }

    private TestClient.MadeKey key(String account) throws IOException {
        return TestClient.MadeKey.of(server.admin()
                .post(
                        "/api/v2/keys",
                        "{\"name\": \"k\", \"scopes\": [\"write:vm\"], \"account\": \"" + account + "\"}"));
    }

    @Test
    void oneTenantLeavesTheOthersServed() throws Exception {
        server.stop();
        storeWaitingCommands();
        long begun = System.nanoTime();
        server.startAgain();
        say("started with " + WAITING_COMMANDS + " waiting commands", begun);
        assertThat(server.client(crowdKey.secret())
                        .post(executions(AWAY_TOO), waitingCommand(COMMAND_BYTES))
                        .status())
                .as("waiting commands fill the share of their account")
                .isEqualTo(429);
        TestClient client = server.client(tenantKey.secret());
        assertThat(client.post(executions(AWAY), waitingCommand(COMMAND_BYTES)).status())
                .isEqualTo(201);

        calm = withstand("nothing", List.of());
        String talked = talked(client);
        for (Attack attack : List.of(
                attack("lists", this::lists),
                attack("nested bodies", this::nestedBodies),
                attack("waiting requests", this::waitingRequests),
                attack("unread answers", () -> unreadAnswers(talked)),
                attack("unread output over SSH", this::unreadSsh),
                attack("terminals", this::terminals))) {
            withstand(attack.name(), List.of(attack.run()));
        }
        withstand(
                "all at once",
                List.of(
                        this::lists,
                        this::nestedBodies,
                        this::waitingRequests,
                        () -> unreadAnswers(talked),
                        () -> unreadEvents(talked),
                        this::unreadSsh,
                        this::terminals));
    }

    private record Attack(String name, Step run) {}

    private static Attack attack(String name, Step run) {
        return new Attack(name, run);
    }

    private interface Step {
        void run() throws Exception;
    }

    /** Another tenant starts commands and reads their results meanwhile; says how many milliseconds that takes, at the 99th percentile. */
    private long withstand(String name, List<Step> attacks) throws Exception {
        long begun = System.nanoTime();
        List<Future<?>> running = new ArrayList<>();
        for (Step attack : attacks) {
            running.add(threads.submit(() -> {
                attack.run();
                return null;
            }));
        }
        List<Long> millis = new ArrayList<>();
        do {
            long before = System.nanoTime();
            long pid = other.exec(OTHERS, "true");
            long middle = System.nanoTime();
            assertThat(other.result(OTHERS, pid).status()).isEqualTo(200);
            millis.add(TimeUnit.NANOSECONDS.toMillis(middle - before));
            millis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - middle));
            assertThat(server.isAlive()).as(name).isTrue();
        } while (millis.size() < MIN_REQUESTS || !running.stream().allMatch(Future::isDone));
        for (Future<?> one : running) {
            one.get();
        }
        for (AutoCloseable connection : connections) {
            connection.close();
        }
        connections.clear();
        Collections.sort(millis);
        long p99 = millis.get((millis.size() * 99 - 1) / 100);
        say(name + ": p99 of " + millis.size() + " requests " + p99 + " ms", begun);
        assertThat(p99).as(name).isLessThan(Math.max(MAX_MILLIS, TIMES_CALM * calm));
        assertThat(server.isAlive()).as(name).isTrue();
        return p99;
    }

    private static void say(String what, long begun) {
        System.out.println(what + ", after " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun) + " ms");
    }

    private final Queue<AutoCloseable> connections = new ConcurrentLinkedQueue<>();

    private static String executions(long vm) {
        return "/api/v2/vps/" + vm + "/executions";
    }

    private static String waitingCommand(int bytes) {
        return Json.mapper()
                .writeValueAsString(Map.of(
                        "argv", List.of("x".repeat(bytes / 2), "x".repeat(bytes / 2)), "deliveryTimeoutSeconds", 3600));
    }

    /** As if it had asked for them one after the other, which takes longer. */
    private void storeWaitingCommands() throws Exception {
        CommandLine plain = argv("x");
        CommandLine control = argv("\u0001");
        StartOptions options = TestExecutions.deliveredWithin(Duration.ofDays(1));
        try (SqliteDatabase database = TestStores.open(server.data().resolve("bellhop.db"))) {
            var store = TestStores.executions(database);
            for (int i = 0; i < WAITING_COMMANDS; i++) {
                boolean last = i >= WAITING_COMMANDS - COMMANDS_OF_CONTROL_CHARACTERS;
                store.intake()
                        .insert(waiting(AWAY_TOO, last ? control : plain), options, null, null)
                        .join();
            }
        }
    }

    private static CommandLine argv(String character) {
        return new CommandLine.Argv(List.of(character.repeat(COMMAND_BYTES / 2), character.repeat(COMMAND_BYTES / 2)));
    }

    private Execution waiting(long vm, CommandLine command) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        UUID id = new UUID(now.toEpochMilli() << 16 | 0x7000 | IDS.incrementAndGet() % 4096, Long.MIN_VALUE);
        return new Execution(
                new ExecutionId(new UUID(id.getMostSignificantBits(), Long.MIN_VALUE | IDS.get())),
                new VmId(vm),
                new ExecutionSpec(command, crowdKey.id(), Tenant.account(crowd), Map.of(), null),
                ExecutionState.PENDING,
                null,
                null,
                null,
                null,
                now,
                null,
                null,
                OutputSize.NONE,
                null);
    }

    /** One that has written a mebibyte of control characters. */
    private String talked(TestClient client) {
        TestAnswer created = client.post(executions(TALKATIVE) + "?wait=30", "{\"command\": \"talk\"}");
        assertThat(created.json().path("state").asString()).as(created.text()).isEqualTo("exited");
        return created.json().path("id").asString();
    }

    private void lists() throws Exception {
        List<Future<Integer>> lists = new ArrayList<>();
        for (int i = 0; i < LISTS; i++) {
            TestClient reader = i == 0 ? server.admin() : server.client(crowdKey.secret());
            lists.add(threads.submit(
                    () -> reader.get("/api/v2/executions?limit=100").status()));
        }
        for (Future<Integer> list : lists) {
            assertThat(list.get()).isIn(200, 503);
        }
        assertThat(server.admin().get("/api/v2/executions?limit=100").status()).isEqualTo(200);
    }

    private void nestedBodies() throws Exception {
        String head = "{\"savedCommand\":\"x\",\"parameters\":{\"p\":[{}";
        String body = head + ",{}".repeat((12 << 20) / 3 - head.length()) + "]}}";
        send(NESTED_BODIES, executions(AWAY), body, 400, 503);
    }

    private void waitingRequests() throws Exception {
        String body = Json.mapper()
                .writeValueAsString(
                        Map.of("command", "cat", "stdin", "x".repeat(STDIN_BYTES), "deliveryTimeoutSeconds", 3600));
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < WAITING_REQUESTS; i++) {
            var _ = threads.submit(() -> waitForIt(bytes));
        }
        await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> !server.isAlive() || waitingRequestsNow() >= WAITING_REQUESTS);
    }

    /** Tries again where it is refused for the moment. */
    private Void waitForIt(byte[] body) throws Exception {
        TestAnswer answer;
        do {
            RawHttp request = connection();
            request.request(
                    "POST",
                    executions(AWAY) + "?wait=50",
                    "Authorization: Bearer " + tenantKey.secret(),
                    "Content-Type: application/json",
                    "Content-Length: " + body.length);
            answer = request.send(body).answer();
        } while (answer.status() == 503);
        return null;
    }

    private double waitingRequestsNow() throws IOException {
        return server.admin()
                .get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith("bellhop_followers "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .sum();
    }

    private void unreadAnswers(String id) throws Exception {
        ask(UNREAD_OUTPUTS, "/api/v2/executions/" + id + "/output?limit=" + OUTPUT_BYTES);
        ask(UNREAD_RESULTS, "/api/vm/" + TALKATIVE + "/agent/exec?pid=" + pid(id));
    }

    private long pid(String id) {
        return server.client(tenantKey.secret())
                .get("/api/v2/executions/" + id)
                .json()
                .path("pid")
                .asLong();
    }

    private void unreadEvents(String id) throws Exception {
        ask(UNREAD_EVENTS, "/api/v2/executions/" + id + "/events");
    }

    /** More channels than one account may have. Their client reads no output. */
    private void unreadSsh() throws Exception {
        SshClient client = SshClient.setUpDefaultClient();
        client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        client.start();
        connections.add(client);
        for (int i = 0; i < SSH_SESSIONS; i++) {
            ClientSession session = client.connect(Long.toString(TALKATIVE), ssh)
                    .verify(LOGIN_TIMEOUT)
                    .getSession();
            session.addPasswordIdentity(tenantKey.secret());
            session.auth().verify(LOGIN_TIMEOUT);
            for (int j = 0; j < SSH_CHANNELS; j++) {
                session.createExecChannel("talk").open().verify(LOGIN_TIMEOUT);
            }
        }
    }

    /** Each prints 2 MB and ends. The server keeps up to 1 MiB of that. */
    private void terminals() throws Exception {
        int opened = 0;
        for (int i = 0; i < TERMINAL_KEYS; i++) {
            TestClient client = server.client(TestClient.MadeKey.of(server.admin()
                            .post("/api/v2/keys", "{\"name\": \"k\", \"scopes\": [\"write:vm\", \"terminal:vm\"]}"))
                    .secret());
            for (int j = 0; j < TERMINALS; j++) {
                // 409 while the agent is being started again.
                TestAnswer answer = await().atMost(LOGIN_TIMEOUT)
                        .until(
                                () -> client.post(
                                        "/api/v2/vps/" + REAL + "/terminals",
                                        "{\"command\": \"" + PRINTS_TWO_MEGABYTES + "\"}"),
                                each -> each.status() != 409);
                assertThat(answer.status()).as(answer.text()).isIn(201, 429, 503);
                if (answer.status() == 201) {
                    opened++;
                }
            }
        }
        System.out.println(opened + " terminals opened");
        assertThat(opened).isGreaterThan(TERMINALS);
    }

    private void ask(int times, String path) throws Exception {
        for (int i = 0; i < times; i++) {
            connection().request("GET", path, "Authorization: Bearer " + tenantKey.secret());
        }
    }

    private void send(int times, String path, String body, Integer... allowed) throws Exception {
        TestClient client = server.client(tenantKey.secret());
        List<Future<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            answers.add(threads.submit(() -> client.post(path, body).status()));
        }
        for (Future<Integer> answer : answers) {
            assertThat(answer.get()).isIn((Object[]) allowed);
        }
    }

    /** One of which nobody reads, so that hardly anything is in the system's buffers. */
    private RawHttp connection() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(
                new InetSocketAddress(server.uri().getHost(), server.uri().getPort()));
        RawHttp raw = new RawHttp(socket);
        connections.add(raw);
        return raw;
    }
}
