// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import dev.bellhop.server.guest.question.Question;
import dev.bellhop.server.guest.question.QuestionKind;
import java.time.Duration;

/** Looks for problems of a VM and its guest, which takes some seconds. A recent result is returned again. */
public record Examine() implements Question<Checkup> {
    static final QuestionKind<Examine, Checkup> KIND = QuestionKind.look(
            "doctor", Examine.class, Checkup.class, "Cannot tell what is amiss", Duration.ofMinutes(2));

    @Override
    public QuestionKind<Examine, Checkup> kind() {
        return KIND;
    }
}
