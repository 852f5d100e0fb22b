// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

/** The coarse sort of a failure; the HTTP edge turns each into one status. */
public enum ErrorKind {
    /** The request itself is wrong; sending it again unchanged fails again. */
    BAD_REQUEST,
    UNAUTHORIZED,
    FORBIDDEN,
    /** It does not exist, or not for this caller. */
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    /** The state of things forbids it now; nothing was done. */
    CONFLICT,
    /** A condition that the request itself has set does not hold; nothing was done. */
    PRECONDITION_FAILED,
    /** The request is well formed and contradicts an earlier one. */
    UNPROCESSABLE,
    TOO_MANY_REQUESTS,
    PAYLOAD_TOO_LARGE,
    /** There are no such bytes, or not yet. */
    RANGE_NOT_SATISFIABLE,
    UNSUPPORTED_MEDIA_TYPE,
    REQUEST_TIMEOUT,
    /** The guest did not answer in time, and what became of the request cannot be told. */
    GATEWAY_TIMEOUT,
    SERVICE_UNAVAILABLE,
    URI_TOO_LONG,
    REQUEST_HEADER_FIELDS_TOO_LARGE,
    EXPECTATION_FAILED,
    NOT_IMPLEMENTED,
    HTTP_VERSION_NOT_SUPPORTED,
    INTERNAL_ERROR
}
