// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.message;

import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a request or an order is answered with. It is sent after what was asked for is durable.
 *
 * @param code the name of an {@link ErrorCode}; present where it was refused
 * @param message why, for a person; present where it was refused
 * @param limit the limit that was reached, where one was and may be told
 * @param body the record that was asked for, encoded; absent where there is none
 * @param retryAfter after how many seconds there may be room again, where a limit was reached
 * @param faults the fields that it was refused for; absent where there are none
 * @param underWay whether it goes on, and its end is to be asked for by the same order once more; absent for no
 */
@SuppressWarnings("ArrayRecordComponent") // Read once.
public record Answer(
        Status status,
        @Nullable String code,
        @Nullable String message,
        @Nullable Integer limit,
        byte @Nullable [] body,
        @Nullable Integer retryAfter,
        @Nullable List<WireFault> faults,
        @Nullable Boolean underWay) {
    /** What the other side says goes to logs and to callers. */
    private static final int MAX_MESSAGE = 2_000;

    private static final int MAX_FAULTS = 100;

    /**
     * A field at fault, as {@link FieldFault} has it.
     *
     * @param fault the name of a {@link FieldFault.Fault}
     */
    public record WireFault(String pointer, String detail, String fault) {
        private static WireFault of(FieldFault fault) {
            return new WireFault(fault.pointer(), fault.detail(), fault.fault().name());
        }

        private FieldFault fieldFault() {
            FieldFault.Fault known = Arrays.stream(FieldFault.Fault.values())
                    .filter(each -> each.name().equals(fault))
                    .findAny()
                    .orElse(FieldFault.Fault.MALFORMED);
            return new FieldFault(printable(pointer), printable(detail), known);
        }
    }

    /** How it went. */
    public enum Status {
        OK,
        /** The other side has too much to do, or no database: ask again. Nothing was done. */
        BUSY,
        /** Whoever asks does not hold the VM or the session any more. Nothing was done, and never will be. */
        FENCED,
        REFUSED;

        /** In lowercase, as metrics have it. */
        public String outcome() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public static final Answer DONE = plain(Status.OK);
    public static final Answer BUSY = plain(Status.BUSY);
    public static final Answer FENCED = plain(Status.FENCED);

    /** It goes on; its end is asked for by the same order once more. */
    public static final Answer UNDER_WAY = new Answer(Status.OK, null, null, null, null, null, null, true);

    private static Answer plain(Status status) {
        return new Answer(status, null, null, null, null, null, null, null);
    }

    public static Answer of(Record body) {
        return new Answer(Status.OK, null, null, null, WireCodec.encode(body), null, null, null);
    }

    public static Answer refused(BellhopException failure) {
        Integer limit = failure.limit().isPresent() ? failure.limit().getAsInt() : null;
        List<WireFault> faults = failure.faults().stream().map(WireFault::of).toList();
        return new Answer(
                Status.REFUSED,
                failure.code().name(),
                failure.getMessage(),
                limit,
                null,
                failure.retryAfter(),
                faults.isEmpty() ? null : faults,
                null);
    }

    /** Whether it goes on. No getter by its name, or it would be written into the message. */
    public boolean goesOn() {
        return Boolean.TRUE.equals(underWay);
    }

    /**
     * What was asked for.
     *
     * @throws BellhopException what the other side refused it with; {@code STORE_UNAVAILABLE} where it is busy
     * @throws FencedException where whoever asked may not any more
     */
    public <T extends Record> T open(Class<T> type) throws FencedException {
        requireDone();
        return WireCodec.decode(Objects.requireNonNull(body, "an answer without a body"), type);
    }

    /** As {@link #open}, of an answer with nothing to tell. */
    public void requireDone() throws FencedException {
        switch (status) {
            case OK -> {}
            case BUSY ->
                throw new BellhopException(
                        ErrorCode.STORE_UNAVAILABLE, "Cannot do this now because the cluster is busy; try again");
            case FENCED -> throw new FencedException();
            case REFUSED -> throw refusal();
        }
    }

    private BellhopException refusal() {
        ErrorCode known = Arrays.stream(ErrorCode.values())
                .filter(each -> each.name().equals(code))
                .findAny()
                .orElse(ErrorCode.INTERNAL_ERROR);
        String why = message == null ? "Cannot do this because the other side refused it" : printable(message);
        if (known == ErrorCode.INVALID_FIELD && faults != null && !faults.isEmpty()) {
            return new BellhopException(
                    why,
                    faults.stream().limit(MAX_FAULTS).map(WireFault::fieldFault).toList());
        }
        if (limit == null && retryAfter == null) {
            return new BellhopException(known, why);
        }
        return new BellhopException(known, why, limit, retryAfter == null ? 1 : Math.clamp(retryAfter, 1, 3_600));
    }

    private static String printable(String text) {
        String cut = text.length() <= MAX_MESSAGE ? text : text.substring(0, MAX_MESSAGE);
        return cut.replaceAll("\\p{Cntrl}", " ");
    }
}
