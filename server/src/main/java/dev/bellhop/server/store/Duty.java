// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

/** Work on the whole database that one server of a cluster does at a time; another takes over when that one is gone. */
public enum Duty {
    /** Deletes what is too old or too much. */
    RETENTION(1),
    /** Encrypts anew what another key has encrypted. */
    KEY_ROTATION(2),
    /** Adds to the chain of the audit trail. */
    AUDIT_CHAIN(3);

    private final int number;

    Duty(int number) {
        this.number = number;
    }

    /** The same in each version: servers of two may run at once. */
    public int number() {
        return number;
    }
}
