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
 * Replaces the address of a named proxy with the address of the client that the proxy names. Any client can write these
 * headers, and each proxy appends the address it received the request from. So this reads them from the end, as long as
 * a named proxy wrote the entry.
 *
 * <p>A proxy writes {@code X-Forwarded-For} or {@code Forwarded}, and can pass on the other header as the client sent
 * it. If both are present and name different clients, neither is believed. An unreadable header names no client, so it
 * agrees with no other.
 */
public record ForwardedHeaders(Proxies proxies) implements HttpConfiguration.Customizer {
    /**
     * The origin of a request.
     *
     * @param certain whether it is the client's own address; otherwise it is the address of the last known proxy
     */
    private record Origin(InetAddress client, boolean secure, boolean certain) {
        /** Merges two headers, either of which the client may have forged. */
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

    /**
     * Returns the last client that is not a named proxy, or the last known address before a hop that is not an address.
     */
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

    /** Returns the request as if it had come without a proxy. */
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
