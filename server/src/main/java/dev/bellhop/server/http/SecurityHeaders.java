// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * The headers of every answer that protect a browser: it does not guess types, loads and runs nothing on account of the answer, passes its
 * address to no other site, and uses TLS again if the answer came over TLS. Browsers and proxies store no answer, because most answers have
 * commands, output or files; an answer without secrets replaces that header.
 */
final class SecurityHeaders {
    private static final HttpField TYPE = new PreEncodedHttpField("X-Content-Type-Options", "nosniff");
    private static final HttpField CONTENT =
            new PreEncodedHttpField("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    private static final HttpField REFERRER = new PreEncodedHttpField("Referrer-Policy", "no-referrer");

    private static final HttpField STORAGE = new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, "no-store");

    /** For a year. Not for other names below this one: those may be other people's. */
    private static final HttpField TRANSPORT =
            new PreEncodedHttpField(HttpHeader.STRICT_TRANSPORT_SECURITY, "max-age=31536000");

    private SecurityHeaders() {}

    static void put(Request request, Response response) {
        HttpFields.Mutable headers = response.getHeaders();
        headers.put(TYPE);
        headers.put(CONTENT);
        headers.put(REFERRER);
        headers.put(STORAGE);
        if (request.getConnectionMetaData().isSecure()) {
            headers.put(TRANSPORT);
        }
    }
}
