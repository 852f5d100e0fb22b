// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where an answer may go. Whoever asks names the subject for the answer, and it is published with the rights of whoever answers:
 * a node that asks an API server with {@code bh.1.n.Y.cancel} as reply subject would make the answer an order to node Y. So what
 * node X asks is answered to the inbox of X alone, and everything else, which only API servers may send, to theirs.
 */
public final class ReplyRule {
    private ReplyRule() {}

    /**
     * Whether a request may be answered there.
     *
     * @param subject that the request came on, without wildcards
     */
    public static boolean allows(String subject, @Nullable String replyTo) {
        if (replyTo == null || replyTo.indexOf('*') >= 0 || replyTo.indexOf('>') >= 0) {
            return false;
        }
        if (Subjects.isRequest(subject)) {
            Optional<NodeId> sender = Subjects.node(subject);
            return sender.isPresent() && replyTo.startsWith(Subjects.inbox(sender.get()));
        }
        return replyTo.startsWith(Subjects.API_INBOX);
    }
}
