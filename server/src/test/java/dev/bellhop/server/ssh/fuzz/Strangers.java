// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.fuzz;

import static dev.bellhop.server.ssh.fuzz.Fields.join;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.common.SshConstants;

/** Who speaks no SSH, or begins to and goes on otherwise, before anything is encrypted. */
final class Strangers {
    private static final int END_MILLIS = 30_000;
    private static final List<String> LINES = List.of(
            "SSH-2.0-fuzz\r\n",
            "SSH-2.0-fuzz with a comment\n",
            "SSH-1.99-old\r\n",
            "SSH-1.5-older\r\n",
            "SSH-2.0-\r\n",
            "SSH-\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "hello\r\nSSH-2.0-after a line\r\n",
            "\r\n\r\n\0\n",
            "SSH-2.0-" + "x".repeat(300) + "\r\n",
            "x".repeat(40_000),
            "");

    /** What a client offers, of which most is known here. */
    private static final byte[] OFFERS = Fields.message(
            SshConstants.SSH_MSG_KEXINIT,
            // The cookie, as numbers.
            1,
            2,
            3,
            4,
            "mlkem768x25519-sha256,curve25519-sha256,ext-info-c,kex-strict-c-v00@openssh.com",
            "ssh-ed25519,ecdsa-sha2-nistp256",
            "aes256-gcm@openssh.com,aes128-ctr",
            "aes256-gcm@openssh.com,aes128-ctr",
            "hmac-sha2-256-etm@openssh.com",
            "hmac-sha2-256-etm@openssh.com",
            "none",
            "none",
            "",
            "",
            false,
            0);

    private final Mutator mutator;
    private final List<Socket> open = new ArrayList<>();

    Strangers(Mutator mutator) {
        this.mutator = mutator;
    }

    /** Connects and says something. */
    void come(InetSocketAddress server) throws IOException {
        Socket socket = new Socket(server.getAddress(), server.getPort());
        open.add(socket);
        try {
            socket.setSoTimeout(END_MILLIS);
            socket.getOutputStream().write(said());
            if (mutator.oneIn(4)) {
                socket.shutdownOutput();
            } else if (mutator.oneIn(4)) {
                // Ends it by a reset.
                socket.setSoLinger(true, 0);
                socket.close();
            }
        } catch (IOException e) {
            // It was cut off already.
        }
    }

    private byte[] said() {
        if (mutator.oneIn(3)) {
            byte[] line = mutator.oneOf(LINES).getBytes(StandardCharsets.ISO_8859_1);
            return join(mutator.oneIn(3) ? mutator.garbage(300) : new byte[0], line, mutator.garbage(2_000));
        }
        byte[] said = LINES.getFirst().getBytes(StandardCharsets.US_ASCII);
        for (int i = mutator.below(4); i >= 0; i--) {
            said = join(said, packet(message()));
        }
        return said;
    }

    private byte[] message() {
        return switch (mutator.below(6)) {
            case 0 -> OFFERS;
            case 1 -> mutator.garbage(400);
            // The first of the key exchange: a point, of the right length and of others.
            case 2 ->
                mutator.spoil(Fields.message(
                        SshConstants.SSH_MSG_KEXDH_INIT, mutator.oneIn(2) ? new byte[1_216] : mutator.garbage(64)));
            case 3 -> Fields.message(mutator.below(256), mutator.edge(), "fuzz", mutator.garbage(40));
            default -> mutator.spoil(OFFERS);
        };
    }

    /** A packet that nothing encrypts (RFC 4253, section 6), with a length that is often another one. */
    private byte[] packet(byte[] content) {
        int padding = 4 + (Long.BYTES - (5 + content.length + 4) % Long.BYTES) % Long.BYTES;
        int length = mutator.oneIn(4) ? mutator.edge() : 1 + content.length + padding;
        byte said = (byte) (mutator.oneIn(6) ? mutator.below(256) : padding);
        return join(ByteBuffer.allocate(5).putInt(length).put(said).array(), content, new byte[padding]);
    }

    /** Waits until the server has ended all of them, and tells how many it does not end. */
    int leftOpen() throws IOException {
        int left = 0;
        for (Socket socket : open) {
            left += ends(socket) ? 0 : 1;
            socket.close();
        }
        open.clear();
        return left;
    }

    private static boolean ends(Socket socket) {
        if (socket.isClosed()) {
            return true;
        }
        try {
            socket.getInputStream().readAllBytes();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
