// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.AddressBlock;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Request;

/** Where a request comes from, as its connection has it. */
final class ClientAddress {
    private ClientAddress() {}

    static AddressBlock of(Request request) {
        return request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress remote
                ? block(remote)
                : AddressBlock.UNKNOWN;
    }

    /** What a proxy tells is text, and need not be an address. */
    static AddressBlock block(InetSocketAddress remote) {
        InetAddress address = remote.getAddress();
        if (address != null) {
            return AddressBlock.of(address);
        }
        try {
            return AddressBlock.of(InetAddress.ofLiteral(remote.getHostString().replaceAll("^\\[(.*)\\]$", "$1")));
        } catch (IllegalArgumentException e) {
            return AddressBlock.UNKNOWN;
        }
    }
}
