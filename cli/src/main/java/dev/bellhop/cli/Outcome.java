// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.v2.ExecutionView;
import org.jspecify.annotations.Nullable;

/** What the end of a command means to whoever waited for it: an exit code, and words where that alone would mislead. */
final class Outcome {

    /** The exit code for "there is none from the guest", as ssh has it. */
    static final int EXIT_FAILED = 255;

    /** As timeout(1) has it. */
    static final int EXIT_TIMED_OUT = 124;

    /** As a process that Ctrl-C has ended, 128 + SIGINT. */
    static final int EXIT_CTRL_C = 130;

    /** As a process that wrote to a pipe without a reader, 128 + SIGPIPE. */
    static final int EXIT_NO_READER = 141;

    private final Terminal terminal;

    Outcome(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Says what there is to say, and returns the exit code to end with. */
    int tell(ExecutionView end) {
        sayWhatIsMissing(end);
        return switch (end.state()) {
            case "exited" -> exited(end);
            case "timed_out" -> {
                terminal.say("The command was ended because it ran for longer than " + end.timeoutSeconds() + " s");
                yield EXIT_TIMED_OUT;
            }
            case "cancelled" -> failed("The command was cancelled");
            case "lost" ->
                failed("Cannot tell how the command ended: it was lost" + because(end) + "; it may have run");
            case "rejected" -> failed("The command was not started" + because(end));
            default -> failed("Cannot tell how the command ended: its state is " + end.state());
        };
    }

    /** Says what the guest wrote and nobody can read any more. */
    void sayWhatIsMissing(ExecutionView end) {
        if (Boolean.TRUE.equals(end.truncated())) {
            terminal.say("The output was longer than is kept" + sizes("stdout", end.stdoutBytes(), end.stdoutWritten())
                    + sizes("stderr", end.stderrBytes(), end.stderrWritten())
                    + ". Let the command write to a file in the guest");
        }
    }

    private static String sizes(String stream, @Nullable Long kept, @Nullable Long written) {
        return kept == null || written == null || written <= kept
                ? ""
                : "; " + stream + " was " + written + " bytes, of which the first " + kept + " are there";
    }

    private int exited(ExecutionView end) {
        Integer code = end.exitCode();
        if (code == null) {
            return failed("Cannot tell how the command ended because the guest did not say");
        }
        return code >= 0 && code <= EXIT_FAILED
                ? code
                : failed("The command ended with exit code " + code + ", which no process here can end with");
    }

    private static String because(ExecutionView end) {
        return end.reason() == null ? "" : " (" + end.reason() + ")";
    }

    private int failed(String why) {
        terminal.say(why);
        return EXIT_FAILED;
    }
}
