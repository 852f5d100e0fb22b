// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import dev.bellhop.cli.terminal.Stdin;
import dev.bellhop.cli.terminal.Terminal;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;

/**
 * Everything that a command takes from its process, so that a test can replace it.
 *
 * @param reconnectTimeout how long to retry while the server cannot be reached
 */
public record CliContext(
        Map<String, String> env,
        Stdin stdin,
        Terminal terminal,
        Clock clock,
        Duration connectTimeout,
        Duration requestTimeout,
        Duration reconnectTimeout) {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /** Longer than the server waits for a guest agent, so that the server says what went wrong. */
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration RECONNECT_TIMEOUT = Duration.ofSeconds(30);

    public CliContext(Map<String, String> env, Stdin stdin, Terminal terminal) {
        this(env, stdin, terminal, Clock.systemUTC(), CONNECT_TIMEOUT, REQUEST_TIMEOUT, RECONNECT_TIMEOUT);
    }

    /** A variable of the environment, or the fallback if it is not set or empty. */
    public String env(String name, String fallback) {
        String value = env.getOrDefault(name, "");
        return value.isEmpty() ? fallback : value;
    }

    /** The same for somebody who waits for less time. */
    public CliContext within(Duration timeout) {
        return new CliContext(env, stdin, terminal, clock, timeout, timeout, timeout);
    }

    @Override
    public String toString() {
        return "CliContext"; // The environment holds a key.
    }
}
