// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.v2.vm.FileSystemFreeze;
import dev.bellhop.api.v2.vm.FileSystemTrim;
import dev.bellhop.api.v2.vm.FreezeOptions;
import dev.bellhop.api.v2.vm.TrimOptions;
import dev.bellhop.e2e.support.DiskWriter;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.e2e.support.VmCommands;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.Seed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The file systems of a Debian guest are frozen, and whatever is killed, thawed again when the lease is over. A program in the
 * guest writes to its disk all the time, and says on the console after each time that it could.
 */
@Timeout(1800)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("vm")
class FreezeInRealVmTest {
    private static final int LEASE = 5;

    /** What a lease may be late by, in seconds. How late it was is printed. */
    private static final Duration GRACE = Duration.ofSeconds(20);

    /** What may be written before a lease is over, since the guest has a clock of its own. */
    private static final Duration EARLY = Duration.ofSeconds(1);

    /** How often each is killed. */
    private static final int KILLS = 5;

    /** How often the agent may be killed too early, or not at all, on a busy machine. */
    private static final int MAX_MISSED = 3;

    private static final String KILL_AGENT =
            "for p in /proc/[0-9]*; do read -r c <$p/comm && [ \"$c\" = qemu-ga ] && kill -9 ${p#/proc/}; done";

    private static final String KILLED = "killed";

    /** A file is made while it is frozen, that is, not. */
    private static final String ONCE_FROZEN =
            "while :; do touch /var/tmp/frozen & t=$!; sleep 1; kill -0 $t 2>/dev/null && break; done; ";

    /** How many processes there are that thaw, each of which has a child. */
    private static final String GUARDS =
            "cat /proc/[0-9]*/cmdline 2>/dev/null | grep -ac '^.*[.]bellhop-.*silent' || true";

    private static final String AWAY = "mv /usr/bin/perl /usr/bin/perl.away";
    private static final String BACK = "mv /usr/bin/perl.away /usr/bin/perl";

    @RegisterExtension
    private final Seed seed = Seed.draw();

    private TestBed bed;
    private BellhopClient client;
    private VmCommands commands;
    private DiskWriter writer;
    private Path folder;

    enum Killed {
        NOBODY(false, false),
        SERVER(true, false),
        AGENT(false, true),
        BOTH(true, true);

        private final boolean server;
        private final boolean agent;

