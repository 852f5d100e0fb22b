// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever takes all that it gets leaves something for the next. */
@Timeout(30)
class FairLimitTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final FairLimit limit = new FairLimit(1200);

    /** How much a holder gets that takes one after the other, as long as it gets any. */
    private long takeAll(String holder) {
        while (limit.take(holder, 1)) {
            // One more.
        }
        return limit.heldBy(holder);
    }

    @Test
    void oneAloneGetsHalf() {
        assertThat(takeAll("a")).isEqualTo(600);
        assertThat(limit.held()).isEqualTo(600);
    }

    @Test
    void everyFurtherOneFindsHalfOfWhatIsLeft() {
        assertThat(takeAll("a")).isEqualTo(600);
        assertThat(takeAll("b")).isEqualTo(300);
        assertThat(takeAll("c")).isEqualTo(150);
    }

    @Test
    void twoThatTakeTurnsGetAThirdEach() {
        while (limit.take("a", 1) && limit.take("b", 1)) {
            // One more each.
        }
        assertThat(limit.heldBy("a")).isEqualTo(400);
        assertThat(limit.heldBy("b")).isEqualTo(400);
    }

    @Test
    void theLastOnesAreGivenOneByOne() {
        FairLimit small = new FairLimit(3);
        assertThat(IntStream.range(0, 4).mapToObj(i -> small.take("holder " + i, 1)))
                .containsExactly(true, true, true, false);
    }

    @Test
    void partOfHoldingIsGivenBackByItself() {
        FairLimit.Holding whole = limit.newHolding("a");
        assertThat(whole.grow(500)).isTrue();
        FairLimit.Holding part = whole.split(200);
        assertThat(limit.heldBy("a")).isEqualTo(500);
        whole.close();
        assertThat(limit.heldBy("a")).isEqualTo(200);
        assertThatThrownBy(() -> part.split(201)).isInstanceOf(IllegalArgumentException.class);
        part.close();
        assertThat(limit.held()).isZero();
    }

    @Test
    void whatIsRefusedTakesNothing() {
        assertThat(limit.take("a", 601)).isFalse();
        assertThat(limit.held()).isZero();
        assertThat(limit.take("a", 600)).isTrue();
    }

    @Test
    void whatIsGivenBackIsThereForOthers() throws Exception {
        assertThat(limit.take("a", 600)).isTrue();
        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> await("a", 100));
        assertThat(limit.take("b", 300)).isTrue();
        limit.giveBack("a", 500);
        assertThat(waiting.get()).isTrue();
        assertThat(limit.heldBy("a")).isEqualTo(200);
        limit.giveBack("a", 200);
        limit.giveBack("b", 300);
        assertThat(limit.held()).isZero();
    }

    @Test
    void whoHasNothingIsForgotten() {
        assertThat(limit.take("a", 1)).isTrue();
        limit.giveBack("a", 1);
        limit.giveBack("a", 0);
        assertThat(limit.take("b", 0)).isTrue();
        assertThat(limit.holders()).isZero();
    }

    @Test
    void whatNeverFitsIsNotWaitedFor() {
        assertThat(await("a", 601)).isFalse();
    }

    @Test
    void whatWasLetInBeforeIsTakenWhateverTheLimit() {
        limit.takeAnyway("a", 2000);
        assertThat(limit.take("a", 1)).isFalse();
        limit.giveBack("a", 2000);
        assertThat(limit.take("a", 600)).isTrue();
    }

    @Test
    void aHoldingGivesBackAllThatItHas() {
        FairLimit.Holding holding = limit.newHolding("a");
        assertThat(holding.grow(400)).isTrue();
        assertThat(holding.grow(201)).isFalse();
        holding.shrink(100);
        assertThat(limit.heldBy("a")).isEqualTo(300);
        holding.close();
        holding.close();
        holding.shrink(100);
        assertThat(holding.grow(1)).isFalse();
        assertThat(limit.held()).isZero();
    }

    private boolean await(String holder, long amount) {
        try {
            return limit.take(holder, amount, LONG);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
