// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.http;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Clients of one tenant that send the same request as fast as they can, each over its own connection, until they are closed. */
final class GreedyClients implements AutoCloseable {
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *([0-9]+)");
    private static final int BUFFER = 64 * 1024;

    private final InetSocketAddress address;
    private final byte[] request;
    private final AtomicLong answers = new AtomicLong();
    private final List<SocketChannel> channels = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closed;

    private GreedyClients(InetSocketAddress address, byte[] request) {
        this.address = address;
        this.request = request;
    }

    /** Starts clients that read each answer and then ask again. */
    static GreedyClients reading(InetSocketAddress address, byte[] request, int count) {
        GreedyClients clients = new GreedyClients(address, request);
        for (int i = 0; i < count; i++) {
            clients.threads.add(Thread.ofPlatform().daemon().start(clients::readAgain));
        }
        return clients;
    }

    /** Starts clients that send one request and never read its answer. */
    static GreedyClients silent(InetSocketAddress address, byte[] request, int count) throws IOException {
        GreedyClients clients = new GreedyClients(address, request);
        for (int i = 0; i < count; i++) {
            clients.send(clients.open());
        }
        return clients;
    }

    static byte[] get(String path, String key) {
        return ("GET " + path + " HTTP/1.1\r\nHost: bench\r\nX-API-Key: " + key + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    long answers() {
        return answers.get();
    }

    private SocketChannel open() throws IOException {
        SocketChannel channel = SocketChannel.open(address);
        channels.add(channel);
        return channel;
    }

    private void send(SocketChannel channel) throws IOException {
        for (ByteBuffer out = ByteBuffer.wrap(request); out.hasRemaining(); ) {
            channel.write(out);
        }
    }

    private void readAgain() {
        ByteBuffer in = ByteBuffer.allocateDirect(BUFFER);
        while (!closed) {
            try (SocketChannel channel = open()) {
                do {
                    send(channel);
                    discardAnswer(channel, in);
                    answers.incrementAndGet();
                } while (!closed);
            } catch (IOException e) {
                // The server may end a connection; the client opens the next one.
            }
        }
    }

    private static void discardAnswer(SocketChannel channel, ByteBuffer in) throws IOException {
        in.clear();
        String head;
        int end;
        do {
            read(channel, in);
            head = StandardCharsets.ISO_8859_1.decode(in.duplicate().flip()).toString();
            end = head.indexOf("\r\n\r\n");
        } while (end < 0);
        Matcher length = LENGTH.matcher(head);
        long left = (length.find() ? Long.parseLong(length.group(1)) : 0) - (in.position() - end - 4);
        while (left > 0) {
            in.clear();
            left -= read(channel, in);
        }
    }

    private static int read(SocketChannel channel, ByteBuffer in) throws IOException {
        int count = channel.read(in);
        if (count < 0) {
            throw new EOFException("The server ended the connection");
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        closed = true;
        for (SocketChannel channel : channels) {
            channel.close();
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
