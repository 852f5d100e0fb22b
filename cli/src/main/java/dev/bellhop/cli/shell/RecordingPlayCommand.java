// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.terminal.RecordingView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.InterruptHandler;
import dev.bellhop.cli.command.SecondsConverter;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "play",
        description = "Play the recording of a terminal in this terminal. Needs the scope terminal:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Ctrl-C ends it. Where standard output is no terminal, the text is printed at once and nothing else of it.",
            "",
            "What is played is what programs in the guest have printed. What would have this terminal answer or report"
                    + " something is left out; use a terminal all the same that you would use for a machine that you do"
                    + " not trust.",
            "",
            "Exit codes: 0 done, 1 failed, 130 Ctrl-C.",
            "",
            "Examples:",
            "  bellhop recording play 019c1379-5a10-7cc3-8d25-6f1f7f3f2c21",
            "  bellhop recording play --speed 4 --idle-limit 1s $id"
        })
final class RecordingPlayCommand extends ClientCommand {
    private static final double MAX_SPEED = 1000;

    @Option(names = "--speed", paramLabel = "FACTOR", description = "How many times as fast as it was. Default: 1.")
    private double speed = 1;

    @Option(
            names = "--idle-limit",
            paramLabel = "TIME",
            converter = SecondsConverter.class,
            description = "No pause is longer than this, such as 2s. Default: as it was.")
    private @Nullable Integer idleLimit;

    @Parameters(paramLabel = "ID", description = "The id of the terminal, from 'bellhop recording list'.")
    private String id = "";

    RecordingPlayCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        if (!(speed > 0 && speed <= MAX_SPEED)) {
            throw new CliException("Cannot play at this speed; it is a number above 0, at most 1000");
        }
        RecordingView recording = client.recordings().get(id);
        if (Boolean.FALSE.equals(recording.complete())) {
            terminal.say("something is missing in this recording");
        }
        CastPlayer.Pace pace = new CastPlayer.Pace(speed, idleLimit == null ? null : Duration.ofSeconds(idleLimit));
        boolean isTerminal = terminal.columns() > 0;
        CastPlayer player = new CastPlayer(terminal, pace, isTerminal ? Thread::sleep : null);
        Thread playing = Thread.currentThread();
        AtomicBoolean stopped = new AtomicBoolean();
        Runnable stop = () -> {
            stopped.set(true);
            playing.interrupt();
        };
        try (InterruptHandler _ = new InterruptHandler(stop);
                InputStream cast = client.recordings().read(recording.vmid(), recording.id(), false)) {
            player.play(cast);
            return ExitCodes.OK;
        } catch (IOException e) {
            throw new CliException("Cannot read the recording to its end because the connection broke");
        } catch (InterruptedException | CliException e) {
            // A connection that is interrupted looks broken.
            if (stopped.get()) {
                return ExitCodes.INTERRUPTED;
            }
            throw e;
        }
    }
}
