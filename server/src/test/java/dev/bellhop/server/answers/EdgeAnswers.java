// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import java.io.IOException;
import java.util.List;

/** The server itself, who is let in, and requests that no route gets to see. */
final class EdgeAnswers extends Part {
    EdgeAnswers(Scene scene) {
        super(scene);
    }

    void service() throws IOException {
        recording.section("The server itself");
        answers.get("nobody", "/healthz");
        answers.play("nobody", "HEAD", "/healthz", "");
        answers.play("nobody", "POST", "/healthz", "{}");
        answers.get("nobody", "/problems/nothing");
        answers.get("nobody", "/");
        answers.get("nobody", "/favicon.ico");
        answers.get("nobody", "/api/v2/nothing");
        answers.get("admin", "/api/v2/nothing");
        answers.get("admin", "/api/nothing");
    }

    /** Callers who may not, at each path of openapi.yaml. */
    void everyRouteAsksForAKey() throws IOException {
        recording.section("Callers who may not");
        for (DocumentedOperation operation : DocumentedOperation.all()) {
            String path = operation
                    .path()
                    .replace("{vmid}", "2")
                    .replace(
                            "{id}",
                            operation.path().startsWith(ALL) || operation.path().contains("operations")
                                    ? NOTHING
                                    : "ffffffffffff")
                    .replace("{jobId}", NOTHING)
                    .replace("{name}", "nothing")
                    .replace("{upload}", "upload-1")
                    .replace("{sshKeyId}", "ffffffffffff")
                    .replace("{code}", "not_found");
            if (operation.path().startsWith("/api/")) {
                answers.play("nobody", operation.method(), path, "");
                answers.play(
                        "reader", operation.method(), path, operation.method().equals("GET") ? "" : "{}");
                answers.play(
                        "stranger", operation.method(), path, operation.method().equals("GET") ? "" : "{}");
                answers.play(
                        "theirBoss",
                        operation.method(),
                        path,
                        operation.method().equals("GET") ? "" : "{}");
            }
            answers.play("admin", "PATCH", path, "{}");
        }
        for (String caller : List.of("liar", "muddler", "elsewhere")) {
            answers.get(caller, "/api/vm/1/status");
            answers.get(caller, "/api/v2/vps/1");
        }
        answers.get("nobody", "/api/v2/vps", "X-API-Key", "letmein");
        answers.get("nobody", "/api/v2/vps", "Authorization", "Basic Zm9vOmJhcg==");
        answers.get("admin", "/api/v2/vps", "X-API-Key", answers.key("reader"));
        answers.play("admin", "OPTIONS", "/api/v2/vps", "");
        answers.play("admin", "DELETE", "/api/v2/vps", "");
    }

    void malformed() throws IOException {
        recording.section("Requests that no route gets to see");
        for (String path : List.of(
                "/api//v2/vps",
                "/api/v2/vps/",
                "/api/v2/vps;a=b",
                "/api/v2/%76ps",
                "/api/v2/../v2/vps",
                "/API/v2/vps",
                "/api/v2/vps/%2e%2e",
                "/api/v2/vps/1%2F",
                "/api/v2/vps?limit=1&limit=2",
                "/api/vm/1//status")) {
            answers.get("admin", path);
        }
        answers.get("admin", "/api/v2/vps?" + "x".repeat(17_000));
        answers.get("admin", "/api/v2/vps", "X-Long", "x".repeat(20_000));
        answers.raw("GET", "/api/v2/vps?limit=%zz");
        answers.raw("BREW", "/api/v2/vps");
        answers.raw("TRACE", "/api/v2/vps");
        answers.raw("POST", RUN, "Transfer-Encoding: gzip");
        answers.raw("POST", RUN, "Content-Length: x");
        answers.raw("POST", "/api/vm/1/agent/exec", "Content-Length: 9000000000000000");
        answers.raw("POST", RUN, "Content-Length: 9000000000000000");
        answers.raw("POST", RUN, "Expect: 100-continue", "Content-Length: 9000000000000000");
    }
}
