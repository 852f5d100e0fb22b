// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.sshkey.PublicKey;
import dev.bellhop.server.sshkey.PublicKeyTest;
import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts themselves, in a home of the test's own. */
@Tag("ssh")
class ScriptKeysTest {
    private static final PublicKey KEY =
            PublicKey.parse(PublicKeyTest.ED25519 + " ada").orElseThrow();
    private static final String FINGERPRINT = PublicKeyTest.FINGERPRINT;
    private static final Instant EXPIRY = Instant.parse("2096-12-31T09:30:15Z");

    @TempDir
    private Path folder;

    private Path home;
    private Path file;
    private HomeRunner runner;
    private ScriptKeys keys;

    @BeforeEach
    void start() throws IOException {
        home = Files.createDirectory(folder.resolve("home"));
        file = home.resolve(".ssh/authorized_keys");
        runner = new HomeRunner(home, Files.createDirectory(folder.resolve("bin")));
        ssh("OpenSSH_9.1p1 Debian-1, OpenSSL 3.0.0");
        keys = new ScriptKeys(runner, new VmId(1), "deploy", new KeyTrouble("add an SSH key"));
    }

    /** What the guest's sshd says of itself. */
    private void ssh(String version) throws IOException {
        for (String name : List.of("sshd", "ssh")) {
            Path program = Files.writeString(
                    runner.programs.resolve(name),
                    "#!/bin/sh\n[ -z '" + version + "' ] || echo '" + version + "' >&2\n");
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    private void write(String content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, content.getBytes(StandardCharsets.ISO_8859_1));
    }

    private String read() throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    @Test
    void aFirstKeyMakesTheFolderAndTheFileForTheUserAlone() throws Exception {
        assertThat(keys.list(soon())).isEqualTo(new AuthorizedKeys(List.of(), false));
        assertThat(Files.exists(file.getParent())).isFalse();

        AuthorizedKey added = keys.add(KEY, null, soon());

        assertThat(added).isEqualTo(new AuthorizedKey(FINGERPRINT, "ssh-ed25519", "ada", null));
        assertThat(keys.list(soon()).keys()).containsExactly(added);
        assertThat(read()).isEqualTo(KEY.line() + "\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
                .isEqualTo("rwx------");
    }

    @Test
    void otherLinesStayAndNothingIsLeftBehind() throws Exception {
        String others = "# mine \u00ff\nno-pty ssh-rsa AAAA\n\n";
        write(others.strip());

        keys.add(KEY, null, soon());
        assertThat(read()).isEqualTo(others.strip() + "\n" + KEY.line() + "\n");
        assertThat(keys.remove(FINGERPRINT, soon())).isTrue();
        assertThat(keys.remove(FINGERPRINT, soon())).isFalse();

        assertThat(read()).isEqualTo(others.strip() + "\n");
        try (Stream<Path> all = Files.list(file.getParent())) {
            assertThat(all).containsExactly(file);
        }
    }

    @Test
    void aKeyThatIsThereIsNotAddedTwiceAndItsExpiryChanges() throws Exception {
        keys.add(KEY, null, soon());
        assertThat(keys.add(PublicKey.parse(PublicKeyTest.ED25519 + " other").orElseThrow(), null, soon())
                        .comment())
                .isEqualTo("ada");
        assertThat(read()).isEqualTo(KEY.line() + "\n");

        AuthorizedKey expiring = keys.add(KEY, EXPIRY, soon());

        assertThat(expiring.expiresAt()).isEqualTo(EXPIRY);
        assertThat(read()).isEqualTo("expiry-time=\"20961231093015Z\" " + KEY.line() + "\n");
        assertThat(keys.add(KEY, null, soon()).expiresAt()).isNull();
        assertThat(read()).isEqualTo(KEY.line() + "\n");
    }

    /** Before 9.1 a Z would have the whole line refused. */
    @Test
    void anOlderOpenSshGetsItsOwnTime() throws Exception {
        ssh("OpenSSH_8.7p1, OpenSSL 3.0.7");

        AuthorizedKey expiring = keys.add(KEY, EXPIRY, soon());

        assertThat(read()).startsWith("expiry-time=\"20961231103015\" ");
        assertThat(expiring.expiresAt()).isEqualTo(EXPIRY);
    }

    @Test
    void withoutAnOpenSshThatHeedsItNothingIsAdded() throws Exception {
        ssh("OpenSSH_7.4p1, OpenSSL 1.0.2k");
        assertRefused(ErrorCode.NOT_SUPPORTED, "7.4");
        ssh("");
        assertRefused(ErrorCode.NOT_SUPPORTED, "no OpenSSH");

        assertThat(Files.exists(file)).isFalse();
        assertThat(keys.add(KEY, null, soon()).expiresAt()).isNull();
    }

    private void assertRefused(ErrorCode code, String why) {
        assertThatThrownBy(() -> keys.add(KEY, EXPIRY, soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageStartingWith("Cannot add an SSH key because ")
                .hasMessageContaining(why);
    }

    @Test
    void aKeyWithOptionsOfItsOwnIsLeftAlone() throws Exception {
        write("command=\"id\" " + KEY.line() + "\n");
        assertRefused(ErrorCode.GUEST_REFUSED, "options of its own");

        assertThat(read()).startsWith("command=");
        assertThat(keys.remove(FINGERPRINT, soon())).isTrue();
        assertThat(read()).isEmpty();
    }

    @Test
    void linksAreNotFollowed() throws Exception {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Path secret = Files.writeString(elsewhere.resolve("secret"), KEY.line() + "\n");
        Files.createDirectory(file.getParent());
        Files.createSymbolicLink(file, secret);
        assertRefused(ErrorCode.GUEST_REFUSED, "a link");
        assertThatThrownBy(() -> keys.list(soon())).hasMessageContaining("a link");
        assertThatThrownBy(() -> keys.remove(FINGERPRINT, soon())).hasMessageContaining("a link");
        Files.delete(file);
        Files.delete(file.getParent());
        Files.createSymbolicLink(file.getParent(), elsewhere);
        assertRefused(ErrorCode.GUEST_REFUSED, "a link");

        assertThat(secret).hasContent(KEY.line());
        assertThat(elsewhere.resolve("authorized_keys")).doesNotExist();
    }

    /** Where it becomes a link between the look and the write, the link itself is replaced and not what it leads to. */
    @Test
    void aLinkThatComesLateLeadsNowhere() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "secret\n");
        AtomicInteger scripts = new AtomicInteger();
        write("");
        runner.before = () -> {
            if (scripts.incrementAndGet() == 2) {
                try {
                    Files.delete(file);
                    Files.createSymbolicLink(file, secret);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        };

        assertRefused(ErrorCode.GUEST_REFUSED, "a link");
        assertThat(secret).hasContent("secret");
    }

    @Test
    void whatSomebodyElseAddsMeanwhileIsNotLost() throws Exception {
        AtomicInteger scripts = new AtomicInteger();
        write("# a\n");
        runner.before = () -> {
            if (scripts.incrementAndGet() == 2) {
                try {
                    write("# a\n# b\n");
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        };

        keys.add(KEY, null, soon());

        assertThat(read()).isEqualTo("# a\n# b\n" + KEY.line() + "\n");
    }

    @Test
    void anAgentThatIsRestartedDuringTheWriteLeavesItUnconfirmed() throws Exception {
        write("");
        AtomicInteger scripts = new AtomicInteger();
        UserKeys restarted = new ScriptKeys(
                (vm, command, deadline) -> {
                    ExecStatus status = runner.run(vm, command, deadline);
                    if (scripts.incrementAndGet() == 2) {
                        throw new AgentErrorException("guest-exec-status", "GenericError", "PID 7 does not exist");
                    }
                    return status;
                },
                new VmId(1),
                "deploy",
                new KeyTrouble("add an SSH key"));

        assertThatThrownBy(() -> restarted.add(KEY, null, soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.START_UNCONFIRMED));
        assertThat(read()).isEqualTo(KEY.line() + "\n");
    }

    @Test
    void whatIsNoFileOrTooLargeIsRefused() throws Exception {
        Files.createDirectories(file);
        assertRefused(ErrorCode.GUEST_REFUSED, "no file");
        Files.delete(file);
        write("#".repeat(256 * 1024 + 1));
        assertRefused(ErrorCode.GUEST_REFUSED, "larger than 262144 bytes");
    }
}
