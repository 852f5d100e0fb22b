// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.fuzz;

import static dev.bellhop.server.ssh.fuzz.Fields.message;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.sshd.common.SshConstants;

/** Who has logged in, and opens and uses channels as no client does. */
final class Channels {
    private static final int MESSAGES = 40;
    private static final long ANSWER_MILLIS = 5_000;
    private static final String HUGE = "x".repeat(200_000);
    private static final List<String> KINDS = List.of(
            "session",
            "session",
            "direct-tcpip",
            "forwarded-tcpip",
            "x11",
            "auth-agent@openssh.com",
            "tun@openssh.com",
            "");
    private static final List<String> REQUESTS = List.of(
            "pty-req",
            "env",
            "shell",
            "exec",
            "subsystem",
            "window-change",
            "signal",
            "break",
            "exit-status",
            "exit-signal",
            "xon-xoff",
            "x11-req",
            "auth-agent-req@openssh.com",
            "eow@openssh.com",
            "keepalive@openssh.com",
            "",
            "\0\n%s");
    private static final List<String> GLOBALS = List.of(
            "tcpip-forward",
            "cancel-tcpip-forward",
            "streamlocal-forward@openssh.com",
            "no-more-sessions@openssh.com",
            "hostkeys-prove-00@openssh.com",
            "keepalive@openssh.com",
            "");

    private final Mutator mutator;
    private final Path folder;
    private final int port;
    private int nextOwn;

    /** How few messages of a connection are spoilt: most of these end it. */
    private int calm;

    /**
     * @param folder in which the caller may write files
     * @param port on this machine, which the caller may reach
     */
    Channels(Mutator mutator, Path folder, int port) {
        this.mutator = mutator;
        this.folder = folder;
        this.port = port;
    }

    /** Says something, and leaves without a word, or with its last one. */
    void use(DeafClient client, String login, String password) throws IOException, InterruptedException {
        calm = 1 + mutator.below(30);
        try (DeafClient.Connection connection = client.logIn(login, password).deaf()) {
            switch (mutator.below(4)) {
                case 0 -> files(connection);
                case 1 -> command(connection);
                case 2 -> forward(connection);
                default -> {}
            }
            for (int i = 0; i < MESSAGES && connection.isOpen(); i++) {
                byte[] next = next();
                connection.send(mutator.oneIn(calm) ? mutator.spoil(next) : next);
            }
            if (mutator.oneIn(6)) {
                connection.sendRaw(mutator.garbage(100));
            }
            finish(connection);
        }
    }

    /** Leaves it to the caller to cut it off: at once, after a last word, or a moment later. */
    private void finish(DeafClient.Connection connection) throws InterruptedException {
        switch (mutator.below(4)) {
            case 0 -> {}
            case 1 -> connection.send(message(SshConstants.SSH_MSG_DISCONNECT, mutator.edge(), "end", ""));
            default -> connection.answer(mutator.below(300));
        }
    }

    /** Opens a channel; tells what the server calls it, or -1. */
    private int open(DeafClient.Connection connection, byte[] opening) throws InterruptedException {
        connection.send(opening);
        for (byte[] answer = connection.answer(ANSWER_MILLIS);
                answer != null;
                answer = connection.answer(ANSWER_MILLIS)) {
            if (answer[0] == SshConstants.SSH_MSG_CHANNEL_OPEN_CONFIRMATION) {
                return ByteBuffer.wrap(answer).getInt(5);
            }
            if (answer[0] == SshConstants.SSH_MSG_CHANNEL_OPEN_FAILURE) {
                return -1;
            }
        }
        return -1;
    }

    private int session(DeafClient.Connection connection) throws InterruptedException {
        return open(connection, opening("session", 1 << 20, 32_768));
    }

    private byte[] opening(String kind, int window, int packet, Object... more) {
        return Fields.join(message(SshConstants.SSH_MSG_CHANNEL_OPEN, kind, nextOwn++, window, packet), rest(more));
    }

    /** Fields alone. */
    private static byte[] rest(Object... fields) {
        byte[] message = message(0, fields);
        return Arrays.copyOfRange(message, 1, message.length);
    }

    private void files(DeafClient.Connection connection) throws InterruptedException {
        int channel = session(connection);
        connection.send(request(channel, "subsystem", "sftp"));
        SftpMessages sftp = new SftpMessages(mutator, folder);
        connection.send(message(SshConstants.SSH_MSG_CHANNEL_DATA, channel, SftpMessages.first()));
        for (int i = 0; i < MESSAGES && connection.isOpen(); i++) {
            connection.send(message(SshConstants.SSH_MSG_CHANNEL_DATA, channel, sftp.next()));
        }
        // What is spoilt ends the session of sftp, at the latest its end does.
        connection.send(message(SshConstants.SSH_MSG_CHANNEL_EOF, channel));
        for (byte[] answer = connection.answer(ANSWER_MILLIS);
                answer != null && answer[0] != SshConstants.SSH_MSG_CHANNEL_CLOSE;
                answer = connection.answer(ANSWER_MILLIS)) {
            // Its answers, which nobody reads.
        }
    }

