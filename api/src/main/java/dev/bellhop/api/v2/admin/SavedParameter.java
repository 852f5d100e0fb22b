// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One parameter of a saved command: what its caller gives, and where it goes.
 *
 * @param name its name; of one that is a variable, the variable's
 * @param type what it takes: string, integer, boolean or choice
 * @param as {@code argument}, which takes the place of each word {@code {{name}}} of the command's argv, or {@code environment}
 * @param description for people
 * @param required whether it has to be given; absent for true, unless it has a default
 * @param defaultValue what it is where it is not given
 * @param pattern of a string: a regular expression in RE2's syntax that all of it has to match
 * @param choices of a choice: what it may be
 * @param min of an integer; absent for 0
 * @param max of an integer; absent for no limit
 * @param maxLength of a string, in characters; absent for 4096
 * @param leadingDash of a string that is an argument: whether it may begin with a dash; absent for false
 * @param code of an argument: whether it may stand where its program may take it for code; absent for false
 */
public record SavedParameter(
        String name,
        String type,
        String as,
        @Nullable String description,
        @Nullable Boolean required,
        @JsonProperty("default") @Nullable Object defaultValue,
        @Nullable String pattern,
        @Nullable List<String> choices,
        @Nullable Long min,
        @Nullable Long max,
        @Nullable Integer maxLength,
        @Nullable Boolean leadingDash,
        @Nullable Boolean code) {

    public SavedParameter {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(as, "as");
        choices = choices == null ? null : List.copyOf(choices);
    }
}
