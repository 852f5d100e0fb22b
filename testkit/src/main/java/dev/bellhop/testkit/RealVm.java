// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

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

/** A virtual machine under QEMU, started by {@code script/vm}. */
public final class RealVm implements AutoCloseable {
    /** The script's own limits come first: it may wait for somebody who makes the guest, or make it. */
    private static final Duration SCRIPT_TIMEOUT = Duration.ofMinutes(30);

    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(10);

    private final int vmid;
    private final GuestImage image;
    private final Path runDir;

    private RealVm(int vmid, GuestImage image, Path runDir) {
        this.vmid = vmid;
        this.image = image;
        this.runDir = runDir;
    }

    /** Starts a VM whose guest has just booted, from its saved state where there is one; returns once its agent answers. */
    public static RealVm start(int vmid, GuestImage image, Path runDir) throws IOException, InterruptedException {
        var vm = new RealVm(vmid, image, runDir);
        vm.script("start", "--guest", image.wireName(), "--saved");
        return vm;
    }

    /** Boots it again, after {@link #kill}. */
    public void boot() throws IOException, InterruptedException {
        script("start", "--guest", image.wireName());
    }

    public VmSockets sockets() {
        return new VmSockets(runDir.resolve(vmid + ".qga"), Optional.of(monitor()));
    }

    /** The socket of its serial console. */
    public Path console() {
        return runDir.resolve(vmid + ".console");
    }

    /** The command that boots it, for a server to run. */
    public List<String> startCommand() {
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
    public long pid() throws IOException {
        return Long.parseLong(Files.readString(runDir.resolve(vmid + ".pid")).strip());
    }

    /** Ends QEMU with SIGKILL: the sockets stay behind without a listener. */
    public void kill() throws IOException {
        ProcessHandle.of(pid()).ifPresent(ProcessHandle::destroyForcibly);
        // Not isAlive(): nobody may ever collect the process, and it is alive to the JVM until then.
        Programs.await("QEMU has ended", KILL_TIMEOUT, Programs.POLL_INTERVAL, () -> !answers(monitor()));
    }

    /** Pauses the VM's processors, as {@code virsh suspend} does. */
    public void pause() throws IOException {
        monitorCommand("stop");
    }

    public void resume() throws IOException {
        monitorCommand("cont");
    }

    /** Freezes QEMU itself, so that neither the guest nor the monitor answers, until {@link #goOn}. */
    public void hang() throws IOException, InterruptedException {
        signal("STOP");
    }

    /** Lets QEMU continue after {@link #hang}. */
    public void goOn() throws IOException, InterruptedException {
        signal("CONT");
    }

    /** Presses the reset button: the guest boots again from the same disk, in the same QEMU. */
    public void reset() throws IOException {
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
        Checkout.run(runDir, Map.of(), List.of("sh", "-c", "kill -" + name + " " + pid()))
                .succeeded();
    }

    private void script(String action, String... options) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("script/vm", action, Integer.toString(vmid), "--run-dir", runDir.toString()));
        command.addAll(List.of(options));
        Checkout.run(runDir, Map.of(), command, SCRIPT_TIMEOUT).succeededOrSkipped("make the guest");
    }

    private static boolean answers(Path socket) {
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            return false;
        }
    }

    /** Sends one QMP command. The monitor admits one client at a time, so this connects, asks and leaves. */
    private void monitorCommand(String command) throws IOException {
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(monitor()));
            send(channel, "{\"execute\": \"qmp_capabilities\"}\n");
            send(channel, "{\"execute\": \"" + command + "\", \"id\": \"mine\"}\n");
            var reply = new StringBuilder();
            var buffer = ByteBuffer.allocate(4096);
            while (reply.indexOf("\"id\": \"mine\"") < 0) {
                if (channel.read(buffer.clear()) <= 0) {
                    throw new IOException("The monitor ended after: " + reply);
                }
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
