// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Where a request comes from, as its connection has it. */
final class ClientAddress {
    private ClientAddress() {}

    /** Absent where it is not known. */
    static @Nullable InetAddress of(Request request) {
        return request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress remote
                ? of(remote)
                : null;
    }

    /** What a proxy tells is text, and need not be an address. */
    static @Nullable InetAddress of(InetSocketAddress remote) {
        InetAddress address = remote.getAddress();
        if (address != null) {
            return address;
        }
        try {
            return InetAddress.ofLiteral(remote.getHostString().replaceAll("^\\[(.*)\\]$", "$1"));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
