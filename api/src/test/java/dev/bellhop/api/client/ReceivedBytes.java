// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import java.io.ByteArrayOutputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Keeps what comes over a forwarded connection. Thread safe. */
public final class ReceivedBytes implements ForwardConnection.Sink {
    private static final long TIMEOUT_MINUTES = 3;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CountDownLatch ended = new CountDownLatch(1);

    @Override
    public synchronized void receive(byte[] more) {
        bytes.writeBytes(more);
    }

    @Override
    public void end() {
        ended.countDown();
    }

    /** So far. */
    public synchronized byte[] all() {
        return bytes.toByteArray();
    }

    /** All, once no more comes. */
    public byte[] toEnd() throws InterruptedException {
        if (!ended.await(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
            throw new IllegalStateException("nobody said that no more comes");
        }
        return all();
    }
}
