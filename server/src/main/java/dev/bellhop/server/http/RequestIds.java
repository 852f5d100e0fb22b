// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.Key;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/** The id each request is known by: in its answer's header and body, and in the log. */
final class RequestIds {
    static final String HEADER = "X-Request-Id";
    private static final String ID = "dev.bellhop.requestId";
    private static final String KEY = "dev.bellhop.key";

    private RequestIds() {}

    /** Gives a request its id, unless it has one, and puts it into the response. */
    static String begin(Request request, Response response) {
        String id = of(request);
        if (id == null) {
            id = random().toString();
            request.setAttribute(ID, id);
        }
        // Also where it has one: what fails half-way loses its headers.
        response.getHeaders().put(HEADER, id);
        return id;
    }

    static void authenticated(Request request, Key key) {
        request.setAttribute(KEY, key.id());
    }

    static @Nullable String of(Request request) {
        return (String) request.getAttribute(ID);
    }

    /** The id of the request's key; absent where no key was accepted. */
    static @Nullable String keyIdOf(Request request) {
        return (String) request.getAttribute(KEY);
    }

    /** A UUID of version 4. It has to be unique and not secret, so the quick generator will do. */
    private static UUID random() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(
                (random.nextLong() & ~0xF000L) | 0x4000L,
                (random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L);
    }
}
