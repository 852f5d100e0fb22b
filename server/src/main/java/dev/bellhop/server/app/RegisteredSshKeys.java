// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.ssh.SshKeys;
import dev.bellhop.server.service.SshEndpoint;
import dev.bellhop.server.ssh.SshDoor;
import dev.bellhop.server.ssh.SshSettings;
import dev.bellhop.server.ssh.login.SshCallers;
import dev.bellhop.server.sshkey.OfferedKey;
import dev.bellhop.server.sshkey.PublicKey;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks up callers by their registered SSH keys. */
record RegisteredSshKeys(SshKeys sshKeys) implements SshCallers {
    @Override
    public Optional<Key> find(OfferedKey offered, @Nullable InetAddress from) {
        return sshKeys.find(offered, from);
    }

    @Override
    public void used(OfferedKey offered) {
        sshKeys.used(offered);
    }

    static SshEndpoint endpoint(SshDoor door) {
        List<PublicKey> hostKeys = door.hostKeys().stream()
                .map(line -> PublicKey.parse(line).orElseThrow())
                .toList();
        SshSettings.PublicAddress reached = door.publicAddress();
        return reached == null
                ? new SshEndpoint(null, door.address().getPort(), hostKeys)
                : new SshEndpoint(reached.host(), reached.port(), hostKeys);
    }
}
