// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.execution.CommandLine;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the authorized_keys of a user of a POSIX guest, as that user: whatever links a user plants there lead to nothing that
 * the user could not reach by itself. It is put in place in one step, by a name of its own and a rename, and only if it is still what was
 * read.
 */
public final class AuthorizedKeysScript {
    /** A larger file is not read. */
    public static final int MAX_BYTES = 256 * 1024;

    private static final byte[] NO_BYTES = {};
    private static final String SHELL = GuestShell.PATH;
    private static final GuestScript READ =
            GuestScript.load("authorized-keys-read.sh").put("MOST", Integer.toString(MAX_BYTES));
    private static final GuestScript WRITE = GuestScript.load("authorized-keys-write.sh");

    private AuthorizedKeysScript() {}

    /**
     * Reads all of it.
     *
     * @param expiry when a key is to expire, of which the guest then tells its own time; absent for none
     */
    public static ExecCommand read(String user, @Nullable Instant expiry) {
        return as(user, argv(READ, expiry == null ? "" : Long.toString(expiry.getEpochSecond())), NO_BYTES);
    }

    /**
     * Writes all of it.
     *
     * @param seen the state of the file, as it was read
     */
    public static ExecCommand write(String user, String seen, byte[] content) {
        return as(user, argv(WRITE, seen, Integer.toString(content.length)), content);
    }

    private static List<String> argv(GuestScript script, String... args) {
        List<String> argv = new ArrayList<>(List.of(SHELL, "-c", script.text(), SHELL));
        argv.addAll(List.of(args));
        return argv;
    }

    private static ExecCommand as(String user, List<String> argv, byte[] stdin) {
        GuestCommand command = new GuestCommand(
                new CommandLine.Argv(argv),
                Map.of(),
                Map.of(),
                null,
                user,
                stdin,
                false,
                null,
                GuestCommand.GRACE,
                null);
        return new DirectPosix(SHELL).command(command);
    }
}
