// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import org.jspecify.annotations.Nullable;

/**
 * The agent's handles for an execution's output in its guest. If a server is killed, they stay open until the agent
 * ends. The next server reads through them, or closes them.
 *
 * @param stdout absent if it is not open
 * @param stderr absent if it is not open
 */
public record OpenFiles(@Nullable Long stdout, @Nullable Long stderr) {
    public static final OpenFiles NONE = new OpenFiles(null, null);
}
