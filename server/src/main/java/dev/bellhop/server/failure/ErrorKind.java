// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

/** The general kind of a failure; the HTTP edge maps each kind to one status. */
public enum ErrorKind {
    /** The request itself is wrong; sending it again unchanged fails again. */
    BAD_REQUEST,
    UNAUTHORIZED,
    FORBIDDEN,
    /** It does not exist, or this caller cannot see it. */
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    /** The present state does not allow it; nothing was done. */
    CONFLICT,
    /** A condition in the request does not hold; nothing was done. */
    PRECONDITION_FAILED,
    /** The request is well-formed but contradicts an earlier one. */
    UNPROCESSABLE,
    TOO_MANY_REQUESTS,
    PAYLOAD_TOO_LARGE,
    /** These bytes do not exist, or not yet. */
    RANGE_NOT_SATISFIABLE,
    UNSUPPORTED_MEDIA_TYPE,
    REQUEST_TIMEOUT,
    /** The guest did not answer in time; the outcome of the request is unknown. */
    GATEWAY_TIMEOUT,
    SERVICE_UNAVAILABLE,
    URI_TOO_LONG,
    REQUEST_HEADER_FIELDS_TOO_LARGE,
    EXPECTATION_FAILED,
    NOT_IMPLEMENTED,
    HTTP_VERSION_NOT_SUPPORTED,
    INTERNAL_ERROR
}
