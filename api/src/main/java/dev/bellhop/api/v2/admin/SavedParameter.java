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

    /** Begins a string that replaces each word {@code {{name}}} of the command's argv. */
    public static Builder string(String name) {
        return new Builder(name, "string");
    }

    /** Begins an integer for the same words. */
    public static Builder integer(String name) {
        return new Builder(name, "integer");
    }

    /** Begins a boolean for the same words. */
    public static Builder bool(String name) {
        return new Builder(name, "boolean");
    }

    /** Begins one of several texts for the same words. */
    public static Builder choice(String name, String... choices) {
        Builder builder = new Builder(name, "choice");
        builder.choices = List.of(choices);
        return builder;
    }

    /** Not thread safe. */
    public static final class Builder {

        private final String name;
        private final String type;
        private String as = "argument";
        private @Nullable String description;
        private @Nullable Boolean required;
        private @Nullable Object defaultValue;
        private @Nullable String pattern;
        private @Nullable List<String> choices;
        private @Nullable Long min;
        private @Nullable Long max;
        private @Nullable Integer maxLength;
        private @Nullable Boolean leadingDash;
        private @Nullable Boolean code;

        private Builder(String name, String type) {
            this.name = name;
            this.type = type;
        }

        /** Passes the value as an environment variable instead of an argument. */
        public Builder asEnvironment() {
            as = "environment";
            return this;
        }

        public Builder description(String text) {
            description = text;
            return this;
        }

        /** Allows callers to leave it out. */
        public Builder optional() {
            required = false;
            return this;
        }

        /** Sets the value for callers that leave it out: a text, a number, true or false. */
        public Builder defaultValue(Object value) {
            defaultValue = value;
            return this;
        }

        /** Requires that this regular expression in RE2's syntax matches the whole string. */
        public Builder pattern(String regex) {
            pattern = regex;
            return this;
        }

        /** Limits an integer. */
        public Builder range(long smallest, long largest) {
            min = smallest;
            max = largest;
            return this;
        }

        /** Limits a string to so many characters. */
        public Builder maxLength(int characters) {
            maxLength = characters;
            return this;
        }

        /** Allows an argument to begin with a dash. */
        public Builder allowsLeadingDash() {
            leadingDash = true;
            return this;
        }

        /** Allows an argument in a place where its program can run it as code. */
        public Builder allowsCode() {
            code = true;
            return this;
        }

        public SavedParameter build() {
            return new SavedParameter(
                    name,
                    type,
                    as,
                    description,
                    required,
                    defaultValue,
                    pattern,
                    choices,
                    min,
                    max,
                    maxLength,
                    leadingDash,
                    code);
        }
    }

    public SavedParameter {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(as, "as");
        choices = choices == null ? null : List.copyOf(choices);
    }
}
