// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A failure that a caller may be told of. The message is for a person, begins "Cannot …", and holds no command, output, key
 * or other secret: it goes to the client and to the log.
 */
public final class BellhopException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Nobody knows when a running command ends and makes room, so this only spaces out retries. In seconds. */
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

    /** The fields of a request are at fault; there is at least one. */
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
     * A limit is reached; there may be room again after so many seconds. Without a stack trace: a caller may exceed limits
     * thousands of times a second, and the trace would be the most expensive part of the answer.
     *
     * @param limit absent where the caller is not to know it
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

    /** The fields at fault; empty where the request as a whole is. */
    public List<FieldFault> faults() {
        return faults;
    }

    /** The limit that is reached; empty where there is none, no single number is it, or it is not for the caller to know. */
    public OptionalInt limit() {
        return limit == null ? OptionalInt.empty() : OptionalInt.of(limit);
    }

    public Optional<RuleRefusal> rule() {
        return Optional.ofNullable(rule);
    }

    /** After how many seconds there may be room again, where a limit is reached. */
    public int retryAfter() {
        return retryAfter;
    }
}
