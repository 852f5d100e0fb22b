// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.ssh;

import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.SshAccess;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealVm;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** All of the playbook in a VM with Debian, which has no network; it takes minutes, since its processor is emulated. */
@Timeout(3600)
@Tag("full")
@Tag("real")
@Tag("vm")
@Tag("ssh")
class AnsibleInVmTest {
    @Test
    void aPlaybookChangesAMachineAndThenNothing(@TempDir Path given) throws Exception {
        Path folder = given.toRealPath();
        try (RealVm vm = RealVm.start(TestBed.VMID, GuestImage.DEBIAN_PYTHON, folder);
                E2eServer server = E2eServer.startOn(
                        folder,
                        SshAccess.door() + "hypervisors: [{type: qemu, vms: {" + TestBed.VMID + ": "
                                + vm.sockets().toYaml() + "}}]\n")) {
            Playbook playbook = Playbook.make(
                    SshAccess.make(server, folder.resolve("ssh")), folder.resolve("playbook"), "/srv/place");
            Map<String, String> settings = Map.of("ANSIBLE_PIPELINING", "true", "ANSIBLE_TIMEOUT", "60");
            playbook.assertChanges(settings);
            playbook.assertChangesNothing(settings);
        }
    }
}
