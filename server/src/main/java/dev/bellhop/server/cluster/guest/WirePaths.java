// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.file.PathLimits;
import java.util.List;

/** Paths of guests, as their bytes. */
final class WirePaths {
    private WirePaths() {}

    /** As {@link PathLimits}. */
    record Limits(List<List<byte[]>> each) {
        static Limits of(PathLimits limits) {
            return new Limits(limits.each().stream()
                    .map(folders -> folders.stream().map(GuestPath::bytes).toList())
                    .toList());
        }

        PathLimits limits() {
            return new PathLimits(each.stream()
                    .map(folders -> folders.stream().map(WirePaths::path).toList())
                    .toList());
        }
    }

    static GuestPath path(byte[] bytes) {
        return GuestPath.of(bytes).orElseThrow(() -> new WireFormatException(GuestPath.class, ""));
    }
}
