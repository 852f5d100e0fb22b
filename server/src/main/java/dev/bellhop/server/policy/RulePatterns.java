// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.OptionalInt;

/**
 * Compiles and caches the patterns of rules. They are regular expressions in RE2's syntax, so matching takes time in
 * proportion to the text and to the size of the pattern. Tenants write the patterns, so their size is bounded. Thread
 * safe.
 */
public final class RulePatterns {
    public static final int MAX_LENGTH = 500;

    /** Limits the steps that all patterns of one policy compile to. */
    public static final int MAX_STEPS = 2_000;

    /**
     * Limits the factor of a pattern's counted repetitions. Without it, a short pattern could compile to millions of
     * steps.
     */
    private static final int MAX_REPEATED = 100;

    private static final java.util.regex.Pattern COUNTED = java.util.regex.Pattern.compile("\\{(\\d*),?(\\d*)}");
    /** A step can be a table of some kilobytes, such as for all letters. */
    private static final long MAX_STEPS_KEPT = 20_000;

    /**
     * Flags for deny rules, so line breaks cannot hide a match: a dot matches any character, and ^ and $ also
     * match at line boundaries. Allow rules do not get these flags.
     */
    private static final int DENYING = Pattern.DOTALL | Pattern.MULTILINE;

    private static final Cache<Kind, Pattern> COMPILED = Caffeine.newBuilder()
            .maximumWeight(MAX_STEPS_KEPT)
            .<Kind, Pattern>weigher((kind, pattern) -> pattern.programSize())
            .build();

    private record Kind(String text, int flags) {}

    private RulePatterns() {}

    /** Returns the number of steps that a pattern compiles to; empty if rules cannot have this pattern. */
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

    /** Multiplies all repetitions, as if they were nested in each other. */
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
