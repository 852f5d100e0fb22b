// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.BOOT;
import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.PID;
import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.RUNNING;
import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.UNKNOWN;
import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.base64;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.testkit.FakeAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Failures that the real agent has at moments which no test can choose. */
@Timeout(60)
class SupervisedProcessTest {
    private static final long HANDLE = 1000;

    @TempDir
    private Path folder;

    private SupervisedProcessFixture command;

    @BeforeEach
    void start() {
        command = new SupervisedProcessFixture(folder);
    }

    @AfterEach
    void stop() {
        command.close();
    }

    @Test
    void oneStreamIsKeptWhileTheOtherCannotBeRead() throws Exception {
        command.answerStatus(UNKNOWN);
        command.answerInspection("run %d %s %s exited 3 none no 3 3".formatted(PID, BOOT, BOOT));
        var stderrFails = new AtomicBoolean(true);
        var toRead = new ArrayList<String>();
        command.agent.on("guest-file-open", (request, wire) -> {
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
        command.agent.on("guest-file-seek", (request, wire) -> {
            place[0] = request.arguments().matches(".*\"whence\":\\s*2.*")
                    ? 3
                    : Long.parseLong(offset(request.arguments()));
            wire.reply("{\"position\": " + place[0] + ", \"eof\": false}");
        });
        command.agent.on("guest-file-read", (request, wire) -> {
            String rest = toRead.getLast().substring((int) place[0]);
            place[0] += rest.length();
            wire.reply("{\"count\": " + rest.length() + ", \"buf-b64\": \"" + base64(rest) + "\", \"eof\": true}");
        });
        command.agent.on("guest-file-close", (request, wire) -> wire.reply("{}"));

        assertThat(look()).isNull();
        GuestProcess.Ending ending = look();

        assertThat(kept()).containsExactly("STDOUT 0 out", "STDERR 0 err");
        assertThat(ending)
                .isEqualTo(new GuestProcess.Ending.Ended(
                        ExecutionState.EXITED, new ExitStatus(3, null), new OutputSize(3, 3, false), List.of()));
    }

    /** The agent tells the pid before the supervisor has done anything, and may be gone right after that. */
    @Test
    void aCommandThatIsNotClaimedYetIsNotLost() throws Exception {
        command.answerStatus(UNKNOWN);
        command.answerInspection("none - - %s none - none no - -".formatted(BOOT));
        assertThat(look()).isNull();
        command.answerInspection("unfinished - - %s none - none no - -".formatted(BOOT));
        assertThat(look()).isNull();
        command.answerInspection("run %d %s %s exited 3 none no 0 0".formatted(PID, BOOT, BOOT));

        assertThat(look()).isInstanceOf(GuestProcess.Ending.Ended.class);
        assertThat(inspections()).noneMatch(script -> script.contains("_void=1"));
    }

    @Test
    void unclaimedIsLostOnceNobodyCanClaimItAnyMore() throws Exception {
        command.answerStatus(UNKNOWN);
        command.answerInspection("none - - %s none - none no - -".formatted(BOOT));
        look();
        assertThat(command.lookAfter(Duration.ofSeconds(11))).isNull();
        assertThat(inspections().getLast()).contains("_void=1");
        command.answerInspection("void - - %s none - none no - -".formatted(BOOT));

        assertThat(look()).isEqualTo(new GuestProcess.Ending.Lost(Reason.GUEST_FORGOT));
    }

    /** What was killed there may be about to be written down as its guest is paused. */
    @Test
    void silenceOfTheGuestIsNoTimeToWriteDownAnEnd() throws Exception {
        command.answerStatus(UNKNOWN);
        command.answerInspection("run %d %s %s none - timed_out no 0 0".formatted(PID, BOOT, BOOT));
        assertThat(look()).isNull();
        command.vm.exists(false);
        assertThat(command.lookAfter(Duration.ofHours(1))).isNull();
        command.vm.exists(true);
        assertThat(look()).isNull();
        command.agent.on("guest-file-open", (request, wire) -> wire.error("GenericError", "No such file"));
        command.answerInspection("run %d %s %s timed_out 137 timed_out no 0 0".formatted(PID, BOOT, BOOT));

        assertThat(look()).isInstanceOfSatisfying(GuestProcess.Ending.Ended.class, ended -> {
            assertThat(ended.state()).isEqualTo(ExecutionState.TIMED_OUT);
            assertThat(ended.exit().code()).isEqualTo(137);
        });
    }

    private List<String> inspections() {
        return command.agent.requests().stream()
                .map(FakeAgent.Request::arguments)
                .filter(arguments -> arguments.contains(": inspect"))
                .toList();
    }

    @Test
    void aHandleIsNotUsedUntilTheAgentHasShownThatItGaveIt() throws Exception {
        var restarted = new AtomicBoolean();
        answerWhileItRuns(restarted);
        look();
        int before = command.agent.requests().size();

        restarted.set(true);
        look();

        assertThat(command.agent
                        .requests()
                        .subList(before, command.agent.requests().size()))
                .filteredOn(request -> request.arguments().matches(".*\"handle\":\\s*" + HANDLE + "\\b.*"))
                .isEmpty();
        assertThat(kept()).containsExactly("STDOUT 0 out");
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
        command.agent.on("guest-file-read", read);

        look();

        assertThat(apart).isTrue();
    }

    @Test
    void filesAreClosedWithTheAnswerThatTheCommandHasEnded() throws Exception {
        answerWhileItRuns(new AtomicBoolean());
        look();
        command.answerStatus(command.ended("out", "exited 0 1 0"));
        int before = command.agent.requests().size();

        GuestProcess.Ending ending = look();
        command.process.close(false);

        assertThat(ending).isInstanceOf(GuestProcess.Ending.Ended.class);
        assertThat(command.agent
                        .requests()
                        .subList(before, command.agent.requests().size()))
                .extracting(FakeAgent.Request::command)
                .containsExactly("guest-exec-status", "guest-file-close", "guest-file-close");
    }

    @Test
    void streamsTakeTurnsAndOthersWaitForOneChunk() throws Exception {
        answerWhileItRuns(new AtomicBoolean());
        var readers = new ArrayList<String>();
        var waiters = new ArrayList<Thread>();
        command.agent.on("guest-file-read", (request, wire) -> {
            readers.add(request.arguments().contains(Long.toString(HANDLE)) ? "out" : "err");
            waiters.add(Thread.startVirtualThread(this::canActSoon));
            Awaitility.await().until(command.guest.processes()::isWaitedFor);
            String base64 = Base64.getEncoder().encodeToString(new byte[OutputTail.CHUNK]);
            wire.reply("{\"count\": " + OutputTail.CHUNK + ", \"buf-b64\": \"" + base64 + "\", \"eof\": false}");
        });

        look();
        assertThat(readers).containsExactly("out");
        look();

        assertThat(readers).containsExactly("out", "err");
        for (Thread waiter : waiters) {
            waiter.join();
        }
    }

    private void canActSoon() {
        try {
            command.guest
                    .processes()
                    .exclusively(command.vm.agent(), Deadline.after(Duration.ofSeconds(30)), () -> true);
        } catch (AgentException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether somebody else could open a file in the guest now. */
    private boolean canAct() {
        try {
            return command.guest.processes().exclusively(command.vm.agent(), Deadline.after(Duration.ZERO), () -> true);
        } catch (AgentException e) {
            return false;
        }
    }

    /** The agent knows the process, which has written three bytes to stdout, until it is another agent. */
    private void answerWhileItRuns(AtomicBoolean restarted) {
        String words =
                "bellhop %s inspect run %d %s %s none - none leader 3 0\n".formatted(command.id, PID, BOOT, BOOT);
        command.agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 5}"));
        command.agent.on("guest-exec-status", (request, wire) -> {
            if (!request.arguments().contains(Long.toString(PID))) {
                wire.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \"" + base64(words) + "\"}");
            } else if (restarted.get()) {
                UNKNOWN.answer(request, wire);
            } else {
                RUNNING.answer(request, wire);
            }
        });
        command.agent.on(
                "guest-file-open",
                (request, wire) -> wire.reply(Long.toString(
                        restarted.get() ? HANDLE + 2 : request.arguments().contains(".out") ? HANDLE : HANDLE + 1)));
        var read = new AtomicBoolean();
        command.agent.on("guest-file-read", (request, wire) -> {
            boolean first = request.arguments().contains(Long.toString(HANDLE)) && !read.getAndSet(true);
            wire.reply(
                    first
                            ? "{\"count\": 3, \"buf-b64\": \"" + base64("out") + "\", \"eof\": false}"
                            : "{\"count\": 0, \"buf-b64\": \"\", \"eof\": true}");
        });
        command.agent.on("guest-file-seek", (request, wire) -> wire.reply("{\"position\": 3, \"eof\": false}"));
        command.agent.on("guest-file-close", (request, wire) -> wire.reply("{}"));
    }

    private GuestProcess.@Nullable Ending look() throws InterruptedException {
        return command.lookAfter(Duration.ZERO);
    }

    /** As stream, offset and text. */
    private List<String> kept() {
        return command.kept.stream()
                .map(chunk ->
                        chunk.stream() + " " + chunk.offset() + " " + new String(chunk.bytes(), StandardCharsets.UTF_8))
                .toList();
    }

    private static String offset(String arguments) {
        return arguments.replaceAll(".*\"offset\":\\s*(\\d+).*", "$1");
    }
}
