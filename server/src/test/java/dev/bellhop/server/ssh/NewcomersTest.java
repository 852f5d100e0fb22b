// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.access.AddressBlock;
import dev.bellhop.server.ssh.Newcomers.Decision;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("ssh")
class NewcomersTest {
    private final Newcomers<String> newcomers = new Newcomers<>();

    private static AddressBlock address(int number) {
        return new AddressBlock(number);
    }

    private static Decision<String> inPlaceOf(String closed) {
        return new Decision<>(true, Optional.of(closed));
    }

    private Decision<String> enter(String name, int address) {
        return newcomers.enter(name, address(address), false);
    }

    private void fill(int address, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(enter(address + "-" + i, address)).isEqualTo(new Decision<>(true, Optional.empty()));
        }
    }

    @Test
    void anAddressTakesPlacesOfItsOwn() {
        fill(1, Newcomers.PER_ADDRESS);
        fill(2, 3);
        assertThat(enter("more", 1)).isEqualTo(inPlaceOf("1-0"));
        assertThat(enter("again", 1)).isEqualTo(inPlaceOf("1-1"));
        newcomers.gone("1-5");
        assertThat(enter("last", 1).closed()).isEmpty();
        newcomers.loggedIn("last", address(1));
        fill(1, 2 * Newcomers.PER_ADDRESS);
    }

    @Test
    void oneWithManyWrongKeysHasToWaitUnlessSomebodyThereHasLoggedIn() {
        for (int i = 0; i < Newcomers.OF_SUSPECT; i++) {
            assertThat(newcomers.enter("s" + i, address(1), true).admitted()).isTrue();
        }
        assertThat(newcomers.enter("more", address(1), true).admitted()).isFalse();
        newcomers.loggedIn("s0", address(1));
        for (int i = 0; i < Newcomers.PER_ADDRESS; i++) {
            assertThat(newcomers.enter("t" + i, address(1), true).admitted()).isTrue();
        }
    }

    @Test
    void aCrowdMakesRoomForOthers() {
        int crowd = Newcomers.PLACES / Newcomers.PER_ADDRESS;
        newcomers.loggedIn("friend", address(crowd));
        for (int address = 1; address <= crowd; address++) {
            fill(address, Newcomers.PER_ADDRESS);
        }
        assertThat(enter("one", 99)).isEqualTo(inPlaceOf("1-0"));
        assertThat(enter("other", 98)).as("the most crowded now").isEqualTo(inPlaceOf("2-0"));
        newcomers.loggedIn("one", address(99));
        assertThat(enter("third", 97).closed()).as("its place is free").isEmpty();
    }

    @Test
    void ofThoseThatAreAsCrowdedOneFromWhereSomebodyHasLoggedInIsSpared() {
        newcomers.loggedIn("friend", address(1));
        for (int address = 1; address <= Newcomers.PLACES / Newcomers.PER_ADDRESS; address++) {
            fill(address, Newcomers.PER_ADDRESS);
        }
        assertThat(enter("one", 99)).isEqualTo(inPlaceOf("2-0"));
    }

    @Test
    void oneFromWhereSomebodyHasLoggedInMakesRoomForThoseWhoAreAlone() {
        newcomers.loggedIn("friend", address(1));
        fill(1, 150);
        for (int i = 150; i < Newcomers.PLACES; i++) {
            fill(100 + i, 1);
        }
        assertThat(enter("one", 2)).isEqualTo(inPlaceOf("1-0"));
        assertThat(enter("other", 3)).isEqualTo(inPlaceOf("1-1"));
    }

    @Test
    void itHasMoreThanOthersOnlyWhileThereIsRoom() {
        newcomers.loggedIn("friend", address(1));
        fill(1, Newcomers.PER_ADDRESS + 10);
        fill(2, Newcomers.PER_ADDRESS);
        fill(3, Newcomers.PER_ADDRESS);
        fill(4, Newcomers.PLACES - 3 * Newcomers.PER_ADDRESS - 10);
        assertThat(enter("more", 1)).isEqualTo(inPlaceOf("1-0"));
    }
}
