// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Defines and checks the parameters of saved commands. */
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
     * A parameter of a saved command.
     *
     * @param name also the name of its variable
     * @param defaultValue the value if none is given; absent if there is no default
     * @param required whether a value must be given
     * @param code whether it can be at a place that a program may interpret as code
     */
    public record Parameter(
            String name,
            @Nullable String description,
            Use use,
            ValueType type,
            @Nullable String defaultValue,
            boolean required,
            boolean code) {
        /** Converts a value (text, number or boolean) to text; empty if the parameter does not accept it. */
        public Optional<String> text(Object value) {
            return type.text(value, use);
        }
    }

    public sealed interface ValueType {
        /** Converts a value to text; empty if it is not of this type. */
        Optional<String> text(Object value, Use use);
    }

    /**
     * Any text.
     *
     * @param pattern must match the whole text; absent for anything
     * @param leadingDash whether an argument can begin with a dash, and so be an option of its program
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

    /**
     * A whole number; text is also accepted. A negative number looks like an option, so it is only accepted if
     * {@code min} allows it.
     */
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

    /** A boolean; text is also accepted. */
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

    /** Returns the name of the parameter that a word is the placeholder of; empty for any other word. */
    public static Optional<String> placeholder(String word) {
        var matcher = PLACEHOLDER.matcher(word);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /** Returns whether a text contains a placeholder. Placeholders inside a text are not replaced. */
    public static boolean hasPlaceholderWithin(String text) {
        return PLACEHOLDER.matcher(text).find();
    }
}
