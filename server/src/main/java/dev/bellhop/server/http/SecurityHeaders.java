// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * What every answer tells a browser that should come across it: take it for nothing but what it says it is, load and run
 * nothing on account of it, pass its address on to nobody, and come by TLS again where you came by TLS.
 */
final class SecurityHeaders {
    private static final HttpField TYPE = new PreEncodedHttpField("X-Content-Type-Options", "nosniff");
    private static final HttpField CONTENT =
            new PreEncodedHttpField("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    private static final HttpField REFERRER = new PreEncodedHttpField("Referrer-Policy", "no-referrer");

    /** For a year. Not for other names below this one: those may be other people's. */
    private static final HttpField TRANSPORT =
            new PreEncodedHttpField(HttpHeader.STRICT_TRANSPORT_SECURITY, "max-age=31536000");

    private SecurityHeaders() {}

    static void put(Request request, Response response) {
        HttpFields.Mutable headers = response.getHeaders();
        headers.put(TYPE);
        headers.put(CONTENT);
        headers.put(REFERRER);
        if (request.getConnectionMetaData().isSecure()) {
            headers.put(TRANSPORT);
        }
    }
}
