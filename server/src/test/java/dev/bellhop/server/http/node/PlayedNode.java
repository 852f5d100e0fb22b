// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.node;

import static org.awaitility.Awaitility.await;

import dev.bellhop.server.cluster.Bus;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.credentials.Nkey;
import dev.bellhop.server.cluster.credentials.UserCredentials;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.cluster.message.NodeRequest.HeldVm;
import dev.bellhop.server.cluster.nats.NatsBus;
import dev.bellhop.server.cluster.nats.NatsSettings;
import dev.bellhop.server.cluster.node.ApiCallMetrics;
import dev.bellhop.server.cluster.node.ApiCalls;
import dev.bellhop.server.failure.BellhopException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.ssl.SSLContext;

/** A node, as far as API servers see: it is connected to a real NATS, asks what its test says, and does nothing that it is told. */
final class PlayedNode implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final NatsBus bus;
    private final ApiCalls calls;
    private final Queue<String> orders = new ConcurrentLinkedQueue<>();
    private long session;

    /** @param jwt that an API server has signed for the key */
    PlayedNode(String name, Nkey key, String jwt, String nats, SSLContext tls) throws InterruptedException {
        NodeId node = new NodeId(name);
        bus = NatsBus.open(NatsSettings.of(List.of(nats), name, UserCredentials.ofNode(node, key, () -> jwt), tls));
        calls = new ApiCalls(bus, node, new ApiCallMetrics(new SimpleMeterRegistry()));
        if (!bus.awaitConnected(TIMEOUT)) {
            throw new IllegalStateException("NATS does not let it in");
        }
        Bus.Registration _ = bus.serve(Subjects.allOrders(node), null, (subject, order) -> {
            orders.add(Subjects.kind(subject));
            return WireCodec.encode(Answer.FENCED);
        });
    }

    /** Says that it is there. */
    void hello() throws Exception {
        session = ask(NodeRequest.HELLO, new NodeRequest.Hello(1, 1, "1.2.3", UUID.randomUUID(), 1L))
                .open(NodeRequest.Welcome.class)
                .session();
    }

    /** Claims a VM, and returns whether it has it. */
    boolean claims(long vm) throws Exception {
        return ask(NodeRequest.CLAIM, new NodeRequest.Claim(session, List.of(new NodeRequest.OwnVm(vm, null, false))))
                .open(NodeRequest.Claimed.class)
                .vms()
                .stream()
                .map(HeldVm::vm)
                .toList()
                .contains(vm);
    }

    void beat(int vms, int running) throws Exception {
        ask(NodeRequest.BEAT, new NodeRequest.Beat(session, vms, running, 0)).requireDone();
    }

    /** As nodes do, again where no API server is there yet. */
    Answer ask(String kind, Record request) {
        return await().atMost(TIMEOUT)
                .ignoreException(BellhopException.class)
                .until(() -> calls.ask(kind, request, Duration.ofSeconds(3)), answer -> true);
    }

    boolean isConnected() {
        return bus.isConnected();
    }

    /** The kinds of orders that it was given. */
    Queue<String> orders() {
        return orders;
    }

    @Override
    public void close() {
        bus.close();
    }
}
