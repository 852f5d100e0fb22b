// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.Key;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/** Identifies each request in the header and body of its answer, and in the log. */
final class RequestIds {
    static final String HEADER = "X-Request-Id";
    private static final String ID = "dev.bellhop.requestId";
    private static final String KEY = "dev.bellhop.key";

    private RequestIds() {}

    /** Gives a request an id, unless it has one, and adds it to the response. */
    static String begin(Request request, Response response) {
        String id = of(request);
        if (id == null) {
            id = random().toString();
            request.setAttribute(ID, id);
        }
        // Also if the request already has an id: a response that fails half-way loses its headers.
        response.getHeaders().put(HEADER, id);
        return id;
    }

    static void authenticated(Request request, Key key) {
        request.setAttribute(KEY, key.id());
    }

    static @Nullable String of(Request request) {
        return (String) request.getAttribute(ID);
    }

    /** Returns the id of the request's key; absent if no key was accepted. */
    static @Nullable String keyIdOf(Request request) {
        return (String) request.getAttribute(KEY);
    }

    /** Returns a UUID of version 4. It must be unique but not secret, so a fast generator is enough. */
    private static UUID random() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(
                (random.nextLong() & ~0xF000L) | 0x4000L,
                (random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L);
    }
}
