// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.clock;

import dev.bellhop.server.guest.question.Question;
import dev.bellhop.server.guest.question.QuestionKind;
import java.time.Duration;
import java.util.Objects;

/** Sets a guest's clock. Fails like {@link dev.bellhop.server.guest.AgentCalls#change}. */
public record SetClock(ClockSource source) implements Question<ClockChange> {
    static final QuestionKind<SetClock, ClockChange> KIND = QuestionKind.change(
            "clock-sync", SetClock.class, ClockChange.class, "Cannot set the clock", Duration.ofSeconds(25));

    public SetClock {
        Objects.requireNonNull(source, "source");
    }

    @Override
    public QuestionKind<SetClock, ClockChange> kind() {
        return KIND;
    }
}
