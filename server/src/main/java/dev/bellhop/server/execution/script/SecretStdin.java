// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Secret variables on their way to a command: before its own input, on stdin. A command line is there for every user of the
 * guest to read, an agent that logs writes it down, and a file would stand on the guest's disk; a pipe has none of that.
 */
final class SecretStdin {
    private static final GuestScript READ = GuestScript.load("secrets.sh");

    /** Where a supervised command has them, beside its own stdin. */
    private static final String ASIDE = "4";

    private SecretStdin() {}

    /** What a supervisor, which has read them, writes them with to its command; to stand before it. */
    static String pipeline(GuestCommand command) {
        return command.secretEnv().isEmpty() ? "" : "printf %s \"$_h\" | ";
    }

    /** Where a supervised command has that; to stand before the redirection of its stdin. */
    static String redirection(GuestCommand command) {
        return command.secretEnv().isEmpty() ? "" : ASIDE + "<&0 ";
    }

    /** Puts the variables before the arguments of a supervised command. */
    static GuestScript readerAside() {
        return READ.put("FD", ASIDE).then(new GuestScript("exec " + ASIDE + "<&-\n"));
    }

    /** The same of a command that has them on its own stdin, of which the rest is left to it. */
    static GuestScript reader(GuestCommand command) {
        GuestScript read = READ.put("FD", "0");
        return command.stdin() == null ? read.then(new GuestScript("exec </dev/null\n")) : read;
    }

    /** What the agent is to write to a shell's stdin; absent for nothing. */
    static byte @Nullable [] forShell(GuestCommand command) {
        StringBuilder header = new StringBuilder();
        command.secretEnv()
                .forEach((name, value) -> header.append(
                                value.chars().filter(c -> c == '\n').count() + 1)
                        .append('\n')
                        .append(name)
                        .append('=')
                        .append(value)
                        .append('\n'));
        return before(command, header.append(".\n").toString());
    }

    /** Likewise to PowerShell's, for {@link PowerShellScript}. */
    static byte @Nullable [] forPowerShell(GuestCommand command) {
        String pairs = command.secretEnv().entrySet().stream()
                .map(variable -> variable.getKey() + "=" + variable.getValue())
                .collect(Collectors.joining("\0"));
        return before(command, Base64.getEncoder().encodeToString(pairs.getBytes(StandardCharsets.UTF_8)) + "\n");
    }

    private static byte @Nullable [] before(GuestCommand command, String header) {
        byte[] stdin = command.stdin();
        if (command.secretEnv().isEmpty()) {
            return stdin;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(header.getBytes(StandardCharsets.UTF_8));
        if (stdin != null) {
            bytes.writeBytes(stdin);
        }
        return bytes.toByteArray();
    }
}
