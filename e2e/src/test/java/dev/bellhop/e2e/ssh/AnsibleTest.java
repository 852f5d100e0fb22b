// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.SshAccess;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.VmSockets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ansible with the inventory that {@code bellhop} prints, on several hosts in parallel. Each host is an agent on this machine. */
@Timeout(900)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("ssh")
class AnsibleTest {
    private static final int HOSTS = 3;

    /** Python, where Ansible looks for it by itself; a path of this machine's may come before that. */
    private static final String PYTHON = "/usr/bin/python3";

    private Path folder;

    /** Which each guest has for itself. */
    private Path own;

    private List<RealAgent> agents;
    private E2eServer server;
    private SshAccess access;

    @BeforeAll
    void start(@TempDir Path given) throws Exception {
        folder = given.toRealPath();
        own = Files.createDirectory(folder.resolve("own"));
        String mount = "mount --bind \"$0\" \"$0\"";
        Checkout.Ended mounted =
                Checkout.run(folder, Map.of(), List.of("unshare", "--mount", "sh", "-c", mount, own.toString()));
        Assumptions.assumeTrue(
                mounted.exitCode() == 0,
                "SKIPPED because this machine lets its user mount nothing: " + mounted.stderr());
        agents = RealAgent.startAll(
                IntStream.rangeClosed(1, HOSTS)
                        .mapToObj(host -> folder.resolve("a" + host))
                        .toList(),
                own);
        String vms = IntStream.rangeClosed(1, HOSTS)
                .mapToObj(host ->
                        host + ": " + new VmSockets(agents.get(host - 1).socket(), Optional.empty()).toYaml())
                .collect(Collectors.joining(", "));
        server = E2eServer.startOn(
                folder,
                SshAccess.door() + "executions: {spool: " + own.resolve("spool")
                        + "}\nhypervisors: [{type: qemu, vms: {" + vms + "}}]\n");
        access = SshAccess.make(server, folder.resolve("ssh"));
    }

    @AfterAll
    void stop() {
        if (server != null) {
            server.close();
        }
        if (agents != null) {
            agents.forEach(RealAgent::close);
        }
    }

    private Checkout.Ended ansible(Map<String, String> more, String... arguments)
            throws IOException, InterruptedException {
        return ansible(access, more, arguments);
    }

    private Checkout.Ended ansible(SshAccess by, Map<String, String> more, String... arguments)
            throws IOException, InterruptedException {
        Map<String, String> settings = new HashMap<>(Map.of(
                "ANSIBLE_REMOTE_TMP",
                own + "/tmp",
                "ANSIBLE_ASYNC_DIR",
                own + "/async",
                "ANSIBLE_FORKS",
                Integer.toString(HOSTS)));
        settings.putAll(more);
        return by.ansible(settings, "ansible", arguments);
    }

    private void assertDoneEverywhere(Checkout.Ended ended) {
        assertThat(ended.exitCode()).as(ended.stdout() + ended.stderr()).isZero();
        assertThat(ended.stdout().lines().filter(line -> line.matches("\\S+\\.bellhop \\| (SUCCESS|CHANGED).*")))
                .as(ended.stdout() + ended.stderr())
                .hasSize(HOSTS);
    }

    @Test
    void everyHostAnswers() throws Exception {
        answersEverywhere("auto", "true", "smart");
    }

    /** With and without a given python, with modules over stdin, and with each way to copy them. */
    @ParameterizedTest
    @Tag("full")
    @CsvSource({
        "auto, false, smart",
        "auto, false, sftp",
        "auto, false, scp",
        "auto, false, piped",
        PYTHON + ", true, smart",
        PYTHON + ", false, smart"
    })
    void everyHostAnswersInEachWay(String python, String pipelining, String transfer) throws Exception {
        answersEverywhere(python, pipelining, transfer);
    }

