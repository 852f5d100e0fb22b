// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.server.stream.StreamUnavailableException.Reason;
import java.time.Duration;

/** The known state of streams into one guest, without trying to open one. */
public sealed interface StreamState {
    /** No stream was tried since this server started, or since it got the VM. */
    record Untried() implements StreamState {}

    /** A stream is open now. */
    record Open() implements StreamState {}

    /** The last stream was opened, and closed since. */
    record Worked() implements StreamState {}

    /**
     * The last attempt to open a stream failed.
     *
     * @param why the clause that follows "because"
     * @param ago time since the failure
     */
    record Failed(Reason reason, String why, Duration ago) implements StreamState {}
}
