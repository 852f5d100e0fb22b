// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.execution.Delivery;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** What of an execution is kept as JSON in a column of its own. */
final class ExecutionJson {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final TypeReference<List<String>> WORDS = new TypeReference<>() {};
    private static final TypeReference<Map<String, String>> NAMES = new TypeReference<>() {};

    private ExecutionJson() {}

    /** A delivery as it is stored: the shape of this record is what older servers wrote. */
    @SuppressWarnings("ArrayRecordComponent") // Made to be written, or read, once.
    private record StoredDelivery(
            @Nullable Map<String, String> environment,
            @Nullable String directory,
            @Nullable String user,
            byte @Nullable [] input,
            boolean inputFollows,
            long patienceMillis,
            @Nullable Boolean callerWaits) {}

    static String argv(List<String> argv) {
        return MAPPER.writeValueAsString(argv);
    }

    static List<String> readArgv(String json) {
        return MAPPER.readValue(json, WORDS);
    }

    static @Nullable String labels(Map<String, String> labels) {
        return labels.isEmpty() ? null : MAPPER.writeValueAsString(labels);
    }

    static Map<String, String> readLabels(@Nullable String json) {
        return json == null ? Map.of() : MAPPER.readValue(json, NAMES);
    }

    /** Absent where there is nothing beside the command, which is what most have. */
    static @Nullable String delivery(Delivery delivery) {
        return delivery.equals(Delivery.PLAIN)
                ? null
                : MAPPER.writeValueAsString(new StoredDelivery(
                        delivery.environment(),
                        delivery.directory(),
                        delivery.user(),
                        delivery.input(),
                        delivery.inputFollows(),
                        delivery.patience().toMillis(),
                        delivery.callerWaits()));
    }

    static Delivery readDelivery(@Nullable String json) {
        if (json == null) {
            return Delivery.PLAIN;
        }
        StoredDelivery stored = MAPPER.readValue(json, StoredDelivery.class);
        return new Delivery(
                stored.environment() == null ? Map.of() : stored.environment(),
                stored.directory(),
                stored.user(),
                stored.input(),
                stored.inputFollows(),
                Duration.ofMillis(stored.patienceMillis()),
                Boolean.TRUE.equals(stored.callerWaits()));
    }
}
