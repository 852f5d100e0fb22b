// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.memory;

import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.limit.HeapShare;
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
     * @param channels that every channel needs
     * @param more that makes channels fast
     */
    public record Size(long channels, long more) {
        /** The shares of the heap. Of 384 MiB, one account alone has 160 channels. */
        public static Size ofHeap() {
            return new Size(HeapShare.OPEN.bytes(), HeapShare.SSH_SPEED.bytes());
        }

        /** All of it. */
        public long total() {
            return channels + more;
        }
    }

    /**
     * Memory that terminals and forwards may also take.
     *
     * @param channels that every channel needs
     * @param more that makes channels fast
     */
    public DoorMemory(FairLimit channels, FairLimit more) {
        this.channels = channels;
        this.more = more;
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
