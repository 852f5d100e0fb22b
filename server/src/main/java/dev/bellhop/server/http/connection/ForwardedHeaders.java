// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;

/**
 * Lets a request that comes by a named proxy come from the client that the proxy names. Whoever sends a request can write
 * these headers, and each proxy adds at their end where it has the request from. So they are read from their end, for as long
 * as it is a proxy of ours that speaks.
 *
 * <p>A proxy writes {@code X-Forwarded-For} or {@code Forwarded}, and may pass on the other one as the client sent it. Where
 * both are there and do not name the same client, neither is believed. A header that cannot be read names nobody, and so
 * agrees with no other.
 */
public record ForwardedHeaders(Proxies proxies) implements HttpConfiguration.Customizer {
    /**
     * Where a request comes from.
     *
     * @param certain whether it is the client's own address; else it is that of the last proxy that is known
     */
    private record Origin(InetAddress client, boolean secure, boolean certain) {
        /** What this and another one say together, each of which may be the client's own invention. */
        Origin agreed(Origin other, InetAddress proxy) {
            return client.equals(other.client)
                    ? new Origin(client, secure && other.secure, certain && other.certain)
                    : new Origin(proxy, false, false);
        }
    }

    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        if (request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress proxy
                && proxies.include(proxy.getAddress())) {
            return origin(proxy.getAddress(), request.getHeaders())
                    .map(origin -> from(origin, request))
                    .orElse(request);
        }
        return request;
    }

    private Optional<Origin> origin(InetAddress proxy, HttpFields headers) {
        Optional<Origin> usual = origin(proxy, Hop.inXForwardedFor(headers));
        Optional<Origin> standard = origin(proxy, Hop.inForwarded(headers));
        return usual.isPresent() && standard.isPresent()
                ? Optional.of(usual.get().agreed(standard.get(), proxy))
                : usual.or(() -> standard);
    }

    /** The last client that is none of our proxies; or the last one that is known, where a hop is no address. */
    private Optional<Origin> origin(InetAddress proxy, List<Hop> hops) {
        if (hops.isEmpty()) {
            return Optional.empty();
        }
        InetAddress client = proxy;
        boolean certain = true;
        for (Hop hop : hops.reversed()) {
            Optional<InetAddress> address = hop.address();
            if (address.isEmpty()) {
                certain = false;
                break;
            }
            client = address.get();
            if (!proxies.include(client)) {
                break;
            }
        }
        return Optional.of(new Origin(client, hops.getLast().secure(), certain));
    }

    /** The request as if it had come without a proxy. */
    private static Request from(Origin origin, Request request) {
        if (!origin.certain()) {
            ClientAddress.isUncertain(request);
        }
        SocketAddress client = new InetSocketAddress(origin.client(), 0);
        ConnectionMetaData connection = new ConnectionMetaData.Wrapper(request.getConnectionMetaData()) {
            @Override
            public SocketAddress getRemoteSocketAddress() {
                return client;
            }

            @Override
            public boolean isSecure() {
                return origin.secure() || super.isSecure();
            }
        };
        return new Request.Wrapper(request) {
            @Override
            public ConnectionMetaData getConnectionMetaData() {
                return connection;
            }
        };
    }
}
