// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.shell.CastPlayer.Pace;
import dev.bellhop.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CastPlayerTest {
    private static final String HEADER = "{\"version\":3,\"term\":{\"cols\":80,\"rows\":24}}\n";
    private static final String RESET = new String(new ScreenReset().bytes(), StandardCharsets.UTF_8);

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<Duration> pauses = new ArrayList<>();

    private static ByteArrayInputStream cast(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private CastPlayer player(Pace pace) {
        return new CastPlayer(new Terminal(out, out), pace, pauses::add);
    }

    private String shown() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void whatWasPrintedIsShownAtItsPaceAndTheTerminalIsPutBack() throws Exception {
        player(new Pace(2, Duration.ofSeconds(1)))
                .play(cast(HEADER + "[0.500,\"o\",\"one \"]\n[0.500,\"i\",\"x\"]\n[10.000,\"o\",\"\\u001b[6ntwo\"]\n"
                        + "[0.000,\"r\",\"90x20\"]\n[0.100,\"m\",\"here\"]\n[0.100,\"x\",\"0\"]\n"));
        assertThat(shown()).isEqualTo("one two" + RESET);
        assertThat(pauses)
                .containsExactly(
                        Duration.ofMillis(250),
                        Duration.ofMillis(250),
                        Duration.ofSeconds(1),
                        Duration.ofMillis(50),
                        Duration.ofMillis(50));
    }

    @Test
    void ofWhatIsNoTerminalTextAloneIsPrintedAtOnce() throws Exception {
        new CastPlayer(new Terminal(out, out), new Pace(1, null), null)
                .play(cast(HEADER + "[9.000,\"o\",\"\\u001b[1mone\\r\\n\"]\n"));
        assertThat(shown()).isEqualTo("one\n");
    }

    @Test
    void whoeverEndsItHasTheTerminalBack() {
        CastPlayer player = new CastPlayer(new Terminal(out, out), new Pace(1, null), pause -> {
            throw new InterruptedException();
        });
        assertThatThrownBy(() -> player.play(cast(HEADER + "[0.000,\"o\",\"\\u001b[?1049h\"]\n[1.000,\"o\",\"x\"]\n")))
                .isInstanceOf(InterruptedException.class);
        assertThat(shown()).isEqualTo("\u001b[?1049h\u001b[?1049l" + RESET);
    }

    @Test
    void whatIsNoAsciicastIsNotPlayed() {
        for (String none : List.of("", "<html>\n", "{\"version\":2}\n", HEADER + "<html>\n")) {
            assertThatThrownBy(() -> player(new Pace(1, null)).play(cast(none)))
                    .as(none)
                    .isInstanceOf(CliException.class)
                    .hasMessageContaining("no asciicast of version 3");
        }
    }
}
