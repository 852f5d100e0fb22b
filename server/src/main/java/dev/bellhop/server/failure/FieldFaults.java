// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

import dev.bellhop.server.failure.FieldFault.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Collects all invalid fields of a body, so the client sees all of them in one response. For one thread. */
public final class FieldFaults {
    private final String place;
    private final List<FieldFault> found;

    public FieldFaults() {
        this("", new ArrayList<>());
    }

    private FieldFaults(String place, List<FieldFault> found) {
        this.place = place;
        this.found = found;
    }

    /** Returns a view of these faults whose pointers are relative to a part of the body. */
    public FieldFaults within(String pointer) {
        return new FieldFaults(place + pointer, found);
    }

    public void add(String pointer, String detail, Fault fault) {
        found.add(new FieldFault(place + pointer, detail, fault));
    }

    public void addAll(List<FieldFault> faults) {
        found.addAll(faults);
    }

    private void unless(boolean holds, String pointer, String detail, Fault fault) {
        if (!holds) {
            add(pointer, detail, fault);
        }
    }

    public void malformedUnless(boolean holds, String pointer, String detail) {
        unless(holds, pointer, detail, Fault.MALFORMED);
    }

    public void unknownUnless(boolean holds, String pointer, String detail) {
        unless(holds, pointer, detail, Fault.UNKNOWN_VALUE);
    }

    /** Adds a fault for a field that must not be present. */
    public void surplusUnless(boolean holds, String pointer, String detail) {
        unless(holds, pointer, detail, Fault.UNKNOWN_FIELD);
    }

    public void missingUnless(boolean holds, String pointer, String detail) {
        unless(holds, pointer, detail, Fault.REQUIRED);
    }

    public void outOfRangeUnless(boolean holds, String pointer, String detail) {
        unless(holds, pointer, detail, Fault.OUT_OF_RANGE);
    }

    public void unlessBetween(long min, long value, long max, String pointer) {
        unlessBetween(min, value, max, pointer, min + " to " + max);
    }

    public void unlessBetween(long min, long value, long max, String pointer, String detail) {
        outOfRangeUnless(value >= min && value <= max, pointer, detail);
    }

    /** Throws {@code INVALID_FIELD} with this message if the only field of a body is out of bounds. */
    public static void requireBetween(long min, long value, long max, String pointer, String message) {
        FieldFaults faults = new FieldFaults();
        faults.unlessBetween(min, value, max, pointer);
        faults.throwIfAny(message);
    }

    /** Parses each text of a list; adds a fault for each invalid text. */
    public <T> List<T> each(
            String pointer, List<String> texts, Function<String, Optional<T>> parse, String detail, Fault fault) {
        List<T> parsed = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            Optional<T> one = parse.apply(texts.get(i));
            one.ifPresent(parsed::add);
            unless(one.isPresent(), pointer + "/" + i, detail, fault);
        }
        return parsed;
    }

    public boolean isEmpty() {
        return found.isEmpty();
    }

    /**
     * Throws if there is a fault.
     *
     * @throws BellhopException {@code INVALID_FIELD}
     */
    public void throwIfAny(String message) {
        if (!found.isEmpty()) {
            throw new BellhopException(message, found);
        }
    }
}
