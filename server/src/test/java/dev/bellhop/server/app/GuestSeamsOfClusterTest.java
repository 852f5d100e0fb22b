// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.server.clock.ClockSource;
import dev.bellhop.server.cluster.api.ClusterFileSystems;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.maintenance.FreezeRequest;
import dev.bellhop.server.login.NewPassword;
import dev.bellhop.server.login.PublicKey;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What nodes do not know yet says so, each in the same way. */
class GuestSeamsOfClusterTest {
    private static final VmId VM = new VmId(1);

    @Test
    void whatNodesDoNotKnowYetSaysSo() {
        GuestSeams seams = GuestSeams.ofCluster(Clock.systemUTC());
        PublicKey key = new PublicKey("ssh-ed25519", "AAAA", null);
        ClusterFileSystems fileSystems = new ClusterFileSystems();
        List<ThrowingCallable> calls = List.of(
                () -> seams.logins().setPassword(VM, "root", new NewPassword("x", false)),
                () -> seams.logins().keys(VM, "root"),
                () -> seams.logins().addKey(VM, "root", key, null),
                () -> seams.logins().removeKey(VM, "root", "SHA256:x"),
                () -> seams.clocks().sync(VM, ClockSource.HOST),
                () -> seams.doctor().examine(VM),
                () -> fileSystems.freezeStatus(VM),
                () -> fileSystems.freeze(VM, new FreezeRequest(Duration.ofSeconds(1), List.of())),
                () -> fileSystems.thaw(VM),
                () -> fileSystems.trim(VM, 0));

        for (ThrowingCallable call : calls) {
            BellhopException refused = catchThrowableOfType(BellhopException.class, call);
            assertThat(refused.code()).isEqualTo(ErrorCode.NOT_IMPLEMENTED);
            assertThat(refused).hasMessageStartingWith("Cannot ").hasMessageContaining("in a cluster yet");
        }
    }
}
