// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which values the parameters of saved commands take. */
public final class SavedParameters {
    public static final int DEFAULT_LENGTH = 4_096;
    public static final int MAX_LENGTH = Policy.MAX_TEXT_LENGTH;

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");
    private static final Pattern INTEGER = Pattern.compile("0|-?[1-9][0-9]{0,17}");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([A-Za-z_][A-Za-z0-9_]{0,62})}}");

    private SavedParameters() {}

    public enum Use {
        ARGUMENT,
        ENVIRONMENT
    }

    /**
     * One parameter.
     *
     * @param name of a variable, its own name too
     * @param defaultValue what it is where it is not given; absent where there is no such thing
     * @param required whether it has to be given
     * @param code whether it may stand where a program may take it for code
     */
    public record Parameter(
            String name,
            @Nullable String description,
            Use use,
            ValueType type,
            @Nullable String defaultValue,
            boolean required,
            boolean code) {
        /**
         * The text that a value (a text, a number, true or false) stands for; empty where the parameter does not take
         * it.
         */
        public Optional<String> text(Object value) {
            return type.text(value, use);
        }
    }

    public sealed interface ValueType {
        /** The text that a value stands for; empty where it is not of this type. */
        Optional<String> text(Object value, Use use);
    }

    /**
     * Any text.
     *
     * @param pattern what all of it has to match; absent for anything
     * @param leadingDash whether an argument may begin with a dash, and so be an option to its program
     */
    public record Text(@Nullable String pattern, int maxLength, boolean leadingDash) implements ValueType {
        @Override
        public Optional<String> text(Object value, Use use) {
            return value instanceof String text
                            && !text.isEmpty()
                            && text.codePointCount(0, text.length()) <= maxLength
                            && (use == Use.ENVIRONMENT || leadingDash || !text.startsWith("-"))
                            && (pattern == null || RulePatterns.matches(pattern, text))
                    ? Optional.of(text)
                    : Optional.empty();
        }
    }

    /** A whole number, also as text. One below 0 looks like an option, so it has to be meant: by the least one. */
    public record Whole(long min, long max) implements ValueType {
        @Override
        public Optional<String> text(Object value, Use use) {
            boolean number = value instanceof Integer || value instanceof Long || value instanceof String;
            String text = value.toString();
            if (!number || !INTEGER.matcher(text).matches()) {
                return Optional.empty();
            }
            long whole = Long.parseLong(text);
            return whole >= min && whole <= max ? Optional.of(text) : Optional.empty();
        }
    }

    /** True or false, also as text. */
    public record YesOrNo() implements ValueType {
        @Override
        public Optional<String> text(Object value, Use use) {
            return value.equals(true) || value.equals("true")
                    ? Optional.of("true")
                    : value.equals(false) || value.equals("false") ? Optional.of("false") : Optional.empty();
        }
    }

    public record Choice(List<String> choices) implements ValueType {
        public Choice {
            choices = List.copyOf(choices);
        }

        @Override
        public Optional<String> text(Object value, Use use) {
            return choices.stream().filter(value::equals).findFirst();
        }
    }

    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /** The name of the parameter whose place a word is; empty where it is a word like any other. */
    public static Optional<String> placeholder(String word) {
        var matcher = PLACEHOLDER.matcher(word);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /** Whether there is what looks like a parameter within a text, where none is put. */
    public static boolean hasPlaceholderWithin(String text) {
        return PLACEHOLDER.matcher(text).find();
    }
}
