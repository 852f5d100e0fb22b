// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a guest knows of an execution.
 *
 * @param boot the guest's boot of now
 * @param end how the command ended; absent where it has not, or nobody could write it down
 * @param why what it is being ended for, or was; absent where it was left to end itself
 * @param stdoutBytes how much output there is by now; absent where there is no such file
 * @param stderrBytes the same of the other stream
 */
public record Inspection(
        Claim claim,
        UUID boot,
        @Nullable CommandEnd end,
        @Nullable ExecutionState why,
        Living living,
        @Nullable Long stdoutBytes,
        @Nullable Long stderrBytes) {

    private static final int MAX_BYTES = 512;
    private static final String UUID_TEXT = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    private static final Pattern LINE = Pattern.compile("bellhop (" + UUID_TEXT + ") inspect "
            + "(?:(?<claim>none|void|unfinished|earlier) - -|run (?<pid>[1-9][0-9]{0,9}) (?<claimBoot>" + UUID_TEXT
            + ")) "
            + "(?<boot>" + UUID_TEXT + ") "
            + "(?:none -|(?<cause>exited|timed_out|cancelled) (?<code>0|[1-9][0-9]{0,2})) "
            + "(?<why>none|timed_out|cancelled) (?<living>no|group|leader) "
            + "(?<out>-|0|[1-9][0-9]{0,17}) (?<err>-|0|[1-9][0-9]{0,17})\n");

    /** Who has claimed an execution. */
    public sealed interface Claim {
        /** Nobody: it was never started in this guest, or was removed. */
        record Nobody() implements Claim {}

        /** An inspection, so that it can never be started. */
        record Voided() implements Claim {}

        /** Somebody who has not said who: a start of this very moment, or one that the end of the guest cut off. */
        record Unfinished() implements Claim {}

        /** The guest was restarted since, and cannot tell: what it knew need not have been on its disk. */
        record Earlier() implements Claim {}

        /**
         * A supervisor.
         *
         * @param pid its process, and its process group
         * @param boot the guest's boot that this pid is of
         */
        record Run(long pid, UUID boot) implements Claim {}
    }

    /** What of an execution runs. */
    public enum Living {
        /** Nothing, as far as the guest can tell. */
        NO,
        /** Its supervisor is gone, and processes of its command are there. */
        GROUP,
        /** Its supervisor is there. */
        LEADER
    }

    /** Reads what the script printed; empty unless it is an inspection of this execution and of exactly that form. */
    public static Optional<Inspection> parse(byte[] stdout, ExecutionId id) {
        if (stdout.length > MAX_BYTES) {
            return Optional.empty();
        }
        Matcher line = LINE.matcher(new String(stdout, StandardCharsets.ISO_8859_1));
        if (!line.matches() || !line.group(1).equals(id.toString())) {
            return Optional.empty();
        }
        CommandEnd end = null;
        if (line.group("cause") != null) {
            end = CommandEnd.of(line.group("cause"), line.group("code")).orElse(null);
            if (end == null) {
                return Optional.empty();
            }
        }
        return Optional.of(new Inspection(
                claim(line),
                UUID.fromString(line.group("boot")),
                end,
                ExecutionState.parse(line.group("why")).orElse(null),
                Living.valueOf(line.group("living").toUpperCase(Locale.ROOT)),
                size(line.group("out")),
                size(line.group("err"))));
    }

    private static Claim claim(Matcher line) {
        String word = line.group("claim");
        if (word == null) {
            return new Claim.Run(Long.parseLong(line.group("pid")), UUID.fromString(line.group("claimBoot")));
        }
        return switch (word) {
            case "none" -> new Claim.Nobody();
            case "void" -> new Claim.Voided();
            case "earlier" -> new Claim.Earlier();
            default -> new Claim.Unfinished();
        };
    }

    private static @Nullable Long size(String digits) {
        return digits.equals("-") ? null : Long.valueOf(digits);
    }
}
