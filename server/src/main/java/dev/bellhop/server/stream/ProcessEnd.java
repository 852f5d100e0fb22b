// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import org.jspecify.annotations.Nullable;

/** The end of a command: an exit code or a signal. */
public record ProcessEnd(
        @Nullable Integer exitCode, @Nullable Integer signal) {}
