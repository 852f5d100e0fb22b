// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.limit.FairLimit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("ssh")
class DoorMemoryTest {
    private static final long MORE = 1_000;

    /** Of which one alone has two channels, and half of what there is more. */
    private final DoorMemory door = new DoorMemory(new FairLimit(5 * DoorMemory.CHANNEL), new FairLimit(MORE));

    private ChannelMemory channel(String holder) {
        return door.take(holder).orElseThrow();
    }

    @Test
    void whoHasItsShareGetsNoChannelAndOthersDo() {
        channel("a");
        channel("a").leave();
        channel("a");
        assertThat(door.take("a")).isEmpty();
        assertThat(door.take("b")).isPresent();
    }

    @Test
    void withoutMoreThereAreChannelsStill() {
        ChannelMemory first = channel("a");
        assertThat(first.take(MORE / 2)).isTrue();
        assertThat(first.take(1)).isFalse();
        assertThat(channel("a").take(1)).isFalse();
        first.giveBack(MORE / 4);
        assertThat(first.take(MORE / 4)).isTrue();
        first.leave();
        assertThat(channel("a").take(1)).isTrue();
    }

    /** A guest that does not answer keeps a thread after its client has left. */
    @Test
    void aChannelHasItUntilTheLastThreadHasEnded() {
        AtomicBoolean gone = new AtomicBoolean();
        ChannelMemory channel = channel("a");
        channel.whenGone(() -> gone.set(true));
        channel.enter();
        assertThat(channel.take(3)).isTrue();
        channel.leave();
        assertThat(door.held()).isEqualTo(DoorMemory.CHANNEL + 3);
        assertThat(gone).isFalse();
        channel.leave();
        assertThat(door.held()).isZero();
        assertThat(gone).isTrue();
        assertThat(channel.take(1)).as("it has ended").isFalse();
        channel.giveBack(3);
        assertThat(door.held()).isZero();
    }

    /** Else a client that reads nothing could have one channel after the other leave its output here. */
    @Test
    void andUntilItsPacketsAreSentOrTheConnectionHasEnded() {
        ChannelMemory sent = channel("a");
        assertThat(sent.take(MORE / 3)).isTrue();
        sent.packetBegins();
        sent.leave();
        assertThat(door.held()).isPositive();
        sent.packetEnds(MORE / 3);
        assertThat(door.held()).isZero();

        ChannelMemory unsent = channel("a");
        unsent.packetBegins();
        unsent.leave();
        assertThat(door.held()).isPositive();
        unsent.connectionEnds();
        assertThat(door.held()).isZero();
        unsent.packetEnds(0);
        assertThat(door.held()).isZero();
    }
}
