// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;

/**
 * The world that a command runs in, so that tests can give it another.
 *
 * @param env the environment
 * @param stdin where input comes from
 * @param terminal where output goes
 * @param clock tells which keys have expired
 * @param connectTimeout how long a connection may take
 * @param requestTimeout how long an answer may take
 * @param reconnectFor how long to go on asking while the server is away
 */
record CliContext(
        Map<String, String> env,
        Stdin stdin,
        Terminal terminal,
        Clock clock,
        Duration connectTimeout,
        Duration requestTimeout,
        Duration reconnectFor) {

    CliContext(Map<String, String> env, Stdin stdin, Terminal terminal) {
        this(
                env,
                stdin,
                terminal,
                Clock.systemUTC(),
                Duration.ofSeconds(5),
                // Longer than the server waits for a guest agent, so that it is the server who says what went wrong.
                Duration.ofSeconds(30),
                Duration.ofSeconds(30));
    }

    @Override
    public String toString() {
        return "CliContext"; // The environment holds a key.
    }
}
