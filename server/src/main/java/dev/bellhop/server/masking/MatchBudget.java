// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

/** How much work is left for matching, counted and not measured, so that the same is done each time. For one thread. */
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

    /** There is none left. Thrown from within a matcher, which is not used again. */
    static final class Exceeded extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Exceeded() {
            super("too much work for patterns", null, false, false);
        }
    }
}
