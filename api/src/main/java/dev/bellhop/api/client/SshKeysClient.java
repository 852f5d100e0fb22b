// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v2.admin.RegisterSshKey;
import dev.bellhop.api.v2.admin.SshKeyList;
import dev.bellhop.api.v2.admin.SshKeyView;

/** The SSH keys that stand for API keys at the SSH door, with the errors of {@link BellhopClient}. Thread safe. */
public final class SshKeysClient {

    private final Calls calls;

    SshKeysClient(Calls calls) {
        this.calls = calls;
    }

    /**
     * Has a public SSH key stand for an API key. The same again changes its label and its expiry alone.
     *
     * @param keyId the id of the API key
     */
    public SshKeyView register(String keyId, RegisterSshKey wanted) throws InterruptedException {
        return calls.post(path(keyId), wanted, SshKeyView.class);
    }

    /** The SSH keys that stand for an API key, oldest first, expired ones included. */
    public SshKeyList list(String keyId) throws InterruptedException {
        return calls.get(path(keyId), SshKeyList.class);
    }

    /** Ends an SSH key of an API key. */
    public void remove(String keyId, String sshKeyId) throws InterruptedException {
        calls.delete(path(keyId) + "/" + PathAndQuery.encode(sshKeyId));
    }

    private static String path(String keyId) {
        return KeysClient.path(keyId) + "/ssh-keys";
    }
}
