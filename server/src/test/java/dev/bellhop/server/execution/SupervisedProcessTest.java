// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.FakeAgent;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.hypervisor.VmDirectory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
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
    private static final long HANDLE = 1000;

    @TempDir
    private Path folder;

    private final Clock clock = Clock.systemUTC();
    private final ExecutionIds ids = new ExecutionIds(clock);
    private final ExecutionId id = ids.next();
    private final Supervisor supervisor = new Supervisor(Spool.defaults());
    private final List<String> kept = Collections.synchronizedList(new ArrayList<>());
    private FakeAgent agent;
    private OneVm vm;
    private ReplyBudget.Share share;
    private VmDirectory directory;
    private Guest guest;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("qga.sock"));
        vm = new OneVm(agent.socket());
        share = ReplyBudget.shared().newShare();
        directory = new VmDirectory(List.of(vm));
        guest = new Guest(OneVm.ID, directory, supervisor, new LiveExecutions(new MemoryStore()), ids);
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

    @Test
    void aHandleIsNotUsedUntilTheAgentHasShownThatItGaveIt() throws Exception {
        var restarted = new AtomicBoolean();
        answerWhileItRuns(restarted);
        SupervisedProcess process = lookUntilKept();
        int before = agent.requests().size();

        restarted.set(true);
        process.look(this::keep);

        assertThat(agent.requests().subList(before, agent.requests().size()))
                .filteredOn(request -> request.arguments().matches(".*\"handle\":\\s*" + HANDLE + "\\b.*"))
                .isEmpty();
        assertThat(kept).containsExactly("STDOUT 0 out");
    }

    @Test
    void nobodyElseOpensFilesBetweenThatAndTheRead() throws Exception {
        var apart = new AtomicBoolean();
        var restarted = new AtomicBoolean();
        answerWhileItRuns(restarted);
        FakeAgent.Answer read = (request, wire) -> {
            apart.set(!canAct());
            wire.reply("{\"count\": 3, \"buf-b64\": \"" + base64("out") + "\", \"eof\": false}");
        };
        agent.on("guest-file-read", read);

        lookUntilKept();

        assertThat(apart).isTrue();
    }

    @Test
    void filesAreClosedWithTheAnswerThatTheCommandHasEnded() throws Exception {
        answerWhileItRuns(new AtomicBoolean());
        SupervisedProcess process = lookUntilKept();
        String told = "bellhop " + id + " exited 0 1 0\n";
        agent.on(
                "guest-exec-status",
                (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \"" + base64("out")
                        + "\", \"err-data\": \"" + base64(told) + "\"}"));
        int before = agent.requests().size();

        GuestProcess.Ending ending = process.look(this::keep);
        process.close(false);

        assertThat(ending).isInstanceOf(GuestProcess.Ending.Ended.class);
        assertThat(agent.requests().subList(before, agent.requests().size()))
                .extracting(FakeAgent.Request::command)
                .containsExactly("guest-exec-status", "guest-file-close", "guest-file-close");
    }

    @Test
    void whoeverWaitsForTheAgentWaitsForOneChunkAndTheStreamsTakeTurns() throws Exception {
        answerWhileItRuns(new AtomicBoolean());
        var readers = new ArrayList<String>();
        var waiters = new ArrayList<Thread>();
        agent.on("guest-file-read", (request, wire) -> {
            readers.add(request.arguments().contains(Long.toString(HANDLE)) ? "out" : "err");
            waiters.add(Thread.startVirtualThread(this::canActSoon));
            Awaitility.await().until(guest.processes()::isWaitedFor);
            String base64 = Base64.getEncoder().encodeToString(new byte[OutputTail.CHUNK]);
            wire.reply("{\"count\": " + OutputTail.CHUNK + ", \"buf-b64\": \"" + base64 + "\", \"eof\": false}");
        });

        SupervisedProcess process = lookUntilKept();
        assertThat(readers).containsExactly("out");
        process.look(this::keep);

        assertThat(readers).containsExactly("out", "err");
        for (Thread waiter : waiters) {
            waiter.join();
        }
    }

    private void canActSoon() {
        try {
            guest.processes().apart(vm.agent(), Deadline.after(Duration.ofSeconds(30)), () -> true);
        } catch (AgentException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether somebody else could open a file in the guest now. */
    private boolean canAct() {
        try {
            return guest.processes().apart(vm.agent(), Deadline.after(Duration.ZERO), () -> true);
        } catch (AgentException e) {
            return false;
        }
    }

    /** The agent knows the process, which has written three bytes to stdout, until it is another agent. */
    private void answerWhileItRuns(AtomicBoolean restarted) {
        String words = "bellhop %s inspect run %d %s %s none - none leader 3 0\n".formatted(id, PID, BOOT, BOOT);
        agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 5}"));
        agent.on("guest-exec-status", (request, wire) -> {
            if (!request.arguments().contains(Long.toString(PID))) {
                wire.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \"" + base64(words) + "\"}");
            } else if (restarted.get()) {
                wire.error("GenericError", "PID ld does not exist");
            } else {
                wire.reply("{\"exited\": false}");
            }
        });
        agent.on(
                "guest-file-open",
                (request, wire) -> wire.reply(Long.toString(
                        restarted.get() ? HANDLE + 2 : request.arguments().contains(".out") ? HANDLE : HANDLE + 1)));
        var read = new AtomicBoolean();
        agent.on("guest-file-read", (request, wire) -> {
            boolean first = request.arguments().contains(Long.toString(HANDLE)) && !read.getAndSet(true);
            wire.reply(
                    first
                            ? "{\"count\": 3, \"buf-b64\": \"" + base64("out") + "\", \"eof\": false}"
                            : "{\"count\": 0, \"buf-b64\": \"\", \"eof\": true}");
        });
        agent.on("guest-file-seek", (request, wire) -> wire.reply("{\"position\": 3, \"eof\": false}"));
        agent.on("guest-file-close", (request, wire) -> wire.reply("{}"));
    }

    private SupervisedProcess lookUntilKept() {
        SupervisedProcess process = process();
        guest.processes().adopt(id, PID);
        Awaitility.await().until(() -> {
            process.look(this::keep);
            return !kept.isEmpty();
        });
        return process;
    }

    private SupervisedProcess process() {
        Execution running = Execution.pending(id, OneVm.ID, ExecutionSpec.of("x", "0123456789ab"), clock.instant())
                .started(ExecutionMode.SUPERVISED, PID, clock.instant());
        return new SupervisedProcess(
                running, PID, directory, guest, supervisor, share, GuestSettings.defaults(), clock);
    }

    /** The agent knows no process but the inspections. */
    private void answerInspections(String words) {
        agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 5}"));
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
