// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vms;

import dev.bellhop.server.guest.AgentReport;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether commands can be run in a VM.
 *
 * @param since from when on that has been found each time; absent where it is not known
 * @param lastAnswered when its agent answered last; absent where it has not
 */
public record AgentCheck(
        AgentReport report,
        @Nullable Instant since,
        @Nullable Instant lastAnswered) {}