    private void answersEverywhere(String python, String pipelining, String transfer) throws Exception {
        Map<String, String> settings = Map.of(
                "ANSIBLE_PYTHON_INTERPRETER", python,
                "ANSIBLE_PIPELINING", pipelining,
                "ANSIBLE_SSH_TRANSFER_METHOD", transfer);
        assertDoneEverywhere(ansible(settings, "bellhop", "-m", "ping"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "raw|echo raw-$((6 * 7))",
                "command|echo raw-42",
                "shell|sleep 1 && echo raw-42",
                "wait_for_connection|timeout=20",
                "setup|gather_subset=!all,min"
            })
    @Tag("full")
    void everyHostRuns(String module, String arguments) throws Exception {
        Checkout.Ended ended = ansible(Map.of(), "bellhop", "-m", module, "-a", arguments);
        assertDoneEverywhere(ended);
        if (arguments.contains("raw-")) {
            assertThat(ended.stdout().split("raw-42", -1)).hasSize(HOSTS + 1);
        }
    }

    /** The scopes that the page on SSH names for each. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true|write:vm|raw|echo x|0",
                "true|write:vm|command|echo x|0",
                "true|write:vm|setup|gather_subset=!all,min|0",
                "true|write:vm,files:vm|command|echo x|60",
                "true|write:vm,files:vm|script|e2e/src/test/resources/ansible/files/run|0",
                "false|write:vm|raw|echo x|0",
                "false|write:vm,files:vm|command|echo x|0"
            })
    @Tag("full")
    void aKeyNeedsNoMoreScopesThanAreNamed(
            String pipelining, String scopes, String module, String arguments, String async) throws Exception {
        SshAccess some = SshAccess.make(
                server, Files.createTempDirectory(folder, "some").resolve("ssh"), List.of(scopes.split(",", -1)));
        Map<String, String> settings = Map.of("ANSIBLE_PIPELINING", pipelining);
        assertDoneEverywhere(ansible(some, settings, "bellhop", "-m", module, "-a", arguments, "-B", async, "-P", "1"));
    }

    @Test
    @Tag("full")
    void anotherUserIsBecomeWithoutATerminal() throws Exception {
        Checkout.Ended ended = ansible(
                Map.of(
                        "ANSIBLE_PIPELINING",
                        "true",
                        "ANSIBLE_BECOME_FLAGS",
                        "-s /bin/sh",
                        "ANSIBLE_PYTHON_INTERPRETER",
                        PYTHON),
                "bellhop",
                "-m",
                "shell",
                "-a",
                "chdir=/ id -un",
                "-b",
                "--become-method",
                "su",
                "--become-user",
                "nobody");
        assertDoneEverywhere(ended);
        assertThat(ended.stdout().lines().filter("nobody"::equals)).hasSize(HOSTS);
    }

    @Test
    @Tag("full")
    void filesAreCopiedFetchedAndSynchronized() throws Exception {
        Path local = Files.write(folder.resolve("local"), new byte[700_000]);
        assertDoneEverywhere(ansible(Map.of(), "bellhop", "-m", "copy", "-a", "src=" + local + " dest=" + own + "/f"));
        String fetched = folder.resolve("fetched").toString();
        assertDoneEverywhere(ansible(Map.of(), "bellhop", "-m", "fetch", "-a", "src=" + own + "/f dest=" + fetched));
        try (Stream<Path> all = Files.walk(Path.of(fetched))) {
            assertThat(all.filter(Files::isRegularFile))
                    .hasSize(HOSTS)
                    .allSatisfy(one -> assertThat(one).hasSameBinaryContentAs(local));
        }
        assertDoneEverywhere(ansible(
                Map.of(),
                "bellhop",
                "-m",
                "ansible.posix.synchronize",
                "-a",
                "src=" + local + " dest=" + own + "/g use_ssh_args=true"));
        assertThat(folder.resolve("a1/own/g")).hasSameBinaryContentAs(local);
    }

    @Test
    @Tag("full")
    void aPlaybookChangesNothingWhereItRunsTwice() throws Exception {
        Playbook playbook = Playbook.make(access, folder.resolve("playbook"), own + "/place");
        Map<String, String> settings = Map.of(
                "ANSIBLE_REMOTE_TMP", own + "/tmp", "ANSIBLE_ASYNC_DIR", own + "/async", "ANSIBLE_PIPELINING", "true");
        String[] few = {"--skip-tags", "machine", "--limit", "1.bellhop"};
        playbook.assertChanges(settings, few);
        playbook.assertChangesNothing(settings, few);
    }
}
