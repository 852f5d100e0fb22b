// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

import java.util.function.BooleanSupplier;

/**
 * All stored content that is encrypted, for re-encryption with another key. Writes are durable when these methods
 * return.
 */
public interface RenewableContent {
    /** Returns the id of the last key that all content was encrypted with. */
    int renewedBy();

    /** Stores the check value of the primary key. All later writes are encrypted with this key. */
    void begin();

    /**
     * Gradually re-encrypts with the primary key all content that is encrypted with other keys.
     *
     * @return true if all content is done; false if it has to stop or some content cannot be decrypted
     */
    boolean renew(BooleanSupplier goesOn) throws InterruptedException;

    void end();
}
