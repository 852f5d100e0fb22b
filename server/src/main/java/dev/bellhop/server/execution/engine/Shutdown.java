// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whether the server stops. Thread safe. */
final class Shutdown {
    private final CountDownLatch begun = new CountDownLatch(1);

    void begin() {
        begun.countDown();
    }

    boolean hasBegun() {
        return begun.getCount() == 0;
    }

    /** Waits for so long, or until the server stops. Says whether it does. */
    boolean await(Duration longest) throws InterruptedException {
        return begun.await(longest.toNanos(), TimeUnit.NANOSECONDS);
    }
}
