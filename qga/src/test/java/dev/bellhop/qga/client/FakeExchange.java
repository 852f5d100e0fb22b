// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.AgentExchange;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExchangeException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** An exchange that gives prepared replies in turn, and records the requests. */
final class FakeExchange implements AgentExchange {
    private final int largestRequest;
    private final int largestReply;
    private final Deque<Reply> replies = new ArrayDeque<>();
    public final List<String> requests = new ArrayList<>();
    public int open;

    private interface Reply {
        byte[] reply() throws ExchangeException;
    }

    public FakeExchange(int largestRequest, int largestReply) {
        this.largestRequest = largestRequest;
        this.largestReply = largestReply;
    }

    public FakeExchange replying(String reply) {
        replies.add(() -> reply.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    public FakeExchange failing(ExchangeException failure) {
        replies.add(() -> {
            throw failure;
        });
        return this;
    }

    public FakeExchange failing(ExchangeException.Kind kind) {
        return failing(new ExchangeException(kind, null));
    }

    @Override
    public int largestRequest() {
        return largestRequest;
    }

    @Override
    public int largestReply() {
        return largestReply;
    }

    @Override
    public Answer exchange(byte[] request, Deadline deadline) throws ExchangeException {
        requests.add(new String(request, StandardCharsets.UTF_8));
        byte[] reply = replies.remove().reply();
        open++;
        return new Answer() {
            @Override
            public byte[] bytes() {
                return reply;
            }

            @Override
            public void close() {
                open--;
            }
        };
    }

    @Override
    public void close() {}
}
