// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.question.QuestionKind;
import dev.bellhop.server.guest.question.QuestionKind.Done;
import dev.bellhop.server.terminal.PtyEnd;
import dev.bellhop.server.terminal.PtyOutput;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.PtyWay;
import dev.bellhop.server.terminal.Ptys;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.TerminalModes;
import dev.bellhop.server.terminal.TerminalSettings;
import dev.bellhop.server.terminal.WindowSize;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Ptys in guests. */
final class PtyOrders {
    private static final Pattern REASON = Pattern.compile("[a-z_]{1,32}");
    private static final Duration SHORT = Duration.ofSeconds(15);

    /** For a command that reads nothing, until its typist is told so and asks again. */
    static final Duration MAX_WRITE = Duration.ofSeconds(8);

    static final QuestionKind<Open, Opened> OPEN =
            QuestionKind.change("pty-open", Open.class, Opened.class, "Cannot open a terminal", Duration.ofSeconds(30));
    static final QuestionKind<Read, Output> READ =
            QuestionKind.step("pty-read", Read.class, Output.class, "Cannot read from this terminal", SHORT);
    static final QuestionKind<Write, Done> WRITE =
            QuestionKind.step("pty-write", Write.class, Done.class, "Cannot type in this terminal", SHORT);
    static final QuestionKind<Resize, Done> RESIZE =
            QuestionKind.step("pty-resize", Resize.class, Done.class, "Cannot change the size of this terminal", SHORT);
    static final QuestionKind<OfPty, Done> HANG_UP =
            QuestionKind.step("pty-hang-up", OfPty.class, Done.class, "Cannot hang up this terminal", SHORT);
    static final QuestionKind<OfPty, Done> FORGET =
            QuestionKind.step("pty-forget", OfPty.class, Done.class, "Cannot forget this terminal", SHORT);

    private PtyOrders() {}

    record Size(int cols, int rows) {
        static Size of(WindowSize size) {
            return new Size(size.cols(), size.rows());
        }

        private WindowSize windowSize() {
            if (cols < 1 || cols > WindowSize.MAX || rows < 1 || rows > WindowSize.MAX) {
                throw new WireFormatException(Size.class, "");
            }
            return new WindowSize(cols, rows);
        }
    }

    /**
     * As {@link PtySpec}.
     *
     * @param login of a terminal over SSH; absent from API servers that do not know it yet, as {@code modes} are
     * @param most that there may be in the VM; absent from API servers that do not say it yet
     */
    record Open(
            UUID id,
            Size size,
            String user,
            @Nullable String cwd,
            Map<String, String> env,
            List<String> argv,
            @Nullable LoginSession login,
            @Nullable String modes,
            @Nullable Integer most) {
        static Open of(TerminalId id, PtySpec spec, int most) {
            TerminalModes modes = spec.modes();
            return new Open(
                    id.value(),
                    Size.of(spec.size()),
                    spec.user(),
                    spec.cwd(),
                    spec.env(),
                    spec.argv(),
                    spec.login(),
                    modes == null ? null : modes.text(),
                    most);
        }

        private PtySpec spec() {
            return new PtySpec(size.windowSize(), user, cwd, env, argv, login, terminalModes());
        }

        private @Nullable TerminalModes terminalModes() {
            try {
                return modes == null ? null : new TerminalModes(modes);
            } catch (IllegalArgumentException e) {
                throw new WireFormatException(Open.class, "");
            }
        }

        @Override
        public String toString() {
            return "Open[" + id + "]";
        }
    }

    /**
     * By which way a pty is reached.
     *
     * @param transport absent where that is not known, and from nodes that do not say it yet
     * @param reason as in {@link PtyWay}
     */
    record Opened(@Nullable String transport, @Nullable String reason) {
        private static Opened of(Optional<PtyWay> way) {
            return new Opened(
                    way.map(known -> known.transport().wireName()).orElse(null),
                    way.map(PtyWay::reason).orElse(null));
        }

        /** What a newer node may say is not known here. */
        Optional<PtyWay> way() {
            return WireTransport.parse(transport)
                    .map(known -> new PtyWay(
                            known, reason != null && REASON.matcher(reason).matches() ? reason : null));
        }
    }

    record Read(UUID id, long offset, int limit, Duration longest) {}

    /**
     * As {@link PtyOutput}.
     *
     * @param ended whether the command has; how is absent where nobody knows
     */
    @SuppressWarnings("ArrayRecordComponent") // On its way.
    record Output(
            byte[] bytes,
            boolean ended,
            @Nullable Integer exitCode,
            @Nullable Integer signal) {
        private static Output of(PtyOutput output) {
            PtyEnd end = output.end();
            return new Output(
                    output.bytes(),
                    end != null,
                    end == null ? null : end.exitCode(),
                    end == null ? null : end.signal());
        }

        PtyOutput output() {
            return new PtyOutput(bytes, ended ? new PtyEnd(exitCode, signal) : null);
        }

        @Override
        public String toString() {
            return "Output[bytes=" + bytes.length + "]";
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // On its way.
    record Write(UUID id, long offset, byte[] bytes, Duration longest) {
        @Override
        public String toString() {
            return "Write[" + id + ", bytes=" + bytes.length + "]";
        }
    }

    record Resize(UUID id, Size size) {}

    record OfPty(UUID id) {}

    private interface Waiting<T> {
        T get() throws InterruptedException;
    }

    private static <T> T whileServing(Waiting<T> work) {
        try {
            return work.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BellhopException(
                    ErrorCode.AGENT_UNAVAILABLE, "Cannot go on with this terminal because the VM's node stops");
        }
    }

    static void serve(GuestOrderTable node, OpenPtys ptys) {
        node.put(OPEN, (vm, open, longest) -> {
            int most = OpenByVm.most(open.most, TerminalSettings.MAX_COUNT);
            return Opened.of(ptys.open(vm, new TerminalId(open.id), open.spec(), most));
        });
        node.put(READ, (vm, read, longest) -> {
            int limit = Math.clamp(read.limit, 1, Ptys.MAX_BYTES);
            Duration wait = shorter(read.longest, longest);
            return whileServing(() -> Output.of(ptys.read(vm, new TerminalId(read.id), read.offset, limit, wait)));
        });
        node.put(
                WRITE,
                (vm, write, longest) -> whileServing(() -> {
                    Duration wait = shorter(write.longest, longest);
                    ptys.write(vm, new TerminalId(write.id), write.offset, write.bytes, wait);
                    return new Done();
                }));
        node.put(RESIZE, (vm, resize, longest) -> {
            ptys.resize(vm, new TerminalId(resize.id), resize.size.windowSize());
            return new Done();
        });
        node.put(HANG_UP, (vm, pty, longest) -> {
            ptys.hangUp(vm, new TerminalId(pty.id));
            return new Done();
        });
        node.put(FORGET, (vm, pty, longest) -> {
            ptys.forget(vm, new TerminalId(pty.id));
            return new Done();
        });
    }

    static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
