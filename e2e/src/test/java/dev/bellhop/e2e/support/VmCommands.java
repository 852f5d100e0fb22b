// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Executions of v2 in the VM of a test bed. */
public final class VmCommands implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofMinutes(6);

    private final BellhopClient client;

    public VmCommands(BellhopClient client) {
        this.client = client;
    }

    public ExecutionView start(CreateExecution wanted) throws InterruptedException {
        return client.executions().create(TestBed.VMID, wanted, null, Duration.ZERO);
    }

    /** Starts text for the guest's shell, which may wait for a guest that boots. */
    public ExecutionView start(String text) throws InterruptedException {
        return start(CreateExecution.command(text)
                .deliveryTimeoutSeconds((int) TIMEOUT.toSeconds())
                .build());
    }

    /** Starts a command and waits until this output has arrived. */
    public ExecutionView startAndAwait(CreateExecution wanted, String output) throws InterruptedException {
        String id = start(wanted).id();
        awaitStdout(id, output);
        return client.executions().get(id, Duration.ZERO);
    }

    public ExecutionView awaitEnd(String id) {
        return await().atMost(TIMEOUT)
                .until(() -> client.executions().get(id, Duration.ofSeconds(20)), ExecutionView::ended);
    }

    /** Runs shell text, which has to succeed, and returns its output. */
    public String run(String text) throws InterruptedException {
        ExecutionView end = awaitEnd(start(text).id());
        assertThat(end.state()).as("%s", end).isEqualTo("exited");
        return stdout(end.id());
    }

    public void cancel(String id, int graceSeconds) throws InterruptedException {
        client.executions().cancel(id, graceSeconds);
    }

    /** Writes to its stdin. */
    public void write(String id, long offset, String text, boolean end) throws InterruptedException {
        client.executions().writeStdin(id, offset, text.getBytes(StandardCharsets.UTF_8), end);
    }

    /** Waits until its stdout is this text. */
    public void awaitStdout(String id, String text) {
        await().atMost(TIMEOUT).until(() -> stdout(id).equals(text));
    }

    /** Its stdout so far. */
    public String stdout(String id) throws InterruptedException {
        return new String(
                client.executions()
                        .output(id, OutputStreamName.STDOUT, 0, 1 << 20)
                        .bytes(),
                StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        client.close();
    }
}
