// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vms;

import dev.bellhop.server.guest.AgentReport;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether commands can be run in a VM.
 *
 * @param since when an unbroken series of this result began; absent if unknown
 * @param lastAnswered when its agent last answered; absent if it has not
 */
public record AgentCheck(
        AgentReport report,
        @Nullable Instant since,
        @Nullable Instant lastAnswered) {}
