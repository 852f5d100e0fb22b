// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.v2.guest.AddAuthorizedKey;
import dev.bellhop.api.v2.guest.AuthorizedKeyView;
import dev.bellhop.api.v2.guest.CheckupView;
import dev.bellhop.api.v2.guest.ClockView;
import dev.bellhop.api.v2.guest.SetPassword;
import dev.bellhop.api.v2.guest.SyncTime;
import dev.bellhop.api.v2.vm.OperationView;
import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.e2e.support.VmCommands;
import dev.bellhop.testkit.GuestImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Passwords, SSH keys, the clock and the doctor with a guest as people have it: Debian, with a user of its own. */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("vm")
class GuestUsersInRealVmTest {
    private static final Set<String> CHECKS =
            Set.of("vm", "channel", "agent", "call.guest-exec", "shell", "mode", "spool", "tools", "users", "pty");

    private static final long VM = TestBed.VMID;
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";
    private static final String FINGERPRINT = "SHA256:mKqU+0K8OhKmA8bBQi9Rz0Q5l7/g160hIP+rJYSTNj4";
    private static final String HASH = "$6$saltsalt$" + "x".repeat(86);

    private TestBed bed;
    private VmCommands commands;
    private BellhopClient client;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        bed = TestBed.start(folder, GuestImage.DEBIAN);
        client = bed.v2();
        commands = new VmCommands(bed.v2());
    }

    @AfterAll
    void stop() throws Exception {
        if (bed != null) {
            commands.close();
            client.close();
            bed.close();
        }
    }

    private String hash() throws Exception {
        return commands.run("getent shadow worker | cut -d: -f2").strip();
    }

    @Test
    void aPasswordIsTheUsersFromThenOn() throws Exception {
        client.guest(VM).setPassword(new SetPassword("worker", HASH, true));
        assertThat(hash()).isEqualTo(HASH);

        client.guest(VM).setPassword(new SetPassword("worker", "tr0ub4dor & \u00e9", null));

        String made = hash();
        assertThat(made).isNotEqualTo(HASH).startsWith("$");
        assertThat(commands.run("perl -e 'print crypt(\"tr0ub4dor & \\xc3\\xa9\", $ARGV[0])' '" + made + "'"))
                .isEqualTo(made);
    }

    @Test
    void aUserWhoIsNotThereIsSaid() {
        assertThatThrownBy(() -> client.guest(VM).setPassword(new SetPassword("nobody-here", "x", null)))
                .isInstanceOfSatisfying(
                        BellhopApiException.class, e -> assertThat(e.code()).contains("guest_refused"))
                .hasMessageContaining("no such user");
        assertThatThrownBy(() -> client.guest(VM).authorizedKeys("nobody-here")).hasMessageContaining("no such user");
    }

    @Test
    void aKeyIsTheUsersOwnFileAndNobodyElseReadsIt() throws Exception {
        for (String user : List.of("worker", "root")) {
            String home =
                    commands.run("getent passwd " + user + " | cut -d: -f6").strip();
            AuthorizedKeyView added = client.guest(VM).addAuthorizedKey(new AddAuthorizedKey(user, KEY + " ada", null));
            assertThat(added).isEqualTo(new AuthorizedKeyView(FINGERPRINT, "ssh-ed25519", "ada", null));
            assertThat(client.guest(VM).authorizedKeys(user).items()).containsExactly(added);
            assertThat(commands.run("cd " + home + " && stat -c '%U %G %a' .ssh .ssh/authorized_keys; ls -A .ssh"))
                    .isEqualTo(user + " " + user + " 700\n" + user + " " + user + " 600\nauthorized_keys\n");
            assertThat(commands.run("cat " + home + "/.ssh/authorized_keys")).isEqualTo(KEY + " ada\n");

            client.guest(VM).removeAuthorizedKey(user, FINGERPRINT);

            assertThat(client.guest(VM).authorizedKeys(user).items()).isEmpty();
            commands.run("rm -r " + home + "/.ssh");
        }
    }

    /** What root would follow, the user cannot. */
    @Test
    void linksOfTheUserLeadNowhere() throws Exception {
        String shadow = commands.run("sha256sum </etc/shadow; stat -c '%U %a' /etc/shadow");
        for (String link : List.of("mkdir .ssh; ln -s /etc/shadow .ssh/authorized_keys", "ln -s /root/.secret .ssh")) {
            commands.run("mkdir -p /root/.secret; cd /home/worker && rm -rf .ssh && " + link
                    + "; chown -h worker .ssh .ssh/* 2>/dev/null; true");
            assertThatThrownBy(() -> client.guest(VM).addAuthorizedKey(new AddAuthorizedKey("worker", KEY, null)))
                    .hasMessageContaining("a link");
            assertThatThrownBy(() -> client.guest(VM).authorizedKeys("worker")).hasMessageContaining("a link");
        }
        assertThat(commands.run("sha256sum </etc/shadow; stat -c '%U %a' /etc/shadow"))
                .isEqualTo(shadow);
        assertThat(commands.run("ls -A /root/.secret")).isEmpty();
        commands.run("rm -rf /home/worker/.ssh /root/.secret");
    }

    @Test
    void aClockThatIsOffIsSet() throws Exception {
        commands.run("date -s @1000000000");

        ClockView set = client.guest(VM).syncTime(new SyncTime(null));

        assertThat(set.differenceBeforeSeconds()).isLessThan(-1_000_000.0);
        assertThat(set.differenceAfterSeconds()).isBetween(-5.0, 5.0);
        assertThat(client.guest(VM).agent().processors()).isNotNull();
    }

    /** Sooner or later: a QEMU that emulates beside other tests may keep its monitor waiting for longer than the doctor does. */
    @Test
    void theDoctorFindsADebianWell() {
        await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> {
            CheckupView checkup = client.vms().checkup(VM);

            assertThat(checkup.status()).as("%s", checkup).isIn("ok", "warning");
            assertThat(checkup.checks())
                    .filteredOn(check -> CHECKS.contains(check.id()))
                    .hasSameSizeAs(CHECKS)
                    .allMatch(check -> check.status().equals("ok"));
        });
    }

    /** The process that is the VM stays, and another boot of the guest answers. */
    @Test
    @Tag("full")
    void aRebootIsSeenByTheIdOfTheBoot() throws Exception {
        String before = commands.run("cat /proc/sys/kernel/random/boot_id");
        OperationView begun = client.operations().begin(VM, "reboot", new PowerOptions(null, 300), null);

        OperationView ended = await().atMost(Duration.ofMinutes(6))
                .until(
                        () -> client.operations().get(begun.id(), Duration.ofSeconds(30)),
                        one -> one.finishedAt() != null);

        assertThat(ended.state()).as("%s", ended).isEqualTo("completed");
        assertThat(commands.run("cat /proc/sys/kernel/random/boot_id")).isNotEqualTo(before);
    }
}
