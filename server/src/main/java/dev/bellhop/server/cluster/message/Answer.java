// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.message;

import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.util.Arrays;
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
 */
@SuppressWarnings("ArrayRecordComponent") // Read once.
public record Answer(
        Status status,
        @Nullable String code,
        @Nullable String message,
        @Nullable Integer limit,
        byte @Nullable [] body) {
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

    public static final Answer DONE = new Answer(Status.OK, null, null, null, null);
    public static final Answer BUSY = new Answer(Status.BUSY, null, null, null, null);
    public static final Answer FENCED = new Answer(Status.FENCED, null, null, null, null);

    public static Answer of(Record body) {
        return new Answer(Status.OK, null, null, null, WireCodec.encode(body));
    }

    public static Answer refused(BellhopException failure) {
        Integer limit = failure.limit().isPresent() ? failure.limit().getAsInt() : null;
        return new Answer(Status.REFUSED, failure.code().name(), failure.getMessage(), limit, null);
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
        String why = message == null ? "Cannot do this because the other side refused it" : message;
        return limit == null ? new BellhopException(known, why) : new BellhopException(known, why, limit);
    }
}
