// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import org.jspecify.annotations.Nullable;

/**
 * The handles through which an execution's output is read in its guest, as its agent calls them. They stay open there when
 * a server is killed, until the agent ends: the next server reads on through them, or has them closed.
 *
 * @param stdout absent where that is not open
 * @param stderr likewise
 */
public record OpenFiles(@Nullable Long stdout, @Nullable Long stderr) {
    public static final OpenFiles NONE = new OpenFiles(null, null);
}
