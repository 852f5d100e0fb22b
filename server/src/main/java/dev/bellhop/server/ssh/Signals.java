// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.OptionalInt;

/** The names that signals have in SSH (RFC 4254, section 6.10), and their numbers on Linux. */
final class Signals {
    /** Signals that a client can send, the same as with sshd. */
    private static final Map<String, Integer> SENDABLE = Map.ofEntries(
            Map.entry("HUP", 1),
            Map.entry("INT", 2),
            Map.entry("QUIT", 3),
            Map.entry("KILL", 9),
            Map.entry("USR1", 10),
            Map.entry("USR2", 12),
            Map.entry("ALRM", 14),
            Map.entry("TERM", 15));

    /** Other signals that can end a command. */
    private static final Map<String, Integer> FATAL = Map.of("ILL", 4, "ABRT", 6, "FPE", 8, "SEGV", 11, "PIPE", 13);

    /** sshd's name for any other signal. */
    private static final String OTHER = "SIG@openssh.com";

    private Signals() {}

    /** Returns a signal's number; empty if the name is unknown. */
    static OptionalInt number(String name) {
        Integer number = SENDABLE.get(name);
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }

    static String name(int number) {
        for (Map<String, Integer> names : List.of(SENDABLE, FATAL)) {
            for (Entry<String, Integer> entry : names.entrySet()) {
                if (entry.getValue() == number) {
                    return entry.getKey();
                }
            }
        }
        return OTHER;
    }
}
