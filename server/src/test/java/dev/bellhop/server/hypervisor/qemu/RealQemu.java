// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real QEMU with a monitor and an agent's socket, whose machine has nothing to boot: it is there within a moment. */
public final class RealQemu implements AutoCloseable {
    private final Path folder;
    private final Path agent;
    private final Path monitor;

    private RealQemu(Path folder, Path agent, Path monitor) {
        this.folder = folder;
        this.agent = agent;
        this.monitor = monitor;
    }

    /** Starts one whose sockets are in this folder. */
    public static RealQemu start(Path folder) throws IOException, InterruptedException {
        RealQemu qemu = new RealQemu(folder, folder.resolve("qga"), folder.resolve("qmp"));
        Process process = new ProcessBuilder(qemu.command())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(folder.resolve("log")))
                .isZero();
        return qemu;
    }

    /** What starts it, which ends once it runs. */
    private List<String> command() {
        return List.of(
                "qemu-system-x86_64",
                "-M",
                "q35",
                "-accel",
                "tcg",
                "-m",
                "32",
                "-nodefaults",
                "-display",
                "none",
                "-chardev",
                "socket,id=agent,path=" + agent + ",server=on,wait=off",
                "-device",
                "virtio-serial-pci",
                "-device",
                "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
                "-qmp",
                "unix:" + monitor + ",server=on,wait=off",
                "-pidfile",
                folder.resolve("pid").toString(),
                "-daemonize");
    }

    public Path agent() {
        return agent;
    }

    public Path monitor() {
        return monitor;
    }

    public long pid() throws IOException {
        return Long.parseLong(Files.readString(folder.resolve("pid")).strip());
    }

    @Override
    public void close() throws IOException {
        ProcessHandle.of(pid()).ifPresent(ProcessHandle::destroyForcibly);
    }
}
