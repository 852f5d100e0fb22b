// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.vm.VmId;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** VMs found by the names of their sockets, which come and go, and beside which anything may lie. */
class SocketPatternTest {
    @TempDir
    private Path folder;

    private SocketPattern pattern(String agent) {
        return new SocketPattern(at(agent), at("{vmid}.qmp"), null);
    }

    private PathPattern at(String pattern) {
        return PathPattern.parse(folder + "/" + pattern).orElseThrow();
    }

    private void file(String name) throws Exception {
        Files.createFile(folder.resolve(name));
    }

    private static VmId vm(long id) {
        return new VmId(id);
    }

    @Test
    void namesThatFitAreVmsInOrderOfTheirNumbers() throws Exception {
        for (String name : new String[] {"10.qga", "9.qga", "100.qga", "9223372036854775807.qga"}) {
            file(name);
        }
        assertThat(pattern("{vmid}.qga").vms()).containsExactly(vm(9), vm(10), vm(100), vm(Long.MAX_VALUE));
    }

    @Test
    void itIsUpWhileItsFolderIsThere() throws Exception {
        SocketPattern pattern = pattern("late/{vmid}.qga");
        assertThat(pattern.isUp()).contains(false);
        Files.createDirectory(folder.resolve("late"));
        assertThat(pattern.isUp()).contains(true);
    }

    @Test
    void otherNamesAreNot() throws Exception {
        for (String name : new String[] {
            ".qga",
            "qga",
            "0.qga",
            "-1.qga",
            "+1.qga",
            "007.qga",
            "1.5.qga",
            "a.qga",
            "1 .qga",
            " 1.qga",
            "1.qga.bak",
            "x1.qga",
            "1.QGA",
            "1\n.qga",
            "\u0661.qga",
            "9223372036854775808.qga",
            "{vmid}.qga",
            "*.qga",
            "1.qmp"
        }) {
            file(name);
        }
        assertThat(pattern("{vmid}.qga").vms()).isEmpty();
    }

    @Test
    void thePlaceholderMayStandAnywhereInTheName() throws Exception {
        file("vm-5-agent.sock");
        file("vm-6-agent");
        file("vm--agent.sock");
        file("7");
        file("qga.8");

        assertThat(pattern("vm-{vmid}-agent.sock").vms()).containsExactly(vm(5));
        assertThat(pattern("{vmid}").vms()).containsExactly(vm(7));
        assertThat(pattern("qga.{vmid}").vms()).containsExactly(vm(8));
    }

    /** What stands before and after the number must not be taken for each other. */
    @Test
    void prefixAndSuffixDoNotShareCharacters() throws Exception {
        file("aba");
        file("ab1ba");

        assertThat(pattern("ab{vmid}ba").vms()).containsExactly(vm(1));
    }

    @Test
    void signsThatMeanSomethingElsewhereMeanThemselves() throws Exception {
        file("a.b[1]$5^");
        file("axb[1]$6^");

        assertThat(pattern("a.b[1]${vmid}^").vms()).containsExactly(vm(5));
    }

    @Test
    void aVmIsThereFromTheMomentItsSocketIs() throws Exception {
        SocketPattern pattern = pattern("{vmid}.qga");
        assertThat(pattern.vms()).isEmpty();
        assertThat(pattern.find(vm(5))).isEmpty();

        file("5.qga");
        assertThat(pattern.find(vm(5))).hasValue(new VmSockets(folder.resolve("5.qga"), folder.resolve("5.qmp"), null));
        assertThat(pattern.vms()).containsExactly(vm(5));
    }

    /** It can be said to be stopped, then, and not never to have been. */
    @Test
    void aVmThatWasSeenStaysKnown() throws Exception {
        SocketPattern pattern = pattern("{vmid}.qga");
        file("5.qga");
        file("6.qga");
        assertThat(pattern.find(vm(5))).isPresent();
        Files.delete(folder.resolve("5.qga"));
        assertThat(pattern.find(vm(5))).isPresent();
        assertThat(pattern.vms()).containsExactly(vm(5), vm(6));
        Files.delete(folder.resolve("6.qga"));
        assertThat(pattern.find(vm(6))).isPresent();
        assertThat(pattern.vms()).containsExactly(vm(5), vm(6));
    }

    @Test
    void askingForVmsThatDoNotExistMakesNone() {
        SocketPattern pattern = pattern("{vmid}.qga");
        for (int i = 1; i < 100; i++) {
            assertThat(pattern.find(vm(i))).isEmpty();
        }
        assertThat(pattern.vms()).isEmpty();
    }

    @Test
    void aFolderThatIsNotThereYetHasNoVms() throws Exception {
        SocketPattern pattern = new SocketPattern(at("later/{vmid}.qga"), null, null);
        assertThat(pattern.vms()).isEmpty();
        Files.createDirectory(folder.resolve("later"));
        file("later/5.qga");

        assertThat(pattern.vms()).containsExactly(vm(5));
        assertThat(pattern.find(vm(5))).hasValue(new VmSockets(folder.resolve("later/5.qga"), null, null));
    }

    @Test
    void aThousandVmsAreFound() throws Exception {
        for (int i = 1; i <= 1000; i++) {
            file(i + ".qga");
        }
        assertThat(pattern("{vmid}.qga").vms()).hasSize(1000);
    }
}
