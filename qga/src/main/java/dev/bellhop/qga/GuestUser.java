// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A user who is logged in. The texts are printable characters, at most 100.
 *
 * @param domain on Windows; absent elsewhere
 * @param loginTime by the guest's clock; absent if the guest reports none, or an impossible one
 */
public record GuestUser(
        String name, @Nullable String domain, @Nullable Instant loginTime) {}
