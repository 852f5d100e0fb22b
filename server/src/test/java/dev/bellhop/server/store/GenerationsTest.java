// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.OutdatedException;
import dev.bellhop.server.failure.OutdatedException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GenerationsTest {
    private static final Map<String, Long> NUMBERS = Stream.of(Kind.values())
            .collect(Collectors.toMap(kind -> kind.name().toLowerCase(Locale.ROOT), kind -> 1L));

    private long now;
    private final Generations generations = new Generations(true, () -> now);

    @Test
    void whatIsInMemoryIsReliedOnForSecondsAfterALook() {
        assertThat(generations.isCurrent()).isTrue();
        now = Generations.MAX_AGE.toNanos();
        assertThatThrownBy(generations::requireCurrent)
                .isInstanceOf(BellhopException.class)
                .hasMessageStartingWith("Cannot serve this because the database does not answer");
        generations.look(NUMBERS, now);
        generations.requireCurrent();
    }

    /** From when it was begun: what came after that it may have missed. */
    @Test
    void aLookThatTookLongTellsLittle() {
        now = Generations.MAX_AGE.toNanos();
        generations.look(NUMBERS, 0);
        assertThat(generations.isCurrent()).isFalse();
    }

    @Test
    void aLookThatFailsTellsNothing() {
        now = Generations.MAX_AGE.toNanos();
        generations.watch(Kind.KEYS, () -> {
            throw new IllegalStateException("cannot load");
        });
        assertThatThrownBy(() -> generations.look(NUMBERS, now)).hasMessage("cannot load");
        assertThat(generations.isCurrent()).isFalse();
        assertThatThrownBy(() -> generations.look(Map.of(), now)).hasMessageContaining("lacks accounts");
        assertThat(generations.isCurrent()).isFalse();
    }

    @Test
    void aServerAloneIsAlwaysCurrent() {
        Generations alone = new Generations(false, () -> now);
        now = 1_000 * Generations.MAX_AGE.toNanos();
        assertThat(alone.isCurrent()).isTrue();
    }

    @Test
    void aChangeOfSomethingOutdatedIsDecidedOnceMore() {
        List<String> done = new ArrayList<>();
        String result = OutdatedException.redo(Kind.MASKS, () -> done.add("reload"), () -> {
            done.add("change");
            if (done.size() == 1) {
                throw new OutdatedException(Kind.MASKS);
            }
            return "changed";
        });
        assertThat(result).isEqualTo("changed");
        assertThat(done).containsExactly("change", "reload", "change");
        assertThatThrownBy(() -> OutdatedException.redo(Kind.MASKS, () -> {}, () -> {
                    throw new OutdatedException(Kind.KEYS);
                }))
                .isInstanceOf(OutdatedException.class);
        assertThatThrownBy(() -> OutdatedException.redo(Kind.MASKS, () -> {}, () -> {
                    throw new OutdatedException(Kind.MASKS);
                }))
                .isInstanceOf(BellhopException.class)
                .hasMessageContaining("other servers change the same all the time");
    }
}
