// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.query;

import dev.bellhop.api.client.ExecutionsClient;
import dev.bellhop.api.client.OutputStreamName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What of an execution's output a stream of events has.
 *
 * @param raw as in {@link ExecutionsClient#output(String, OutputStreamName, long, int, boolean)}
 * @param times whether to tell when the server read it from the guest; what was read at one time comes apart from what was read
 *     at another then
 * @param since only output that the server read at this time or later; absent for all
 * @param follow whether to go on with what is not there yet. Otherwise the stream has the output that there is, and ends with the
 *     state as it is
 */
public record EventsQuery(
        boolean raw, boolean times, @Nullable Instant since, boolean follow) {

    /** All of it, masked, without times. */
    public static final EventsQuery ALL = new EventsQuery(false, false, null, true);
}
