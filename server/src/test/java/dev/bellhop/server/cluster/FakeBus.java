// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One end of a {@link FakeNetwork}. */
public final class FakeBus implements Bus {
    private final FakeNetwork network;
    private final String inbox;
    private final List<Runnable> reconnectActions = new CopyOnWriteArrayList<>();
    private volatile boolean connected = true;

    FakeBus(FakeNetwork network, String inbox) {
        this.network = network;
        this.inbox = inbox;
    }

    /** Breaks the connection, or makes a new one, as when NATS goes and comes. */
    public void connected(boolean isConnected) {
        boolean comesBack = isConnected && !connected;
        connected = isConnected;
        if (comesBack) {
            reconnectActions.forEach(Thread::startVirtualThread);
        }
    }

    @Override
    public CompletableFuture<byte[]> request(String subject, byte[] payload, Duration timeout) {
        WireCodec.requireFitting(payload);
        if (!connected) {
            return CompletableFuture.failedFuture(new NotConnectedException("there is no connection"));
        }
        String replyTo = inbox + ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
        return network.request(this, subject, replyTo, payload.clone())
                .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(
                        failure instanceof TimeoutException ? new NoAnswerException("time is up") : failure));
    }

    @Override
    public void publish(String subject, byte[] payload) {
        WireCodec.requireFitting(payload);
        if (connected) {
            network.publish(this, subject, payload.clone());
        }
    }

    @Override
    public Registration serve(String subject, @Nullable String queueGroup, Handler handler) {
        return network.register(new FakeNetwork.Registered(this, subject, queueGroup, handler));
    }

    @Override
    public Registration listen(String subject, Listener listener) {
        return network.register(new FakeNetwork.Registered(this, subject, null, (sentTo, payload) -> {
            listener.hear(sentTo, payload);
            return new byte[0];
        }));
    }

    @Override
    public void onReconnect(Runnable action) {
        reconnectActions.add(action);
        if (connected) {
            Thread.startVirtualThread(action);
        }
    }

    @Override
    public boolean isConnected() {
        return connected;
    }

    @Override
    public void close() {
        connected = false;
        network.leave(this);
    }
}
