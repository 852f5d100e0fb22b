// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Limits the lines of the access log for each status until the next {@link #renew}, and counts the rest. Its memory
 * does not grow. Thread safe.
 */
final class LineBudget {
    private static final int BEYOND_ALL = 600;

    private final int lines;
    private final AtomicIntegerArray requests = new AtomicIntegerArray(BEYOND_ALL);

    LineBudget(int lines) {
        this.lines = lines;
    }

    /** Reports requests that have no line in the log. */
    interface Summary {
        void more(int requests, int status);
    }

    /** Returns whether the log has room for another request with this status. */
    boolean take(int status) {
        return requests.incrementAndGet(status >= 0 && status < BEYOND_ALL ? status : 0) <= lines;
    }

    /** Reports the requests without a line and resets the counts. */
    void renew(Summary summary) {
        for (int status = 0; status < BEYOND_ALL; status++) {
            int count = requests.get(status) == 0 ? 0 : requests.getAndSet(status, 0);
            if (count > lines) {
                summary.more(count - lines, status);
            }
        }
    }
}
