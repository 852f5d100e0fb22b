// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.ssh.OpenSsh.Result;
import dev.bellhop.testkit.TcpPeer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way in over SSH against every kind of caller, with real clients. */
@Timeout(120)
@Tag("real")
@Tag("ssh")
class SshCallersTest {
    private static final String VM = "1";
    private static final String TEXT = "here\n";
    private static final Pattern REFUSED =
            Pattern.compile("bellhop: Cannot|open failed: administratively prohibited: Cannot");

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static OpenSsh ssh;
    private static Path file;
    private static Path local;
    private static TcpPeer peer;

    /** Their keys. */
    private static final Map<String, String> CALLERS = new LinkedHashMap<>();

    /** Tries to get in; returns what came of it, and what the client has seen of the guest. */
    interface Try {
        Seen with(String key);
    }

    record Seen(Result result, String text) {}

    /**
     * A way in.
     *
     * @param expected for each of the callers in their order: {@code +} it works, {@code f} it is refused with a reason, {@code d} they cannot
     *     log in
     */
    record Way(String name, String expected, Try way) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** The callers: operator, looker, runner, sitter, copier, forwarder, saver, manager, tenant, stranger, elsewhere. */
    static Stream<Way> ways() {
        return Stream.of(
                new Way("exec", "+f+fffff+dd", key -> seen(ssh.run(VM, key, "cat " + file))),
                new Way("dry run", "+f+fff+f+dd", key -> told(ssh.run("dry-run:" + VM, key, "cat " + file))),
                new Way("shell without a terminal", "+f+fffff+dd", key -> seen(ssh.run(VM, key, script(), "-T"))),
                new Way("shell", "+ff+ffff+dd", key -> seen(ssh.run(VM, key, script(), "-tt"))),
                new Way("exec in a terminal", "+ff+ffff+dd", key -> seen(ssh.run(VM, key, "-tt", "cat " + file))),
                new Way("scp from", "+fff+fff+dd", key -> fetched("scp", key)),
                new Way("scp to", "+fff+fff+dd", SshCallersTest::sent),
                new Way("scp -O from", "+f+fffff+dd", key -> fetched("scp", key, "-O")),
                new Way("sftp", "+fff+fff+dd", key -> fetched("sftp", key)),
                new Way("forward", "+ffff+ff+dd", SshCallersTest::forwarded));
    }

    private static byte[] script() {
        return ("cat " + file + "; exit\n").getBytes(StandardCharsets.UTF_8);
    }

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.in(folder).realAgent(1).ssh().start();
        ssh = new OpenSsh(folder, server.ssh());
        peer = TcpPeer.echo();
        file = Files.writeString(folder.resolve("file"), TEXT);
        local = Files.createDirectory(folder.resolve("local"));
        String owner = server.makeAccount("owner", 1);
        String other = server.makeAccount("other");
        CALLERS.put("operator", server.makeKey(List.of("admin"), null).secret());
        CALLERS.put("looker", server.makeKey(List.of("read:vm"), null).secret());
        CALLERS.put("runner", server.makeKey(List.of("write:vm"), null).secret());
        CALLERS.put("sitter", server.makeKey(List.of("terminal:vm"), null).secret());
        CALLERS.put("copier", server.makeKey(List.of("files:vm"), null).secret());
        CALLERS.put("forwarder", server.makeKey(List.of("forward:vm"), null).secret());
        String[] all = {"write:vm", "terminal:vm", "files:vm", "forward:vm"};
        CALLERS.put("saver", savedCommandsAlone(all));
        CALLERS.put("manager", server.makeKeyOf(owner, "admin:account").secret());
        CALLERS.put("tenant", server.makeKeyOf(owner, all).secret());
        CALLERS.put("stranger", server.makeKeyOf(other, all).secret());
        CALLERS.put("elsewhere", server.makeKey(List.of(all), List.of(2L)).secret());
    }

    /** One who has all scopes, and by his policy runs saved commands and nothing else. */
    private static String savedCommandsAlone(String... scopes) {
        TestClient.MadeKey key = server.makeKey(List.of(scopes), null);
        BodyPublisher policy = BodyPublishers.ofString("{\"onlySavedCommands\": true}");
        assertThat(server.admin()
                        .send("PUT", "/api/v2/keys/" + key.id() + "/policy", request -> request.method("PUT", policy))
                        .status())
                .isBetween(200, 204);
        return key.secret();
    }

    @AfterAll
    static void stop() {
        peer.close();
        server.close();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void eachCallerGetsInAsFarAsHeMay(Way way) {
        assertThat(way.expected()).hasSize(CALLERS.size());
        Map<String, String> outcomes = CALLERS.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        caller -> outcome(way.way().with(caller.getValue())),
                        (a, b) -> a,
                        LinkedHashMap::new));
        assertThat(String.join("", outcomes.values())).as(outcomes.toString()).isEqualTo(way.expected());
    }

    private static String outcome(Seen seen) {
        if (seen.text().contains(TEXT.strip())) {
            return "+";
        }
        assertThat(seen.result().code()).isNotZero();
        String said = seen.result().err() + seen.result().out();
        return said.contains("Permission denied (")
                ? "d"
                : REFUSED.matcher(said).find() ? "f" : "? " + said;
    }

    private static Seen seen(Result result) {
        return new Seen(result, result.out());
    }

    /** Whatever the answer is, it is one. */
    private static Seen told(Result result) {
        return new Seen(result, result.out().matches("(allowed|refused)\n") ? TEXT : "");
    }

    /** The guest sends back what it gets. */
    private static Seen forwarded(String key) {
        return seen(ssh.run(VM, key, TEXT.getBytes(StandardCharsets.UTF_8), "-v", "-Wlocalhost:" + peer.port()));
    }

    private static Seen fetched(String program, String key, String... options) {
        Path to = local.resolve("fetched");
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("there:" + file, to.toString()));
        Result result = ssh.copy(program, VM, key, arguments.toArray(String[]::new));
        return new Seen(result, taken(to));
    }

    private static Seen sent(String key) {
        Path to = folder.resolve("sent");
        Result result = ssh.copy("scp", VM, key, file.toString(), "there:" + to);
        return new Seen(result, taken(to));
    }

    private static String taken(Path from) {
        try {
            String text = Files.exists(from) ? Files.readString(from) : "";
            Files.deleteIfExists(from);
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
