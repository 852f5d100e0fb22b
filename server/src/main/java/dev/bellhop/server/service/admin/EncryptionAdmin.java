// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeyRotation;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;

/** Shows the keys that encrypt stored data, and rotates them. Thread safe. */
public final class EncryptionAdmin {
    private final KeyRotation rotation;

    public EncryptionAdmin(KeyRotation rotation) {
        this.rotation = rotation;
    }

    public KeyRotation.Status status(Permit permit) {
        permit.callerOf(UseCase.ENCRYPTION_FIND);
        return rotation.status();
    }

    /** Starts to encrypt with a new key; throws {@code NOT_SUPPORTED} if Bellhop does not manage the keys. */
    public KeyRotation.Status rotate(Permit permit) {
        permit.callerOf(UseCase.ENCRYPTION_ROTATE);
        try {
            return rotation.rotate();
        } catch (EncryptionKeysException e) {
            throw new BellhopException(ErrorCode.NOT_SUPPORTED, String.valueOf(e.getMessage()));
        }
    }
}
