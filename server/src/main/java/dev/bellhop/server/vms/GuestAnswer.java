// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vms;

import dev.bellhop.server.guest.GuestReport;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What was found out about a guest.
 *
 * @param message why not, where they cannot
 * @param told what the guest told; absent where its agent did not answer
 */
public record GuestAnswer(
        boolean available,
        String message,
        boolean vmRunning,
        @Nullable GuestReport told,
        Instant toldAt) {}
