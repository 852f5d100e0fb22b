// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.admin.EncryptionView;
import dev.bellhop.cli.Cli;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EncryptionCommandsTest {

    private static final String PATH = "/api/v2/encryption";

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    @Test
    void statusTellsWhetherOlderKeysAreNeeded() {
        cli.server.on("GET", PATH, StubAnswer.json(200, new EncryptionView(3_014_321_501L, List.of(7L))));
        assertThat(cli.run("encryption", "status").out()).isEqualTo("""
                Encrypting with key 3014321501
                What was stored before is being encrypted anew; older keys are needed until then
                """);

        cli.server.on("GET", PATH, StubAnswer.json(200, new EncryptionView(3_014_321_501L, List.of())));
        assertThat(cli.run("encryption", "status").out()).endsWith("No older key is needed\n");
        assertThat(cli.run("encryption", "status", "--output", "json").out())
                .contains("\"primaryKeyId\"", "3014321501");
    }

    @Test
    void rotateNamesTheNewKey() {
        cli.server.on("POST", PATH + "/actions/rotate", StubAnswer.json(202, new EncryptionView(8, List.of(7L))));

        Cli.Run run = cli.run("encryption", "rotate");

        assertThat(run.exitCode()).isZero();
        assertThat(run.err())
                .isEqualTo(
                        "bellhop: Encrypting with key 8; what was stored before is encrypted anew in the background\n");
    }

    @Test
    void aRotationThatIsRefusedSaysWhy() {
        cli.server.on(
                "POST",
                PATH + "/actions/rotate",
                request -> StubAnswer.problem(
                        409, "not_supported", "Cannot change the encryption keys", PATH + "/actions/rotate", null));

        Cli.Run run = cli.run("encryption", "rotate");

        assertThat(run.exitCode()).isNotZero();
        assertThat(run.err()).contains("Cannot change the encryption keys");
    }
}
