// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.content;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What encrypted values are bound to, those of the rows of executions excepted, which {@link ExecutionBinding} has. The first line
 * of each is for people. To change one is to make unreadable what is stored.
 */
public final class SealContext {
    private SealContext() {}

    public static String mask(String owner, String name) {
        return "mask " + name + " of account " + owner;
    }

    public static String savedCommand(String owner, String name, int version, long createdAt, String keyId) {
        return GuardedTable.text(
                "saved command " + name + " of account " + owner + ", version " + version,
                Arrays.<@Nullable Object>asList(createdAt, keyId));
    }

    /**
     * Of a piece of output.
     *
     * @param readAt in milliseconds; absent for what was stored before that was kept
     */
    public static String output(String executionId, int stream, long offset, @Nullable Long readAt) {
        return "output of execution " + executionId + ", stream " + stream + ", at " + offset
                + (readAt == null ? "" : ", read at " + readAt);
    }

    /** Of some lines of the recording of a terminal. */
    public static String recording(String terminalId, long offset) {
        return "recording of terminal " + terminalId + ", at " + offset;
    }

    public static String requestHash(String keyId, String name, String executionId) {
        return "request of execution " + executionId + "\n" + keyId + "\n" + name;
    }

    /** Of a value in {@link LongContents}. */
    public static String longContent(String executionId, int kind) {
        return "long content " + kind + " of execution " + executionId;
    }

    /** What the MAC of an approval is of. */
    public static String approval(
            String executionId, @Nullable Object at, @Nullable Object by, @Nullable Object digest) {
        return GuardedTable.text(
                "approval of execution " + executionId, Arrays.<@Nullable Object>asList(at, by, digest));
    }
}
