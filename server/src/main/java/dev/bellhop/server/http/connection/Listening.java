// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import dev.bellhop.server.tls.TlsWatch;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where the server is to be reached, and how.
 *
 * @param tls absent for plain HTTP
 */
public record Listening(
        InetSocketAddress address, @Nullable TlsWatch tls, Proxies proxies, ConnectionLimits.Wanted connections) {}
