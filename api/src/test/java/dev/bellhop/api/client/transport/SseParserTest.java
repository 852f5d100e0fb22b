// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SseParserTest {

    private final List<SseMessage> messages = new ArrayList<>();
    private final SseParser parser = new SseParser(messages::add);

    private void feed(String text, int atATime) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int from = 0; from < bytes.length; from += atATime) {
            parser.feed(ByteBuffer.wrap(bytes, from, Math.min(atATime, bytes.length - from)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 1000})
    void eventsAreTakenApartHoweverTheyArrive(int atATime) {
        feed(": here\n\nid: 1\nevent: output\ndata: ä\n\nid:2\r\nevent:state\r\ndata\r\nretry: 5\r\n\r\n", atATime);

        assertThat(messages)
                .containsExactly(
                        new SseMessage(null, null, ""),
                        new SseMessage("1", "output", "ä"),
                        new SseMessage("2", "state", ""));
    }

    @Test
    void linesOfDataAreJoined() {
        feed("event: a\ndata: 1\ndata:  2\n\n", 1000);

        assertThat(messages).containsExactly(new SseMessage(null, "a", "1\n 2"));
    }

    @Test
    void anEventThatIsNotWholeIsNotTold() {
        feed("id: 1\nevent: output\ndata: a\n", 1000);

        assertThat(messages).isEmpty();
    }

    @Test
    void aLineWithoutEndIsRefused() {
        assertThatExceptionOfType(MalformedException.class).isThrownBy(() -> feed("a".repeat(1 << 21), 4096));
    }
}
