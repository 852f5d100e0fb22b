// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

/**
 * The remaining work for matching. It is counted, not measured, so the result is always the same. For one thread.
 */
final class MatchBudget {
    private long left;

    MatchBudget(long most) {
        this.left = most;
    }

    void take(int work) {
        left -= work;
        if (left < 0) {
            throw new Exceeded();
        }
    }

    /** Thrown inside a matcher if no work is left; the matcher is not used again. */
    static final class Exceeded extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Exceeded() {
            super("too much work for patterns", null, false, false);
        }
    }
}
