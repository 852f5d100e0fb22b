// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.ExchangeException.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What libvirt 11.3 was seen to say. */
class AgentErrorsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "55 | 0 | NOT_RUNNING | Requested operation is not valid: domain is not running",
                "42 | 0 | NOT_RUNNING | Domain not found: no domain with matching uuid",
                "74 | 0 | NO_CHANNEL | argument unsupported: QEMU guest agent is not configured",
                "86 | 0 | NO_AGENT | Guest agent is not responding: QEMU guest agent is not connected",
                "86 | 0 | GIVEN_UP | Guest agent is not responding: QEMU guest agent is not available due to an error",
                "86 | 0 | DROPPED | Guest agent is not responding: Guest agent disappeared while executing command",
                "86 | 0 | SILENT | Guest agent is not responding: guest agent didn't respond to synchronization within '1' seconds",
                "97 | 0 | SILENT | guest agent replied with wrong id to guest-sync command",
                "112 | -1 | LATE | guest agent command timed out: guest agent didn't respond to command within '1' seconds",
                "39 | 0 | TOO_LARGE | Unable to encode message payload",
                "39 | 0 | DROPPED | client socket is closed",
                "38 | 34 | TOO_LARGE | No complete agent response found in 10485760 bytes: Numerical result out of range",
                "38 | 104 | DROPPED | Cannot recv data: Connection reset by peer",
                "1 | 0 | DROPPED | internal error: something",
                "113 | -1 | REFUSED | guest agent command failed: unable to execute QEMU agent command 'x': PID ld does not exist"
            })
    void eachErrorHasItsMeaning(int code, int number, Kind kind, String message) {
        assertThat(AgentErrors.meaning(new LibvirtException(code, number, message))
                        .kind())
                .isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "guest agent command failed: unable to execute QEMU agent command 'guest-exec-status': PID ld does not exist"
                        + " | PID ld does not exist",
                "guest agent command failed: unable to execute QEMU agent command 'guest-file-open': failed to open file '/a: b': No"
                        + " | failed to open file '/a: b': No",
                "something else | something else"
            })
    void theAgentsWordsAreTakenOutOfTheMessage(String message, String words) {
        assertThat(AgentErrors.agentsWords(message)).isEqualTo(words);
    }
}
