// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.error;

import dev.bellhop.api.v2.FieldError;
import dev.bellhop.api.v2.Problem;
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
    private final @Nullable String policy;
    private final @Nullable String rule;
    private final transient List<FieldError> fieldErrors;

    /**
     * An answer that is no problem document, from v1 or from a proxy.
     *
     * @param message the server's, or a replacement
     * @param status the HTTP status
     * @param code absent if the answer has none
     * @param requestId absent if the answer has none
     * @param retryAfter absent if the answer requests no pause
     */
    public BellhopApiException(
            String message,
            int status,
            @Nullable String code,
            @Nullable String requestId,
            @Nullable Duration retryAfter) {
        super(message, null);
        this.status = status;
        this.code = code;
        this.requestId = requestId;
        this.retryAfter = retryAfter;
        this.policy = null;
        this.rule = null;
        this.fieldErrors = List.of();
    }

    /**
     * A problem document of v2.
     *
     * @param status the HTTP status
     * @param retryAfter absent if the answer requests no pause
     */
    public BellhopApiException(int status, Problem problem, @Nullable Duration retryAfter) {
        super(problem.detail(), null);
        this.status = status;
        this.code = problem.code();
        this.requestId = problem.requestId();
        this.retryAfter = retryAfter;
        this.policy = problem.policy();
        this.rule = problem.rule();
        List<FieldError> errors = problem.errors();
        this.fieldErrors = errors == null ? List.of() : errors;
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

    /** The owner of the policy that refuses: {@code account} or {@code key}; empty if no policy refuses. */
    public Optional<String> policy() {
        return Optional.ofNullable(policy);
    }

    /** The name of the policy's rule that refuses; empty if no rule refuses. */
    public Optional<String> rule() {
        return Optional.ofNullable(rule);
    }

    @Override
    public boolean mayPass() {
        return switch (status) {
            case 429, 502, 503, 504 -> true;
            default -> false;
        };
    }

    /** The fields at fault; empty where none is. */
    public List<FieldError> fieldErrors() {
        return fieldErrors == null ? List.of() : fieldErrors;
    }
}
