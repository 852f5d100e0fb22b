// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.stream.StreamConnection.Heartbeat;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The script as a guest runs it, on this machine and with a Unix socket in place of the port. */
record ScriptGuest(Process launched, StreamConnection stream, CountDownLatch lost) implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    /** Of its programs. */
    static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static final byte[] NONCE = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    static ScriptGuest start(Multiplexer multiplexer, Path folder) throws Exception {
        Path socket = folder.resolve("port.sock");
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(socket));
            Process process = launch(multiplexer, socket, NONCE);
            CountDownLatch lost = new CountDownLatch(1);
            StreamConnection stream;
            try {
                stream = StreamConnection.start(accept(listener), NONCE, Heartbeat.USUAL, lost::countDown);
            } catch (IOException e) {
                process.destroyForcibly();
                throw e;
            }
            ScriptGuest guest = new ScriptGuest(process, stream, lost);
            boolean greeted = false;
            try {
                greeted = stream.awaitReady(soon());
            } finally {
                if (!greeted) {
                    guest.close();
                }
            }
            if (!greeted) {
                throw new IOException("The script does not greet");
            }
            return guest;
        }
    }

    private static SocketChannel accept(ServerSocketChannel listener) throws IOException {
        listener.configureBlocking(false);
        try (Selector selector = Selector.open()) {
            listener.register(selector, SelectionKey.OP_ACCEPT);
            if (selector.select(TIMEOUT.toMillis()) == 0) {
                throw new IOException("The script does not connect");
            }
            return listener.accept();
        }
    }

    /** As the agent does. */
    static Process launch(Multiplexer multiplexer, Path socket, byte[] nonce) throws IOException {
        List<String> command = new ArrayList<>(List.of("/bin/sh"));
        command.addAll(multiplexer.shellArguments());
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.INHERIT);
        // Not what stands in front of the system's own programs here.
        builder.environment().put("PATH", PATH);
        Process process = builder.start();
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(multiplexer.program(socket.toString(), nonce));
        }
        return process;
    }

    static Deadline soon() {
        return Deadline.after(TIMEOUT);
    }

    /** All that comes until the end. */
    static byte[] all(ChannelReader reader) throws StreamException {
        java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
        Deadline deadline = soon();
        while (true) {
            var read = reader.read(1 << 20, deadline);
            if (read.isEmpty()) {
                return all.toByteArray();
            }
            if (read.get().length == 0) {
                throw new AssertionError("no end in time, after " + all.size() + " bytes");
            }
            all.writeBytes(read.get());
        }
    }

    static String text(ChannelReader reader) throws StreamException {
        return new String(all(reader), StandardCharsets.UTF_8);
    }

    /** Reads until the text ends so. */
    static String until(ChannelReader reader, String end) throws StreamException {
        StringBuilder read = new StringBuilder();
        Deadline deadline = soon();
        while (!read.toString().endsWith(end)) {
            byte[] part = reader.read(1, deadline).orElseThrow(() -> new AssertionError("ended after: " + read));
            if (part.length == 0) {
                throw new AssertionError("no more in time, after: " + read);
            }
            read.append(new String(part, StandardCharsets.ISO_8859_1));
        }
        return read.toString();
    }

    static void type(ChannelWriter writer, String text) throws StreamException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (writer.write(bytes, 0, bytes.length, soon()) != bytes.length) {
            throw new AssertionError("not read in time");
        }
    }

    @Override
    public void close() {
        stream.close();
        try {
            boolean ended = lost.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                    && launched.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            if (!ended) {
                throw new IllegalStateException("The script and its stream do not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            launched.destroyForcibly();
        }
    }
}
