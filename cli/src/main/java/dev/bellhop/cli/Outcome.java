// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.v2.ExecutionView;
import java.util.List;
import java.util.stream.Collectors;

/** What the end of a command means to whoever waited for it: an exit code, and words where that alone would mislead. */
final class Outcome {

    /** The exit code for "there is none from the guest", as ssh has it. */
    static final int EXIT_FAILED = 255;

    /** The command has an exit code, and some of its output is missing here. */
    static final int EXIT_INCOMPLETE = 125;

    /** As timeout(1) has it. */
    static final int EXIT_TIMED_OUT = 124;

    /** As a process that Ctrl-C has ended, 128 + SIGINT. */
    static final int EXIT_CTRL_C = 130;

    /** As a process that wrote to a pipe without a reader, 128 + SIGPIPE. */
    static final int EXIT_NO_READER = 141;

    private static final String LOST = "lost";

    private final Terminal terminal;

    Outcome(Terminal terminal) {
        this.terminal = terminal;
    }

    /**
     * Says what there is to say, and returns the exit code to end with.
     *
     * @param received what of its output has come here
     */
    int tell(ExecutionView end, Received received) {
        boolean missing = sayWhatIsMissing(end, received);
        int code = tell(end);
        if (!missing || code == EXIT_FAILED) {
            return code;
        }
        terminal.say("The exit code would be " + code + " if no output were missing; it is " + EXIT_INCOMPLETE);
        return EXIT_INCOMPLETE;
    }

    /** The same for one of whose output nobody wants more. */
    int tell(ExecutionView end) {
        return switch (end.state()) {
            case "exited" -> exited(end);
            case "timed_out" -> {
                terminal.say("The command was ended because it ran for longer than " + end.timeoutSeconds() + " s");
                yield EXIT_TIMED_OUT;
            }
            case "cancelled" -> failed("The command was cancelled");
            case LOST -> failed("Cannot tell how the command ended: it was lost" + because(end) + "; it may have run");
            case "rejected" -> failed("The command was not started" + because(end));
            default -> failed("Cannot tell how the command ended: its state is " + end.state());
        };
    }

    /** Says what the guest wrote, or may have written, and is not here; whether there is anything. */
    boolean sayWhatIsMissing(ExecutionView end, Received received) {
        List<Received.Gap> gaps = received.gaps(end);
        if (gaps.isEmpty()) {
            return false;
        }
        String what = gaps.stream().map(Received.Gap::toString).collect(Collectors.joining("; "));
        if (gaps.stream().anyMatch(Received.Gap::removed)) {
            terminal.say("Output is missing because the server has removed it meanwhile: " + what);
        } else if (end.state().equals(LOST) && gaps.stream().allMatch(gap -> gap.to() == null)) {
            terminal.say("Output may be missing because nobody knows how the command ended: " + what);
        } else {
            terminal.say("Output is missing because the command wrote more than is kept: " + what
                    + ".\nLet the command write to a file in the guest, or have the server keep more"
                    + " (maxOutputBytes)");
        }
        return true;
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
