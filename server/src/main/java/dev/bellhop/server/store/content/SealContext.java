// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.content;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The contexts that encrypted values are bound to. {@link ExecutionBinding} has the contexts for the rows of
 * executions. The first line of each is for human readers. Changing a context makes stored values unreadable.
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
     * Returns the context of a piece of output.
     *
     * @param readAt in milliseconds; absent for output from versions that did not store it
     */
    public static String output(String executionId, int stream, long offset, @Nullable Long readAt) {
        return "output of execution " + executionId + ", stream " + stream + ", at " + offset
                + (readAt == null ? "" : ", read at " + readAt);
    }

    /** Returns the context of some recorded lines of a terminal. */
    public static String recording(String terminalId, long offset) {
        return "recording of terminal " + terminalId + ", at " + offset;
    }

    public static String requestHash(String keyId, String name, String executionId) {
        return "request of execution " + executionId + "\n" + keyId + "\n" + name;
    }

    /** Returns the context of a value in {@link LongContents}. */
    public static String longContent(String executionId, int kind) {
        return "long content " + kind + " of execution " + executionId;
    }

    /** Returns the text that the MAC of an approval covers. */
    public static String approval(
            String executionId, @Nullable Object at, @Nullable Object by, @Nullable Object digest) {
        return GuardedTable.text(
                "approval of execution " + executionId, Arrays.<@Nullable Object>asList(at, by, digest));
    }
}
