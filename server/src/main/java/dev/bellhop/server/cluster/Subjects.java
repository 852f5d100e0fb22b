// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The subjects of the cluster's messages. The 1 is the version of the protocol; X is a node.
 *
 * <ul>
 *   <li>{@code bh.1.n.X.SESSION.KIND}: an order to node X in this session. API servers alone may publish it, X alone may read it.
 *       Only the process with that session listens, so NATS reports that no one listens once the session is over.
 *   <li>{@code bh.1.n.X.KIND}: a hint to node X, whatever its session. It may be lost.
 *   <li>{@code bh.1.s.X.KIND}: a request of node X to one of the API servers, {@code bh.1.s.X.S.KIND} to the API server S, and {@code
 *       bh.1.s.X.all.KIND} to all of them. X alone may publish it, so the subject names the sender.
 *   <li>{@code bh.1.e.EXECUTION} and {@code bh.1.c.KIND}: hints among API servers. One may be lost.
 *   <li>{@code _INBOX.X.…}: answers to node X; {@code _INBOX.API.…}: answers to an API server. No node is named API, since a
 *       node's name is in lowercase.
 * </ul>
 */
public final class Subjects {
    /** The queue group of the API servers: one of them gets each request. */
    public static final String API_SERVERS = "api";

    /** In place of the name of an API server: each of them gets the request. */
    public static final String EACH_API_SERVER = "all";

    /** All orders and hints to all nodes. */
    public static final String ALL_ORDERS = "bh.1.n.>";

    /** All that nodes ask of whichever API server. */
    public static final String ALL_REQUESTS_OF_NODES = "bh.1.s.*.*";

    /** All that nodes ask, of one API server too. */
    public static final String ALL_THAT_NODES_ASK = "bh.1.s.>";

    /** All hints about executions. */
    public static final String ALL_EXECUTION_HINTS = "bh.1.e.*";

    /** All hints about tables that API servers cache. */
    public static final String ALL_CACHE_HINTS = "bh.1.c.*";

    /** Where API servers get their answers. A prefix: it ends with a dot. */
    public static final String API_INBOX = "_INBOX.API.";

    private static final String ORDER = "bh.1.n.";
    private static final String REQUEST = "bh.1.s.";
    private static final String EXECUTION_HINT = "bh.1.e.";
    private static final String CACHE_HINT = "bh.1.c.";
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private Subjects() {}

    /** An order to a node in this session. */
    public static String order(NodeId node, long session, String kind) {
        return ORDER + node + "." + session + "." + token(kind);
    }

    /** All orders to a node in this session. */
    public static String ordersOf(NodeId node, long session) {
        return ORDER + node + "." + session + ".*";
    }

    /** A hint to a node. */
    public static String hint(NodeId node, String kind) {
        return ORDER + node + "." + token(kind);
    }

    /** All orders and hints to a node. */
    public static String allOrders(NodeId node) {
        return ORDER + node + ".>";
    }

    /** A request of a node to the API servers. */
    public static String request(NodeId node, String kind) {
        return REQUEST + node + "." + token(kind);
    }

    /** A request of a node to one API server. */
    public static String request(NodeId node, String server, String kind) {
        return REQUEST + node + "." + token(server) + "." + token(kind);
    }

    /** All requests of nodes to one API server. */
    public static String requestsTo(String server) {
        return REQUEST + "*." + token(server) + ".*";
    }

    /** Whether this may stand in a subject. */
    public static boolean isToken(String text) {
        return TOKEN.matcher(text).matches();
    }

    /** All requests of one node. */
    public static String allRequests(NodeId node) {
        return REQUEST + node + ".>";
    }

    /** One kind of requests of all nodes, for whoever answers it. */
    public static String requestsOfKind(String kind) {
        return REQUEST + "*." + token(kind);
    }

    /** The hint that something new of an execution is stored. */
    public static String executionHint(String execution) {
        return EXECUTION_HINT + token(execution);
    }

    /** The hint that a cached table has changed. */
    public static String cacheHint(String kind) {
        return CACHE_HINT + token(kind);
    }

    /** Where a node gets its answers. A prefix: it ends with a dot. */
    public static String inbox(NodeId node) {
        return "_INBOX." + node + ".";
    }

    /** The node that sent a request, or that an order is for; empty for another subject. */
    public static Optional<NodeId> node(String subject) {
        List<String> tokens = tokens(subject);
        boolean hasNode = subject.startsWith(ORDER) || subject.startsWith(REQUEST);
        return hasNode && tokens.size() >= 5 ? NodeId.parse(tokens.get(3)) : Optional.empty();
    }

    /** Whether this is a request of a node to the API servers. */
    public static boolean isRequest(String subject) {
        return subject.startsWith(REQUEST);
    }

    /** What is asked, ordered or hinted: the last token. */
    public static String kind(String subject) {
        return tokens(subject).getLast();
    }

    private static List<String> tokens(String subject) {
        return List.of(subject.split("\\.", -1));
    }

    private static String token(String text) {
        if (!isToken(text)) {
            throw new IllegalArgumentException("a token of a subject has letters, digits, - and _ alone");
        }
        return text;
    }
}
