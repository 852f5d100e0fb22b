// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.v2.admin.PolicyDocument;

/** The policy of one key or one account, with the errors of {@link BellhopClient}. Thread safe. */
public final class PolicyClient {

    private final Calls calls;
    private final String path;

    /** @param owner the path of what has the policy */
    PolicyClient(Calls calls, String owner) {
        this.calls = calls;
        this.path = owner + "/policy";
    }

    /** The policy. */
    public PolicyDocument get() throws InterruptedException {
        return calls.get(path, PolicyDocument.class);
    }

    /** Puts a policy in place of the one that is there. */
    public PolicyDocument set(PolicyDocument policy) throws InterruptedException {
        return calls.put(path, policy, PolicyDocument.class);
    }

    /** Takes the policy away; does nothing when there is none. */
    public void clear() throws InterruptedException {
        calls.delete(path);
    }
}
