// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.approval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.execution.ExecutionView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/reference/approval-digest.md defines the digest of a request, so that any client can compute it. */
class ApprovalRequestTest {

    private static String page() throws IOException {
        return Files.readString(Path.of("..", "docs", "reference", "approval-digest.md"));
    }

    private static String block(String language) throws IOException {
        return Pattern.compile("```([a-z]*)\n(.*?)\n```", Pattern.DOTALL)
                .matcher(page())
                .results()
                .filter(block -> block.group(1).equals(language))
                .map(block -> block.group(2))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theExampleOfTheReferenceHoldsTrue() throws Exception {
        ExecutionView execution = Json.mapper().readValue(block("json"), ExecutionView.class);
        String documented = Objects.requireNonNull(execution.approval()).digest();
        byte[] canonical = block("").getBytes(StandardCharsets.UTF_8);

        assertThat(execution.approvalRequest().orElseThrow().digest()).isEqualTo(documented);
        assertThat("sha256:"
                        + HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(canonical)))
                .isEqualTo(documented);
    }

    @Test
    void theProgramOfTheReferenceComputesIt() throws Exception {
        ExecutionView execution = Json.mapper().readValue(block("json"), ExecutionView.class);
        Path found = Path.of("/usr/bin/python3");
        assumeThat(found).exists();
        Process python = new ProcessBuilder(found.toString(), "-c", block("python")).start();
        python.getOutputStream().write(block("json").getBytes(StandardCharsets.UTF_8));
        python.getOutputStream().close();

        String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(said.strip())
                .isEqualTo(Objects.requireNonNull(execution.approval()).digest());
    }

    @Test
    void whatNobodyWasShownHasNone() throws Exception {
        String listed = block("json").replaceAll("\"digest\": \"[^\"]+\",", "");

        assertThat(Json.mapper().readValue(listed, ExecutionView.class).approvalRequest())
                .isEmpty();
    }
}
