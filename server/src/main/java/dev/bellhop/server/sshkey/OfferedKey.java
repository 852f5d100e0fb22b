// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import java.util.List;

/** By what somebody who logs in wants to be known. Byte arrays are keys as they go over the wire (RFC 4253, section 6.6). */
public sealed interface OfferedKey {
    /** A key that is registered itself. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Plain(byte[] publicKey) implements OfferedKey {}

    /**
     * A certificate that a CA has signed, whose key is registered.
     *
     * @param authority the CA's key
     * @param principals whom the CA says that the holder may be
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Certified(byte[] authority, List<String> principals) implements OfferedKey {
        public Certified {
            principals = List.copyOf(principals);
        }
    }
}
