// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Files in a guest's spool, as the writer of a command's stdin needs them. Used by one thread.
 *
 * @param <E> the failure of a call that cannot be made now, or whose outcome is unknown
 */
interface SpoolFiles<E extends Exception> {
    boolean exists(String path) throws E;

    /** The first bytes of a file; empty if there is none. */
    Optional<byte[]> head(String path, int most) throws E;

    /** Opens a file that exists, to append to it; absent if it cannot be opened. */
    @Nullable
    Appender<E> append(String path) throws E;

    void create(String path) throws E;

    /** An open file. */
    interface Appender<E extends Exception> {
        long length() throws E;

        /**
         * Writes all of these bytes at its end.
         *
         * @param end as {@link #length} told it
         */
        void write(long end, byte[] bytes) throws E;

        void close() throws E;
    }
}
