// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.ContractChecker;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.Availability;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The names that programs match on are those of the document: each of the server's is there, and no other is. */
class DocumentedNamesTest {
    private static final String DOCUMENT = new String(ContractChecker.document(), StandardCharsets.UTF_8);

    private static List<String> rows(String secondColumn) {
        return Pattern.compile("\\| `([a-z_]+)` \\| " + secondColumn + " \\|")
                .matcher(DOCUMENT)
                .results()
                .map(row -> row.group(1))
                .toList();
    }

    private static <E extends Enum<E>> List<String> names(E[] values) {
        return Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    @Test
    void theReasons() {
        assertThat(rows("(?:rejected|lost|rejected or lost)"))
                .containsExactlyInAnyOrderElementsOf(names(Reason.values()));
    }

    @Test
    void theCodesOfErrors() {
        assertThat(rows("[0-9]{3}")).containsExactlyInAnyOrderElementsOf(names(ErrorCode.values()));
    }

    @Test
    void theAvailabilities() {
        assertThat(rows("(?:yes|no)"))
                .first()
                .as("what each is told from")
                .isEqualTo(Availability.AVAILABLE.wireName());
        assertThat(rows("(?:yes|no)")).containsExactlyInAnyOrderElementsOf(names(Availability.values()));
    }
}
