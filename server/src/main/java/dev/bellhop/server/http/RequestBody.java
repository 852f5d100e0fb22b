// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/** Reads the body of a request, within limits. */
final class RequestBody {
    /** No body that a route takes comes near this, escapes included. */
    static final int LARGEST = 64 * 1024;

    /** JSON, and what curl calls a body unless it is told otherwise. */
    private static final Set<String> TAKEN_FOR_JSON = Set.of(Answer.JSON, "application/x-www-form-urlencoded");

    private static final String READ = "dev.bellhop.bodyRead";

    private RequestBody() {}

    /**
     * Whether a request has a body that nobody has read. The connection cannot be used again then, since what would come
     * next on it is the rest of that body.
     */
    static boolean isUnread(Request request) {
        boolean hasBody = request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)
                || request.getHeaders().getLongField(HttpHeader.CONTENT_LENGTH) > 0;
        return hasBody && request.getAttribute(READ) == null;
    }

    /** The whole body. Whether it is JSON shows when it is read; a type that says otherwise is refused here. */
    static byte[] read(Request request) {
        String contentType = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        if (contentType != null && !TAKEN_FOR_JSON.contains(mediaType(contentType))) {
            throw new BellhopException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "Cannot read the body because its Content-Type is not " + Answer.JSON);
        }
        if (request.getLength() > LARGEST) {
            throw tooLarge();
        }
        try (InputStream in = Content.Source.asInputStream(request)) {
            byte[] body = in.readNBytes(LARGEST + 1);
            if (body.length > LARGEST) {
                throw tooLarge();
            }
            request.setAttribute(READ, true);
            return body;
        } catch (IOException e) {
            throw new BellhopException(
                    ErrorCode.REQUEST_TIMEOUT, "Cannot read the body because the client stopped sending it", e);
        }
    }

    private static BellhopException tooLarge() {
        return new BellhopException(
                ErrorCode.PAYLOAD_TOO_LARGE, "Cannot read the body because it is larger than " + LARGEST + " bytes");
    }

    private static String mediaType(String contentType) {
        int parameters = contentType.indexOf(';');
        String type = parameters < 0 ? contentType : contentType.substring(0, parameters);
        return type.strip().toLowerCase(Locale.ROOT);
    }
}
