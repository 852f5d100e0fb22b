// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.dataformat.cbor.CBORFactory;
import tools.jackson.dataformat.cbor.CBORMapper;

/**
 * Records to CBOR and back. A field that is null or an empty Optional is left out, and one that the reader does not know is
 * skipped, so that a newer release may add some. An Instant is the milliseconds since 1970, a Duration is milliseconds, and
 * byte[] stays binary. An enum's constant that the reader does not know, and a primitive that is missing, make the message
 * unreadable: give what is new a nullable type. Thread safe.
 */
public final class WireCodec {
    /** The most a message may have: half of what NATS lets pass, so that subjects and headers always fit. */
    public static final int MAX_BYTES = 512 * 1024;

    /** The most that is sent in pieces: the longest command with the longest stdin, and room. */
    public static final int MAX_LONG_BYTES = 64 << 20;

    private static final int MAX_DEPTH = 32;

    private static final CBORMapper MAPPER = mapper(MAX_BYTES);

    private static final CBORMapper LONG_MAPPER = mapper(MAX_LONG_BYTES);

    private WireCodec() {}

    private static CBORMapper mapper(int maxBytes) {
        return CBORMapper.builder(CBORFactory.builder()
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(MAX_DEPTH)
                                .maxDocumentLength(maxBytes)
                                .maxStringLength(maxBytes)
                                .build())
                        .build())
                .changeDefaultPropertyInclusion(
                        inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_ABSENT))
                // The pieces of one thing may come from two servers: it has one form only.
                .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
                .enable(DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
                .disable(DateTimeFeature.WRITE_DATE_TIMESTAMPS_AS_NANOSECONDS)
                .disable(DateTimeFeature.READ_DATE_TIMESTAMPS_AS_NANOSECONDS)
                .build();
    }

    /**
     * The bytes of a message.
     *
     * @throws MessageTooLargeException with more than {@link #MAX_BYTES}
     */
    public static byte[] encode(Record message) {
        return requireFitting(MAPPER.writeValueAsBytes(message));
    }

    /**
     * The message in these bytes.
     *
     * @throws MessageTooLargeException with more than {@link #MAX_BYTES}
     * @throws WireFormatException where the bytes are no such record
     */
    public static <T extends Record> T decode(byte[] bytes, Class<T> type) {
        return decode(MAPPER, requireFitting(bytes), type);
    }

    /** As {@link #encode}, for what is longer than a message and is sent in pieces. The same record has the same bytes anywhere. */
    public static byte[] encodeLong(Record content) {
        return LONG_MAPPER.writeValueAsBytes(content);
    }

    /**
     * What {@link #encodeLong} has encoded.
     *
     * @throws WireFormatException where the bytes are no such record, or more than {@link #MAX_LONG_BYTES}
     */
    public static <T extends Record> T decodeLong(byte[] bytes, Class<T> type) {
        if (bytes.length > MAX_LONG_BYTES) {
            throw new WireFormatException(type, "");
        }
        return decode(LONG_MAPPER, bytes, type);
    }

    private static <T extends Record> T decode(CBORMapper mapper, byte[] bytes, Class<T> type) {
        try {
            T message = mapper.readValue(bytes, type);
            if (message == null) {
                throw new WireFormatException(type, "");
            }
            return message;
        } catch (DatabindException e) {
            throw new WireFormatException(type, path(e)); // Without the cause, which quotes values.
        } catch (JacksonException e) {
            throw new WireFormatException(type, "");
        }
    }

    /** The same bytes, where one message may have as many. */
    public static byte[] requireFitting(byte[] bytes) {
        if (bytes.length > MAX_BYTES) {
            throw new MessageTooLargeException(bytes.length);
        }
        return bytes;
    }

    /** The names of the fields that lead to what does not fit; of a map no keys, which may be anything. */
    private static String path(DatabindException e) {
        return e.getPath().stream()
                .filter(step -> step.from() instanceof Class<?> type && type.isRecord())
                .map(step -> String.valueOf(step.getPropertyName()))
                .collect(Collectors.joining("."));
    }
}
