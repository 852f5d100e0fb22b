// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import dev.bellhop.server.access.AddressRange;
import java.net.InetAddress;
import java.util.List;

/** The proxies that are trusted to name the origin of a request. */
public record Proxies(List<AddressRange> ranges) {
    public static final Proxies NONE = new Proxies(List.of());

    boolean include(InetAddress address) {
        return ranges.stream().anyMatch(range -> range.contains(address));
    }
}