        Killed(boolean server, boolean agent) {
            this.server = server;
            this.agent = agent;
        }
    }

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        bed = TestBed.start(folder, GuestImage.DEBIAN);
        client = bed.v2();
        commands = new VmCommands(client);
        writer = DiskWriter.start(commands, folder.resolve(TestBed.VMID + ".serial"));
    }

    @AfterAll
    void stop() throws Exception {
        if (bed != null) {
            commands.close();
            bed.close();
        }
    }

    private void startAgain() throws IOException {
        bed.server().startAgain();
        client.close();
        client = bed.v2();
        commands = new VmCommands(client);
    }

    private FileSystemFreeze freeze(int seconds) throws InterruptedException {
        return client.guest(TestBed.VMID).freezeFileSystems(new FreezeOptions(seconds, null));
    }

    private String code(Throwable failure) {
        return ((BellhopApiException) failure).code().orElse("");
    }

    @Test
    void nothingIsWrittenUntilItIsThawed() throws Exception {
        FileSystemFreeze frozen = freeze(60);
        FileSystemFreeze thawed;
        try {
            assertThat(frozen.state()).isEqualTo("frozen");
            assertThat(frozen.fileSystems()).isEqualTo(1);
            long before = writer.writtenOnceFrozen();

            assertThat(client.guest(TestBed.VMID).fileSystemFreeze().expiresAt())
                    .isEqualTo(frozen.expiresAt());
            assertThat(client.v1().availability(TestBed.VMID).available()).isFalse();
            assertThatThrownBy(() -> freeze(60))
                    .satisfies(e -> assertThat(code(e)).isEqualTo("already_frozen"));
            assertThat(bed.client().post(TestBed.VMID, "true").status()).isEqualTo(409);
            assertThat(writer.written()).isEqualTo(before);
        } finally {
            thawed = client.guest(TestBed.VMID).thawFileSystems();
        }
        assertThat(thawed.state()).isEqualTo("thawed");
        assertThat(thawed.fileSystems()).isEqualTo(1);
        writer.awaitWrites();
        assertThat(commands.run(GUARDS)).as("the guard is gone").isEqualTo("0\n");
        assertThat(client.guest(TestBed.VMID).fileSystemFreeze()).isEqualTo(new FileSystemFreeze("thawed", null, null));
        assertThat(client.guest(TestBed.VMID).thawFileSystems().fileSystems()).isZero();
    }

    @ParameterizedTest
    @EnumSource(Killed.class)
    @Tag("full")
    @Tag("storm")
    void whateverIsKilledTheGuestWritesAgain(Killed killed) throws Exception {
        kill(killed, "perl");
    }

    @ParameterizedTest
    @EnumSource(Killed.class)
    @Tag("full")
    @Tag("storm")
    void andSoWithoutPerl(Killed killed) throws Exception {
        commands.run(AWAY);
        try {
            kill(killed, "fsfreeze");
        } finally {
            commands.run(BACK);
        }
    }

    private void kill(Killed killed, String guard) throws Exception {
        Random random = seed.random();
        List<Long> late = new ArrayList<>();
        int missed = 0;
        for (int i = 0; i < KILLS; i++) {
            // The killer takes up to two seconds to see that it is frozen.
            int after = random.nextInt(LEASE * 1000 - (killed.agent ? 2_500 : 500));
            long kills = writer.said(KILLED);
            Optional<String> killer = killed.agent ? Optional.of(killAgentOnceFrozen(after)) : Optional.empty();
            FileSystemFreeze frozen;
            try {
                frozen = freeze(LEASE);
            } catch (Exception e) {
                if (!killed.agent || ++missed > MAX_MISSED) {
                    throw e;
                }
                // On a busy machine the guest took a slow file for a frozen one, and killed the agent before its time.
                runAgain(killer);
                i--;
                continue;
            }
            long before = killed.server ? writer.written() : writer.writtenOnceFrozen();
            if (killed.server) {
                Thread.sleep(after);
                bed.server().kill();
            }
            Instant again;
            try {
                writer.awaitWrites(Duration.ofSeconds(LEASE).plus(GRACE).plusSeconds(20), before);
                again = Instant.now();
            } finally {
                if (killed.server) {
                    startAgain();
                }
            }
            Instant end = Objects.requireNonNull(frozen.expiresAt());
            late.add(Duration.between(end, again).toMillis());
            // The agent is told that it is over, and runs commands again.
            runAgain(killer);
            awaitThawed();
            if (killed.agent && writer.said(KILLED) == kills) {
                assertThat(++missed)
                        .as("freezes that were over before the agent was to be killed")
                        .isLessThanOrEqualTo(MAX_MISSED);
                i--;
            }
        }
        System.out.println(
                "Killed " + killed + " with " + guard + ": written again so many ms after the lease: " + late);
        assertThat(late).allMatch(ms -> ms >= -EARLY.toMillis() && ms <= GRACE.toMillis());
    }

    /** Only while it is frozen, and says so. */
    private String killAgentOnceFrozen(int afterMillis) throws InterruptedException {
        return commands.start(ONCE_FROZEN + "sleep " + afterMillis / 1000.0 + "; kill -0 $t 2>/dev/null && { "
                        + KILL_AGENT + "; echo " + KILLED + " >/dev/console; }; true")
                .id();
    }

    /** Waits until commands run, and whoever was to kill the agent does so no more. */
    private void runAgain(Optional<String> killer) throws InterruptedException {
        await().atMost(Duration.ofMinutes(1))
                .ignoreExceptions()
                .until(() -> commands.run("echo on").equals("on\n"));
        if (killer.isPresent()) {
            try {
                commands.cancel(killer.get(), 0);
            } catch (BellhopApiException e) {
                assertThat(code(e)).isEqualTo("execution_ended");
            }
            commands.awaitEnd(killer.get());
        }
    }

    @Test
    @Tag("full")
    void aLateThawLeavesTheFreezeOfSomebodyElseAlone() throws Exception {
        freeze(LEASE);
        bed.server().kill();
        try {
            writer.awaitWrites();
            thawAsAnother();
            // The guard looks for five seconds whether the agent was still at it.
            Thread.sleep(8_000);
            assertThat(RawAgent.call(bed.vm().sockets().agent(), "guest-fsfreeze-freeze")
                            .asInt())
                    .isEqualTo(1);
            long before = writer.writtenOnceFrozen();
            Thread.sleep(5_000);
            assertThat(writer.written()).isEqualTo(before);
        } finally {
            try {
                thawAsAnother();
            } finally {
                startAgain();
            }
        }
        writer.awaitWrites();
        awaitThawed();
    }

    /** The server knows that the lease is over. */
    private void awaitThawed() {
        await().atMost(Duration.ofMinutes(1))
                .until(() ->
                        client.guest(TestBed.VMID).fileSystemFreeze().state().equals("thawed"));
    }

    private void thawAsAnother() throws IOException {
        RawAgent.call(bed.vm().sockets().agent(), "guest-fsfreeze-thaw");
    }

    @Test
    void aGuestThatCannotThawItselfIsNotFrozen() throws Exception {
        commands.run(AWAY + "; mv /usr/sbin/fsfreeze /usr/sbin/fsfreeze.away");
        try {
            assertThatThrownBy(() -> freeze(60))
                    .hasMessageContaining("perl-base")
                    .satisfies(e -> assertThat(code(e)).isEqualTo("not_supported"));
            assertThat(client.guest(TestBed.VMID).fileSystemFreeze().state()).isEqualTo("thawed");
        } finally {
            commands.run(BACK + "; mv /usr/sbin/fsfreeze.away /usr/sbin/fsfreeze");
        }
    }

    @Test
    @Tag("full")
    void theCommandLineThawsWhateverBecomesOfTheCommand() throws Exception {
        Path seen = folder.resolve("seen");
        Checkout.Ended ended = bellhop(
                "fsfreeze",
                "--seconds",
                "30",
                "10000",
                "--",
                "sh",
                "-c",
                "./bellhop fsfreeze --status 10000 >" + seen + "; exit 7");
        assertThat(ended.exitCode()).as(ended.stderr()).isEqualTo(7);
        assertThat(seen).content().startsWith("frozen, thawed by itself at ");
        assertThat(client.guest(TestBed.VMID).fileSystemFreeze().state()).isEqualTo("thawed");

        Checkout.Ended late = bellhop("fsfreeze", "--seconds", "1", "10000", "--", "sleep", "4");
        assertThat(late.exitCode()).as(late.stderr()).isEqualTo(124);
        assertThat(late.stderr()).contains("may not be consistent");

        assertThat(bellhop("fsfreeze", "10000", "--", "/no/such/program").exitCode())
                .isEqualTo(1);
        assertThat(bellhop("fsfreeze", "--status", "10000").stdout()).isEqualTo("thawed\n");
        writer.awaitWrites();
    }

    private Checkout.Ended bellhop(String... args) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(Checkout.ROOT.resolve("bellhop").toString()));
        command.addAll(List.of(args));
        return Checkout.run(
                folder,
                Map.of(
                        "BELLHOP_URL",
                        bed.server().url().toString(),
                        "BELLHOP_KEY",
                        bed.server().adminKey()),
                command);
    }

    @Test
    void fileSystemsAreTrimmed() throws Exception {
        FileSystemTrim trim = client.guest(TestBed.VMID).trimFileSystems(new TrimOptions(null));
        assertThat(trim.fileSystems()).hasSize(1);
        assertThat(trim.fileSystems().getFirst().mountPoint()).isEqualTo("/");
        assertThat(bellhop("fstrim", "10000").stdout()).startsWith("MOUNT POINT  TRIMMED");
    }
}
