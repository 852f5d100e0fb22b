// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.guest;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The server, and the key of the request; the answer of {@code GET /api/v2/doctor}.
 *
 * @param version the server's; absent where it was not built as a release
 * @param scopes what the key may do
 * @param account whose the key is; absent for the operator's
 * @param keyExpiresAt from when on the key does not work any more; absent for never
 */
public record ServerCheckupView(
        @Nullable String version,
        String keyId,
        String keyName,
        List<String> scopes,
        @Nullable String account,
        @Nullable Instant keyExpiresAt) {

    public ServerCheckupView {
        Objects.requireNonNull(keyId, "keyId");
        Objects.requireNonNull(keyName, "keyName");
        scopes = List.copyOf(Objects.requireNonNull(scopes, "scopes"));
    }
}
