// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class VmTurnsTest {
    private static final VmId VM = new VmId(1);
    private static final Deadline NOW = Deadline.after(Duration.ZERO);

    private final VmTurns turns = new VmTurns();

    @Test
    void workWaitsForItsTurnUntilItsDeadline() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        CompletableFuture<String> first = CompletableFuture.supplyAsync(
                () -> turns.during(VM, "Cannot do this", Deadline.after(Duration.ofMinutes(1)), () -> {
                    begun.countDown();
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return "first";
                }),
                Thread::startVirtualThread);
        begun.await();

        BellhopException late = catchThrowableOfType(
                BellhopException.class, () -> turns.during(VM, "Cannot do this", NOW, () -> "second"));
        assertThat(late.code()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
        assertThat(late).hasMessageStartingWith("Cannot do this because VM 1 is busy with earlier changes of files");
        assertThat(turns.during(new VmId(2), "Cannot do this", NOW, () -> "of another VM"))
                .isEqualTo("of another VM");

        end.countDown();
        assertThat(first.get()).isEqualTo("first");
        assertThat(turns.during(VM, "Cannot do this", NOW, () -> "third")).isEqualTo("third");
    }
}
