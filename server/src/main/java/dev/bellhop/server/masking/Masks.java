// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.OutdatedException;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.failure.Written;
import dev.bellhop.server.tenant.Tenant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import org.jspecify.annotations.Nullable;

/**
 * Manages the masks of accounts and of the operator, which apply to the output of their commands. All are held in
 * memory; a change is durable before it takes effect. Thread safe.
 */
public final class Masks {
    /** The maximum per owner. */
    public static final int MAX_MASKS = 20;

    private static final int MAX_PATTERN_LENGTH = 256;

    /** Limits the length of a pattern multiplied by its counted repetitions, which bounds the cost of compiling it. */
    private static final long MAX_PATTERN_SIZE = 500_000;

    private static final java.util.regex.Pattern NAME = java.util.regex.Pattern.compile("[A-Za-z0-9_.-]{1,63}");
    private static final java.util.regex.Pattern COUNTED =
            java.util.regex.Pattern.compile("\\{(?:[0-9]+,)?([0-9]+),?}");

    private final MaskStore store;
    private final ConcurrentMap<Tenant, Owned> byTenant = new ConcurrentHashMap<>();

    private record Owned(Map<String, Mask> masks, @Nullable LinePatterns patterns) {
        static final Owned NOTHING = new Owned(Map.of(), null);

        /** @throws PatternSyntaxException if a pattern is invalid */
        static Owned of(Map<String, Mask> masks) {
            List<Pattern> patterns = masks.values().stream()
                    .map(mask -> Pattern.compile(mask.pattern()))
                    .toList();
            return new Owned(masks, patterns.isEmpty() ? null : new LinePatterns(patterns));
        }

        int steps() {
            return patterns == null ? 0 : patterns.steps();
        }
    }

    public Masks(MaskStore store) {
        this.store = store;
        reload();
    }

    /** Reloads the masks from the store, where another server may have changed them. */
    public synchronized void reload() {
        Map<Tenant, List<Mask>> all = store.all();
        all.forEach((tenant, masks) -> {
            Map<String, Mask> byName = new TreeMap<>();
            masks.forEach(mask -> byName.put(mask.name(), mask));
            // Compiling is the slowest part.
            if (!byName.equals(owned(tenant).masks)) {
                byTenant.put(tenant, Owned.of(byName));
            }
        });
        byTenant.keySet().retainAll(all.keySet());
    }

    private <T> T redo(Supplier<T> change) {
        return OutdatedException.redo(OutdatedException.Kind.MASKS, this::reload, change);
    }

    /** Returns the masks of an account or of the operator, ordered by name. */
    public List<Mask> list(Tenant tenant) {
        return List.copyOf(owned(tenant).masks.values());
    }

    public Optional<Mask> find(Tenant tenant, String name) {
        return Optional.ofNullable(owned(tenant).masks.get(name));
    }

    @Nullable
    LinePatterns patterns(Tenant tenant) {
        return owned(tenant).patterns;
    }

    private Owned owned(Tenant tenant) {
        return byTenant.getOrDefault(tenant, Owned.NOTHING);
    }

    /**
     * Adds a mask or replaces the mask of the same name; returns when it is durable and in force. Adds one mask at a
     * time, because compiling a pattern can use much memory. Throws {@code INVALID_FIELD}.
     *
     * @param condition on the mask of the same name
     * @param beforeReplacing called before a different pattern replaces an existing one; can throw
     */
    public synchronized Written put(Tenant tenant, Mask mask, Precondition<Mask> condition, Runnable beforeReplacing) {
        check(mask);
        return redo(() -> putChecked(tenant, mask, condition, beforeReplacing));
    }

    private Written putChecked(Tenant tenant, Mask mask, Precondition<Mask> condition, Runnable beforeReplacing) {
        Owned before = owned(tenant);
        Mask there = before.masks.get(mask.name());
        if (there != null && !there.pattern().equals(mask.pattern())) {
            beforeReplacing.run();
        }
        if (before.masks.size() == MAX_MASKS && !before.masks.containsKey(mask.name())) {
            throw invalid(
                    "/name",
                    "One of those there are: " + MAX_MASKS + " are as many as there may be",
                    Fault.OUT_OF_RANGE);
        }
        Map<String, Mask> masks = new TreeMap<>(before.masks);
        masks.put(mask.name(), mask);
        Owned after;
        try {
            after = Owned.of(masks);
        } catch (PatternSyntaxException e) {
            throw invalid("/pattern", "A regular expression of RE2", Fault.MALFORMED);
        }
        if (after.steps() > LinePatterns.MAX_STEPS) {
            throw tooLarge();
        }
        condition.require(there);
        Writes.await(store.put(tenant, mask));
        byTenant.put(tenant, after);
        return there == null ? Written.CREATED : Written.REPLACED;
    }

    private static void check(Mask mask) {
        if (!NAME.matcher(mask.name()).matches()) {
            throw invalid("/name", "1 to 63 of A-Z a-z 0-9 _ . -", Fault.MALFORMED);
        }
        String pattern = mask.pattern();
        if (pattern.isEmpty() || pattern.length() > MAX_PATTERN_LENGTH) {
            throw invalid("/pattern", "1 to " + MAX_PATTERN_LENGTH + " characters", Fault.OUT_OF_RANGE);
        }
        if (pattern.codePoints()
                .anyMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE)) {
            throw invalid("/pattern", "Text without control characters and unpaired surrogates", Fault.MALFORMED);
        }
        // Counts repetitions in any context, since only a parser could tell them from literal text.
        double size = COUNTED.matcher(pattern)
                .results()
                .map(MatchResult::group)
                .mapToDouble(Masks::count)
                .reduce(pattern.length(), (a, b) -> a * b);
        if (size > MAX_PATTERN_SIZE) {
            throw tooLarge();
        }
    }

    /** Returns the maximum of a repetition, or its minimum if it has no maximum. */
    private static double count(String repetition) {
        Optional<Double> largest = java.util.regex.Pattern.compile("[0-9]+")
                .matcher(repetition)
                .results()
                .map(number -> Double.valueOf(number.group()))
                .max(Double::compare);
        return Math.max(1, largest.orElse(1.0));
    }

    private static BellhopException tooLarge() {
        return invalid(
                "/pattern",
                "A smaller one: with fewer repetitions that are counted, or with fewer other patterns beside it",
                Fault.OUT_OF_RANGE);
    }

    private static BellhopException invalid(String pointer, String expected, Fault fault) {
        return new BellhopException("Cannot mask by this pattern", List.of(new FieldFault(pointer, expected, fault)));
    }

    /** Deletes a mask; returns when that is durable. False if there is none of that name. */
    public synchronized boolean delete(Tenant tenant, String name, Precondition<Mask> condition) {
        return redo(() -> deleteOnce(tenant, name, condition));
    }

    private boolean deleteOnce(Tenant tenant, String name, Precondition<Mask> condition) {
        Map<String, Mask> masks = new TreeMap<>(owned(tenant).masks);
        Mask there = masks.remove(name);
        if (there == null) {
            return false;
        }
        condition.require(there);
        Writes.await(store.delete(tenant, name));
        byTenant.put(tenant, Owned.of(masks));
        return true;
    }
}
