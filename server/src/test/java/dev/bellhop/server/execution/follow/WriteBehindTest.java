// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WriteBehindTest {
    private final List<Long> kept = new CopyOnWriteArrayList<>();
    private final BlockingQueue<Boolean> disk = new LinkedBlockingQueue<>();
    private final Semaphore places = new Semaphore(1);
    private final WriteBehind behind = new WriteBehind(this::keep, places);

    private void keep(List<OutputChunk> chunks, OutputSize size) throws InterruptedException {
        disk.take();
        kept.add(size.stdoutBytes());
    }

    private static void append(WriteBehind behind, long stdout) throws InterruptedException {
        List<OutputChunk> chunks = List.of(new OutputChunk(OutputStreamName.STDOUT, stdout - 1, new byte[1]));
        behind.append(chunks, new OutputSize(stdout, 0, false));
    }

    @Test
    void itsCallerGoesOnWhileTheDiskIsSlow() throws Exception {
        append(behind, 1);
        assertThat(kept).isEmpty();
        disk.put(true);
        append(behind, 2);
        assertThat(kept).containsExactly(1L);
        disk.put(true);
        behind.awaitDurable();
        assertThat(kept).containsExactly(1L, 2L);
        behind.awaitDurable();
    }

    @Test
    void aFailureIsToldOnce() throws Exception {
        var failing = new WriteBehind(
                (chunks, size) -> {
                    throw new IllegalStateException("the disk");
                },
                new Semaphore(1));
        failing.append(List.of(), new OutputSize(0, 0, false));
        assertThatThrownBy(failing::awaitDurable).hasMessage("the disk");
        failing.awaitDurable();
    }

    /** Or one would look for the cause at the database. */
    @Test
    void aFailedWriteDoesNotHideWhyTheReadingFailed() {
        assertThatThrownBy(() -> WriteBehind.during(
                        (chunks, size) -> {
                            throw new IllegalStateException("the disk");
                        },
                        writing -> {
                            append(writing, 1);
                            throw new AgentProtocolException("the agent", false, null);
                        }))
                .isInstanceOf(AgentProtocolException.class)
                .hasMessage("the agent")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .extracting(Throwable::getMessage)
                        .containsExactly("the disk"));
    }

    @Test
    void whoeverIsInterruptedEndsTheWrite() throws Exception {
        append(behind, 1);
        var ended = new CountDownLatch(1);
        Thread caller = Thread.startVirtualThread(() -> {
            try {
                behind.awaitDurable();
            } catch (InterruptedException e) {
                ended.countDown();
            }
        });
        caller.interrupt();
        assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(kept).isEmpty();
    }

    @Test
    void withoutAPlaceItWaitsForEachWriteAndReadsLess() throws Exception {
        var crowded = new WriteBehind(this::keep, places);
        disk.put(true);

        append(crowded, 1);

        assertThat(kept).containsExactly(1L);
        assertThat(crowded.readBytes()).isLessThan(behind.readBytes());
        crowded.end();
        assertThat(places.availablePermits()).isZero();
    }

    @Test
    void atItsEndAllIsDurableAndItsPlaceFree() throws Exception {
        append(behind, 1);
        disk.put(true);

        behind.end();

        assertThat(kept).containsExactly(1L);
        assertThat(places.availablePermits()).isOne();
    }
}
