// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Where a request comes from, as its connection has it. */
public final class ClientAddress {
    private static final String UNCERTAIN = "dev.bellhop.uncertainAddress";

    private ClientAddress() {}

    /** The address that {@link #of} gives may not be the client's own: what proxies said of it does not add up. */
    static void isUncertain(Request request) {
        request.setAttribute(UNCERTAIN, true);
    }

    /** The client's address; absent where it is not known, or {@link #isUncertain uncertain}. */
    public static @Nullable InetAddress certain(Request request) {
        return request.getAttribute(UNCERTAIN) == null ? of(request) : null;
    }

    /** Absent where it is not known. */
    public static @Nullable InetAddress of(Request request) {
        return request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress remote
                ? of(remote)
                : null;
    }

    /** The address as text; absent where it is not known. */
    public static @Nullable String text(Request request) {
        InetAddress address = of(request);
        return address == null ? null : address.getHostAddress();
    }

    /** As the other, of all that are taken for one caller. */
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

    /** What a proxy tells is text, and need not be an address. */
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
