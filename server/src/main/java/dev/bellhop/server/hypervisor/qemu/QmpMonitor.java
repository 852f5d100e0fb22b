// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.vm.PowerState;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * Talks to a QEMU monitor (QMP). The monitor accepts one client at a time, so each talk connects, sends its commands
 * and leaves. Protocol: docs/interop/qmp-spec in QEMU's source; the commands are in its qapi/*.json.
 */
final class QmpMonitor {
    private QmpMonitor() {}

    sealed interface Status {
        record Told(PowerState power) implements Status {}

        /** There is no socket, or no process listens on it. */
        record Nobody() implements Status {}

        /** The socket exists, but gave no answer by the deadline. */
        record Silent() implements Status {}
    }

    static Status status(Path socket, Deadline deadline) {
        try {
            return new Status.Told(power(runState(socket, deadline)));
        } catch (ConnectException e) {
            return new Status.Nobody();
        } catch (IOException e) {
            return Files.notExists(socket) ? new Status.Nobody() : new Status.Silent();
        }
    }

    /** Checks whether the guest has shut down while its process still waits for a command. */
    static boolean isShutDown(Path socket, Deadline deadline) {
        try {
            return runState(socket, deadline).equals("shutdown");
        } catch (IOException e) {
            return false;
        }
    }

    private static String runState(Path socket, Deadline deadline) throws IOException {
        return execute(socket, deadline, "query-status")
                .getFirst()
                .path("status")
                .asString("");
    }

    /**
     * Runs commands without arguments one after the other, and returns their results.
     *
     * @throws ConnectException if no process listens on the socket
     * @throws QmpTalk.RefusedException for the first refused command; later commands may have run
     * @throws IOException if there was no readable answer by the deadline; any command may have run
     */
    static List<JsonNode> execute(Path socket, Deadline deadline, String... commands) throws IOException {
        return talk(socket, deadline, false, commands);
    }

    /** Like {@link #execute}, for commands that change nothing; a refused command returns a missing node. */
    static List<JsonNode> ask(Path socket, Deadline deadline, String... commands) throws IOException {
        return talk(socket, deadline, true, commands);
    }

    private static List<JsonNode> talk(Path socket, Deadline deadline, boolean takesRefusals, String... commands)
            throws IOException {
        try (QmpTalk talk = QmpTalk.open(socket, deadline)) {
            return talk.begin(
                    takesRefusals, Stream.of(commands).map(QmpTalk.Command::new).toList());
        }
    }

    /** The names are from {@code RunState} in qapi/run-state.json. */
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
}
