// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vms;

import dev.bellhop.server.guest.GuestReport;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The answer of a guest.
 *
 * @param message why commands cannot be run, if they cannot
 * @param told the guest's report; absent if its agent did not answer
 */
public record GuestAnswer(
        boolean available,
        String message,
        boolean vmRunning,
        @Nullable GuestReport told,
        Instant toldAt) {}
