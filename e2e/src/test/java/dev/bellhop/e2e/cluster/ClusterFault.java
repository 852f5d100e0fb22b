// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.cluster;

import dev.bellhop.testkit.NodeProcess;
import dev.bellhop.testkit.ServerProcess;
import dev.bellhop.testkit.TcpRelay;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A fault in a running cluster that has begun.
 *
 * @param what for people
 * @param servers the API servers that it spares
 * @param nodes the nodes that it spares
 * @param end ends it; afterwards every process runs again
 */
record ClusterFault(String what, List<ServerProcess> servers, List<Integer> nodes, End end) {
    private static final int MAX_FAILED_STARTS = 5;

    @FunctionalInterface
    interface End {
        void run() throws Exception;
    }

    enum Kind {
        NODE_KILLED {
            @Override
            ClusterFault begin(Cluster cluster, Random random) {
                int number = 1 + random.nextInt(Cluster.NODES);
                NodeProcess node = cluster.node(number);
                node.kill();
                return ofNode(cluster, number, "was killed", node::startAgain);
            }
        },
        NODE_FROZEN {
            @Override
            ClusterFault begin(Cluster cluster, Random random) {
                int number = 1 + random.nextInt(Cluster.NODES);
                NodeProcess node = cluster.node(number);
                node.freeze();
                return ofNode(cluster, number, "is frozen", node::thaw);
            }
        },
        NODE_CUT_OFF {
            @Override
            ClusterFault begin(Cluster cluster, Random random) {
                int number = 1 + random.nextInt(Cluster.NODES);
                Set<TcpRelay.Direction> directions = directions(random);
                TcpRelay relay = cluster.wayToNats(number);
                relay.cut(directions);
                return ofNode(cluster, number, "is cut off from NATS " + directions, relay::heal);
            }
        },
        /** Another process with the node's name, which sees no VM, replaces the node until it ends. */
        NODE_REPLACED {
            @Override
            ClusterFault begin(Cluster cluster, Random random) throws Exception {
                int number = 1 + random.nextInt(Cluster.NODES);
                NodeProcess node = cluster.node(number);
                node.freeze();
                NodeProcess twin = cluster.startTwin(number);
                node.thaw();
                return ofNode(cluster, number, "was frozen and replaced, and woke up", twin::kill);
            }
        },
        SERVER_KILLED {
            @Override
            ClusterFault begin(Cluster cluster, Random random) {
                Cluster.ApiServer server = server(cluster, random);
                server.process().kill();
                return ofServer(cluster, server, "was killed", () -> startAgain(server.process()));
            }
        },
        SERVER_FROZEN {
            @Override
            ClusterFault begin(Cluster cluster, Random random) {
                Cluster.ApiServer server = server(cluster, random);
                server.process().freeze();
                return ofServer(cluster, server, "is frozen", server.process()::thaw);
            }
        },
        SERVER_CUT_OFF_FROM_NATS {
            @Override
            ClusterFault begin(Cluster cluster, Random random) {
                Cluster.ApiServer server = server(cluster, random);
                Set<TcpRelay.Direction> directions = directions(random);
                server.nats().cut(directions);
                return ofServer(cluster, server, "is cut off from NATS " + directions, server.nats()::heal);
            }
        },
        /** If only the answers are lost, the server does not know which of its transactions were committed. */
        SERVER_CUT_OFF_FROM_DATABASE {
            @Override
            ClusterFault begin(Cluster cluster, Random random) {
                Cluster.ApiServer server = server(cluster, random);
                Set<TcpRelay.Direction> directions = directions(random);
                server.databases().forEach(relay -> relay.cut(directions));
                return ofServer(
                        cluster,
                        server,
                        "is cut off from the database " + directions,
                        () -> server.databases().forEach(TcpRelay::heal));
            }
        },
        /** No server is spared: none may acknowledge anything. */
        REPLICATION_STOPPED {
            @Override
            ClusterFault begin(Cluster cluster, Random random) throws IOException {
                cluster.postgres().waitForStandby("nobody");
                return new ClusterFault(
                        "The standby gets nothing", List.of(), List.of(), cluster.postgres()::waitForStandbyAgain);
            }
        };

        abstract ClusterFault begin(Cluster cluster, Random random) throws Exception;
    }

    private static Cluster.ApiServer server(Cluster cluster, Random random) {
        return cluster.servers().get(random.nextInt(cluster.servers().size()));
    }

    private static Set<TcpRelay.Direction> directions(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> EnumSet.of(TcpRelay.Direction.TO_SERVER);
            case 1 -> EnumSet.of(TcpRelay.Direction.FROM_SERVER);
            default -> EnumSet.allOf(TcpRelay.Direction.class);
        };
    }

    private static ClusterFault ofNode(Cluster cluster, int number, String what, End end) {
        List<Integer> others =
                allNodes().stream().filter(node -> node != number).toList();
        return new ClusterFault("Node " + number + " " + what, List.of(cluster.a(), cluster.b()), others, end);
    }

    private static ClusterFault ofServer(Cluster cluster, Cluster.ApiServer server, String what, End end) {
        boolean isA = server.process() == cluster.a();
        return new ClusterFault(
                "Server " + (isA ? "A " : "B ") + what, List.of(isA ? cluster.b() : cluster.a()), allNodes(), end);
    }

    private static List<Integer> allNodes() {
        return IntStream.rangeClosed(1, Cluster.NODES).boxed().toList();
    }

    /** As a service manager does. On a busy machine, a server may not reach the database in time. */
    private static void startAgain(ServerProcess server) throws IOException {
        for (int failures = 1; ; failures++) {
            try {
                server.startAgain();
                return;
            } catch (IOException e) {
                if (failures == MAX_FAILED_STARTS) {
                    throw e;
                }
            }
        }
    }
}
