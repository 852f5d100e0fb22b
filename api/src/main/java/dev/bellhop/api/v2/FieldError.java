// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2;

import java.util.Objects;

/**
 * One field at fault in a request.
 *
 * @param pointer where it is: a JSON pointer into the body such as {@code /scopes/0}, or the name of a query parameter
 *     or path variable
 * @param detail what is wrong with it and what was expected; never the value itself
 * @param code stable name of the fault, such as {@code required}
 */
public record FieldError(String pointer, String detail, String code) {

    public FieldError {
        Objects.requireNonNull(pointer, "pointer");
        Objects.requireNonNull(detail, "detail");
        Objects.requireNonNull(code, "code");
    }
}
