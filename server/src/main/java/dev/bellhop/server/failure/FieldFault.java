// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

/**
 * An invalid field of a request.
 *
 * @param pointer the place of the field: a JSON Pointer (RFC 6901) into the body, or the name of a query parameter or
 *     header
 * @param detail the expected value; does not quote the request
 */
public record FieldFault(String pointer, String detail, Fault fault) {
    public enum Fault implements WireName {
        REQUIRED,
        WRONG_TYPE,
        UNKNOWN_VALUE,
        UNKNOWN_FIELD,
        OUT_OF_RANGE,
        MALFORMED;
    }
}
