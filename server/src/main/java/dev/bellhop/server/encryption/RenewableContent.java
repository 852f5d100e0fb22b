// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

import java.util.function.BooleanSupplier;

/** All that is stored encrypted, to be encrypted with another key. Writes are durable when these return. */
public interface RenewableContent {
    /** The id of the key that all of it was encrypted with when that was last so. */
    int renewedBy();

    /** Stores what tells other keys from the primary one. No write that comes after this is encrypted with another. */
    void begin();

    /**
     * Encrypts with the primary key what is encrypted with others, a little at a time.
     *
     * @return whether all of it is; false where it is to stop, or something cannot be decrypted
     */
    boolean renew(BooleanSupplier goesOn) throws InterruptedException;

    void end();
}
