// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.server.tenant.Tenant;
import java.util.HashMap;
import java.util.Map;

/**
 * Bounds how many executions pass on output at once that is not kept, and so what that takes of the memory: half a mebibyte
 * each. Thread safe.
 */
public final class OutputRelayLimit {
    private static final int MAX = 32;

    private final int most;
    private final int mostOfAccount;
    private final Map<Tenant, Integer> taken = new HashMap<>();
    private int all;

    private static final OutputRelayLimit SHARED = new OutputRelayLimit(MAX, MAX / 4);

    public static OutputRelayLimit shared() {
        return SHARED;
    }

    OutputRelayLimit(int most, int mostOfAccount) {
        this.most = most;
        this.mostOfAccount = mostOfAccount;
    }

    /** One execution's, which it has once it has taken it. */
    public Place of(Tenant tenant) {
        return new Place(tenant);
    }

    final class Place {
        private final Tenant tenant;
        private boolean mine;

        private Place(Tenant tenant) {
            this.tenant = tenant;
        }

        /** Whether it has one now, or had one before. */
        boolean take() {
            synchronized (OutputRelayLimit.this) {
                int ofAccount = taken.getOrDefault(tenant, 0);
                if (!mine && all < most && ofAccount < mostOfAccount) {
                    mine = true;
                    all++;
                    taken.put(tenant, ofAccount + 1);
                }
                return mine;
            }
        }

        void giveBack() {
            synchronized (OutputRelayLimit.this) {
                if (mine) {
                    mine = false;
                    all--;
                    taken.computeIfPresent(tenant, (same, count) -> count == 1 ? null : count - 1);
                }
            }
        }
    }
}
