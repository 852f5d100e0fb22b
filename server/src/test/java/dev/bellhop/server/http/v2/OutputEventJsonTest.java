// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.execution.OutputEvent;
import dev.bellhop.server.execution.OutputStreamName;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OutputEventJsonTest {
    private static final Instant READ_AT = Instant.parse("2026-01-31T09:30:00.123456Z");

    private static String written(byte[] bytes, int length, @Nullable Instant readAt) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        OutputEventJson.write(OutputStreamName.STDERR, 7, bytes, length, readAt, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String asRecord(@Nullable String text, @Nullable String base64, @Nullable Instant readAt) {
        return Json.mapper().writeValueAsString(new OutputEvent("stderr", 7, text, base64, readAt));
    }

    static Stream<String> texts() {
        return Stream.of(
                "",
                "a line\n",
                "\"quoted\" and \\ and / and \t\r\b\f",
                // Long, and with each character that needs something, at all positions of the writer's buffer.
                IntStream.range(0, 70_000)
                        .mapToObj(i -> Character.toString(i % 0x250))
                        .collect(Collectors.joining()),
                "\u2028\u2029\uFEFF\uFFFF\u007f\u0080",
                "\uD83D\uDE00".repeat(5000));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void textIsWrittenAsTheRecordIs(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);

        assertThat(written(bytes, bytes.length, null)).isEqualTo(asRecord(text, null, null));
        assertThat(written(bytes, bytes.length, READ_AT)).isEqualTo(asRecord(text, null, READ_AT));
    }

    @Test
    void otherBytesAreWrittenAsTheRecordIs() {
        byte[] bytes = {'a', (byte) 0xC3, 'b', 'c'};

        assertThat(written(bytes, 3, READ_AT)).isEqualTo(asRecord(null, "YcNi", READ_AT));
    }

    @Test
    void onlySoManyBytesAreWritten() {
        assertThat(written("abc".getBytes(StandardCharsets.UTF_8), 2, null)).isEqualTo(asRecord("ab", null, null));
    }
}
