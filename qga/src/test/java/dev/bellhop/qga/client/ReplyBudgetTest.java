// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.eventually;
import static dev.bellhop.qga.client.Soon.soon;
import static dev.bellhop.qga.client.Soon.verySoon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.AgentTimeoutException.Stage;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.qga.ReplyBudget.Share;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ReplyBudgetTest {

    @TempDir
    Path folder;

    private final ReplyBudget budget = new ReplyBudget(100);

    @Test
    void sharesGrowUpToTheBudgetAndAreGivenBack() throws Exception {
        try (Share one = budget.newShare();
                Share two = budget.newShare()) {
            assertThat(one.grow(60, soon())).isTrue();
            assertThat(two.grow(40, soon())).isTrue();
            assertThat(budget.held()).isEqualTo(100);
        }
        assertThat(budget.held()).isZero();
    }

    @Test
    void oneReplyMayGoBeyondTheBudgetAndTheNextWaits() throws Exception {
        try (Share one = budget.newShare();
                Share two = budget.newShare()) {
            assertThat(one.grow(60, soon())).isTrue();
            assertThat(two.grow(60, soon())).isTrue();
            assertThat(two.grow(1000, soon())).isTrue();
            assertThat(one.grow(1, verySoon())).isFalse();
            two.giveBack();
            assertThat(one.grow(1, soon())).isTrue();
            assertThat(budget.held()).isEqualTo(61);
        }
    }

    @Test
    void oneThatGaveUpDoesNotHoldUpThoseBehindIt() throws Exception {
        try (Share beyond = budget.newShare();
                Share large = budget.newShare();
                Share small = budget.newShare()) {
            beyond.grow(50, soon());
            large.grow(40, soon());
            beyond.grow(20, soon());
            CompletableFuture<Boolean> gaveUp = new CompletableFuture<>();
            Thread waiter = Thread.ofVirtual().start(() -> {
                try {
                    gaveUp.complete(large.grow(50, soon()));
                } catch (InterruptedException e) {
                    gaveUp.complete(false);
                }
            });
            eventually().until(() -> waiter.getState() == Thread.State.TIMED_WAITING);
            waiter.interrupt();
            assertThat(gaveUp.get()).isFalse();
            large.giveBack();
            assertThat(small.grow(30, soon())).isTrue();
        }
        assertThat(budget.held()).isZero();
    }

    @Test
    void aLargeReplyWaitsForRoomAndASmallOneDoesNot() throws Exception {
        ReplyBudget none = new ReplyBudget(0);
        GuestAgentOptions options = GuestAgentOptions.defaults().withBudget(none);
        String small = "QUJD".repeat(1000);
        String large = "QUJD".repeat(200_000);
        try (Share beyond = none.newShare();
                FakeAgent fake = FakeAgent.start(folder.resolve("a.sock"));
                GuestAgent agent = AgentClient.onUnixSocket(fake.socket(), options)) {
            beyond.grow(1, soon());
            fake.on("guest-exec-status", (request, wire) -> {
                String output = request.arguments().contains("1") ? small : large;
                wire.reply("{\"exited\": true, \"out-data\": \"" + output + "\"}");
            });
            assertThat(agent.execStatus(1, soon()).stdout()).hasSize(3000);
            assertThatThrownBy(() -> agent.execStatus(2, verySoon()))
                    .isInstanceOfSatisfying(AgentTimeoutException.class, e -> {
                        assertThat(e.stage()).isEqualTo(Stage.MEMORY);
                        assertThat(e.mayHaveActed()).isTrue();
                    });
            beyond.giveBack();
            assertThat(agent.execStatus(2, soon()).stdout()).hasSize(600_000);
            assertThat(none.held()).isZero();
        }
    }

    @Test
    void aResultInACallersShareCountsUntilThatIsClosed() throws Exception {
        ReplyBudget none = new ReplyBudget(0);
        String large = "QUJD".repeat(200_000);
        try (Share beyond = none.newShare();
                Share callers = none.newShare();
                FakeAgent fake = FakeAgent.start(folder.resolve("a.sock"));
                GuestAgent agent = AgentClient.onUnixSocket(
                        fake.socket(), GuestAgentOptions.defaults().withBudget(none))) {
            beyond.grow(1, soon());
            fake.on(
                    "guest-exec-status",
                    (request, wire) -> wire.reply("{\"exited\": true, \"out-data\": \"" + large + "\"}"));
            fake.on("guest-ping", (request, wire) -> wire.reply("{}"));
            agent.ping(soon());
            Deadline deadline = Deadline.after(Duration.ofSeconds(1));
            CompletableFuture<Integer> size = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    size.complete(agent.execStatus(1, callers, deadline).stdout().length);
                } catch (AgentException e) {
                    size.completeExceptionally(e);
                }
            });
            eventually().until(deadline::hasPassed);
            assertThat(size).isNotDone();
            beyond.giveBack();
            assertThat(size.get()).isEqualTo(600_000);
            assertThat(none.held()).isGreaterThanOrEqualTo(600_000);
            callers.giveBack();
            assertThat(none.held()).isZero();
        }
    }
}
