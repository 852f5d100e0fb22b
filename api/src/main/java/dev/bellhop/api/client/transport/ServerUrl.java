// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import java.net.URI;
import java.util.Locale;

/**
 * Where a server is.
 *
 * @param base the URL without a slash at its end, its scheme in lower case
 */
record ServerUrl(String base) {

    private static final int MAX_PORT = 65535;

    /** @throws IllegalArgumentException if the url is none that a server can have, with a message for a person */
    static ServerUrl of(URI url) {
        String scheme = url.getScheme();
        if (!"http".equalsIgnoreCase(scheme) && !"https".equalsIgnoreCase(scheme)) {
            throw new IllegalArgumentException("Cannot use a URL that does not begin with http:// or https://");
        }
        if (url.getHost() == null) {
            throw new IllegalArgumentException("Cannot use a URL that names no host");
        }
        if (url.getPort() == 0 || url.getPort() > MAX_PORT) {
            throw new IllegalArgumentException("Cannot use a URL with a port that is not between 1 and " + MAX_PORT);
        }
        if (url.getRawUserInfo() != null || url.getRawQuery() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("Cannot use a URL with a user, a query or a fragment in it");
        }
        String rest = url.toString().substring(scheme.length());
        return new ServerUrl(scheme.toLowerCase(Locale.ROOT) + rest.replaceFirst("/+$", ""));
    }

    URI uri() {
        return URI.create(base);
    }

    boolean isSecured() {
        return !base.startsWith("http:");
    }

    /** The same server's WebSocket at a path. */
    URI socket(String path) {
        return URI.create(base.replaceFirst("^http", "ws") + path);
    }
}
