// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import java.util.List;

/** The key or certificate that a client logs in with. Byte arrays are keys in wire format (RFC 4253, section 6.6). */
public sealed interface OfferedKey {
    /** A key that is registered directly. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Plain(byte[] publicKey) implements OfferedKey {}

    /**
     * A certificate that was signed by a CA whose key is registered.
     *
     * @param authority the CA's key
     * @param principals the names that the CA allows the holder to use
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Certified(byte[] authority, List<String> principals) implements OfferedKey {
        public Certified {
            principals = List.copyOf(principals);
        }
    }
}
