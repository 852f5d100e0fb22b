// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.body;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.connection.SlowClients;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/** Reads the body of a request, within limits. */
public final class RequestBody {
    /** curl's default content type. */
    private static final String CURLS = "application/x-www-form-urlencoded";

    /** An accepted media type and its largest size in bytes. */
    public record Taken(String contentType, int largest) {
        public static final Taken JSON = new Taken(HttpResponse.JSON, BodyBudget.MAX_SMALL);
        public static final Taken BYTES = new Taken("application/octet-stream", 1 << 20);

        /** 8 MiB of stdin in base64, and a command. */
        public static final Taken LARGE_JSON = new Taken(HttpResponse.JSON, 12 << 20);

        /** A body of any type and size, which the route reads as it arrives. */
        public static final Taken STREAM = new Taken("*/*", 0);

        public boolean isStream() {
            return equals(STREAM);
        }

        boolean takes(String otherType) {
            String type = mediaType(otherType);
            return type.equals(contentType) || type.equals(CURLS);
        }
    }

    private static final long MAX_DISCARDED = 16 << 20;
    private static final int DISCARD_BUFFER = 8 * 1024;
    private static final byte[] NOTHING = {};

    private static final String IDENTITY = "identity";

    private static final String READ = "dev.bellhop.bodyRead";

    private RequestBody() {}

    /**
     * Returns whether a request has an unread body. Its connection cannot be reused: the next bytes on it are the rest
     * of that body.
     */
    public static boolean isUnread(Request request) {
        boolean hasBody = request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)
                || request.getHeaders().getLongField(HttpHeader.CONTENT_LENGTH) > 0;
        return hasBody && request.getAttribute(READ) == null;
    }

    /** Reads the whole body. Refuses a Content-Type that the route does not accept; the content is checked later. */
    public static void read(Request request, Taken taken, SlowClients slowClients, BodyBudget.BufferedBody held) {
        String contentType = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        if (contentType != null && !taken.takes(contentType)) {
            throw new BellhopException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "Cannot read the body because its Content-Type is not " + taken.contentType());
        }
        if (isCoded(request)) {
            throw new BellhopException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "Cannot read the body because it is compressed; send it without Content-Encoding");
        }
        boolean toldToo = request.getLength() > taken.largest();
        if (toldToo && !isWorthDiscarding(request, taken)) {
            throw tooLarge(taken);
        }
        Connection connection = request.getConnectionMetaData().getConnection();
        try (InputStream in = slowClients.watched(Content.Source.asInputStream(request), connection)) {
            byte[] body = toldToo ? NOTHING : read(in, taken, held, request);
            if (toldToo || body.length > taken.largest()) {
                discard(in, request);
                throw tooLarge(taken);
            }
            request.setAttribute(READ, true);
            held.hold(body);
        } catch (IOException e) {
            throw new BellhopException(
                    ErrorCode.REQUEST_TIMEOUT, "Cannot read the body because the client stopped sending it", e);
        }
    }

    /**
     * Returns whether a body has a content coding such as compression. A client can send the list of codings in several
     * lines.
     */
    private static boolean isCoded(Request request) {
        return request.getHeaders().getValuesList(HttpHeader.CONTENT_ENCODING.asString()).stream()
                .anyMatch(codings -> !codings.strip().equalsIgnoreCase(IDENTITY));
    }

    /** Leaves the body to the route, which reads it as it arrives and as fast as it can use it. */
    public static void leave(Request request, SlowClients slowClients, BodyBudget.BufferedBody held) {
        Connection connection = request.getConnectionMetaData().getConnection();
        InputStream in = slowClients.streamed(Content.Source.asInputStream(request), connection);
        held.leave(new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                int count = in.read(into, offset, length);
                if (count < 0) {
                    request.setAttribute(READ, true);
                    slowClients.received(connection);
                }
                return count;
            }
        });
    }

    private static byte[] read(InputStream in, Taken taken, BodyBudget.BufferedBody held, Request request)
            throws IOException {
        try {
            return held.counting(in).readNBytes(taken.largest() + 1);
        } catch (BellhopException overloaded) {
            held.close();
            discard(in, request);
            throw overloaded;
        }
    }

    /**
     * Returns whether to read a refused body. A client that sent Expect has not sent its body yet, so it gets the
     * refusal immediately.
     */
    private static boolean isWorthDiscarding(Request request, Taken taken) {
        return request.getLength() <= (long) taken.largest() + MAX_DISCARDED
                && !request.getHeaders().contains(HttpHeader.EXPECT);
    }

    /**
     * Reads the rest of a refused body, if it is not too long: closing a connection with unread bytes resets it, and
     * the client, which is still sending, never sees the reason.
     */
    private static void discard(InputStream in, Request request) throws IOException {
        byte[] piece = new byte[DISCARD_BUFFER];
        long left = MAX_DISCARDED;
        while (left > 0) {
            int count = in.read(piece);
            if (count < 0) {
                request.setAttribute(READ, true);
                return;
            }
            left -= count;
        }
    }

    private static BellhopException tooLarge(Taken taken) {
        return new BellhopException(
                ErrorCode.PAYLOAD_TOO_LARGE,
                "Cannot read the body because it is larger than " + taken.largest() + " bytes");
    }

    private static String mediaType(String contentType) {
        int parameters = contentType.indexOf(';');
        String type = parameters < 0 ? contentType : contentType.substring(0, parameters);
        return type.strip().toLowerCase(Locale.ROOT);
    }
}
