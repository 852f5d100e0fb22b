// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileFailuresTest {
    /** Names of files may say anything. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tar: no space left: Cannot open: Permission denied | the guest's agent has no permission",
                "tar: users/group: Cannot mkdir: File exists | the guest refuses to",
                "tar: a/Is a directory: Cannot write: No space left on device | the guest's disk is full",
                "failed to open file 'group' (mode: 'r'): Text file busy | it is a program that runs",
                "File name too long | the name is too long",
                "chown: invalid user: 'nobody else' | the guest knows no such user or group",
                "chown: unknown group staffs | the guest knows no such user or group",
                "rm: cannot remove 'unknown user': Device or resource busy | it is in use",
                "read-only file system | its file system in the guest is mounted read-only",
            })
    void theReasonIsWhatToolsSayLast(String said, String told) {
        assertThat(FileFailures.refused("Cannot do this", said)).hasMessageContaining("because " + told.strip());
    }

    @Test
    void aLineThatGivesNoReasonHidesNone() {
        String said = """
                tar: a: Cannot open: No space left on device
                tar: Exiting with failure status due to previous errors
                """;
        assertThat(FileFailures.refused("Cannot do this", said)).hasMessageContaining("the guest's disk is full");
    }
}
