// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
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

    /** In no language: by the number that all Windows have for it. */
    @ParameterizedTest
    @CsvSource({
        "80070002, FILE_NOT_FOUND, it is not there",
        "80070003, FILE_NOT_FOUND, the directory that it is in is not there",
        "80070005, GUEST_REFUSED, the guest's agent has no permission for it",
        "80070013, GUEST_REFUSED, its disk in the guest is write-protected",
        "80070020, GUEST_REFUSED, a program in the guest has it open",
        "80070497, GUEST_REFUSED, a program in the guest has it open",
        "80070070, GUEST_REFUSED, the guest's disk is full",
        "800700b7, FILE_EXISTS, there is something of that name",
        "80070091, DIRECTORY_NOT_EMPTY, the directory is not empty",
        "800700ce, GUEST_REFUSED, the name is too long",
        "80131620, GUEST_REFUSED, the guest refuses to",
        "80070002x, GUEST_REFUSED, the guest refuses to",
        "'', GUEST_REFUSED, the guest refuses to"
    })
    void theReasonOfWindowsIsItsNumber(String result, ErrorCode code, String told) {
        BellhopException failure = FileFailures.of("Cannot do this", "win32", result, "no space left");
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure).hasMessageStartingWith("Cannot do this because " + told);
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
