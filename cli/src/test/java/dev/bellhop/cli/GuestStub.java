// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.Json;
import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer;
import dev.bellhop.api.v1.ExecRequest;
import dev.bellhop.api.v1.ExecResult;
import dev.bellhop.api.v1.ExecStarted;
import org.jspecify.annotations.Nullable;

/** A stub server with VM 10000, in which every command is pid 7 and execution e1. */
final class GuestStub {

    static final String EXEC = "/api/vm/10000/agent/exec";
    static final String OUTPUT = "/api/v2/executions/e1/output";

    private GuestStub() {}

    static void starts(StubServer server) {
        server.on(
                "POST",
                EXEC,
                request -> StubAnswer.v1(new ExecStarted(
                        true,
                        Json.mapper()
                                .readValue(request.body(), ExecRequest.class)
                                .command(),
                        ExecStarted.MESSAGE,
                        7,
                        "e1")));
    }

    static void answers(StubServer server, ExecResult result) {
        server.on("GET", EXEC, StubAnswer.v1(result));
    }

    static ExecResult running() {
        return new ExecResult(true, 7L, false, null, null, "", "", "e1", "running", null, null, Cli.NOW, null);
    }

    static ExecResult ended(int exitcode, @Nullable Integer signal, String stdout, String stderr) {
        return new ExecResult(
                true, 7L, true, exitcode, signal, stdout, stderr, "e1", "exited", null, null, Cli.NOW, Cli.NOW);
    }
}
