// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A failure that can be reported to a caller. The message is for a person, begins "Cannot …", and contains no command,
 * output, key or other secret: it is sent to the client and to the log.
 */
public final class BellhopException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Seconds. The server cannot know when a running command ends and makes room, so this only spaces out retries. */
    private static final int USUAL_RETRY_AFTER = 1;

    private final ErrorCode code;
    private final transient List<FieldFault> faults;
    private final @Nullable Integer limit;
    private final int retryAfter;
    private final transient @Nullable RuleRefusal rule;

    private BellhopException(
            ErrorCode code,
            String message,
            @Nullable Throwable cause,
            List<FieldFault> faults,
            @Nullable RuleRefusal rule) {
        super(message, cause);
        this.code = code;
        this.faults = List.copyOf(faults);
        this.limit = null;
        this.retryAfter = USUAL_RETRY_AFTER;
        this.rule = rule;
    }

    public BellhopException(ErrorCode code, String message) {
        this(code, message, null, List.of(), null);
    }

    public BellhopException(ErrorCode code, String message, @Nullable Throwable cause) {
        this(code, message, cause, List.of(), null);
    }

    /** Creates the failure for invalid fields of a request; there is at least one. */
    public BellhopException(String message, List<FieldFault> faults) {
        this(ErrorCode.INVALID_FIELD, message, null, faults, null);
    }

    public BellhopException(String message, RuleRefusal rule) {
        this(ErrorCode.POLICY_REFUSED, message, null, List.of(), rule);
    }

    public BellhopException(ErrorCode code, String message, int limit) {
        this(code, message, limit, USUAL_RETRY_AFTER);
    }

    /**
     * Creates the failure for a limit that is reached; there may be room again after {@code retryAfter} seconds. It has
     * no stack trace: a caller can exceed limits thousands of times a second, and the trace would be the most expensive
     * part of the response.
     *
     * @param limit absent if the caller must not know it
     */
    public BellhopException(ErrorCode code, String message, @Nullable Integer limit, int retryAfter) {
        super(message, null, false, false);
        this.code = code;
        this.faults = List.of();
        this.limit = limit;
        this.retryAfter = retryAfter;
        this.rule = null;
    }

    public ErrorCode code() {
        return code;
    }

    /** Returns the invalid fields; empty if the request as a whole is invalid. */
    public List<FieldFault> faults() {
        return faults;
    }

    /**
     * Returns the limit that is reached; empty if there is none, if it is not a single number, or if the caller must
     * not know it.
     */
    public OptionalInt limit() {
        return limit == null ? OptionalInt.empty() : OptionalInt.of(limit);
    }

    public Optional<RuleRefusal> rule() {
        return Optional.ofNullable(rule);
    }

    /** Returns the seconds until there may be room again, if a limit is reached. */
    public int retryAfter() {
        return retryAfter;
    }
}
