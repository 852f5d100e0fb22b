// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.terminal.Terminal;
import java.util.List;
import java.util.stream.Collectors;

/** Turns the end of a command into an exit code, and into a message where the code alone would mislead. */
final class ExitStatus {

    private static final String LOST = "lost";

    private final Terminal terminal;

    ExitStatus(Terminal terminal) {
        this.terminal = terminal;
    }

    /**
     * Says what there is to say and returns the exit code to end with.
     *
     * @param received how much of its output has arrived
     */
    int report(ExecutionView end, ReceivedOutput received) {
        boolean missing = sayIfOutputIsMissing(end, received);
        int code = report(end);
        if (!missing || code == ExitCodes.ERROR) {
            return code;
        }
        terminal.say(
                "The exit code would be " + code + " if no output were missing; it is " + ExitCodes.OUTPUT_INCOMPLETE);
        return ExitCodes.OUTPUT_INCOMPLETE;
    }

    /** The same for one whose output nobody reads any more. */
    int report(ExecutionView end) {
        return switch (end.state()) {
            case "exited" -> exited(end);
            case "timed_out" -> {
                terminal.say("The command was ended because it ran for longer than " + end.timeoutSeconds() + " s");
                yield ExitCodes.TIMED_OUT;
            }
            case "cancelled" -> failed("The command was cancelled");
            case LOST -> failed("Cannot tell how the command ended: it was lost" + because(end) + "; it may have run");
            case "rejected" -> failed("The command was not started" + because(end));
            default -> failed("Cannot tell how the command ended: its state is " + end.state());
        };
    }

    /** Says which output is missing, or may be; whether there is any. */
    boolean sayIfOutputIsMissing(ExecutionView end, ReceivedOutput received) {
        List<ReceivedOutput.Gap> gaps = received.gaps(end);
        if (gaps.isEmpty()) {
            return false;
        }
        String what = gaps.stream().map(ReceivedOutput.Gap::toString).collect(Collectors.joining("; "));
        if (gaps.stream().anyMatch(ReceivedOutput.Gap::removed)) {
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
        return code >= 0 && code <= ExitCodes.ERROR
                ? code
                : failed("The command ended with exit code " + code + ", which no process here can end with");
    }

    private static String because(ExecutionView end) {
        return end.reason() == null ? "" : " (" + end.reason() + ")";
    }

    private int failed(String why) {
        terminal.say(why);
        return ExitCodes.ERROR;
    }
}
