// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * The guest's time zone.
 *
 * @param name as the guest has it, such as "CEST", printable characters, at most 100; absent where it has none
 * @param offset from UTC, now
 */
public record GuestTimeZone(@Nullable String name, ZoneOffset offset) {}
