// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ScreenResetTest {
    private static final String LEAVE_ALTERNATE = "\u001b[?1049l";

    private final ScreenReset reset = new ScreenReset();

    private void see(String printed) {
        reset.see(printed.getBytes(StandardCharsets.ISO_8859_1));
    }

    private String bytes() {
        return new String(reset.bytes(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void theAlternateScreenIsLeftWhereItWasEntered() {
        assertThat(bytes()).doesNotContain(LEAVE_ALTERNATE).contains("\u001b[?25h");
        see("vim\u001b[?10");
        see("49h text");
        assertThat(bytes()).startsWith(LEAVE_ALTERNATE);
        see("more");
        see("\u001b[?1049l$ ");
        assertThat(bytes()).doesNotContain(LEAVE_ALTERNATE);
    }
}
