// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import org.jspecify.annotations.Nullable;

/** How a command ended: with an exit code, or by a signal. */
public record ProcessEnd(
        @Nullable Integer exitCode, @Nullable Integer signal) {}
