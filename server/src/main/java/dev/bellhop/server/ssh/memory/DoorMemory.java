// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.memory;

import dev.bellhop.server.limit.FairLimit;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Optional;

/**
 * How much memory all that is open over SSH may take at once. Accounts share it fairly. Each channel takes a little from its first command to
 * the end of the last thread that works for it: with that it goes on, if slowly. What makes it fast has a part of its own: more that a client
 * may send ahead, larger pieces of a file, more output on its way. For want of that part two things alone fail, after a wait: a command in a
 * guest that takes stdin with the start alone, and a message of sftp that is larger than clients send. Thread safe.
 */
public final class DoorMemory {
    /** What a channel may have its client send before anything else is counted. */
    public static final int FIRST_WINDOW = 128 << 10;

    /** A packet of output on its way. */
    public static final int PACKET = 32 << 10;

    /** What a channel takes in any case: what its client sends ahead, and a packet of stdout and of stderr. */
    static final long CHANNEL = FIRST_WINDOW + 2L * PACKET;

    private final FairLimit channels;
    private final FairLimit more;

    /**
     * How much there is, in bytes.
     *
     * @param channels for what each takes in any case
     * @param more for what makes them fast
     */
    public record Size(long channels, long more) {
        /** A quarter of the largest heap, and an eighth. Of 384 MiB, one account alone has 256 channels. */
        public static Size ofHeap() {
            long heap = Runtime.getRuntime().maxMemory();
            return new Size(Math.max(32L << 20, heap / 4), Math.max(16L << 20, heap / 8));
        }

        /** All of it. */
        public long total() {
            return channels + more;
        }
    }

    public DoorMemory(Size size) {
        this.channels = new FairLimit(size.channels());
        this.more = new FairLimit(size.more());
    }

    /** Tells how much is taken. */
    public void measure(MeterRegistry metrics) {
        Gauge.builder("bellhop.ssh.memory", this, DoorMemory::held)
                .baseUnit("bytes")
                .description("Memory that is taken for commands, terminals, files and connections over SSH")
                .register(metrics);
    }

    /** For a channel whose client has asked for something; empty where its holder's channels take up their share. */
    public Optional<ChannelMemory> take(String holder) {
        return channels.take(holder, CHANNEL)
                ? Optional.of(new ChannelMemory(holder, channels, CHANNEL, more))
                : Optional.empty();
    }

    /** What is taken now, in bytes. */
    public long held() {
        return channels.held() + more.held();
    }
}
