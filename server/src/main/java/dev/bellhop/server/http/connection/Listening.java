// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import dev.bellhop.server.tls.TlsWatch;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The address of the server, and how it accepts connections.
 *
 * @param tls absent for plain HTTP
 */
public record Listening(
        InetSocketAddress address, @Nullable TlsWatch tls, Proxies proxies, ConnectionLimits.Wanted connections) {}
