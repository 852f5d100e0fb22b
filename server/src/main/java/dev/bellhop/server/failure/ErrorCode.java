// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

import java.util.Locale;

/** The stable names of failures. Clients match on them, so a name once published keeps its meaning. */
public enum ErrorCode {
    INVALID_REQUEST(ErrorKind.BAD_REQUEST),
    INVALID_FIELD(ErrorKind.BAD_REQUEST),
    MALFORMED_JSON(ErrorKind.BAD_REQUEST),
    UNAUTHORIZED(ErrorKind.UNAUTHORIZED),
    FORBIDDEN(ErrorKind.FORBIDDEN),
    POLICY_REFUSED(ErrorKind.FORBIDDEN),
    NOT_FOUND(ErrorKind.NOT_FOUND),
    METHOD_NOT_ALLOWED(ErrorKind.METHOD_NOT_ALLOWED),
    ACCOUNT_IN_USE(ErrorKind.CONFLICT),
    AGENT_UNAVAILABLE(ErrorKind.CONFLICT),
    DIGEST_MISMATCH(ErrorKind.CONFLICT),
    EXECUTION_PENDING(ErrorKind.CONFLICT),
    EXECUTION_ENDED(ErrorKind.CONFLICT),
    KEY_ENDED(ErrorKind.CONFLICT),
    NOT_AWAITING_APPROVAL(ErrorKind.CONFLICT),
    NOT_SUPPORTED(ErrorKind.CONFLICT),
    OPERATION_UNDER_WAY(ErrorKind.CONFLICT),
    SAVED_COMMAND_DELETED(ErrorKind.CONFLICT),
    STDIN_GAP(ErrorKind.CONFLICT),
    STDIN_FULL(ErrorKind.CONFLICT),
    STDIN_CLOSED(ErrorKind.CONFLICT),
    TOO_MANY_KEYS(ErrorKind.CONFLICT),
    TOO_MANY_SAVED_COMMANDS(ErrorKind.CONFLICT),
    VM_STATE_UNKNOWN(ErrorKind.CONFLICT),
    IDEMPOTENCY_KEY_REUSED(ErrorKind.UNPROCESSABLE),
    TOO_MANY_EXECUTIONS(ErrorKind.TOO_MANY_REQUESTS),
    TOO_MANY_FAILURES(ErrorKind.TOO_MANY_REQUESTS),
    TOO_MANY_FOLLOWERS(ErrorKind.TOO_MANY_REQUESTS),
    TOO_MANY_REQUESTS(ErrorKind.TOO_MANY_REQUESTS),
    TOO_MUCH_STORED(ErrorKind.TOO_MANY_REQUESTS),
    PAYLOAD_TOO_LARGE(ErrorKind.PAYLOAD_TOO_LARGE),
    UNSUPPORTED_MEDIA_TYPE(ErrorKind.UNSUPPORTED_MEDIA_TYPE),
    RANGE_NOT_SATISFIABLE(ErrorKind.RANGE_NOT_SATISFIABLE),
    REQUEST_TIMEOUT(ErrorKind.REQUEST_TIMEOUT),
    URI_TOO_LONG(ErrorKind.URI_TOO_LONG),
    REQUEST_HEADER_FIELDS_TOO_LARGE(ErrorKind.REQUEST_HEADER_FIELDS_TOO_LARGE),
    EXPECTATION_FAILED(ErrorKind.EXPECTATION_FAILED),
    NOT_IMPLEMENTED(ErrorKind.NOT_IMPLEMENTED),
    HTTP_VERSION_NOT_SUPPORTED(ErrorKind.HTTP_VERSION_NOT_SUPPORTED),
    START_UNCONFIRMED(ErrorKind.GATEWAY_TIMEOUT),
    STORE_UNAVAILABLE(ErrorKind.SERVICE_UNAVAILABLE),
    SHUTTING_DOWN(ErrorKind.SERVICE_UNAVAILABLE),
    OVERLOADED(ErrorKind.SERVICE_UNAVAILABLE),
    INTERNAL_ERROR(ErrorKind.INTERNAL_ERROR);

    private final ErrorKind kind;

    ErrorCode(ErrorKind kind) {
        this.kind = kind;
    }

    public ErrorKind kind() {
        return kind;
    }

    /** The name as v2 clients see it: lower case, words joined by underscores. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
