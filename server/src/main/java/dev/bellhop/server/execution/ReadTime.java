// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When a server read output from the guest.
 *
 * @param offset of the first byte in its stream that it read then
 * @param at of whole milliseconds; absent where an older server read it, which did not keep that
 */
public record ReadTime(long offset, @Nullable Instant at) {}
