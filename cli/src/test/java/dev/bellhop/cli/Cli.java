// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.StubServer;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;

/** Runs the command within the test, against a stub server, and keeps what it says. */
final class Cli implements AutoCloseable {

    static final String KEY = "bellhop_4b1d7c09e2aa_" + "0".repeat(64);
    static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    /** Standard input that is nobody's to read. */
    static final Stdin TERMINAL = new Stdin(InputStream.nullInputStream(), () -> false);

    /**
     * What a command did.
     *
     * @param outBytes standard output
     */
    @SuppressWarnings("ArrayRecordComponent") // Output is bytes; nothing compares runs.
    record Run(int exitCode, byte[] outBytes, String err) {
        String out() {
            return new String(outBytes, StandardCharsets.UTF_8);
        }
    }

    final StubServer server = new StubServer();
    final Map<String, String> env = new HashMap<>();
    Duration requestTimeout = Duration.ofSeconds(30);
    Duration reconnectFor = Duration.ofSeconds(30);

    Cli() {
        env.put("BELLHOP_URL", server.url().toString());
        env.put("BELLHOP_KEY", KEY);
    }

    Run run(String... args) {
        return run(env, TERMINAL, requestTimeout, reconnectFor, args);
    }

    static Run run(
            Map<String, String> env, Stdin stdin, Duration requestTimeout, Duration reconnectFor, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(out, err);
        Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
        Duration connectTimeout = Duration.ofSeconds(10);
        CliContext context = new CliContext(env, stdin, terminal, clock, connectTimeout, requestTimeout, reconnectFor);
        int exitCode = Main.run(context, args);
        terminal.flush();
        return new Run(exitCode, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }

    URI url() {
        return server.url();
    }

    @Override
    public void close() {
        server.close();
    }
}
