// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.ssh;

import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.SshAccess;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.VmSockets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies a large file with the programs that people use, over the agent's own calls. */
@Timeout(7_200)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("ssh")
@Tag("full")
class SshLargeFileTest {
    private Path folder;
    private RealAgent agent;
    private E2eServer server;
    private SshAccess access;

    @BeforeAll
    void start(@TempDir Path given) throws Exception {
        folder = given.toRealPath();
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        server = E2eServer.startOn(
                folder,
                SshAccess.door() + "executions: {spool: " + folder.resolve("spool") + "}\n"
                        + "hypervisors: [{type: qemu, vms: {1: "
                        + new VmSockets(agent.socket(), Optional.empty()).toYaml() + "}}]\n");
        access = SshAccess.make(server, folder.resolve("ssh"));
    }

    @AfterAll
    void stop() {
        server.close();
        agent.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"scp", "sftp", "rsync"})
    void aFileGoesThereAndBack(String program) throws Exception {
        Path there = Files.createDirectory(folder.resolve("guest." + program));
        Path here = Files.createDirectory(folder.resolve("here." + program));
        new SshCopies(access, server, "1.bellhop", here).thereAndBack(program, there.toString());
    }
}
