// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

/**
 * Work on the whole database that one server of a cluster does at a time. If that server is gone, another one
 * continues.
 */
public enum Duty {
    /** Deletes data beyond its age or size limit. */
    RETENTION(1),
    /** Encrypts data again that was encrypted with an older key. */
    KEY_ROTATION(2),
    /** Appends entries to the chain of the audit trail. */
    AUDIT_CHAIN(3);

    private final int number;

    Duty(int number) {
        this.number = number;
    }

    /** Returns the number, which is the same in all versions: servers of two versions may run together. */
    public int number() {
        return number;
    }
}
