// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

/** The coarse sort of a failure; the HTTP edge turns each into one status. */
public enum ErrorKind {
    /** The request itself is wrong; sending it again unchanged fails again. */
    BAD_REQUEST,
    /** No key, or none that is valid. */
    UNAUTHORIZED,
    /** A valid key that may not do this. */
    FORBIDDEN,
    /** It does not exist, or not for this caller. */
    NOT_FOUND,
    /** The path exists, but not with this method. */
    METHOD_NOT_ALLOWED,
    /** The state of things forbids it now; nothing was done. */
    CONFLICT,
    /** The request is well formed and contradicts an earlier one. */
    UNPROCESSABLE,
    /** A limit is reached; trying later may work. */
    TOO_MANY_REQUESTS,
    /** The body is larger than any valid one. */
    PAYLOAD_TOO_LARGE,
    /** There are no such bytes, or not yet. */
    RANGE_NOT_SATISFIABLE,
    /** The body is of another type than the one expected. */
    UNSUPPORTED_MEDIA_TYPE,
    /** The client took too long to send its request. */
    REQUEST_TIMEOUT,
    /** The guest did not answer in time, and what became of the request cannot be told. */
    GATEWAY_TIMEOUT,
    /** Bellhop cannot serve this now; trying later may work. */
    SERVICE_UNAVAILABLE,
    /** The path and query are longer than any that there is. */
    URI_TOO_LONG,
    /** The headers are more, or larger, than any client needs. */
    REQUEST_HEADER_FIELDS_TOO_LARGE,
    /** The client expects what Bellhop does not do. */
    EXPECTATION_FAILED,
    /** The request uses a part of HTTP that Bellhop does not have. */
    NOT_IMPLEMENTED,
    /** It is not HTTP/1.1 or 1.0. */
    HTTP_VERSION_NOT_SUPPORTED,
    /** A fault of Bellhop itself. */
    INTERNAL_ERROR
}
