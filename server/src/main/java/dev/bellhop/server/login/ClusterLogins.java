// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.NotInCluster;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Those of a cluster, whose nodes do not know of this yet. */
public final class ClusterLogins implements Logins {
    @Override
    public void setPassword(VmId vm, String user, NewPassword password) {
        throw notAvailable();
    }

    @Override
    public AuthorizedKeys keys(VmId vm, String user) {
        throw notAvailable();
    }

    @Override
    public AuthorizedKey addKey(VmId vm, String user, PublicKey key, @Nullable Instant expiresAt) {
        throw notAvailable();
    }

    @Override
    public boolean removeKey(VmId vm, String user, String fingerprint) {
        throw notAvailable();
    }

    private static BellhopException notAvailable() {
        return NotInCluster.failure("change who may log in to a guest");
    }
}
