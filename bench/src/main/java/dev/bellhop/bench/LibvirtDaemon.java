// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A libvirt daemon of its own, of script/libvirt, with domains of the small guest under software emulation. */
record LibvirtDaemon(Setting setting, Path folder, String uri) implements AutoCloseable {
    /** The script's exit code. */
    private static final int UNAVAILABLE = 69;

    private static final long PATIENCE_MILLIS = 120_000;

    /** Absent where the machine does not let it. */
    static Optional<LibvirtDaemon> start(Setting setting, Path folder) throws IOException {
        try {
            String uri = script(setting, folder, "start").strip();
            return Optional.of(new LibvirtDaemon(setting, folder, uri));
        } catch (Children.Failed e) {
            if (e.status() == UNAVAILABLE) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Boots a domain, and returns once its agent has opened its channel. */
    void boot(String name) throws Exception {
        Path image = setting.root().resolve(".cache/guest");
        Path xml = Files.writeString(folder.resolve(name + ".xml"), """
                <domain type='qemu'>
                  <name>%s</name>
                  <memory unit='MiB'>256</memory>
                  <os>
                    <type arch='x86_64' machine='q35'>hvm</type>
                    <kernel>%s</kernel>
                    <initrd>%s</initrd>
                    <cmdline>console=ttyS0 quiet panic=-1</cmdline>
                  </os>
                  <features><acpi/></features>
                  <cpu mode='maximum'/>
                  <devices>
                    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
                    <memballoon model='none'/>
                  </devices>
                </domain>
                """.formatted(
                        name, image.resolve("vmlinuz"), image.resolve("initramfs.cpio.gz")));
        virsh("create", xml.toString());
        long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!virsh("dumpxml", name).contains("state='connected'")) {
            if (System.currentTimeMillis() > deadline) {
                throw new IOException("Cannot boot domain " + name + ": no agent opens its channel");
            }
            Thread.sleep(200);
        }
    }

    private String virsh(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("virsh", "-q", "-c", uri));
        command.addAll(List.of(arguments));
        return Children.output(command);
    }

    private static String script(Setting setting, Path folder, String action) throws IOException {
        return Children.output(
                List.of(setting.root().resolve("script/libvirt").toString(), action, "--run-dir", folder.toString()));
    }

    /** Ends the domains and the daemon. */
    @Override
    public void close() throws IOException {
        script(setting, folder, "stop");
    }
}
