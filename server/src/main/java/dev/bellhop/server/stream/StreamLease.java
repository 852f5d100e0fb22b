// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

/** A stream in use. It stays open at least until all its leases are closed, unless it is lost. Thread safe. */
public interface StreamLease extends AutoCloseable {
    GuestStream stream();

    /** Ends the lease. Close everything that was opened on the stream before. Can be called again. */
    @Override
    void close();
}
