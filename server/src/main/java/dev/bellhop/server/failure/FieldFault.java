// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

/**
 * One field of a request at fault.
 *
 * @param pointer where it is: a JSON Pointer (RFC 6901) into the body, or the name of a query parameter or header
 * @param detail what is expected there; does not quote what was sent
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
