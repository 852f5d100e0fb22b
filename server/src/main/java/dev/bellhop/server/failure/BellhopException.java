// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A failure a caller can be told of. The message is for a person, begins "Cannot …", and holds no command, output, key
 * or other secret: it goes to the client and to the log.
 */
public final class BellhopException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Commands that take a place end within any time, so this is no more than a pause between two askings. */
    private static final int USUAL_RETRY_AFTER = 1;

    private final ErrorCode code;
    private final transient List<FieldFault> faults;
    private final @Nullable Integer limit;
    private final int retryAfter;
    private final transient @Nullable RuleRefusal rule;

    public BellhopException(ErrorCode code, String message) {
        super(message);
        this.code = code;
        this.faults = List.of();
        this.limit = null;
        this.retryAfter = USUAL_RETRY_AFTER;
        this.rule = null;
    }

    /** A limit is reached, which is this. */
    public BellhopException(ErrorCode code, String message, int limit) {
        this(code, message, limit, USUAL_RETRY_AFTER);
    }

    /**
     * A limit is reached; there may be room again after so many seconds. Without a stack trace: whoever exceeds limits may
     * do so thousands of times a second, and it would be the dearest part of the answer.
     *
     * @param limit which it is; absent where that is not for the caller to know
     */
    public BellhopException(ErrorCode code, String message, @Nullable Integer limit, int retryAfter) {
        super(message, null, false, false);
        this.code = code;
        this.faults = List.of();
        this.limit = limit;
        this.retryAfter = retryAfter;
        this.rule = null;
    }

    public BellhopException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.faults = List.of();
        this.limit = null;
        this.retryAfter = USUAL_RETRY_AFTER;
        this.rule = null;
    }

    /** A request whose fields are at fault; there is at least one. */
    public BellhopException(String message, List<FieldFault> faults) {
        super(message);
        this.code = ErrorCode.INVALID_FIELD;
        this.faults = List.copyOf(faults);
        this.limit = null;
        this.retryAfter = USUAL_RETRY_AFTER;
        this.rule = null;
    }

    /** A request that a rule refuses. */
    public BellhopException(String message, RuleRefusal rule) {
        super(message);
        this.code = ErrorCode.POLICY_REFUSED;
        this.faults = List.of();
        this.limit = null;
        this.retryAfter = USUAL_RETRY_AFTER;
        this.rule = rule;
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

    /** The rule that refuses the request; empty where none does. */
    public Optional<RuleRefusal> rule() {
        return Optional.ofNullable(rule);
    }

    /** After how many seconds there may be room again, where a limit is reached. */
    public int retryAfter() {
        return retryAfter;
    }
}
