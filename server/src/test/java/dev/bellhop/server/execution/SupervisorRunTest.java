// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.ShellGuest.Kind;
import dev.bellhop.server.execution.SupervisorReply.Ended;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Commands as their callers see them, on every shell. */
@Timeout(60)
@ParameterizedClass
@EnumSource(Kind.class)
class SupervisorRunTest {
    private final ShellGuest guest;

    SupervisorRunTest(Kind kind, @TempDir Path folder) {
        guest = new ShellGuest(kind, folder);
    }

    @AfterEach
    void end() {
        guest.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            true                                              | 0   |                  |
            false                                             | 1   |                  |
            exit 42                                           | 42  |                  |
            echo hi                                           | 0   | hi\\n            |
            echo hi; echo oops >&2; exit 3                    | 3   | hi\\n            | oops\\n
            printf no-line-feed                               | 0   | no-line-feed     |
            printf no-line-feed >&2                           | 0   |                  | no-line-feed
            set -e; false; echo not reached                   | 1   |                  |
            exec sh -c 'exit 7'                               | 7   |                  |
            cd /usr && pwd                                    | 0   | /usr\\n          |
            trap 'echo bye' EXIT; true                        | 0   | bye\\n           |
            trap 'echo bye' EXIT; exit 5                      | 5   | bye\\n           |
            trap 'echo term' TERM; kill -TERM $$; echo on     | 0   | term\\non\\n     |
            kill -9 $$                                        | 137 |                  |
            kill -TERM $$                                     | 143 |                  |
            kill 0                                            | 143 |                  |
            echo "$#" "$*"                                    | 0   | 0 \\n            |
            echo "${_s-}${_i-}${_b-}${_w-}${_r-}${_k-}"       | 0   | \\n              |
            case $- in *C*) echo noclobber;; esac             | 0   |                  |
            cat                                               | 0   |                  |
            (echo late) & wait; echo done                     | 0   | late\\ndone\\n   |
            echo "$HOME"                                      | 0   | /root\\n         |
            """)
    void aTextRunsAsInAShellOfItsOwn(String text, int code, @Nullable String stdout, @Nullable String stderr)
            throws Exception {
        Ended ended = guest.run(SupervisedCommand.shell(text));
        assertThat(ended.end().cause()).isEqualTo(CommandEnd.Cause.EXITED);
        assertThat(text(ended.stdout())).isEqualTo(unescape(stdout));
        assertThat(text(ended.stderr())).isEqualTo(unescape(stderr));
        assertThat(ended.end().status().code()).isEqualTo(code);
    }

    private static String text(SupervisorReply.Head head) {
        assertThat(head.whole()).isTrue();
        assertThat(head.bytes()).isNotNull();
        return new String(head.bytes(), StandardCharsets.UTF_8);
    }

    private static String unescape(@Nullable String text) {
        return text == null ? "" : text.replace("\\n", "\n");
    }
}
