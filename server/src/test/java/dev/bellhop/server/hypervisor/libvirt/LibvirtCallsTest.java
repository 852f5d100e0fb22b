// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.libvirt.LibvirtCalls.CallException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** On libvirt's test driver, which needs no daemon. */
@Tag("real")
class LibvirtCallsTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final LibvirtCalls calls = new LibvirtCalls("test-libvirt", "test:///default", 4, 2);
    private final CountDownLatch release = new CountDownLatch(1);
    private final Semaphore hanging = new Semaphore(0);

    @AfterEach
    void close() {
        release.countDown();
        calls.close();
    }

    private <T> T call(LibvirtCalls.Task<T> task) throws CallException {
        return calls.call(task, false, Deadline.after(LONG));
    }

    /** As an agent that does not answer: libvirt holds the thread, whoever waits. */
    private boolean hang(LibvirtConnection connection) {
        hanging.release();
        boolean interrupted = false;
        while (release.getCount() > 0) {
            try {
                release.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        return !interrupted;
    }

    @Test
    void aCallGivesItsResultOrWhatLibvirtSaid() throws Exception {
        int domains = call(connection -> connection.domains().size());
        assertThat(domains).isEqualTo(1);
        CallException e =
                catchThrowableOfType(CallException.class, () -> call(connection -> connection.domain(new UUID(0, 1))));
        assertThat(e.why).isEqualTo(CallException.Why.FAILED);
        assertThat(e.said).isNotNull().satisfies(said -> assertThat(said.code()).isEqualTo(LibvirtException.NO_DOMAIN));
    }

    @Test
    void anIdleThreadTakesTheNextCall() throws Exception {
        AtomicReference<LibvirtConnection> first = new AtomicReference<>();
        Thread thread = call(connection -> {
            first.set(connection);
            return Thread.currentThread();
        });
        await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        LibvirtConnection second = call(connection -> connection);
        assertThat(second).isSameAs(first.get());
    }

    @Test
    void aDaemonThatIsNotThereIsUnreachable() {
        try (LibvirtCalls nowhere = new LibvirtCalls("test-libvirt", "qemu+unix:///system?socket=/nowhere", 1, 1)) {
            CallException e = catchThrowableOfType(
                    CallException.class, () -> nowhere.call(c -> true, false, Deadline.after(LONG)));
            assertThat(e.why).isEqualTo(CallException.Why.UNREACHABLE);
        }
    }

    @Test
    void hangingCallsLeaveThreadsAndReturnOnTime() throws Exception {
        Semaphore late = new Semaphore(0);
        AtomicInteger begun = new AtomicInteger();
        for (int i = 0; i < 5; i++) {
            Thread.startVirtualThread(() -> {
                CallException e = catchThrowableOfType(
                        CallException.class,
                        () -> calls.call(
                                connection -> {
                                    begun.incrementAndGet();
                                    return hang(connection);
                                },
                                true,
                                Deadline.after(Duration.ofMillis(300))));
                if (e.why == CallException.Why.LATE || e.why == CallException.Why.NOT_BEGUN) {
                    late.release();
                }
            });
        }
        late.acquire(5);
        assertThat(begun).hasValue(2);
        boolean called = call(connection -> true);
        assertThat(called).isTrue();
    }

    @Test
    void aFaultCostsNoThread() throws Exception {
        try (LibvirtCalls one = new LibvirtCalls("test-libvirt", "test:///default", 1, 1)) {
            for (int i = 0; i < 3; i++) {
                CallException e = catchThrowableOfType(
                        CallException.class,
                        () -> one.call(
                                connection -> {
                                    throw new IllegalStateException("a fault");
                                },
                                true,
                                Deadline.after(LONG)));
                assertThat(e.why).isEqualTo(CallException.Why.FAILED);
            }
            boolean called = one.call(connection -> true, true, Deadline.after(Duration.ofSeconds(10)));
            assertThat(called).isTrue();
        }
    }

    @Test
    void whatLibvirtSaysIsShownOnOneLine() {
        assertThat(new LibvirtException(1, 0, "no\u001b[31m way\nqemu: /secret").words())
                .isEqualTo("no?[31m way");
        assertThat(new LibvirtException(1, 0, "x".repeat(1000)).words()).hasSize(201);
        assertThat(new LibvirtException(1, 0, "").words()).isEmpty();
    }

    @Test
    void whatHasNotBegunInTimeNeverDoes() throws Exception {
        for (int i = 0; i < 4; i++) {
            Thread.startVirtualThread(() -> {
                Throwable ignored = catchThrowable(() -> call(this::hang));
            });
        }
        hanging.acquire(4);
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        LibvirtCalls.Task<Integer> task = new LibvirtCalls.Task<>() {
            @Override
            public Integer run(LibvirtConnection connection) {
                return begun.incrementAndGet();
            }

            @Override
            public void ended() {
                ended.incrementAndGet();
            }
        };
        CallException e = catchThrowableOfType(
                CallException.class, () -> calls.call(task, false, Deadline.after(Duration.ofMillis(50))));
        assertThat(e.why).isEqualTo(CallException.Why.NOT_BEGUN);
        assertThat(ended).hasValue(1);
        release.countDown();
        boolean called = call(connection -> true);
        assertThat(called).isTrue();
        assertThat(begun).hasValue(0);
    }

    @Test
    void aMissingLibraryIsToldWithItsPackage() {
        assertThatThrownBy(() -> LibvirtLibrary.require("libno-such-thing.so.0"))
                .isInstanceOf(LibvirtMissingException.class)
                .hasMessageContaining("libno-such-thing.so.0")
                .hasMessageContaining("libvirt0");
    }
}
