// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.cluster.Bus;
import dev.bellhop.server.cluster.MessageTimers;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what nodes ask, by what is stored: {@code OK} after it is durable, {@code BUSY} where the database does not answer, {@code
 * FENCED} where the node does not hold what it asks about, and else {@code REFUSED}. Which node asks is told by the subject alone.
 * Thread safe.
 */
public final class NodeRequestHandler implements Bus.Handler, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeRequestHandler.class);

    /** What no version of a node that this one knows of asks for: its kind is the sender's choice, and is no label. */
    private static final String UNKNOWN = "unknown";

    private final Map<String, Request> requests = new HashMap<>();
    private final MessageTimers timers;
    private final RequestShare share;
    private final Bus.Registration own;

    /**
     * The stores that the answers need.
     *
     * @param write begins a write that changes nothing
     */
    public record Stores(
            ClusterStore cluster,
            NodeJournal journal,
            NodeOperations operations,
            Supplier<CompletableFuture<Void>> write) {}

    /**
     * Begins to answer.
     *
     * @param server what nodes are told to ask this very server by
     * @param nodes has to know at once what this server has stored
     * @param moves frees what a node has found and another one has lost
     * @param audit told of VMs that a node may not hold
     * @param renewals signs for nodes what they connect with
     * @param listener told of each execution of which something was stored
     * @param metrics where it counts what it answers
     */
    public NodeRequestHandler(
            Bus bus,
            String server,
            Stores stores,
            Nodes nodes,
            VmMoves moves,
            AuditTrail audit,
            TokenRenewals renewals,
            StartCheck mayStart,
            ExecutionListener listener,
            MeterRegistry metrics) {
        timers = new MessageTimers(
                metrics, "bellhop.cluster.requests", "Requests of nodes, and the time until their answer was there");
        SessionRequests sessions = new SessionRequests(stores.cluster, nodes, moves, audit);
        put(NodeRequest.HELLO, NodeRequest.Hello.class, sessions::hello);
        put(NodeRequest.BEAT, NodeRequest.Beat.class, sessions::beat);
        put(NodeRequest.NUMBER, NodeRequest.NumberVms.class, sessions::number);
        put(NodeRequest.CLAIM, NodeRequest.Claim.class, sessions::claim);
        put(NodeRequest.RELEASE, NodeRequest.Release.class, sessions::release);
        put(
                NodeRequest.RENEW,
                NodeRequest.Renew.class,
                (node, renew) -> Answer.of(new NodeRequest.Renewed(
                        renewals.renew(node, Requests.require(renew.publicKey(), "the node's public key")))));
        ExecutionReads reads = new ExecutionReads(stores.journal, nodes, mayStart);
        put(NodeRequest.UNFINISHED, NodeRequest.ListUnfinished.class, reads::unfinished);
        put(NodeRequest.MAY_START, NodeRequest.MayStart.class, reads::mayStart);
        put(NodeRequest.SIZE, NodeRequest.Size.class, reads::size);
        put(NodeRequest.CONTENT, NodeRequest.Content.class, reads::content);
        ExecutionChanges changes = new ExecutionChanges(stores.journal, new ExecutionListener() {
            @Override
            public void changed(ExecutionId id) {
                listener.changed(id);
                tellOthers(id);
            }

            @Override
            public void ended(Execution told) {
                listener.ended(told);
                tellOthers(told.id());
            }

            private void tellOthers(ExecutionId id) {
                bus.publish(Subjects.executionHint(id.toString()), new byte[0]);
            }
        });
        put(NodeRequest.ASK, NodeRequest.Ask.class, changes::ask);
        put(NodeRequest.OPENED, NodeRequest.Opened.class, changes::opened);
        put(NodeRequest.OUTPUT, NodeRequest.Output.class, changes::output);
        put(NodeRequest.UPDATE, NodeRequest.Update.class, changes::update);
        put(NodeRequest.WISH, NodeRequest.Wish.class, changes::wish);
        OperationRequests operations = new OperationRequests(stores.operations);
        put(NodeRequest.OPERATION, NodeRequest.StoreOperation.class, operations::store);
        put(NodeRequest.OPERATIONS, NodeRequest.ListOperations.class, operations::list);
        requests.keySet().forEach(kind -> timers.expect(kind, Answer.Status.FENCED.outcome()));
        own = bus.serve(Subjects.requestsTo(server), null, this);
        share = new RequestShare(bus, this, stores.write);
    }

    /** One kind of request. */
    private interface Request {
        Answer answer(NodeId node, byte[] payload) throws FencedException;
    }

    /** The same once it is decoded. */
    private interface Work<T> {
        Answer answer(NodeId node, T message) throws FencedException;
    }

    private <T extends Record> void put(String kind, Class<T> type, Work<T> work) {
        requests.put(kind, (node, payload) -> work.answer(node, WireCodec.decode(payload, type)));
    }

    @Override
    public byte[] handle(String subject, byte[] payload) {
        long begun = System.nanoTime();
        Answer answer = answer(subject, payload);
        String kind = Subjects.kind(subject);
        timers.ended(
                requests.containsKey(kind) ? kind : UNKNOWN, answer.status().outcome(), begun);
        return WireCodec.encode(answer);
    }

    private Answer answer(String subject, byte[] payload) {
        Optional<NodeId> node = Subjects.isRequest(subject) ? Subjects.node(subject) : Optional.empty();
        Request request = requests.get(Subjects.kind(subject));
        if (node.isEmpty() || request == null) {
            return refused(ErrorCode.NOT_SUPPORTED, "Cannot answer this because this version does not know it");
        }
        try {
            return request.answer(node.get(), payload);
        } catch (FencedException e) {
            return Answer.FENCED;
        } catch (BellhopException e) {
            return e.code() == ErrorCode.STORE_UNAVAILABLE ? Answer.BUSY : Answer.refused(e);
        } catch (WireFormatException e) {
            return refused(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            log.error("Cannot answer {} of node {}", Subjects.kind(subject), node.get(), e);
            return refused(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot answer this because of a fault in Bellhop; the API server's log tells more");
        }
    }

    private static Answer refused(ErrorCode code, String why) {
        return Answer.refused(new BellhopException(code, why));
    }

    /** Takes no more requests; those that are under way are answered. */
    @Override
    public void close() {
        share.close();
        own.close();
    }
}
