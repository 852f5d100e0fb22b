// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.hypervisor.qemu.FakeQemu;
import dev.bellhop.testkit.FakeAgent;
import dev.bellhop.testkit.RealAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A server with a few VMs, and who calls it.
 *
 * <p>VM 1 has a real agent, VM 2 one that answers what a part says, VM 3 is a fake QEMU that is on, VM 4 has no agent, VM 5
 * is a fake QEMU that is off and has no start command. There is no VM 77.
 */
final class Scene implements AutoCloseable {
    final Path folder;
    final FakeAgent scripted;
    final FakeQemu on;
    final Answers answers;
    final Recording recording = new Recording();

    /** The ids of the two accounts. */
    String ours = "";

    String theirs = "";

    private final RealAgent real;
    private final FakeQemu off;
    private final TestServer server;

    Scene(Path folder) throws IOException {
        this.folder = folder;
        real = RealAgent.start(Files.createDirectory(folder.resolve("r")));
        scripted = FakeAgent.start(folder.resolve("s.sock"));
        on = new FakeQemu(Files.createDirectory(folder.resolve("on"))).on();
        off = new FakeQemu(Files.createDirectory(folder.resolve("off")));
        server = TestServer.in(folder)
                .vm(1, real.socket())
                .vm(2, scripted.socket())
                .vm(3, on.agentSocket(), on.monitorSocket(), "/usr/bin/touch", folder + "/start")
                .vm(4, folder.resolve("nobody.sock"))
                .vm(5, off.agentSocket(), off.monitorSocket())
                .start();
        recording.name(folder.toString(), "folder");
        answers = new Answers(server, recording);
        answers.caller("admin", server.adminKey());
        answers.caller("liar", "bellhop_0123456789ab_" + "0".repeat(64));
        answers.caller("muddler", "letmein");
        script();
    }

    @Override
    public void close() {
        server.close();
        on.close();
        off.close();
        scripted.close();
        real.close();
    }

    /** What the scripted agent answers. */
    void script() {
        scripted.on(
                "guest-info",
                (request, wire) -> wire.reply("{\"version\": \"2.5.0\", \"supported_commands\": ["
                        + "{\"name\": \"guest-exec\", \"enabled\": true}, {\"name\": \"guest-exec-status\", \"enabled\": true},"
                        + " {\"name\": \"guest-get-users\", \"enabled\": false}]}"));
        scripted.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 7}"));
        scripted.on(
                "guest-exec-status",
                (request, wire) -> wire.reply(
                        "{\"exited\": true, \"exitcode\": 3, \"out-data\": \"b3V0Cg==\", \"err-data\": \"ZXJyCg==\"}"));
        scripted.on(
                "guest-get-osinfo",
                (request, wire) -> wire.reply("{\"id\": \"debian\", \"name\": \"Debian GNU/Linux\","
                        + " \"pretty-name\": \"Debian GNU/Linux 13 (trixie)\", \"version-id\": \"13\","
                        + " \"kernel-release\": \"6.12.1-amd64\", \"machine\": \"x86_64\"}"));
        scripted.on("guest-get-host-name", (request, wire) -> wire.reply("{\"host-name\": \"guest\"}"));
        scripted.on("guest-get-timezone", (request, wire) -> wire.error("GenericError", "no zone here"));
        scripted.on(
                "guest-network-get-interfaces",
                (request, wire) -> wire.reply("[{\"name\": \"eth0\", \"hardware-address\": \"52:54:00:00:00:01\","
                        + " \"ip-addresses\": [{\"ip-address\": \"192.0.2.7\", \"ip-address-type\": \"ipv4\","
                        + " \"prefix\": 24}], \"statistics\": {\"rx-bytes\": 1000, \"tx-bytes\": 2000}}]"));
        scripted.on(
                "guest-get-fsinfo",
                (request, wire) -> wire.reply("[{\"name\": \"sda1\", \"mountpoint\": \"/\", \"type\": \"ext4\","
                        + " \"used-bytes\": 1000, \"total-bytes\": 4000, \"disk\": []}]"));
    }
}
