// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A guest whose agent has stopped: QEMU accepts the connection, and nothing answers. */
@Timeout(60)
class SilentAgentTest {
    /** Almost twice the promised 5 seconds, because test machines can be slow. */
    private static final Duration LONGEST = Duration.ofSeconds(9);

    /** Each uses another VM. */
    private static final List<String> REQUESTS = List.of(
            "GET /files?path=%2Fetc%2Fmotd",
            "GET /files/list?path=%2F",
            "PUT /files?path=%2Ftmp%2Fx",
            "GET /files/tree?path=%2Fetc",
            "GET /ssh-keys?user=root",
            "POST /actions/set-password {\"user\":\"root\",\"password\":\"correct horse\"}",
            "POST /actions/sync-time {}",
            "POST /terminals {}",
            "POST /forwards {\"host\":\"localhost\",\"port\":80}",
            "POST /executions {\"command\":\"true\"}");

    @TempDir
    private Path folder;

    private final List<ServerSocketChannel> agents = new ArrayList<>();

    private record Ended(TestAnswer answer, Duration after) {}

    @AfterEach
    void close() throws IOException {
        for (ServerSocketChannel agent : agents) {
            agent.close();
        }
    }

    private Path silentAgent(int vm) throws IOException {
        Path socket = folder.resolve(vm + ".sock");
        ServerSocketChannel agent = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        agents.add(agent);
        agent.bind(UnixDomainSocketAddress.of(socket));
        return socket;
    }

    @Test
    void everythingThatNeedsTheGuestFailsWithinSeconds() throws Exception {
        TestServer.Builder builder = TestServer.in(folder.resolve("server"));
        for (int vm = 1; vm <= REQUESTS.size(); vm++) {
            builder.vm(vm, silentAgent(vm));
        }
        try (TestServer server = builder.start()) {
            List<CompletableFuture<Ended>> asked = new ArrayList<>();
            for (String request : REQUESTS) {
                int vm = asked.size() + 1;
                asked.add(CompletableFuture.supplyAsync(() -> ask(server, vm, request), Thread::startVirtualThread));
            }
            List<String> late = new ArrayList<>();
            for (int i = 0; i < asked.size(); i++) {
                Ended ended = asked.get(i).get();
                String what = REQUESTS.get(i) + " answered " + ended.answer.text() + " after " + ended.after;
                assertThat(ended.answer.status()).as(what).isBetween(409, 504);
                if (ended.after.compareTo(LONGEST) > 0) {
                    late.add(what);
                }
            }
            assertThat(late).isEmpty();
        }
    }

    private static Ended ask(TestServer server, int vm, String request) {
        String[] parts = request.split(" ", 3);
        long begin = System.nanoTime();
        TestAnswer answer = server.admin().send(parts[0], "/api/v2/vps/" + vm + parts[1], http -> {
            if (!parts[0].equals("GET")) {
                http.method(parts[0], BodyPublishers.ofString(parts.length > 2 ? parts[2] : "x"));
                http.header("Content-Type", parts.length > 2 ? "application/json" : "application/octet-stream");
            }
        });
        return new Ended(answer, Duration.ofNanos(System.nanoTime() - begin));
    }
}
