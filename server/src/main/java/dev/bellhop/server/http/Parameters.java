// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.Timestamps;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.vm.Decimal;
import dev.bellhop.server.vm.VmId;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Parses path and query parameters. */
public final class Parameters {
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}([.][0-9]{1,9})?");

    /** The form of the ids of keys and accounts. */
    private static final Predicate<String> ID = Pattern.compile("[0-9a-f]{12}").asMatchPredicate();

    private static final int MAX_NAME = 100;

    private Parameters() {}

    public static VmId vmid(Call call) {
        return VmId.parse(call.pathParameter("vmid"))
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.INVALID_REQUEST, "Cannot use this vmid; it has to be an integer of 1 or more"));
    }

    /** Returns the pid in the query, which is optional in v1. A number that cannot be a pid becomes 0. */
    public static Optional<Long> pid(Call call) {
        return call.query("pid").map(text -> {
            if (text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                throw new BellhopException(
                        ErrorCode.INVALID_REQUEST,
                        "Cannot use this pid; it has to be digits, as returned when the command was started");
            }
            return Decimal.positive(text).orElse(0L);
        });
    }

    /** Returns an integer in the query, within bounds. */
    public static Optional<Long> integer(Call call, String name, long least, long most) {
        return call.query(name)
                .map(text -> number(text)
                        .filter(value -> value >= least && value <= most)
                        .orElseThrow(
                                () -> invalid(name, "An integer from " + least + " to " + most, Fault.OUT_OF_RANGE)));
    }

    /** Returns a duration in the query, in seconds with an optional fraction, up to {@code most}. */
    public static Optional<Duration> seconds(Call call, String name, int most) {
        return call.query(name)
                .map(text -> SECONDS.matcher(text).matches() ? new BigDecimal(text) : BigDecimal.valueOf(-1))
                .map(value -> {
                    if (value.signum() < 0 || value.compareTo(BigDecimal.valueOf(most)) > 0) {
                        throw invalid(name, "A number from 0 to " + most, Fault.OUT_OF_RANGE);
                    }
                    return Duration.ofMillis(value.movePointRight(3).longValue());
                });
    }

    /** Returns a boolean in the query; the default is false. */
    public static boolean flag(Call call, String name) {
        return flag(call, name, false);
    }

    /** Returns a boolean in the query, with this default. */
    public static boolean flag(Call call, String name, boolean byDefault) {
        return word(call, name, Parameters::yesOrNo, "true or false").orElse(byDefault);
    }

    private static Optional<Boolean> yesOrNo(String text) {
        return text.equals("true") || text.equals("false") ? Optional.of(text.equals("true")) : Optional.empty();
    }

    /** Returns an enumerated value in the query. */
    public static <T> Optional<T> word(Call call, String name, Function<String, Optional<T>> parse, String expected) {
        return call.query(name)
                .map(text -> parse.apply(text).orElseThrow(() -> invalid(name, expected, Fault.UNKNOWN_VALUE)));
    }

    /** Returns a time in the query. */
    public static Optional<Instant> time(Call call, String name) {
        return call.query(name)
                .map(text -> Timestamps.parse(text)
                        .orElseThrow(() -> invalid(
                                name,
                                "A time such as 2026-01-31T09:30:00Z; a plus sign is sent as %2B",
                                Fault.MALFORMED)));
    }

    /** Returns the VM that a list is limited to. */
    public static Optional<VmId> listedVm(Call call) {
        return integer(call, "vmid", 1, Long.MAX_VALUE).map(VmId::new);
    }

    /**
     * Returns the id of the key that a list is limited to; not the key itself, because a secret in a URL ends up in
     * logs.
     */
    public static Optional<String> keyId(Call call) {
        return text(call, "key", ID, "The id of a key, 12 hexadecimal digits, and not the key itself");
    }

    /** Returns the account that a list is limited to. */
    public static Optional<String> accountId(Call call) {
        return text(call, "account", ID, "The id of an account, 12 hexadecimal digits");
    }

    /** Returns the name that a list is limited to. */
    public static Optional<String> name(Call call) {
        return text(
                call,
                "name",
                text -> !text.isBlank() && text.codePointCount(0, text.length()) <= MAX_NAME,
                "All of a name, 1 to " + MAX_NAME + " characters");
    }

    /** Returns a text in the query that must match a form. */
    public static Optional<String> text(Call call, String name, Predicate<String> form, String expected) {
        return call.query(name).map(text -> {
            if (!form.test(text)) {
                throw invalid(name, expected, Fault.MALFORMED);
            }
            return text;
        });
    }

    public static BellhopException invalid(String name, String expected, Fault fault) {
        return new BellhopException(
                "Cannot use the query parameter '" + name + "'", List.of(new FieldFault(name, expected, fault)));
    }

    private static Optional<Long> number(String text) {
        return text.equals("0") ? Optional.of(0L) : Decimal.positive(text);
    }
}
