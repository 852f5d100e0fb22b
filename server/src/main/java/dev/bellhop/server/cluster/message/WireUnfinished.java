// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.message;

import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An execution that has not ended, with what a node has to know that takes it up.
 *
 * @param askedMode how its guest was asked to start it; absent, as the rest of it, where no guest has heard of it
 * @param cancelGrace absent where nobody wants it to end
 */
public record WireUnfinished(
        WireExecution execution,
        long revision,
        boolean stdinFollows,
        Duration deliveryTimeout,
        boolean callerWaits,
        @Nullable ExecutionMode askedMode,
        @Nullable Instant askedAt,
        @Nullable String askedSpool,
        @Nullable UUID askedBoot,
        @Nullable Duration cancelGrace,
        @Nullable Long stdoutHandle,
        @Nullable Long stderrHandle) {

    public static WireUnfinished of(Unfinished left) {
        StartIntent asked = left.asked();
        return new WireUnfinished(
                WireExecution.of(left.execution()),
                left.revision(),
                left.terms().stdinFollows(),
                left.terms().deliveryTimeout(),
                left.terms().callerWaits(),
                asked == null ? null : asked.mode(),
                asked == null ? null : asked.at(),
                asked == null ? null : asked.spool(),
                asked == null ? null : asked.boot(),
                left.cancelGrace(),
                left.files().stdout(),
                left.files().stderr());
    }

    public Unfinished unfinished() {
        StartIntent asked = askedMode == null || askedAt == null
                ? null
                : new StartIntent(askedMode, askedAt, askedSpool, askedBoot);
        StartOptions terms = new StartOptions(Map.of(), null, null, null, stdinFollows, deliveryTimeout, callerWaits);
        return new Unfinished(
                execution.execution(), revision, terms, asked, cancelGrace, new OpenFiles(stdoutHandle, stderrHandle));
    }

    @Override
    public String toString() {
        return "WireUnfinished[" + execution.id() + "]";
    }
}
