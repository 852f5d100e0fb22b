// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import java.util.Optional;

/** Reads what a guest sends. The guest is held back while nobody reads. Thread safe. */
public interface ChannelReader {
    /**
     * What has come, as soon as there is something: at most so many bytes, none if nothing has come by the deadline, and empty at the
     * end.
     *
     * @throws StreamException if the stream was lost, or this side has closed; what came before was read then
     */
    Optional<byte[]> read(int most, Deadline deadline) throws StreamException;
}
