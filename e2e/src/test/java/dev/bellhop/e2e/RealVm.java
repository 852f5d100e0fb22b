// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** A virtual machine under QEMU, booted by {@code script/vm}. */
final class RealVm implements AutoCloseable {
    /** What the scripts end with where a machine does not let them make a guest. */
    private static final int UNAVAILABLE = 69;

    private final int vmid;
    private final GuestImage image;
    private final Path runDir;

    private RealVm(int vmid, GuestImage image, Path runDir) {
        this.vmid = vmid;
        this.image = image;
        this.runDir = runDir;
    }

    /** Boots a VM and returns once its agent has started. */
    static RealVm start(int vmid, GuestImage image, Path runDir) throws IOException, InterruptedException {
        var vm = new RealVm(vmid, image, runDir);
        vm.boot();
        return vm;
    }

    /** Boots it again, after {@link #kill}. */
    void boot() throws IOException, InterruptedException {
        script("start", "--guest", image.wireName());
    }

    VmSockets sockets() {
        return new VmSockets(runDir.resolve(vmid + ".qga"), Optional.of(monitor()));
    }

    /** What boots it, for a server to run. */
    List<String> startCommand() {
        return List.of(
                Checkout.ROOT.resolve("script/vm").toString(),
                "start",
                Integer.toString(vmid),
                "--run-dir",
                runDir.toString(),
                "--guest",
                image.wireName());
    }

    /** QEMU's process id. */
    long pid() throws IOException {
        return Long.parseLong(Files.readString(runDir.resolve(vmid + ".pid")).strip());
    }

    /** Ends QEMU with SIGKILL: the sockets stay behind, and nobody listens on them. */
    void kill() throws IOException {
        ProcessHandle.of(pid()).ifPresent(ProcessHandle::destroyForcibly);
        // Not isAlive(): nobody may ever collect the process, and it is alive to the JVM until then.
        await().atMost(Duration.ofSeconds(10)).until(() -> !answers(monitor()));
    }

    /** Stops the VM's processors, as an administrator's {@code virsh suspend} does. */
    void pause() throws IOException {
        monitorCommand("stop");
    }

    void resume() throws IOException {
        monitorCommand("cont");
    }

    /** Stops QEMU itself, so that neither the guest nor the monitor answers, until {@link #goOn}. */
    void hang() throws IOException, InterruptedException {
        signal("STOP");
    }

    /** Lets QEMU go on after {@link #hang}. */
    void goOn() throws IOException, InterruptedException {
        signal("CONT");
    }

    /** Presses the reset button: the guest boots again with the disk as it is, and QEMU stays. */
    void reset() throws IOException {
        monitorCommand("system_reset");
    }

    @Override
    public void close() throws IOException {
        try {
            script("stop");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while stopping VM " + vmid, e);
        }
    }

    private Path monitor() {
        return runDir.resolve(vmid + ".qmp");
    }

    private void signal(String name) throws IOException, InterruptedException {
        Checkout.Ended ended = Checkout.run(runDir, Map.of(), List.of("sh", "-c", "kill -" + name + " " + pid()));
        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
    }

    private void script(String action, String... options) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("script/vm", action, Integer.toString(vmid), "--run-dir", runDir.toString()));
        command.addAll(List.of(options));
        Checkout.Ended ended = Checkout.run(runDir, Map.of(), command);
        if (ended.exitCode() == UNAVAILABLE) {
            Assumptions.abort("SKIPPED because this machine cannot make the guest: " + ended.stderr());
        }
        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
    }

    private static boolean answers(Path socket) {
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            return false;
        }
    }

    /** One QMP command. The monitor takes one client at a time: connect, ask, leave. */
    private void monitorCommand(String command) throws IOException {
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(monitor()));
            send(channel, "{\"execute\": \"qmp_capabilities\"}\n");
            send(channel, "{\"execute\": \"" + command + "\", \"id\": \"mine\"}\n");
            var reply = new StringBuilder();
            var buffer = ByteBuffer.allocate(4096);
            while (reply.indexOf("\"id\": \"mine\"") < 0) {
                assertThat(channel.read(buffer.clear()))
                        .as("QMP said %s", reply)
                        .isPositive();
                reply.append(StandardCharsets.UTF_8.decode(buffer.flip()));
            }
        }
    }

    private static void send(SocketChannel channel, String line) throws IOException {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(line);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
