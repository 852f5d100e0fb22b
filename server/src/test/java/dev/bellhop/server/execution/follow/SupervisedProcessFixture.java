// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.guest.EarliestStart;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.server.execution.guest.StoppedVm;
import dev.bellhop.server.execution.script.Supervisors;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.testkit.FakeAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A supervised command in a guest that says, at a time that is, what a test wants. It is some seconds old. */
public final class SupervisedProcessFixture implements AutoCloseable {
    public static final String BOOT = "6f3c2c1e-0b52-4f6e-8f0e-5d2d4b0a9c11";
    static final long PID = 4711;
    static final FakeAgent.Answer RUNNING = (request, wire) -> wire.reply("{\"exited\": false}");
    public static final FakeAgent.Answer UNKNOWN =
            (request, wire) -> wire.error("GenericError", "PID ld does not exist");

    private static final Duration AGE = Duration.ofSeconds(5);

    private final AtomicLong now = new AtomicLong();
    private final ReplyBudget.Share share = ReplyBudget.shared().newShare();
    private final Path socket;
    public final ExecutionIds ids = new ExecutionIds(Clock.systemUTC());
    public final ExecutionId id = ids.next();
    public final List<OutputChunk> kept = new ArrayList<>();
    public final FakeVm vm;
    public final Guest guest;
    public final SupervisedProcess process;
    public FakeAgent agent;

    public SupervisedProcessFixture(Path folder) {
        socket = folder.resolve("qga.sock");
        agent = FakeAgent.start(socket);
        vm = new FakeVm(socket);
        var directory = new VmDirectory(List.of(vm));
        GuestSettings settings = GuestSettings.defaults().withRemovedAfter(Duration.ZERO);
        guest = new Guest(
                FakeVm.ID,
                directory,
                OpenStreams.NONE,
                settings,
                new Supervisors(settings.spool()),
                new MemoryStore(),
                ids,
                () -> false,
                System::nanoTime);
        guest.processes().adopt(id, PID);
        Clock clock = Clock.systemUTC();
        Execution running = Execution.pending(id, FakeVm.ID, TestExecutions.spec("x", "0123456789ab"), clock.instant())
                .started(ExecutionMode.SUPERVISED, PID, clock.instant());
        process = new SupervisedProcess(
                running,
                PID,
                OpenFiles.NONE,
                guest,
                share,
                new OutputLimit(GuestSettings.MAX_OUTPUT_BYTES, () -> Long.MAX_VALUE),
                new StoppedVm(settings.stoppedForGood(), now::get),
                EarliestStart.now(UUID.fromString(BOOT)),
                now::get);
        now.addAndGet(AGE.toNanos());
    }

    public GuestProcess.@Nullable Ending lookAfter(Duration time) throws InterruptedException {
        now.addAndGet(time.toNanos());
        return process.look((chunks, size) -> kept.addAll(chunks));
    }

    /** Its agent is there again, and knows nothing. */
    void restartAgent() {
        agent = FakeAgent.start(socket);
        agent.on("guest-exec-status", UNKNOWN);
    }

    /** What the agent says of the command. */
    public void answerStatus(FakeAgent.Answer answer) {
        agent.on("guest-exec-status", answer);
    }

    /** What the guest says of the command when a script asks; before that, the agent has its say. */
    void answerInspection(String words) {
        agent.on("guest-exec", (request, wire) -> {
            agent.on("guest-exec-status", (status, reply) -> {
                if (status.arguments().contains(Long.toString(PID))) {
                    UNKNOWN.answer(status, reply);
                } else {
                    reply.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \""
                            + base64("bellhop " + id + " inspect " + words + "\n") + "\"}");
                }
            });
            wire.reply("{\"pid\": 5}");
        });
    }

    /** A supervisor's last words. */
    public FakeAgent.Answer ended(String stdout, String words) {
        return (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \"" + base64(stdout)
                + "\", \"err-data\": \"" + base64("bellhop " + id + " " + words + "\n") + "\"}");
    }

    /** Whether a script was sent that removes the files of this execution. */
    public boolean isRemoved(ExecutionId one) {
        return agent.requests().stream()
                .map(FakeAgent.Request::arguments)
                .anyMatch(arguments -> arguments.contains(": remove") && arguments.contains(one.toString()));
    }

    public static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        share.close();
        vm.close();
        agent.close();
    }
}
