// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.guest.question.QuestionKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each question to a guest has its form on the wire recorded, which another test compares. */
class RecordedQuestionsTest {
    @Test
    void eachQuestionThatAGuestAnswersIsRecorded(@TempDir Path folder) throws Exception {
        Path recorded =
                Path.of(Objects.requireNonNull(RecordedQuestionsTest.class.getResource("/wire/recorded-questions.txt"))
                        .toURI());
        try (UseCaseScene scene = new UseCaseScene(folder)) {
            assertThat(Files.readAllLines(recorded))
                    .extracting(line -> line.substring(0, line.indexOf(' ')))
                    .containsAll(scene.server.guests.kinds().stream()
                            .map(QuestionKind::name)
                            .toList());
        }
    }
}
