// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.Cli;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When the server no longer takes the key of whoever waits for a command. */
class RefusedWhileFollowingTest {

    private static final String ID = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c01";

    @ParameterizedTest
    @CsvSource({
        "401, unauthorized, BELLHOP_KEY",
        "403, forbidden, Cannot use this key",
        "404, not_found, Cannot use this key"
    })
    void itSaysThatTheCommandMayRunOnAndHowToFollowIt(int status, String code, String expected) {
        try (Cli cli = new Cli()) {
            cli.server.on("POST", "/api/v2/vps/10000/executions", StubAnswer.execution(201, running()));
            cli.server.on(
                    "GET",
                    "/api/v2/executions/" + ID + "/events",
                    request -> StubAnswer.problem(status, code, "Cannot use this key", request.target(), null));

            Cli.Run run = cli.run("exec", "10000", "--", "true");

            assertThat(run.exitCode()).isEqualTo(255);
            assertThat(run.err())
                    .startsWith("bellhop: Cannot use this key\n")
                    .contains(expected)
                    .endsWith("\nAs far as is known, the command in VM 10000 runs on.\nFollow it with: bellhop logs -f "
                            + ID + "\n");
        }
    }

    private static ExecutionView running() {
        return Json.mapper().readValue("""
                {"id": "%s", "vmid": 10000, "state": "running", "mode": "supervised", "command": "true", "pid": 4711,
                 "createdAt": "2026-01-31T09:30:01.000Z", "startedAt": "2026-01-31T09:30:01.003Z",
                 "stdoutBytes": 0, "stderrBytes": 0, "truncated": false, "keyId": "4b1d7c09e2aa"}
                """.formatted(ID), ExecutionView.class);
    }
}
