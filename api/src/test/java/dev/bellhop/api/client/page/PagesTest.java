// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.v2.Page;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

/** Iteration over a list that comes page by page. */
class PagesTest {

    private final List<String> cursors = new ArrayList<>();

    /** Two items a page, with an empty page between them, as the server can have one. */
    private final Pages<Integer> pages = new Pages<>((limit, cursor) -> {
        cursors.add(limit + " " + cursor);
        if (cursor == null) {
            return new Page<>(List.of(1, 2), "a");
        }
        return cursor.equals("a") ? new Page<>(List.of(), "b") : new Page<>(List.of(3), null);
    });

    @Test
    void iteratorReadsEachPageWhenItNeedsOne() {
        Iterator<Integer> items = pages.iterator();
        assertThat(cursors).isEmpty();
        assertThat(List.of(items.next(), items.next())).containsExactly(1, 2);
        assertThat(cursors).containsExactly("100 null");
        assertThat(items.next()).isEqualTo(3);
        assertThat(cursors).containsExactly("100 null", "100 a", "100 b");
        assertThat(items.hasNext()).isFalse();
        assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(items::next);
    }

    @Test
    void streamStopsBeforePagesThatItDoesNotNeed() {
        assertThat(pages.stream().limit(1)).containsExactly(1);
        assertThat(cursors).containsExactly("100 null");
        assertThat(pages.stream()).containsExactly(1, 2, 3);
    }

    @Test
    void serverThatRepeatsACursorIsNotAskedForEver() {
        Pages<Integer> endless = new Pages<>((limit, cursor) -> new Page<>(List.of(), "same"));

        assertThatExceptionOfType(BellhopTransportException.class)
                .isThrownBy(() -> endless.iterator().hasNext())
                .satisfies(e -> assertThat(e.kind()).isEqualTo(BellhopTransportException.Kind.NOT_UNDERSTOOD));
    }

    @Test
    void interruptedThreadStaysInterrupted() {
        Pages<Integer> interrupted = new Pages<>((limit, cursor) -> {
            throw new InterruptedException();
        });

        assertThatExceptionOfType(BellhopTransportException.class)
                .isThrownBy(() -> interrupted.iterator().hasNext())
                .satisfies(e -> assertThat(e.kind()).isEqualTo(BellhopTransportException.Kind.INTERRUPTED));
        assertThat(Thread.interrupted()).isTrue();
    }
}
