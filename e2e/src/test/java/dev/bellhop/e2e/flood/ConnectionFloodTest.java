// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.flood;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Strangers without a key take all the connections and connection memory they can get, of a server with its usual heap. It
 * stays up and goes on serving others: with and without a key, from known addresses and unknown ones.
 */
@Timeout(300)
@Tag("real")
class ConnectionFloodTest {
    /** Everything but the end of the largest headers that are read. */
    private static final String UNFINISHED =
            "GET /healthz HTTP/1.1\r\nHost: a\r\n" + ("X: " + "y".repeat(72) + "\r\n").repeat(98);

    private static final Pattern HELD =
            Pattern.compile("Cannot hold 10000 connections at once, .* have room for ([0-9]+) only");

    @TempDir
    private Path folder;

    /** The server's and this process's files are as many as the connections, and more. */
    private static void assumeFiles(long wanted) throws Exception {
        String most = Files.readAllLines(Path.of("/proc/self/limits")).stream()
                .filter(line -> line.startsWith("Max open files"))
                .map(line -> line.split(" {2,}", -1)[2])
                .findFirst()
                .orElseThrow();
        Assumptions.assumeTrue(
                most.equals("unlimited") || Long.parseLong(most) >= wanted,
                "SKIPPED because a process may open " + most + " files here, and this takes " + wanted);
    }

    @Test
    void oneAddressAndThenManyTakeAllConnections() throws Exception {
        assumeFiles(20_000);
        try (FloodedServer server = FloodedServer.start(folder, false, null)) {
            int all = all(server);
            assertThat(all).as("6/32 of 384 MiB, for connections of 56 KiB").isBetween(1_240, 1_317);

            server.hold(3_000, 2, 1, "");
            assertServed(server);
            assertStrangersHold(all, server);

            server.hold(all, 10, 8, UNFINISHED);
            assertServed(server);
            assertStrangersHold(all, server);
        }
    }

    /** On a smaller heap, because opening thousands of TLS connections takes too long here. */
    @Test
    @Tag("full")
    void withTlsThereAreAsManyAsTheHeapHasRoomFor() throws Exception {
        assumeFiles(4_000);
        try (FloodedServer server = FloodedServer.start(folder, true, "-Xmx128m")) {
            int all = all(server);
            assertThat(all).as("6/32 of 128 MiB, for connections of 72 KiB").isBetween(320, 342);

            server.hold(all, 2, 8, UNFINISHED);
            assertServed(server);
            assertStrangersHold(all, server);
        }
    }

    private static int all(FloodedServer server) throws Exception {
        // A server that is ready may not have written its log yet.
        Matcher held = await().until(() -> HELD.matcher(server.log()), Matcher::find);
        return Integer.parseInt(held.group(1));
    }

    private static void assertStrangersHold(int all, FloodedServer server) throws Exception {
        int strangers = all - all / 4;
        long connections = server.metric("bellhop_connections");
        // A slow machine opens the last ones when the server has given up the first.
        assertThat(connections)
                .as("those of all strangers, and the one that asks")
                .isBetween(Math.min(strangers, server.waiting()) - 100, strangers + 2L);
        assertThat(server.log()).doesNotContain("OutOfMemoryError");
    }

    private static void assertServed(FloodedServer server) throws Exception {
        String withKey = "GET /api/v2/keys HTTP/1.1\r\nHost: a\r\nX-API-Key: " + server.adminKey() + "\r\n\r\n";
        for (int i = 0; i < 10; i++) {
            assertThat(server.ask(1, withKey)).as("at an address that is known").startsWith("HTTP/1.1 200 ");
            assertThat(server.ask(100 + i, FloodedServer.HEALTH))
                    .as("without a key")
                    .startsWith("HTTP/1.1 200 ");
        }
        assertThat(server.ask(200, withKey)).as("at a new address").startsWith("HTTP/1.1 200 ");
        assertThat(server.isAlive()).isTrue();
    }
}
