// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import java.util.Optional;

/** Reads data from a guest. The guest is throttled while the caller does not read. Thread safe. */
public interface ChannelReader {
    /**
     * Waits for data, and returns at most {@code most} bytes as soon as there are any. Returns zero bytes if none have
     * come by the deadline, and an empty optional at the end.
     *
     * @throws StreamException if the stream was lost and all data received before was read, or if this side has closed
     */
    Optional<byte[]> read(int most, Deadline deadline) throws StreamException;
}
