// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.admin;

import dev.bellhop.api.v2.admin.EncryptionView;
import dev.bellhop.server.encryption.KeyRotation;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.admin.EncryptionAdmin;
import java.util.List;

/** {@code /api/v2/encryption}: shows which keys encrypt the stored data, and rotates them. */
public record V2Encryption(EncryptionAdmin encryption) {
    private static final String PATH = "/api/v2/encryption";

    public List<Route> routes() {
        return List.of(
                new Route(
                        "GET",
                        PATH,
                        UseCase.ENCRYPTION_FIND,
                        call -> HttpResponse.json(200, view(encryption.status(call.permit())))),
                new Route(
                                "POST",
                                PATH + "/actions/rotate",
                                UseCase.ENCRYPTION_ROTATE,
                                call -> HttpResponse.json(202, view(encryption.rotate(call.permit()))))
                        .withoutFields());
    }

    /** Shows ids unsigned, as Tink does. */
    private static EncryptionView view(KeyRotation.Status status) {
        return new EncryptionView(
                Integer.toUnsignedLong(status.primary()),
                status.older().stream().map(Integer::toUnsignedLong).toList());
    }
}
