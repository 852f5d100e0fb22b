// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.error;

import dev.bellhop.api.v2.FieldError;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An answer with an error status. The message is the server's own, which starts with "Cannot …"; something between client
 * and server may also have answered, and then there is no code.
 */
public final class BellhopApiException extends BellhopClientException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final @Nullable String code;
    private final @Nullable String requestId;
    private final @Nullable Duration retryAfter;
    private final transient List<FieldError> fieldErrors;

    /**
     * For the library, and for tests of what uses it.
     *
     * @param message the server's own, or what to say in its place
     * @param status of HTTP
     * @param code absent where the answer has none
     * @param requestId absent where the answer has none
     * @param retryAfter absent where the answer asks for no pause
     * @param fieldErrors empty where no field is at fault
     */
    public BellhopApiException(
            String message,
            int status,
            @Nullable String code,
            @Nullable String requestId,
            @Nullable Duration retryAfter,
            List<FieldError> fieldErrors) {
        super(message, null);
        this.status = status;
        this.code = code;
        this.requestId = requestId;
        this.retryAfter = retryAfter;
        this.fieldErrors = List.copyOf(fieldErrors);
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** The stable name of the error, such as {@code NOT_FOUND} of v1 or {@code not_found} of v2. */
    public Optional<String> code() {
        return Optional.ofNullable(code);
    }

    /** The request's id, by which the server's log knows it. */
    public Optional<String> requestId() {
        return Optional.ofNullable(requestId);
    }

    /** How long the server asks to wait before the next request. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /** The fields at fault; empty where none is. */
    public List<FieldError> fieldErrors() {
        return fieldErrors == null ? List.of() : fieldErrors;
    }
}
