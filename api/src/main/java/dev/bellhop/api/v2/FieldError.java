// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A fault of a field in the body of a request, or of a parameter of the request.
 *
 * @param pointer JSON pointer to the field, such as {@code /scopes/0}; absent for a parameter
 * @param parameter name of the query parameter or header; absent for a field
 * @param detail what is wrong with it and what was expected; never the value itself
 * @param code stable name of the fault, such as {@code required}
 */
public record FieldError(@Nullable String pointer, @Nullable String parameter, String detail, String code) {

    public FieldError {
        Objects.requireNonNull(detail, "detail");
        Objects.requireNonNull(code, "code");
    }

    /** Makes the error of a field or a parameter, whichever {@code place} names. */
    public static FieldError of(String place, String detail, String code) {
        boolean isField = place.startsWith("/");
        return new FieldError(isField ? place : null, isField ? null : place, detail, code);
    }

    /** Returns the pointer, or the name of the parameter. */
    public String place() {
        return pointer != null ? pointer : parameter != null ? parameter : "";
    }
}
