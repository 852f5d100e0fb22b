// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.cluster;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.query.ExecutionQuery;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.testkit.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * Clients that ask for one short command after another, in all VMs and at both API servers of a cluster, and do not ask twice. What
 * they were answered is held against what has run.
 */
final class ClusterLoad {
    private static final int CLIENTS = 6;
    private static final Duration PAUSE = Duration.ofMillis(Profile.size(600, 100));
    private static final Duration SETTLED = Duration.ofMinutes(1);

    private final String group;
    private final Path file;
    private final List<BellhopClient> servers;
    private final AtomicInteger numbers = new AtomicInteger();
    private final Collection<Attempt> attempts = new ConcurrentLinkedQueue<>();
    private final Map<String, CountedCommand> commands = new ConcurrentHashMap<>();
    private final List<CompletableFuture<Integer>> clients = new ArrayList<>();
    private volatile boolean ends;

    /**
     * One request and its answer.
     *
     * @param status of the answer; 201 stands for all successes
     */
    record Attempt(String tag, int vmid, Instant begun, Duration took, int status) {
        static final int STARTED = 201;

        boolean isStarted() {
            return status == STARTED;
        }

        /** Whether it was answered that nothing was started, and nothing will be. */
        boolean isRefused() {
            return status == 409 || status == 503;
        }

        boolean isUnknown() {
            return status == 504;
        }
    }

    private ClusterLoad(String group, Path file, List<BellhopClient> servers) {
        this.group = group;
        this.file = file;
        this.servers = servers;
    }

    /** Begins; {@link #end} has to follow. */
    static ClusterLoad begin(Cluster cluster, String group, List<BellhopClient> servers) {
        var load = new ClusterLoad(group, cluster.file(group), servers);
        for (int i = 0; i < CLIENTS; i++) {
            int number = i;
            load.clients.add(Cluster.async(() -> load.run(number)));
        }
        return load;
    }

    private int run(int client) throws InterruptedException {
        BellhopClient server = servers.get(client % servers.size());
        int asked = 0;
        while (!ends) {
            ask(server, 1 + client % Cluster.NODES, 1);
            asked++;
            Thread.sleep(PAUSE); // Its pace.
        }
        return asked;
    }

    /** Asks for one command, and returns the answer. */
    Attempt ask(BellhopClient server, int vmid, int lines) throws InterruptedException {
        String tag = group + "-" + numbers.incrementAndGet();
        CountedCommand command = new CountedCommand(group, tag, file, lines);
        commands.put(tag, command);
        Instant begun = Instant.now();
        int status = Attempt.STARTED;
        try {
            server.executions().create(vmid, command.wanted(), UUID.randomUUID().toString(), Duration.ZERO);
        } catch (BellhopApiException e) {
            status = e.status();
        }
        var attempt = new Attempt(tag, vmid, begun, Duration.between(begun, Instant.now()), status);
        attempts.add(attempt);
        return attempt;
    }

    /** What was answered by now to requests that began after this, and that are such. */
    List<Attempt> since(Instant time, Predicate<Attempt> such) {
        return attempts.stream()
                .filter(each -> each.begun.isAfter(time))
                .filter(such)
                .toList();
    }

    /** Waits until so many more requests have been answered so. */
    void awaitMore(int count, Predicate<Attempt> such, Duration longest) {
        Instant now = Instant.now();
        await().atMost(longest).until(() -> since(now, such).size() >= count);
    }

    /** The longest that an answer took to a request that began in this time; to be asked once all are answered. */
    Duration longest(Instant from, Instant until) {
        return since(from, each -> each.begun.isBefore(until)).stream()
                .map(Attempt::took)
                .max(Duration::compareTo)
                .orElseThrow();
    }

    void end() {
        ends = true;
        clients.forEach(CompletableFuture::join);
    }

    /** Waits until all has ended, and checks that it ended as its clients were told, as it has run, and alike at each server. */
    void assertTrueEnds() throws Exception {
        for (BellhopClient server : servers) {
            await().atMost(SETTLED)
                    .until(() -> executions(server, "pending", "running").isEmpty());
        }
        Map<String, Long> lines = lines();
        assertThat(lines).allSatisfy((tag, count) -> assertThat(count).as(tag).isOne());
        Map<String, ExecutionView> ends = byTag(executions(servers.getFirst()));
        for (ExecutionView end : ends.values()) {
            String tag = tag(end);
            if (lines.containsKey(tag)) {
                for (BellhopClient server : servers) {
                    command(tag).assertTrueEnd(server.executions().get(end.id(), Duration.ZERO), server);
                }
            } else {
                assertThat(end.state()).as("%s", end).isEqualTo("rejected");
            }
        }
        assertThat(ends).containsKeys(lines.keySet().toArray(String[]::new));
        for (Attempt attempt : attempts) {
            assertThat(attempt.isStarted() || attempt.isRefused() || attempt.isUnknown())
                    .as("%s", attempt)
                    .isTrue();
            if (attempt.isStarted()) {
                assertThat(lines).as("%s", attempt).containsKey(attempt.tag);
            } else if (attempt.isRefused()) {
                assertThat(lines).as("%s", attempt).doesNotContainKey(attempt.tag);
            }
        }
        for (BellhopClient server : servers) {
            assertThat(byTag(executions(server))).isEqualTo(ends);
        }
    }

    private CountedCommand command(String tag) {
        return Objects.requireNonNull(commands.get(tag));
    }

    private Map<String, Long> lines() throws IOException {
        return Files.readAllLines(file).stream().collect(groupingBy(tag -> tag, counting()));
    }

    static String tag(ExecutionView execution) {
        return Objects.requireNonNull(Objects.requireNonNull(execution.labels()).get(CountedCommand.TAG));
    }

    private static Map<String, ExecutionView> byTag(List<ExecutionView> executions) {
        return executions.stream().collect(toMap(ClusterLoad::tag, each -> each));
    }

    /** All of these commands, or those in such states. */
    List<ExecutionView> executions(BellhopClient server, String... states) throws InterruptedException {
        var query = new ExecutionQuery(null, List.of(states), Map.of(CountedCommand.GROUP, group), null, null);
        List<ExecutionView> found = new ArrayList<>();
        String cursor = null;
        do {
            Page<ExecutionView> page = server.executions().list(query, 100, cursor);
            found.addAll(page.items());
            cursor = page.nextCursor();
        } while (cursor != null);
        return found;
    }

    @Override
    public String toString() {
        return attempts.stream()
                .collect(groupingBy(Attempt::status, counting()))
                .toString();
    }
}
