// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.server.stream.StreamUnavailableException.Reason;
import java.time.Duration;

/** What is known of streams into one guest, without trying one. */
public sealed interface StreamState {
    /** None was tried since this server has started, or since it has the VM. */
    record Untried() implements StreamState {}

    /** One is open now. */
    record Open() implements StreamState {}

    /** The last one was opened, and closed since. */
    record Worked() implements StreamState {}

    /**
     * The last try to open one failed.
     *
     * @param why to follow "because"
     * @param ago how long that is
     */
    record Failed(Reason reason, String why, Duration ago) implements StreamState {}
}
