// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.cluster.message.WireUnfinished;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Finds what is stored as unfinished in a node's VMs, for the node to take up what it does not know of. Used by the session's thread
 * alone, but for {@link #hurry}.
 */
final class Repair {
    private static final Duration INTERVAL = Duration.ofSeconds(30);
    private static final Duration ORDER_ARRIVES = Duration.ofSeconds(3);

    private final ApiCalls calls;
    private final HeldVms vms;

    /** Those without a pid, and when they were seen first. */
    private final Map<ExecutionId, Long> firstSeen = new HashMap<>();

    private volatile boolean isUrgent;
    private boolean lookAgain;
    private long doneAt;

    Repair(ApiCalls calls, HeldVms vms) {
        this.calls = calls;
        this.vms = vms;
    }

    /** Has it done at the next occasion. */
    void hurry() {
        isUrgent = true;
    }

    boolean isDue() {
        return isUrgent || lookAgain || System.nanoTime() - doneAt > INTERVAL.toNanos();
    }

    /** All that is to be taken up. */
    List<Unfinished> look(long session) throws InterruptedException, FencedException {
        isUrgent = false;
        lookAgain = false;
        List<Unfinished> found = stored(session);
        List<Unfinished> due = found.stream()
                .filter(each -> vms.epoch(each.execution().vm()).isPresent() && isDue(each))
                .toList();
        firstSeen
                .keySet()
                .retainAll(found.stream().map(each -> each.execution().id()).collect(Collectors.toSet()));
        doneAt = System.nanoTime();
        return due;
    }

    private List<Unfinished> stored(long session) throws InterruptedException, FencedException {
        List<Unfinished> found = new ArrayList<>();
        UUID after = null;
        boolean more = true;
        while (more) {
            NodeRequest.UnfinishedPage page = calls.ask(
                            NodeRequest.UNFINISHED,
                            new NodeRequest.ListUnfinished(session, null, after),
                            ApiCalls.TIMEOUT)
                    .open(NodeRequest.UnfinishedPage.class);
            page.executions().stream().map(WireUnfinished::unfinished).forEach(found::add);
            more = page.more() && !page.executions().isEmpty();
            if (more) {
                after = page.executions().getLast().execution().id();
            }
        }
        return found;
    }

    /** What has no pid may just be ordered, and what is taken up from the store is not started for who waits for it. */
    private boolean isDue(Unfinished found) {
        if (found.execution().pid() != null) {
            return true;
        }
        long now = System.nanoTime();
        Long before = firstSeen.putIfAbsent(found.execution().id(), now);
        boolean due = before != null && now - before > ORDER_ARRIVES.toNanos();
        lookAgain |= !due;
        return due;
    }
}
