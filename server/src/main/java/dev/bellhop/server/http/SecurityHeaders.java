// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * The headers of every answer that protect a browser. It guesses no types, loads and runs nothing because of the
 * answer, and sends its URL to no other site. It uses TLS again if the answer came over TLS. Browsers and proxies do
 * not cache answers, because most contain commands, output or files; an answer without secrets replaces that header.
 */
final class SecurityHeaders {
    private static final HttpField TYPE = new PreEncodedHttpField("X-Content-Type-Options", "nosniff");
    private static final HttpField CONTENT =
            new PreEncodedHttpField("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    private static final HttpField REFERRER = new PreEncodedHttpField("Referrer-Policy", "no-referrer");

    private static final HttpField STORAGE = new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, "no-store");

    /** For a year. Subdomains are not included, because they can belong to other people. */
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
