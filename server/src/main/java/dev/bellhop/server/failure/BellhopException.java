// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A failure a caller can be told of. The message is for a person, begins "Cannot …", and holds no command, output, key
 * or other secret: it goes to the client and to the log.
 */
public final class BellhopException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient List<FieldFault> faults;
    private final @Nullable Integer limit;

    public BellhopException(ErrorCode code, String message) {
        super(message);
        this.code = code;
        this.faults = List.of();
        this.limit = null;
    }

    /** A limit is reached, which is this. */
    public BellhopException(ErrorCode code, String message, int limit) {
        super(message);
        this.code = code;
        this.faults = List.of();
        this.limit = limit;
    }

    public BellhopException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.faults = List.of();
        this.limit = null;
    }

    /** A request whose fields are at fault; there is at least one. */
    public BellhopException(String message, List<FieldFault> faults) {
        super(message);
        this.code = ErrorCode.INVALID_FIELD;
        this.faults = List.copyOf(faults);
        this.limit = null;
    }

    public ErrorCode code() {
        return code;
    }

    /** The fields at fault; empty where the request as a whole is. */
    public List<FieldFault> faults() {
        return faults;
    }

    /** The limit that is reached; empty where there is none, or no single number is it. */
    public OptionalInt limit() {
        return limit == null ? OptionalInt.empty() : OptionalInt.of(limit);
    }
}
