// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.FakeAgent;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.hypervisor.VmDirectory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Failures that the real agent has at moments which no test can choose. */
@Timeout(60)
class SupervisedProcessTest {
    private static final String BOOT = "6f3c2c1e-0b52-4f6e-8f0e-5d2d4b0a9c11";
    private static final long PID = 4711;

    @TempDir
    private Path folder;

    private final Clock clock = Clock.systemUTC();
    private final ExecutionIds ids = new ExecutionIds(clock);
    private final ExecutionId id = ids.next();
    private final List<String> kept = new ArrayList<>();
    private final AtomicBoolean inspected = new AtomicBoolean();
    private FakeAgent agent;
    private OneVm vm;
    private ReplyBudget.Share share;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("qga.sock"));
        vm = new OneVm(agent.socket());
        share = ReplyBudget.shared().newShare();
    }

    @AfterEach
    void stop() {
        share.close();
        vm.close();
        agent.close();
    }

    @Test
    void whatWasReadOfOneStreamIsKeptAlthoughTheOtherCannotBeReadNow() throws Exception {
        answerInspections("bellhop %s inspect run %d %s %s exited 3 none no 3 3\n".formatted(id, PID, BOOT, BOOT));
        var stderrFails = new AtomicBoolean(true);
        var toRead = new ArrayList<String>();
        agent.on("guest-file-open", (request, wire) -> {
            boolean stdout = request.arguments().contains(".out");
            if (!inspected.get()) {
                // A look at a command that may still run, which is made or not as time goes.
                wire.error("GenericError", "No such file or directory");
                return;
            }
            if (!stdout && stderrFails.getAndSet(false)) {
                wire.error("GenericError", "Too many open files");
                return;
            }
            toRead.add(stdout ? "out" : "err");
            wire.reply("1");
        });
        // The files are three bytes long: those, or nothing more.
        var place = new long[1];
        agent.on("guest-file-seek", (request, wire) -> {
            place[0] = request.arguments().matches(".*\"whence\":\\s*2.*")
                    ? 3
                    : Long.parseLong(offset(request.arguments()));
            wire.reply("{\"position\": " + place[0] + ", \"eof\": false}");
        });
        agent.on("guest-file-read", (request, wire) -> {
            String rest = toRead.getLast().substring((int) place[0]);
            place[0] += rest.length();
            wire.reply("{\"count\": " + rest.length() + ", \"buf-b64\": \"" + base64(rest) + "\", \"eof\": true}");
        });
        agent.on("guest-file-close", (request, wire) -> wire.reply("{}"));

        SupervisedProcess process = process();
        assertThat(process.look(this::keep)).isNull();
        GuestProcess.Ending ending = process.look(this::keep);

        assertThat(kept).containsExactly("STDOUT 0 out", "STDERR 0 err");
        assertThat(ending)
                .isEqualTo(new GuestProcess.Ending.Ended(
                        ExecutionState.EXITED, new ExitStatus(3, null), new OutputSize(3, 3, false), List.of()));
    }

    private SupervisedProcess process() {
        var directory = new VmDirectory(List.of(vm));
        var supervisor = new Supervisor(Spool.defaults());
        Execution running = Execution.pending(id, OneVm.ID, ExecutionSpec.of("x", "0123456789ab"), clock.instant())
                .started(ExecutionMode.SUPERVISED, PID, clock.instant());
        var guest = new Guest(OneVm.ID, directory, supervisor, new LiveExecutions(new MemoryStore()), ids);
        return new SupervisedProcess(running, PID, directory, guest, supervisor, share, 1 << 20, clock);
    }

    /** The agent knows no process but the inspections. */
    private void answerInspections(String words) {
        agent.on("guest-exec", (request, wire) -> {
            inspected.set(true);
            wire.reply("{\"pid\": 5}");
        });
        agent.on("guest-exec-status", (request, wire) -> {
            if (request.arguments().contains(Long.toString(PID))) {
                wire.error("GenericError", "PID ld does not exist");
            } else {
                wire.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \"" + base64(words) + "\"}");
            }
        });
    }

    private void keep(List<OutputChunk> chunks, OutputSize size) {
        chunks.forEach(chunk -> kept.add(
                chunk.stream() + " " + chunk.offset() + " " + new String(chunk.bytes(), StandardCharsets.UTF_8)));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String offset(String arguments) {
        return arguments.replaceAll(".*\"offset\":\\s*(\\d+).*", "$1");
    }
}
