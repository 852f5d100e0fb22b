// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** The address that a request comes from, according to its connection. */
public final class ClientAddress {
    private static final String UNCERTAIN = "dev.bellhop.uncertainAddress";

    private ClientAddress() {}

    /**
     * Marks the address that {@link #of} returns as possibly not the client's, because the proxies' headers disagree.
     */
    static void isUncertain(Request request) {
        request.setAttribute(UNCERTAIN, true);
    }

    /** Returns the client's address; absent if it is unknown or {@link #isUncertain uncertain}. */
    public static @Nullable InetAddress certain(Request request) {
        return request.getAttribute(UNCERTAIN) == null ? of(request) : null;
    }

    /** Returns the address; absent if it is unknown. */
    public static @Nullable InetAddress of(Request request) {
        return request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress remote
                ? of(remote)
                : null;
    }

    /** Returns the address as text; absent if it is unknown. */
    public static @Nullable String text(Request request) {
        InetAddress address = of(request);
        return address == null ? null : address.getHostAddress();
    }

    /** Returns the block of addresses that counts as one caller, as text; absent if it is unknown. */
    public static @Nullable String blockText(Request request) {
        InetAddress address = of(request);
        return address == null ? null : blockText(address);
    }

    public static String blockText(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address.getHostAddress();
        }
        byte[] network = Arrays.copyOf(Arrays.copyOf(address.getAddress(), Long.BYTES), 2 * Long.BYTES);
        try {
            return InetAddress.getByAddress(network).getHostAddress() + "/64";
        } catch (UnknownHostException e) {
            throw new IllegalStateException("sixteen bytes are an address", e);
        }
    }

    /** Returns the address of a socket. A proxy sends text, which need not be an address. */
    public static @Nullable InetAddress of(InetSocketAddress remote) {
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
