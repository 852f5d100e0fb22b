// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.util.Objects;

/**
 * What is masked in output: the body of {@code POST /api/v2/masks}, and its answer.
 *
 * @param name 1 to 63 of A-Z a-z 0-9 _ . -
 * @param pattern a regular expression of RE2
 */
public record MaskPattern(String name, String pattern) {

    public MaskPattern {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(pattern, "pattern");
    }

    @Override
    public String toString() {
        return "MaskPattern[name=" + name + "]";
    }
}
