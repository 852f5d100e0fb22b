// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.failure.WireName;
import dev.bellhop.server.vm.Transport;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A {@link Transport} on its way, as its name: a newer node may know others. */
final class WireTransport {
    private WireTransport() {}

    static @Nullable String of(@Nullable Transport transport) {
        return transport == null ? null : transport.wireName();
    }

    /** Empty where it is absent, or has no meaning here. */
    static Optional<Transport> parse(@Nullable String name) {
        return name == null ? Optional.empty() : WireName.parse(Transport.values(), name);
    }
}
