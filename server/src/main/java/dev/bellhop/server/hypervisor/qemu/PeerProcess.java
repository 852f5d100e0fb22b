// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Finds the process behind a Unix socket by asking the kernel ({@code SO_PEERCRED}, see unix(7)): QMP has no call that
 * tells QEMU's process id, and Java's own {@code SO_PEERCRED} leaves the pid out. Linux only.
 */
final class PeerProcess {
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM_NONBLOCK_CLOEXEC = 1 | 0x800 | 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;

    /** {@code sockaddr_un}: the family, then the path with its terminating zero. */
    private static final int PATH_OFFSET = 2;

    private static final int LONGEST_PATH = 107;

    /** {@code struct ucred}: pid, uid, gid. */
    private static final MemoryLayout UCRED = MemoryLayout.sequenceLayout(3, JAVA_INT);

    private PeerProcess() {}

    /** The process that listens on a socket; empty where there is none, or it lives in another pid namespace. */
    static Optional<Long> listeningOn(Path socket) {
        byte[] path = socket.toString().getBytes(StandardCharsets.UTF_8);
        if (path.length > LONGEST_PATH) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            int fd = (int) Libc.SOCKET.invokeExact(AF_UNIX, SOCK_STREAM_NONBLOCK_CLOEXEC, 0);
            if (fd < 0) {
                return Optional.empty();
            }
            try {
                return peerOf(fd, path, arena);
            } finally {
                int ignored = (int) Libc.CLOSE.invokeExact(fd);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a call into the C library failed", e);
        }
    }

    private static Optional<Long> peerOf(int fd, byte[] path, Arena arena) throws Throwable {
        int length = PATH_OFFSET + path.length + 1;
        MemorySegment address = arena.allocate(length);
        address.set(JAVA_SHORT, 0, (short) AF_UNIX);
        MemorySegment.copy(path, 0, address, java.lang.foreign.ValueLayout.JAVA_BYTE, PATH_OFFSET, path.length);
        if ((int) Libc.CONNECT.invokeExact(fd, address, length) != 0) {
            return Optional.empty();
        }
        MemorySegment credentials = arena.allocate(UCRED);
        MemorySegment size = arena.allocateFrom(JAVA_INT, (int) UCRED.byteSize());
        if ((int) Libc.GETSOCKOPT.invokeExact(fd, SOL_SOCKET, SO_PEERCRED, credentials, size) != 0) {
            return Optional.empty();
        }
        int pid = credentials.get(JAVA_INT, 0);
        return pid > 0 ? Optional.of((long) pid) : Optional.empty();
    }

    /** Bound when first asked for: servers without monitors never pay for it. */
    private static final class Libc {
        static final MethodHandle SOCKET = bind("socket", JAVA_INT, JAVA_INT, JAVA_INT);
        static final MethodHandle CONNECT = bind("connect", JAVA_INT, ADDRESS, JAVA_INT);
        static final MethodHandle GETSOCKOPT = bind("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
        static final MethodHandle CLOSE = bind("close", JAVA_INT);

        @SuppressWarnings(
                "restricted") // The signatures are those of the C library; a wrong one could crash the process.
        private static MethodHandle bind(String name, MemoryLayout... arguments) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(
                    linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(JAVA_INT, arguments));
        }
    }
}
