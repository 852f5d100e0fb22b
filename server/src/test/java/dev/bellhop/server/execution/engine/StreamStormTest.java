// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.store.ExecutionFilter;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.stream.GuestCommand;
import dev.bellhop.server.stream.GuestProcess;
import dev.bellhop.server.stream.PortedVm;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.server.stream.StreamUnavailableException;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.testkit.Seed;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Commands that are started over streams while the guest's end of the stream is killed and stopped, the stream is closed, the agent is killed,
 * and the server restarted, at moments that a seed decides: each runs once at most, and its execution says so.
 */
@Timeout(300)
@Tag("real")
@Tag("storm")
class StreamStormTest extends SupervisedGuest {
    private static final int COMMANDS = 240;
    private static final int AT_A_TIME = 6;
    private static final int FAULTS = 24;

    @RegisterExtension
    private final Seed seed = Seed.draw();

    private final Random random = seed.random();
    private final ReentrantReadWriteLock server = new ReentrantReadWriteLock(true);
    private final AtomicInteger over = new AtomicInteger();
    private double started;

    @Override
    boolean overStream() {
        return true;
    }

    private Path counter() {
        return folder.resolve("counter");
    }

    /** Some have input, some write more than comes with the end, some take a while. */
    private ExecutionRequest command(int number) {
        String work = switch (number % 5) {
            case 0 -> "cat";
            case 1 -> "seq 30000";
            case 2 -> "sleep 0.3";
            default -> ":";
        };
        String text = "echo %1$d >>%2$s; echo out %1$d; %3$s; exit %4$d".formatted(number, counter(), work, number % 8);
        byte[] stdin = number % 5 == 0 ? ("in " + number).getBytes(StandardCharsets.UTF_8) : null;
        boolean waits = number % 2 == 0;
        return new ExecutionRequest(
                new ExecutionSpec(CommandLine.script(text), KEY, Tenant.operator(), Map.of("n", "" + number), null),
                new StartOptions(
                        Map.of(), null, null, stdin, false, waits ? Duration.ofSeconds(60) : Duration.ZERO, false));
    }

    private static String stdout(int number) {
        return "out " + number + "\n"
                + switch (number % 5) {
                    case 0 -> "in " + number;
                    case 1 ->
                        IntStream.rangeClosed(1, 30000).mapToObj(i -> i + "\n").collect(Collectors.joining());
                    default -> "";
                };
    }

    private void runSome(AtomicInteger next) {
        for (int i = next.getAndIncrement(); i < COMMANDS; i = next.getAndIncrement()) {
            server.readLock().lock();
            try {
                executions.submit(
                        FakeVm.ID, command(i), null, Duration.ofMillis(200), Deadline.after(Duration.ofSeconds(5)));
            } catch (BellhopException e) {
                // What became of it is in the store.
            } finally {
                server.readLock().unlock();
                over.incrementAndGet();
            }
        }
    }

    private void strike(int fault) throws Exception {
        switch (fault % 5) {
            case 0 -> signal("KILL");
            case 1 -> Objects.requireNonNull(streams).forget(PortedVm.ID);
            case 2 -> {
                String script = signal("STOP");
                Thread.sleep(random.nextInt(1_500));
                signal("CONT", script);
            }
            case 3 -> agent.restartKeepingProcesses();
            default -> {
                // Those who order commands are not to be told that there is no server.
                server.writeLock().lock();
                try {
                    started += startedOverStream();
                    stopServer();
                    startServer(Clock.systemUTC());
                } finally {
                    server.writeLock().unlock();
                }
            }
        }
    }

    private String signal(String name) throws Exception {
        try (StreamLease lease = Objects.requireNonNull(streams).acquire(PortedVm.ID, soon());
                GuestProcess shell = lease.stream().exec(GuestCommand.of("sh", "-c", "echo $PPID"), soon())) {
            String script = new String(shell.stdout().read(100, soon()).orElseThrow(), StandardCharsets.US_ASCII);
            signal(name, script.strip());
            return script.strip();
        } catch (StreamException | StreamUnavailableException e) {
            return "";
        }
    }

    private static void signal(String name, String pid) throws Exception {
        if (!pid.isEmpty()) {
            new ProcessBuilder("kill", "-" + name, pid).start().waitFor();
        }
    }

    @Test
    void eachRunsOnceAtMostAndItsExecutionSaysSo() throws Exception {
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = IntStream.range(0, AT_A_TIME)
                    .<Future<?>>mapToObj(i -> workers.submit(() -> runSome(next)))
                    .toList();
            for (int fault = 0; fault < FAULTS; fault++) {
                int progress = (fault + 1) * COMMANDS / (FAULTS + 2);
                eventually().until(() -> over.get() >= progress);
                Thread.sleep(random.nextInt(100));
                strike(fault);
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        started += startedOverStream();
        List<Execution> stored = store.list(ExecutionFilter.ALL, null, COMMANDS).executions();
        assertThat(stored).hasSize(COMMANDS);
        List<Execution> ends = stored.stream().map(this::end).toList();
        // What may have been sent late has been read by now: the stream answers, or its script has ended.
        signal("CONT");
        Map<String, Long> runs = Files.readAllLines(counter()).stream()
                .collect(Collectors.groupingBy(line -> line, Collectors.counting()));
        int ran = 0;
        for (Execution end : ends) {
            int number = Integer.parseInt(end.spec().labels().get("n"));
            if (end.state() == ExecutionState.EXITED) {
                ran++;
                assertThat(runs.get("" + number)).as("%s", end).isEqualTo(1);
                assertThat(Objects.requireNonNull(end.exit()).code()).isEqualTo(number % 8);
                byte[] stdout = executions.output(end.id(), OutputStreamName.STDOUT, 0, 1 << 20);
                assertThat(new String(stdout, StandardCharsets.UTF_8).equals(stdout(number)))
                        .as("stdout of %s", end)
                        .isTrue();
            } else {
                assertThat(end.state()).as("%s", end).isEqualTo(ExecutionState.REJECTED);
                assertThat(runs.get("" + number)).as("%s", end).isNull();
            }
        }
        System.out.printf("%d ran, %.0f were started over a stream%n", ran, started);
        assertThat(ran).isGreaterThan(COMMANDS / 2);
        assertThat(started).isGreaterThan(COMMANDS / 4.0);
    }
}
