// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.vm.PowerState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks a QEMU monitor (QMP) what the VM is doing. The monitor takes one client at a time, so each question connects,
 * asks and leaves. Protocol: docs/interop/qmp-spec in QEMU's source.
 */
final class QmpMonitor {
    private static final byte[] ASK =
            "{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"query-status\"}\n".getBytes(StandardCharsets.US_ASCII);

    /** The greeting and the replies are a few hundred bytes each; events may stand between them. */
    private static final int LONGEST_ANSWER = 64 * 1024;

    private static final JsonMapper JSON = new JsonMapper();

    private static final ScheduledThreadPoolExecutor WATCHDOG = watchdog();

    private QmpMonitor() {}

    /** What the VM is doing; unknown where the monitor does not say by the deadline. */
    static PowerState power(Path socket, Deadline deadline) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            // A blocking channel has no timeout, and connecting blocks too where others wait to be let in; closing it
            // under
            // the caller is one.
            ScheduledFuture<?> guard = WATCHDOG.schedule(
                    () -> closeQuietly(channel), deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                channel.write(ByteBuffer.wrap(ASK));
                return readStatus(channel);
            } finally {
                guard.cancel(false);
            }
        } catch (ConnectException e) {
            return PowerState.STOPPED;
        } catch (IOException | JacksonException e) {
            return Files.notExists(socket) ? PowerState.STOPPED : PowerState.UNKNOWN;
        }
    }

    private static PowerState readStatus(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int total = 0;
        while (channel.read(buffer.clear()) >= 0) {
            buffer.flip();
            total += buffer.remaining();
            if (total > LONGEST_ANSWER) {
                return PowerState.UNKNOWN;
            }
            while (buffer.hasRemaining()) {
                byte next = buffer.get();
                if (next != '\n') {
                    line.write(next);
                    continue;
                }
                JsonNode status =
                        JSON.readTree(line.toByteArray()).path("return").path("status");
                if (status.isString()) {
                    return power(status.stringValue());
                }
                line.reset();
            }
        }
        return PowerState.UNKNOWN;
    }

    /** The names are those of {@code RunState} in qapi/run-state.json. */
    private static PowerState power(String runState) {
        return switch (runState) {
            case "running" -> PowerState.RUNNING;
            case "shutdown" -> PowerState.STOPPED;
            case "inmigrate" -> PowerState.STARTING;
            case "paused",
                    "prelaunch",
                    "suspended",
                    "save-vm",
                    "restore-vm",
                    "finish-migrate",
                    "postmigrate",
                    "debug",
                    "watchdog",
                    "io-error",
                    "internal-error",
                    "guest-panicked",
                    "colo" -> PowerState.PAUSED;
            default -> PowerState.UNKNOWN;
        };
    }

    private static ScheduledThreadPoolExecutor watchdog() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("qmp-watchdog").factory());
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // It is closed as far as the reader is concerned, which is all that is wanted of it.
        }
    }
}
