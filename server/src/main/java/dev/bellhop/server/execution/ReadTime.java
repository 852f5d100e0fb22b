// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The time when a server read output from the guest.
 *
 * @param offset position in the stream of the first byte of that read
 * @param at in whole milliseconds; absent if an older server, which did not store it, read the output
 */
public record ReadTime(long offset, @Nullable Instant at) {}
