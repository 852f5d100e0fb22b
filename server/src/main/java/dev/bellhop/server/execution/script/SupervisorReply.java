// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.execution.ExecutionId;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a supervisor says when it has ended. Its stdout is the head of the command's; its stderr the same of the other
 * stream, and after that one line of its own, {@code bellhop ID …}. It prints its stdout last, so how it exits tells whether
 * it could. A guest can say anything, so what is not exactly as
 * a supervisor says it counts as {@link Silent}.
 */
public sealed interface SupervisorReply {
    /** The longest last line is 125 bytes. */
    int MAX_LINE_BYTES = 160;

    Pattern LINE = Pattern.compile("bellhop ([0-9a-f-]{36}) (?:"
            + "(?<cause>exited|timed_out|cancelled) (?<code>0|[1-9][0-9]{0,2}) (?<out>[01]) (?<err>[01x])"
            + "(?: (?<boot>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}))?"
            + "|taken (?<pid>[1-9][0-9]{0,9}|void|\\?)"
            + "|(?<nospool>nospool))\n");

    /**
     * The command has ended.
     *
     * @param boot the guest's boot; absent where an older server has sent the supervisor
     */
    record Ended(
            CommandEnd end,
            Head stdout,
            Head stderr,
            @Nullable UUID boot) implements SupervisorReply {}

    /**
     * The execution had been claimed before, and this start has run nothing.
     *
     * @param pid of the supervisor that has claimed it; absent where it is not known or the claim is void
     * @param isVoid whether it was claimed so that it can never run
     */
    record Taken(@Nullable Long pid, boolean isVoid) implements SupervisorReply {}

    /** There is no spool, and nothing was run: it cannot be written to, is full, or is not the agent's own. */
    record NoSpool() implements SupervisorReply {}

    /** Another execution's: the guest has used the pid again. Nothing of it may be taken for this one's. */
    record Foreign() implements SupervisorReply {}

    /** It was killed, or is no supervisor: what became of the command is in the spool, if anywhere. */
    record Silent() implements SupervisorReply {}

    /**
     * The first bytes of a stream.
     *
     * @param bytes absent when the guest could not give them; the spool has them
     * @param whole whether that was all when the command ended
     */
    @SuppressWarnings("ArrayRecordComponent") // Up to 64 KiB of output: a copy a reader would cost more than it guards.
    record Head(byte @Nullable [] bytes, boolean whole) {
        @Override
        public String toString() {
            return "Head[bytes=" + (bytes == null ? "absent" : bytes.length) + ", whole=" + whole + "]";
        }
    }

    /** Reads what the agent gave for a supervisor that has exited. */
    static SupervisorReply parse(ExecStatus status, ExecutionId id, Spool spool) {
        byte[] stderr = status.stderr();
        int from = Math.max(0, stderr.length - MAX_LINE_BYTES);
        String tail = new String(stderr, from, stderr.length - from, StandardCharsets.ISO_8859_1);
        int begin = tail.lastIndexOf("bellhop ");
        if (begin < 0) {
            return new Silent();
        }
        Matcher line = LINE.matcher(tail.substring(begin));
        if (!line.matches()) {
            return new Silent();
        }
        if (!line.group(1).equals(id.toString())) {
            return new Foreign();
        }
        if (line.group("nospool") != null) {
            return new NoSpool();
        }
        String pid = line.group("pid");
        if (pid != null) {
            boolean known = Character.isDigit(pid.charAt(0));
            return new Taken(known ? Long.valueOf(pid) : null, pid.equals("void"));
        }
        byte[] head = new byte[from + begin];
        System.arraycopy(stderr, 0, head, 0, head.length);
        Integer code = status.exitCode();
        boolean printed = status.signal() == null && code != null && code == 0;
        Optional<Head> out = printed
                ? head(line.group("out"), status.stdout(), spool.headBytes())
                : Optional.of(new Head(null, false));
        Optional<Head> err = head(line.group("err"), head, spool.headBytes());
        Optional<CommandEnd> end = CommandEnd.of(line.group("cause"), line.group("code"));
        String boot = line.group("boot");
        return end.isPresent() && out.isPresent() && err.isPresent()
                ? new Ended(end.get(), out.get(), err.get(), boot == null ? null : UUID.fromString(boot))
                : new Silent();
    }

    private static Optional<Head> head(String sign, byte[] bytes, int limit) {
        return switch (sign) {
            case "0" -> bytes.length == 0 ? Optional.of(new Head(bytes, true)) : Optional.empty();
            case "1" ->
                bytes.length >= 1 && bytes.length <= limit
                        ? Optional.of(new Head(bytes, bytes.length < limit))
                        : Optional.empty();
            default -> Optional.of(new Head(null, false));
        };
    }
}
