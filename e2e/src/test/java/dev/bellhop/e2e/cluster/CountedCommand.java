// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.OutputChunk;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A command that leaves its tag in a file, which shows whether it ran, and whether twice. Then it writes lines, ten a second, that
 * no other writes.
 *
 * @param group of which it is one, in a label
 */
record CountedCommand(String group, String tag, Path file, int lines) {
    static final String GROUP = "group";
    static final String TAG = "tag";

    private static final int EXIT_CODE = 3;

    CreateExecution wanted() {
        return CreateExecution.command(
                        "echo %1$s >> %2$s; i=0; while [ $i -lt %3$d ]; do echo \"%1$s $i\"; i=$((i + 1)); sleep 0.1; done; exit %4$d"
                                .formatted(tag, file, lines, EXIT_CODE))
                .labels(Map.of(GROUP, group, TAG, tag))
                .build();
    }

    /** Checks how it ended, and every byte of its output. */
    void assertTrueEnd(ExecutionView end, BellhopClient client) throws InterruptedException {
        assertThat(end.state()).as("%s of %s", end, this).isEqualTo("exited");
        assertThat(end.exitCode()).as("%s of %s", end, this).isEqualTo(EXIT_CODE);
        var bytes = new ByteArrayOutputStream();
        OutputChunk chunk;
        do {
            chunk = client.executions().output(end.id(), OutputStreamName.STDOUT, bytes.size(), 1 << 20);
            bytes.writeBytes(chunk.bytes());
        } while (!chunk.complete());
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .as("output of %s", end)
                .isEqualTo(IntStream.range(0, lines)
                        .mapToObj(line -> tag + " " + line + "\n")
                        .collect(Collectors.joining()));
    }
}
