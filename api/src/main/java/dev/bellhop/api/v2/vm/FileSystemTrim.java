// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has become of a guest's file systems that were trimmed.
 *
 * @param cut whether there were more than are listed
 */
public record FileSystemTrim(List<Trimmed> fileSystems, boolean cut) {
    /**
     * One of them.
     *
     * @param trimmedBytes how much its disk was told is not in use; absent where it failed, or the agent does not tell
     * @param error why it failed, in the agent's words; absent where it has not
     */
    public record Trimmed(
            String mountPoint,
            @Nullable Long trimmedBytes,
            @Nullable String error) {}
}
