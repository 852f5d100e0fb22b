// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.StubServer;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.terminal.Stdin;
import dev.bellhop.cli.terminal.Terminal;
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
public final class Cli implements AutoCloseable {

    public static final String KEY = "bellhop_4b1d7c09e2aa_" + "0".repeat(64);
    public static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    /** Standard input that is nobody's to read. */
    public static final Stdin TERMINAL = new Stdin(InputStream.nullInputStream(), () -> false);

    /**
     * What a command did.
     *
     * @param outBytes standard output
     */
    @SuppressWarnings("ArrayRecordComponent") // Output is bytes; nothing compares runs.
    public record Run(int exitCode, byte[] outBytes, String err) {
        public String out() {
            return new String(outBytes, StandardCharsets.UTF_8);
        }
    }

    public final StubServer server = new StubServer();
    public final Map<String, String> env = new HashMap<>();
    public Duration requestTimeout = Duration.ofSeconds(30);
    public Duration reconnectTimeout = Duration.ofSeconds(30);

    public Cli() {
        env.put("BELLHOP_URL", server.url().toString());
        env.put("BELLHOP_KEY", KEY);
    }

    public Run run(String... args) {
        return run(env, TERMINAL, requestTimeout, reconnectTimeout, args);
    }

    public static Run run(
            Map<String, String> env, Stdin stdin, Duration requestTimeout, Duration reconnectTimeout, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(out, err);
        Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
        Duration connectTimeout = Duration.ofSeconds(10);
        CliContext context =
                new CliContext(env, stdin, terminal, clock, connectTimeout, requestTimeout, reconnectTimeout);
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
