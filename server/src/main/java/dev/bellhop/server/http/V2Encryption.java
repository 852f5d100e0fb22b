// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.EncryptionView;
import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeyRotation;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.service.UseCase;
import java.util.List;

/** {@code /api/v2/encryption}: see which keys what is stored is encrypted with, and rotate them. */
final class V2Encryption {
    private static final String PATH = "/api/v2/encryption";

    private final KeyRotation rotation;

    V2Encryption(KeyRotation rotation) {
        this.rotation = rotation;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.ENCRYPTION_FIND, call -> Answer.json(200, view(rotation.status()))),
                new Route("POST", PATH + "/actions/rotate", UseCase.ENCRYPTION_ROTATE, this::rotate));
    }

    private Answer rotate(Call call) {
        try {
            return Answer.json(202, view(rotation.rotate()));
        } catch (EncryptionKeysException e) {
            throw new BellhopException(ErrorCode.NOT_SUPPORTED, String.valueOf(e.getMessage()));
        }
    }

    /** Ids as Tink writes them, without a sign. */
    private static EncryptionView view(KeyRotation.Status status) {
        return new EncryptionView(
                Integer.toUnsignedLong(status.primary()),
                status.older().stream().map(Integer::toUnsignedLong).toList());
    }
}
