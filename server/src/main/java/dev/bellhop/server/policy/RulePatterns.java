// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.OptionalInt;

/**
 * The patterns of rules: regular expressions in RE2's syntax, which take time in proportion to the text and to their size,
 * whatever they are. Tenants write them, so their size is bounded too, and those in use are kept compiled as far as they fit.
 * Thread safe.
 */
public final class RulePatterns {
    public static final int MAX_LENGTH = 500;

    /** Steps that the patterns of one policy compile to, all together. */
    public static final int MAX_STEPS = 2_000;

    /** What a pattern's counted repetitions may multiply it by; without that a short one could compile to millions of steps. */
    private static final int MAX_REPEATED = 100;

    private static final java.util.regex.Pattern COUNTED = java.util.regex.Pattern.compile("\\{(\\d*),?(\\d*)}");
    /** A step can be a table of some kilobytes, as of all letters. */
    private static final long MAX_STEPS_KEPT = 20_000;

    /**
     * What is denied must not be missed for a line break: a dot is any character, and a line's beginning and end are as good as
     * the text's. What is allowed has no such latitude.
     */
    private static final int DENYING = Pattern.DOTALL | Pattern.MULTILINE;

    private static final Cache<Kind, Pattern> COMPILED = Caffeine.newBuilder()
            .maximumWeight(MAX_STEPS_KEPT)
            .<Kind, Pattern>weigher((kind, pattern) -> pattern.programSize())
            .build();

    private record Kind(String text, int flags) {}

    private RulePatterns() {}

    /** How many steps a pattern compiles to; empty where it is none that a rule may have. */
    public static OptionalInt steps(String pattern) {
        if (pattern.isEmpty() || pattern.length() > MAX_LENGTH || repeated(pattern) > MAX_REPEATED) {
            return OptionalInt.empty();
        }
        try {
            return OptionalInt.of(Pattern.compile(pattern, DENYING).programSize());
        } catch (PatternSyntaxException e) {
            return OptionalInt.empty();
        }
    }

    /** As if each stood within all others. */
    private static long repeated(String pattern) {
        return COUNTED.matcher(pattern)
                .results()
                .mapToLong(count -> Math.max(number(count.group(1)), number(count.group(2))))
                .reduce(1, (all, one) -> Math.min(all * one, Integer.MAX_VALUE));
    }

    private static long number(String digits) {
        return digits.isEmpty() ? 1 : digits.length() > 4 ? Integer.MAX_VALUE : Math.max(Integer.parseInt(digits), 1);
    }

    static boolean find(String pattern, String text) {
        return compiled(pattern, DENYING).matcher(text).find();
    }

    static boolean matches(String pattern, String text) {
        return compiled(pattern, 0).matcher(text).matches();
    }

    private static Pattern compiled(String pattern, int flags) {
        return COMPILED.get(new Kind(pattern, flags), kind -> Pattern.compile(kind.text, kind.flags));
    }
}
