// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.shell.EscapeKeys.Action;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EscapeKeysTest {
    private final EscapeKeys keys = new EscapeKeys();

    private EscapeKeys.Result take(String typed) {
        byte[] bytes = typed.getBytes(StandardCharsets.UTF_8);
        return keys.take(bytes, bytes.length);
    }

    private void assertTyped(String typed, String forGuest, Action action) {
        EscapeKeys.Result result = take(typed);
        assertThat(new String(result.typed(), StandardCharsets.UTF_8)).isEqualTo(forGuest);
        assertThat(result.action()).isEqualTo(action);
    }

    @Test
    void aTildeAtTheBeginningOfALineIsForUs() {
        assertTyped("~.", "", Action.LEAVE);
        assertTyped("ls\r~", "ls\r", Action.NOTHING);
        assertTyped("?", "", Action.HELP);
    }

    @Test
    void anyOtherKeyIsForTheGuest() {
        assertTyped("cd ~/a\r", "cd ~/a\r", Action.NOTHING);
        assertTyped("~/x\r", "~/x\r", Action.NOTHING);
        assertTyped("~~.\r", "~.\r", Action.NOTHING);
        assertTyped("a~.", "a~.", Action.NOTHING);
        assertTyped("\u0003ü", "\u0003ü", Action.NOTHING);
    }
}
