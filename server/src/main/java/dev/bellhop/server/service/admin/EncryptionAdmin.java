// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeyRotation;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;

/** Shows which keys what is stored is encrypted with, and rotates them. Thread safe. */
public final class EncryptionAdmin {
    private final KeyRotation rotation;

    public EncryptionAdmin(KeyRotation rotation) {
        this.rotation = rotation;
    }

    public KeyRotation.Status status(Permit permit) {
        permit.callerOf(UseCase.ENCRYPTION_FIND);
        return rotation.status();
    }

    /** Begins to encrypt with a new key; throws {@code NOT_SUPPORTED} where the keys are not Bellhop's to rotate. */
    public KeyRotation.Status rotate(Permit permit) {
        permit.callerOf(UseCase.ENCRYPTION_ROTATE);
        try {
            return rotation.rotate();
        } catch (EncryptionKeysException e) {
            throw new BellhopException(ErrorCode.NOT_SUPPORTED, String.valueOf(e.getMessage()));
        }
    }
}
