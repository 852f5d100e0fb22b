// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class VmTransfersTest {
    private final VmTransfers transfers = new VmTransfers(FileSettings.defaults());

    /** Open in a guest whose agent closes it the second time only. */
    private static final class Stubborn implements FileHandle {
        int asked;

        @Override
        public byte[] read(long offset, int most) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int write(long offset, byte[] piece) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void flush() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean close() {
            asked++;
            return asked == 2;
        }
    }

    @Test
    void whatWasNotClosedIsTriedUntilItIs() {
        Stubborn handle = new Stubborn();
        transfers.closeLater(handle);
        transfers.closeLeft();
        assertThat(handle.asked).isEqualTo(1);
        transfers.closeLeft();
        assertThat(handle.asked).isEqualTo(2);
        transfers.closeLeft();
        assertThat(handle.asked).isEqualTo(2);
    }

    @Test
    void onlySoManyAreUnderWayAtOnce() {
        for (int i = 0; i < FileSettings.MAX_TRANSFERS_PER_VM; i++) {
            transfers.enter();
        }
        assertThatThrownBy(transfers::enter)
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY_TRANSFERS));
        transfers.leave();
        transfers.enter();
    }

    @Test
    void aPieceIsNoMoreThanASecondsWorth() throws Exception {
        VmTransfers slow = new VmTransfers(new FileSettings(FileSettings.MAX_BYTES, 1000L, 1));
        AtomicInteger most = new AtomicInteger();
        slow.read(1 << 20, carried -> carried, allowed -> {
            most.set(allowed);
            return 0;
        });
        assertThat(most).hasValue(1000);
    }
}
