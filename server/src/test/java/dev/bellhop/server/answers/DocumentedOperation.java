// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An operation of openapi.yaml, whose layout is plain enough to be read by lines. */
record DocumentedOperation(String method, String path) {
    private static final Pattern LINE =
            Pattern.compile("^  (/\\S*):$|^    (get|put|post|delete|patch):$|^      (operationId): .*$");

    static List<DocumentedOperation> all() throws IOException {
        List<DocumentedOperation> all = new ArrayList<>();
        String path = "";
        String method = "";
        try (InputStream in = Objects.requireNonNull(DocumentedOperation.class.getResourceAsStream("/openapi.yaml"))) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
                Matcher matcher = LINE.matcher(line);
                if (!matcher.matches()) {
                    continue;
                }
                path = matcher.group(1) == null ? path : matcher.group(1);
                method = matcher.group(2) == null ? method : matcher.group(2).toUpperCase(Locale.ROOT);
                if (matcher.group(3) != null) {
                    all.add(new DocumentedOperation(method, path));
                }
            }
        }
        assertThat(all).hasSizeGreaterThan(50);
        return all;
    }

    /** Whether it is answered with success by the servers of a cluster alone; those are shown by {@code V2NodesTest}. */
    boolean isOfCluster() {
        return path.startsWith("/api/v2/nodes") || path.endsWith("/actions/move");
    }

    /** Whether it is answered with success by servers with an SSH door alone. */
    boolean isOfSshDoor() {
        return path.equals("/api/v2/ssh");
    }

    /** Whether what it answers with success is no HTTP any more. */
    boolean isSocket() {
        return path.endsWith("/socket");
    }

    boolean matches(String request) {
        return request.matches(method + " " + path.replaceAll("\\{[^}]*\\}", "[^/]+"));
    }
}
