// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.guest.GuestScriptRunner;
import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Runs what a user of a guest would run, as the user of the test, with a folder as the home. */
final class HomeRunner implements GuestScriptRunner {
    /** Before it there is what becomes the user. */
    private static final int OWN = 3;

    final Path home;
    /** Programs that are found before those of the system. */
    final Path programs;

    /** What happens right before each script. */
    Runnable before = () -> {};

    HomeRunner(Path home, Path programs) {
        this.home = home;
        this.programs = programs;
    }

    @Override
    public ExecStatus run(VmId vm, ExecCommand command, Deadline deadline) throws AgentException {
        before.run();
        List<String> argv = command.args().subList(OWN, command.args().size());
        ProcessBuilder builder = new ProcessBuilder(argv);
        Map<String, String> env = builder.environment();
        env.clear();
        env.put("HOME", home.toString());
        env.put("PATH", programs + ":/usr/bin:/bin");
        env.put("TZ", "CET-1");
        try {
            byte[] input = command.input();
            // A script that refuses at once reads none of it, which would break a pipe.
            Path stdin = Files.write(programs.resolve("stdin"), input == null ? new byte[0] : input);
            Process process = builder.redirectInput(stdin.toFile()).start();
            CompletableFuture<byte[]> stderr = CompletableFuture.supplyAsync(() -> {
                try {
                    return process.getErrorStream().readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            byte[] stdout = process.getInputStream().readAllBytes();
            return new ExecStatus(true, process.waitFor(), null, stdout, stderr.join(), false, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
