// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What has no line is counted, each status by itself. */
class LineBudgetTest {
    private final LineBudget budget = new LineBudget(3);

    private int lines(int status, int requests) {
        int lines = 0;
        for (int i = 0; i < requests; i++) {
            lines += budget.take(status) ? 1 : 0;
        }
        return lines;
    }

    private List<String> renew() {
        List<String> told = new ArrayList<>();
        budget.renew((requests, status) -> told.add(requests + " of " + status));
        return told;
    }

    @Test
    void whatGoesBeyondIsCounted() {
        assertThat(lines(401, 1000)).isEqualTo(3);
        assertThat(lines(429, 5)).isEqualTo(3);
        assertThat(lines(404, 3)).isEqualTo(3);
        assertThat(lines(-1, 4)).isEqualTo(3);

        assertThat(renew()).containsExactly("1 of 0", "997 of 401", "2 of 429");
        assertThat(renew()).isEmpty();
        assertThat(lines(401, 2)).isEqualTo(2);
    }
}
