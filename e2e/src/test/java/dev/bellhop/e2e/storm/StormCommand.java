// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.OutputChunk;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * One of many commands: it counts its runs, writes what no other writes, and ends as no other ends.
 *
 * @param counter a file to which all commands of its VM add their tag
 * @param millis how long it takes
 * @param patient whether it waits for an agent that is away, or is refused
 */
public record StormCommand(int number, int vmid, Path counter, Kind kind, int millis, boolean patient) {
    /** Longer than any storm. */
    private static final int TIMEOUT_SECONDS = 600;

    /** More output than is returned with a command's end. */
    private static final int LINES = 20_000;

    /** What it does beside. */
    public enum Kind {
        PLAIN,
        READS_STDIN,
        WRITES_MUCH,
        TIMES_OUT
    }

    public String tag() {
        return "tag-" + number;
    }

    private int exitCode() {
        return number % 8;
    }

    public CreateExecution wanted() {
        String work = switch (kind) {
            case PLAIN -> "sleep " + millis / 1000.0;
            case READS_STDIN -> "sleep " + millis / 1000.0 + "; cat";
            case WRITES_MUCH -> "sleep " + millis / 1000.0 + "; yes " + tag() + " | head -n " + LINES;
            case TIMES_OUT -> "sleep 1000 & sleep 1000";
        };
        return CreateExecution.command("echo %1$s >>%2$s; echo out %1$s; echo err %1$s >&2; %3$s; exit %4$d"
                        .formatted(tag(), counter, work, exitCode()))
                .stdin(kind == Kind.READS_STDIN ? "in " + tag() : null)
                .timeoutSeconds(kind == Kind.TIMES_OUT ? 1 : TIMEOUT_SECONDS)
                .deliveryTimeoutSeconds(patient ? TIMEOUT_SECONDS : null)
                .build();
    }

    /** Checks how it ended, and every byte of its output. */
    public void assertTrueEnd(ExecutionView end, BellhopClient client) throws InterruptedException {
        assertThat(end.vmid()).isEqualTo(vmid);
        if (kind == Kind.TIMES_OUT) {
            assertThat(end.state()).as("%s of %s", end, this).isEqualTo("timed_out");
        } else {
            assertThat(end.state()).as("%s of %s", end, this).isEqualTo("exited");
            assertThat(end.exitCode()).as("%s of %s", end, this).isEqualTo(exitCode());
        }
        String stdout = output(end, OutputStreamName.STDOUT, client);
        String expected = "out " + tag() + "\n" + more();
        // Not the texts themselves, which may be long.
        assertThat(stdout.length()).as("length of stdout of %s", end).isEqualTo(expected.length());
        assertThat(stdout.equals(expected)).as("stdout of %s", end).isTrue();
        assertThat(output(end, OutputStreamName.STDERR, client)).isEqualTo("err " + tag() + "\n");
    }

    private String more() {
        return switch (kind) {
            case READS_STDIN -> "in " + tag();
            case WRITES_MUCH -> (tag() + "\n").repeat(LINES);
            case PLAIN, TIMES_OUT -> "";
        };
    }

    private static String output(ExecutionView end, OutputStreamName stream, BellhopClient client)
            throws InterruptedException {
        var bytes = new ByteArrayOutputStream();
        OutputChunk chunk;
        do {
            chunk = client.executions().output(end.id(), stream, bytes.size(), 1 << 20);
            bytes.writeBytes(chunk.bytes());
        } while (!chunk.complete());
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
