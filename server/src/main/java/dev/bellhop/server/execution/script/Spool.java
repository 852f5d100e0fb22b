// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OutputStreamName;

/**
 * The folder in a guest where supervisors keep what becomes of their commands: a few files for each execution, named by
 * its id. The files:
 *
 * <ul>
 *   <li>{@code ID.run}, the claim, made by exactly one start: the leader's pid and the boot id, or {@code void}
 *   <li>{@code ID.out} and {@code ID.err}, the output
 *   <li>{@code ID.why}, why the command was ended early, written before the first signal
 *   <li>{@code ID.end}, how it ended, see {@link CommandEnd}
 *   <li>{@code ID.in} and {@code ID.eof}, input that comes in the course of time, and its end
 *   <li>{@code ID.fed}, how many bytes of that input have been passed on
 * </ul>
 *
 * @param path absolute; for its owner alone, as are its files: made so when it is missing, and made so again with each probe of the
 *     guest. Refused when it is a symbolic link or another user's
 * @param headBytes how much of each stream comes back with the status of a command that has ended, 1 or more
 */
public record Spool(String path, int headBytes) {
    private static final int HEAD_BYTES = 64 * 1024;

    public Spool {
        if (!path.startsWith("/") || path.endsWith("/") || path.chars().anyMatch(c -> c < ' ')) {
            throw new IllegalArgumentException("Cannot use this spool because its path is not absolute, ends in /,"
                    + " or holds control characters");
        }
        if (headBytes < 1) {
            throw new IllegalArgumentException("Cannot use this spool because its heads have no bytes");
        }
    }

    /** At this place, with heads of 64 KiB. */
    public static Spool at(String path) {
        return new Spool(path, HEAD_BYTES);
    }

    /** Where a stream of an execution's output is; it grows while the command runs. */
    public String output(ExecutionId id, OutputStreamName stream) {
        return file(id, stream == OutputStreamName.STDOUT ? "out" : "err");
    }

    public String claim(ExecutionId id) {
        return file(id, "run");
    }

    /** Where to append the input of a command with streamed input. There once the command was started. */
    public String stdin(ExecutionId id) {
        return file(id, "in");
    }

    /** A line with how much of the input has been passed on to the command. */
    public String stdinRead(ExecutionId id) {
        return file(id, "fed");
    }

    /** To be made once all of the input has been written. */
    public String stdinEnd(ExecutionId id) {
        return file(id, "eof");
    }

    private String file(ExecutionId id, String suffix) {
        return path + "/" + id + "." + suffix;
    }
}
