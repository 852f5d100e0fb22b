// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.v2.admin.PolicyDocument;
import java.util.Map;

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

    /** The policy and its state. */
    public Tagged<PolicyDocument> read() throws InterruptedException {
        return calls.tagged(path, PolicyDocument.class);
    }

    /** Puts a policy in place of the one that is there. */
    public PolicyDocument set(PolicyDocument policy) throws InterruptedException {
        return calls.read(calls.transport().put(path, policy, Map.of()), PolicyDocument.class);
    }

    /** Puts a policy in place of the one with this ETag; 412 if another one is there, or none. */
    public Tagged<PolicyDocument> replace(PolicyDocument policy, String etag) throws InterruptedException {
        return calls.put(path, policy, Calls.ifMatch(etag), PolicyDocument.class);
    }

    /** Sets a policy; 412 if there is one. */
    public Tagged<PolicyDocument> create(PolicyDocument policy) throws InterruptedException {
        return calls.put(path, policy, Map.of("If-None-Match", "*"), PolicyDocument.class);
    }

    /** Takes the policy away; does nothing when there is none. */
    public void clear() throws InterruptedException {
        calls.delete(path);
    }

    /** Takes the policy with this ETag away; 412 if another one is there, or none. */
    public void clear(String etag) throws InterruptedException {
        calls.delete(path, Calls.ifMatch(etag));
    }
}