    private void command(DeafClient.Connection connection) throws InterruptedException {
        int channel = session(connection);
        if (mutator.oneIn(2)) {
            byte[] terminal = message(
                    SshConstants.SSH_MSG_CHANNEL_REQUEST,
                    channel,
                    "pty-req",
                    true,
                    "xterm",
                    80,
                    24,
                    0,
                    0,
                    mutator.garbage(20));
            connection.send(mutator.spoil(terminal));
        }
        connection.send(request(channel, "exec", mutator.oneIn(2) ? "cat" : "echo in"));
        connection.send(message(SshConstants.SSH_MSG_CHANNEL_DATA, channel, mutator.garbage(60_000)));
        if (mutator.oneIn(2)) {
            connection.send(message(SshConstants.SSH_MSG_CHANNEL_EOF, channel));
        }
    }

    private void forward(DeafClient.Connection connection) throws InterruptedException {
        int channel = open(connection, opening("direct-tcpip", 1 << 20, 32_768, "127.0.0.1", port, "127.0.0.1", 1));
        connection.send(message(SshConstants.SSH_MSG_CHANNEL_DATA, channel, mutator.garbage(60_000)));
        if (mutator.oneIn(2)) {
            connection.send(message(SshConstants.SSH_MSG_CHANNEL_EXTENDED_DATA, channel, 1, mutator.garbage(100)));
        }
    }

    private static byte[] request(int channel, String name, String argument) {
        return message(SshConstants.SSH_MSG_CHANNEL_REQUEST, channel, name, true, argument);
    }

    private byte[] next() {
        return switch (mutator.below(calm > 8 ? 11 : 14)) {
            case 0 ->
                opening(
                        mutator.oneOf(KINDS),
                        size(),
                        size(),
                        mutator.oneIn(2) ? "127.0.0.1" : "",
                        mutator.edge(),
                        "",
                        0);
            case 1 -> opening("direct-tcpip", size(), size(), mutator.oneIn(2) ? HUGE : "localhost", port, "::1", 1);
            case 2, 3, 4, 5 -> request();
            case 6 ->
                message(SshConstants.SSH_MSG_CHANNEL_DATA, channel(), mutator.oneIn(9) ? HUGE : mutator.garbage(900));
            case 7 ->
                message(SshConstants.SSH_MSG_CHANNEL_EXTENDED_DATA, channel(), mutator.edge(), mutator.garbage(900));
            case 8 -> message(SshConstants.SSH_MSG_CHANNEL_WINDOW_ADJUST, channel(), size());
            case 9 -> message(SshConstants.SSH_MSG_CHANNEL_EOF + mutator.below(2), channel());
            case 10 -> message(SshConstants.SSH_MSG_GLOBAL_REQUEST, mutator.oneOf(GLOBALS), true, "", port, HUGE);
            // Answers to nothing.
            case 11 ->
                message(
                        SshConstants.SSH_MSG_CHANNEL_OPEN_CONFIRMATION + mutator.below(2),
                        channel(),
                        size(),
                        size(),
                        size());
            case 12 -> message(SshConstants.SSH_MSG_CHANNEL_SUCCESS + mutator.below(2), channel());
            default -> transport();
        };
    }

    /** Of these, most end the connection. */
    private byte[] transport() {
        return switch (mutator.below(6)) {
            case 0 -> message(SshConstants.SSH_MSG_IGNORE, HUGE);
            case 1 -> message(SshConstants.SSH_MSG_UNIMPLEMENTED, mutator.edge());
            case 2 -> message(SshConstants.SSH_MSG_DEBUG, true, "\u001b[31m\n", "");
            case 3 -> message(SshConstants.SSH_MSG_KEXINIT, mutator.garbage(200));
            // Answers to nothing, too.
            case 4 -> message(SshConstants.SSH_MSG_REQUEST_SUCCESS + mutator.below(2), mutator.edge());
            default -> message(mutator.below(256), mutator.edge(), mutator.garbage(100));
        };
    }

    private byte[] request() {
        String name = mutator.oneOf(REQUESTS);
        byte[] start = message(SshConstants.SSH_MSG_CHANNEL_REQUEST, channel(), name, mutator.oneIn(2));
        byte[] more = switch (name) {
            case "pty-req" -> rest("xterm", size(), size(), size(), size(), mutator.garbage(40));
            case "env" -> rest(mutator.oneIn(2) ? "LANG" : "A=\0", mutator.oneIn(5) ? HUGE : "C");
            case "exec" -> rest(mutator.oneIn(2) ? "echo in" : mutator.oneIn(2) ? HUGE : "cat");
            case "subsystem" -> rest(mutator.oneIn(2) ? "sftp" : "");
            case "window-change" -> rest(size(), size(), size(), size());
            case "signal", "exit-signal" -> rest(mutator.oneIn(2) ? "TERM" : HUGE, true, "", "");
            case "shell" -> new byte[0];
            default -> mutator.garbage(40);
        };
        return Fields.join(start, more);
    }

    private int size() {
        return mutator.oneIn(2) ? 1 << 15 : mutator.edge();
    }

    /** The server counts them from 0 on. */
    private int channel() {
        return mutator.oneIn(8) ? mutator.edge() : mutator.below(3);
    }
}
