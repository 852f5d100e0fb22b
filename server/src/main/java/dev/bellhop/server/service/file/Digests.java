// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Every Java has it. */
final class Digests {
    private Digests() {}

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
