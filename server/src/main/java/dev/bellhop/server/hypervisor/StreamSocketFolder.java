// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.server.hypervisor.StreamPortException.Kind;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A folder for sockets that QEMU connects to for a moment: the server listens, tells QEMU to connect, accepts one
 * client and removes the socket. QEMU can run as another user, which needs no right to the server's files except to
 * traverse the folder. Another program that connects first is harmless: the guest must prove that the server has
 * contacted it through its agent. Thread safe.
 */
public final class StreamSocketFolder {
    /** The kernel stores a socket's path in 108 bytes, including the terminating zero. */
    private static final int MAX_PATH_BYTES = 107;

    private static final int NAME_BYTES = 8;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path wanted;

    /** Absent until needed. */
    private @Nullable Path folder;

    /** @param wanted created when needed; another folder is used if it is too long for a socket's path */
    public StreamSocketFolder(Path wanted) {
        this.wanted = wanted;
    }

    /** Makes the peer connect to a socket. */
    public interface Caller {
        void connectTo(Path socket) throws IOException, StreamPortException;
    }

    /**
     * Returns the channel of the peer that the caller told to connect.
     *
     * @throws IOException from the caller
     */
    public SocketChannel connected(Caller caller) throws IOException, StreamPortException {
        Path socket = socket();
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
            caller.connectTo(socket);
            // QEMU has connected before it answers, so accept() need not wait.
            listener.configureBlocking(false);
            SocketChannel channel = listener.accept();
            if (channel == null) {
                throw new StreamPortException(Kind.REFUSED, "QEMU did not connect to " + socket);
            }
            return channel;
        } finally {
            Files.deleteIfExists(socket);
        }
    }

    /**
     * Connects to a socket that QEMU listens on; absent if that fails, for example because the server may not open it.
     */
    public static @Nullable SocketChannel connect(Path socket) {
        try {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            boolean isConnected = false;
            try {
                isConnected = channel.connect(UnixDomainSocketAddress.of(socket));
            } finally {
                if (!isConnected) {
                    channel.close();
                }
            }
            return channel;
        } catch (IOException e) {
            return null;
        }
    }

    private synchronized Path socket() throws StreamPortException {
        byte[] name = new byte[NAME_BYTES];
        RANDOM.nextBytes(name);
        String file = HexFormat.of().formatHex(name) + ".sock";
        try {
            Path made = folder;
            if (made == null || !Files.isDirectory(made)) {
                made = fits(wanted, file) ? Files.createDirectories(wanted) : Files.createTempDirectory("bellhop");
                // Others can traverse the folder, not list it.
                Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwx--x--x"));
                folder = made;
            }
            return made.resolve(file);
        } catch (IOException e) {
            throw new StreamPortException(Kind.REFUSED, "the server cannot make its folder for sockets, " + wanted, e);
        }
    }

    private static boolean fits(Path folder, String file) {
        return folder.resolve(file).toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length
                <= MAX_PATH_BYTES;
    }

    /** Closes a channel and ignores errors. */
    public static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // For this process, it is closed.
        }
    }
}
