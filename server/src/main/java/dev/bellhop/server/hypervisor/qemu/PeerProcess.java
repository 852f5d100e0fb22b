// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the process behind a Unix socket by asking the kernel ({@code SO_PEERCRED}, see unix(7)): no QMP command
 * returns QEMU's process id, and Java's own {@code SO_PEERCRED} omits the pid. Linux only.
 */
final class PeerProcess {
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM_NONBLOCK_CLOEXEC = 1 | 0x800 | 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;

    /** {@code sockaddr_un}: the family, then the path with its terminating zero. */
    private static final int PATH_OFFSET = 2;

    private static final int MAX_PATH_LENGTH = 107;

    /** errno values of Linux on all its common machines. */
    private static final int ENOENT = 2;

    private static final int EAGAIN = 11;
    private static final int ENOTDIR = 20;
    private static final int ECONNREFUSED = 111;

    /** {@code struct ucred}: pid, uid, gid. */
    private static final MemoryLayout UCRED = MemoryLayout.sequenceLayout(3, JAVA_INT);

    private PeerProcess() {}

    /**
     * @param pid the process that listens; absent if there is none, or it is unknown, for example in another pid
     *     namespace
     */
    record Listener(Presence presence, @Nullable Long pid) {}

    enum Presence {
        SOMEBODY,
        /** A process listens, but has accepted no connection lately: the queue is full. */
        CROWDED,
        /** There is no socket, or the process that made it has ended. */
        NOBODY,
        /** The kernel gives no answer, for example because this process may not use the socket. */
        UNTOLD
    }

    /** Returns the process that listens on a socket; empty if there is none, or it is in another pid namespace. */
    static Optional<Long> listeningOn(Path socket) {
        return Optional.ofNullable(listener(socket).pid());
    }

    /** Finds the listener by connecting, and disconnects immediately. */
    static Listener listener(Path socket) {
        byte[] path = socket.toString().getBytes(StandardCharsets.UTF_8);
        if (path.length > MAX_PATH_LENGTH) {
            return new Listener(Presence.UNTOLD, null);
        }
        try (Arena arena = Arena.ofConfined()) {
            int fd = (int) Libc.SOCKET.invokeExact(AF_UNIX, SOCK_STREAM_NONBLOCK_CLOEXEC, 0);
            if (fd < 0) {
                return new Listener(Presence.UNTOLD, null);
            }
            try {
                return listener(fd, path, arena);
            } finally {
                int ignored = (int) Libc.CLOSE.invokeExact(fd);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a call into the C library failed", e);
        }
    }

    private static Listener listener(int fd, byte[] path, Arena arena) throws Throwable {
        int length = PATH_OFFSET + path.length + 1;
        MemorySegment address = arena.allocate(length);
        address.set(JAVA_SHORT, 0, (short) AF_UNIX);
        MemorySegment.copy(path, 0, address, JAVA_BYTE, PATH_OFFSET, path.length);
        MemorySegment callState = arena.allocate(Libc.CALL_STATE);
        if ((int) Libc.CONNECT.invokeExact(callState, fd, address, length) != 0) {
            return switch ((int) Libc.ERRNO.get(callState, 0L)) {
                case ENOENT, ENOTDIR, ECONNREFUSED -> new Listener(Presence.NOBODY, null);
                case EAGAIN -> new Listener(Presence.CROWDED, null);
                default -> new Listener(Presence.UNTOLD, null);
            };
        }
        MemorySegment credentials = arena.allocate(UCRED);
        MemorySegment size = arena.allocateFrom(JAVA_INT, (int) UCRED.byteSize());
        boolean told = (int) Libc.GETSOCKOPT.invokeExact(fd, SOL_SOCKET, SO_PEERCRED, credentials, size) == 0;
        int pid = told ? credentials.get(JAVA_INT, 0) : 0;
        return new Listener(Presence.SOMEBODY, pid > 0 ? (long) pid : null);
    }

    /** Bound on first use, so servers without monitors never pay for it. */
    private static final class Libc {
        static final MethodHandle SOCKET =
                bind("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
        static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
        static final VarHandle ERRNO = CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
        static final MethodHandle CONNECT = bind(
                "connect",
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT),
                Linker.Option.captureCallState("errno"));
        static final MethodHandle GETSOCKOPT =
                bind("getsockopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
        static final MethodHandle CLOSE = bind("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

        @SuppressWarnings("restricted") // The signatures are the C library's; a wrong one could crash the process.
        private static MethodHandle bind(String name, FunctionDescriptor descriptor, Linker.Option... options) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
        }
    }
}
