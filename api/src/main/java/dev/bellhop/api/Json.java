// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.Nulls;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;
import tools.jackson.databind.type.LogicalType;

/**
 * The one mapper between wire records and JSON, for servers and clients alike.
 *
 * <p>Writing: fields in the order of the record, absent rather than null, times in UTC with three decimals. Reading:
 * unknown fields are ignored, so that either side may learn new ones first; a field twice, a required field missing, or a
 * value of another type (5 where "5" is meant, a blank text for a number, null in a list) is an error; depth and sizes are limited. Failures to
 * read are {@link JacksonException}. Their messages may quote the input, which may be a secret: neither log them nor send
 * them on, say {@link #pointer} instead.
 */
public final class Json {

    /** Wire bodies nest four levels deep; whatever goes beyond this is no body of ours. */
    static final int MAX_DEPTH = 32;

    /** In characters. One stream of a command's output is at most 16 Mi bytes when the agent holds it. */
    static final int MAX_STRING_LENGTH = 32 << 20;

    /** No body of a request has a quarter of these. A value takes up to fifty times as much memory as it is long. */
    static final int MAX_REQUEST_TOKENS = 20_000;

    private static final JsonMapper MAPPER = build(limits().build());

    private static final JsonMapper REQUEST_MAPPER =
            build(limits().maxTokenCount(MAX_REQUEST_TOKENS).build());

    private Json() {}

    /** The shared mapper: immutable, safe for all threads. */
    public static JsonMapper mapper() {
        return MAPPER;
    }

    /** One that reads what a stranger sends: it stops at what has more values than any request has. */
    public static JsonMapper requestMapper() {
        return REQUEST_MAPPER;
    }

    /** The time as it stands in bodies, such as {@code 2026-01-31T09:30:00.000Z}; what is finer than a millisecond is cut. */
    public static String timestamp(Instant time) {
        return InstantSerializer.FORMAT.format(time);
    }

    /**
     * Where a body failed to be what was asked for, as a JSON pointer such as {@code /scopes/0}; the empty text means the
     * body as a whole, as when it is not JSON. Made of field names and indexes, never of values.
     */
    public static String pointer(JacksonException failure) {
        StringBuilder pointer = new StringBuilder();
        for (JacksonException.Reference step : failure.getPath()) {
            String name = step.getPropertyName();
            pointer.append('/').append(name == null ? String.valueOf(step.getIndex()) : escape(name));
        }
        // A record refuses a field that is absent by requireNonNull(field, "its name").
        if (failure.getCause() instanceof NullPointerException missing && missing.getMessage() != null) {
            pointer.append('/').append(escape(missing.getMessage()));
        }
        return pointer.toString();
    }

    private static String escape(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static StreamReadConstraints.Builder limits() {
        return StreamReadConstraints.builder()
                .maxNestingDepth(MAX_DEPTH)
                .maxStringLength(MAX_STRING_LENGTH)
                .maxNameLength(256);
    }

    private static JsonMapper build(StreamReadConstraints limits) {
        return JsonMapper.builder(
                        JsonFactory.builder().streamReadConstraints(limits).build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY, MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .enable(
                        DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                        DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                // Or a blank text would be a number or a boolean that is not there.
                .withCoercionConfigDefaults(any -> any.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail))
                .withCoercionConfig(
                        LogicalType.Textual,
                        text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
                .changeDefaultPropertyInclusion(inclusion -> inclusion
                        .withValueInclusion(JsonInclude.Include.NON_NULL)
                        .withContentInclusion(JsonInclude.Include.NON_NULL))
                .changeDefaultNullHandling(nulls -> nulls.withContentNulls(Nulls.FAIL))
                .addModule(new SimpleModule("bellhop")
                        .addSerializer(Instant.class, new InstantSerializer())
                        .addDeserializer(Instant.class, new InstantDeserializer()))
                .build();
    }

    /** Jackson's own takes numbers, and not the forms that Python and Go print. */
    private static final class InstantDeserializer extends StdDeserializer<Instant> {

        InstantDeserializer() {
            super(Instant.class);
        }

        @Override
        public Instant deserialize(JsonParser parser, DeserializationContext context) {
            if (!parser.hasToken(JsonToken.VALUE_STRING)) {
                return (Instant) context.handleUnexpectedToken(Instant.class, parser);
            }
            String text = parser.getString();
            return Timestamps.parse(text).orElseGet(() ->
                    (Instant) context.handleWeirdStringValue(Instant.class, text, "not a time of RFC 3339"));
        }
    }

    private static final class InstantSerializer extends StdSerializer<Instant> {

        private static final DateTimeFormatter FORMAT =
                DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

        InstantSerializer() {
            super(Instant.class);
        }

        @Override
        public void serialize(Instant value, JsonGenerator out, SerializationContext context) {
            out.writeString(FORMAT.format(value));
        }
    }
}
