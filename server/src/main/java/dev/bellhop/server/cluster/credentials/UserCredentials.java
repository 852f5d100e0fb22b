// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import java.util.function.Supplier;

/**
 * What a process shows NATS: its key, and the token that says what the key may do.
 *
 * @param jwt asked at each connect, so that a renewed token is used from the next one on
 * @param inboxPrefix where its answers come; it may read nothing else of that kind. It ends with a dot
 */
public record UserCredentials(Nkey key, Supplier<String> jwt, String inboxPrefix) {

    /** A node's. */
    public static UserCredentials ofNode(NodeId node, Nkey key, Supplier<String> jwt) {
        return new UserCredentials(key, jwt, Subjects.inbox(node));
    }

    @Override
    public String toString() {
        return "UserCredentials[" + key + "]";
    }
}
