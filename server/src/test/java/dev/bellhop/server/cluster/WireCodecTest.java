// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.cbor.CBORMapper;

@Tag("cluster")
class WireCodecTest {
    private static final CBORMapper PLAIN = new CBORMapper();

    private enum Kind {
        STDOUT,
        STDERR
    }

    private record Small(int number, @Nullable String text) {}

    @SuppressWarnings("ArrayRecordComponent") // As messages have.
    private record All(
            String id,
            long number,
            boolean flag,
            Instant at,
            Duration left,
            byte[] data,
            Kind kind,
            Small inner,
            List<Small> list,
            Map<String, String> map,
            Optional<String> optional,
            @Nullable Instant never) {}

    private record Newer(int number, @Nullable String text, String added) {}

    private static final All ALL = new All(
            "exec_1",
            1L << 60,
            true,
            Instant.ofEpochMilli(1_700_000_000_123L),
            Duration.ofMillis(2_500),
            new byte[] {0, -1, 127},
            Kind.STDERR,
            new Small(1, null),
            List.of(new Small(2, "é")),
            Map.of("PATH", "/bin"),
            Optional.empty(),
            null);

    @Test
    void whatIsWrittenIsReadTheSame() {
        All read = WireCodec.decode(WireCodec.encode(ALL), All.class);

        assertThat(read).usingRecursiveComparison().isEqualTo(ALL);
    }

    @Test
    void timesAreMillisBytesAreBinaryAndNullsAreAbsent() {
        JsonNode tree = PLAIN.readTree(WireCodec.encode(ALL));

        assertThat(tree.get("at").asLong()).isEqualTo(1_700_000_000_123L);
        assertThat(tree.get("left").asLong()).isEqualTo(2_500);
        assertThat(tree.get("data").isBinary()).isTrue();
        assertThat(tree.has("never")).isFalse();
        assertThat(tree.has("optional")).isFalse();
        assertThat(tree.get("inner").has("text")).isFalse();
    }

    @Test
    void aFieldOfANewerReleaseIsSkipped() {
        assertThat(WireCodec.decode(WireCodec.encode(new Newer(1, "a", "new")), Small.class))
                .isEqualTo(new Small(1, "a"));
    }

    @Test
    void aMissingPrimitiveIsNotTakenForZero() {
        byte[] without = PLAIN.writeValueAsBytes(Map.of("text", "a"));

        assertThatThrownBy(() -> WireCodec.decode(without, Small.class)).isInstanceOf(WireFormatException.class);
    }

    @Test
    void whatDoesNotFitIsNotQuoted() {
        byte[] wrong = PLAIN.writeValueAsBytes(Map.of("inner", Map.of("number", "hunter2")));

        assertThatThrownBy(() -> WireCodec.decode(wrong, All.class))
                .isInstanceOf(WireFormatException.class)
                .hasMessageContaining("inner.number")
                .hasMessageNotContaining("hunter2")
                .hasNoCause();
    }

    @Test
    void otherBytesAreRefused() {
        for (byte[] bytes : List.of(
                new byte[0],
                new byte[] {(byte) 0xf6},
                "{\"number\":1}".getBytes(StandardCharsets.US_ASCII),
                new byte[] {(byte) 0xbf, 1, 2})) {
            assertThatThrownBy(() -> WireCodec.decode(bytes, Small.class)).isInstanceOf(WireFormatException.class);
        }
    }

    @Test
    void deepNestingIsRefused() {
        byte[] deep = new byte[1_000];
        Arrays.fill(deep, (byte) 0x81);

        assertThatThrownBy(() -> WireCodec.decode(deep, Small.class)).isInstanceOf(WireFormatException.class);
    }

    @Test
    void aMessageHasAtMost512KiB() {
        assertThatThrownBy(() -> WireCodec.encode(new Small(1, "a".repeat(WireCodec.MAX_BYTES))))
                .isInstanceOf(MessageTooLargeException.class)
                .hasMessageContaining("pieces");
        assertThatThrownBy(() -> WireCodec.decode(new byte[WireCodec.MAX_BYTES + 1], Small.class))
                .isInstanceOf(MessageTooLargeException.class);
        byte[] largest = WireCodec.encode(new Small(1, "a".repeat(WireCodec.MAX_BYTES - 1_000)));
        assertThat(WireCodec.decode(largest, Small.class).text()).hasSize(WireCodec.MAX_BYTES - 1_000);
    }
}
