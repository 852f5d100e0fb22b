// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.SshAccess;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.VmSockets;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A folder of a guest, mounted by sshfs, in which people work as in any other. */
@Timeout(300)
@Tag("real")
@Tag("ssh")
class SshfsTest {
    private static final Path JAVA_BIN = Path.of(System.getProperty("java.home"), "bin");
    private static final String SOURCE = """
            package words;
            public final class Count {
                public static void main(String[] files) throws Exception {
                    for (String file : files) {
                        var lines = java.nio.file.Files.readAllLines(java.nio.file.Path.of(file));
                        System.out.println(lines.size() + " " + lines.getLast());
                    }
                }
            }
            """;

    private Path folder;

    /** Of the guest, which is this machine. */
    private Path there;

    private Path here;
    private RealAgent agent;
    private E2eServer server;
    private SshAccess access;

    @BeforeEach
    void mount(@TempDir Path given) throws Exception {
        folder = given.toRealPath();
        requireFuse();
        there = Files.createDirectory(folder.resolve("there"));
        here = Files.createDirectory(folder.resolve("here"));
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        server = E2eServer.startOn(
                folder,
                SshAccess.door() + "executions: {spool: " + folder.resolve("spool") + "}\n"
                        + "hypervisors: [{type: qemu, vms: {1: "
                        + new VmSockets(agent.socket(), Optional.empty()).toYaml() + "}}]\n");
        access = SshAccess.make(server, folder.resolve("ssh"), List.of("files:vm"));
        run("sshfs", "-F", access.config().toString(), "1.bellhop:" + there, here.toString());
    }

    private void requireFuse() throws IOException, InterruptedException {
        String reason = "";
        try (FileChannel _ = FileChannel.open(Path.of("/dev/fuse"), StandardOpenOption.READ)) {
            Checkout.Ended mounted = Checkout.run(
                    folder,
                    Map.of(),
                    List.of("unshare", "--mount", "sh", "-c", "mount --bind \"$0\" \"$0\"", folder.toString()));
            reason = mounted.exitCode() == 0 ? "" : mounted.stderr();
        } catch (IOException e) {
            reason = e.toString();
        }
        Assumptions.assumeTrue(
                reason.isEmpty(), "SKIPPED because this machine lets its user mount no file system by FUSE: " + reason);
    }

    @AfterEach
    void stop() throws Exception {
        if (here != null) {
            Checkout.run(folder, Map.of(), List.of("fusermount3", "-uz", here.toString()));
        }
        if (server != null) {
            server.close();
        }
        if (agent != null) {
            agent.close();
        }
    }

    private String run(String... command) throws IOException, InterruptedException {
        return Checkout.run(folder, Map.of(), List.of(command)).succeeded();
    }

    /** In the mounted folder, by the shell. */
    private String shell(String script) throws IOException, InterruptedException {
        return run("sh", "-ec", "cd \"$1\" && shift; " + script, "sh", here.toString(), JAVA_BIN.toString());
    }

    @Test
    void aProgramIsWrittenCompiledAndRunThere() throws Exception {
        Files.createDirectories(here.resolve("src/words"));
        Files.writeString(here.resolve("src/words/Count.java"), SOURCE);

        shell("seq 100000 >numbers && mv numbers \"numbers that count\"");
        shell("\"$1/javac\" -d classes src/words/Count.java");
        assertThat(shell("\"$1/java\" -cp classes words.Count numbers*")).isEqualTo("100000 100000\n");

        assertThat(there.resolve("src/words/Count.java")).hasContent(SOURCE);
        assertThat(there.resolve("classes/words/Count.class"))
                .hasSameBinaryContentAs(here.resolve("classes/words/Count.class"));
        assertThat(there.resolve("numbers that count")).hasSize(588_895);

        shell("ln -s src/words/Count.java link && chmod 700 classes && sed -i s/lines.size/lines.stream/ src/words/*");
        assertThat(Files.readSymbolicLink(there.resolve("link"))).hasToString("src/words/Count.java");
        assertThat(Files.readString(there.resolve("link"))).contains("lines.stream()");
        assertThat(shell("stat -c %a classes")).isEqualTo("700\n");

        shell("rm -r src classes link numbers*");
        assertThat(there).isEmptyDirectory();
        run("fusermount3", "-u", here.toString());
        assertThat(here).isEmptyDirectory();
    }
}
