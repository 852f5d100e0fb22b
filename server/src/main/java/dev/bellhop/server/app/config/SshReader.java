// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.config;

import dev.bellhop.server.ssh.SshSettings;
import dev.bellhop.server.ssh.memory.DoorMemory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Reads the settings of the SSH door. */
final class SshReader {
    private static final int MAX_COUNT = 100_000;
    private static final int MAX_TRIES = 100;
    private static final int MAX_SECONDS = 600;
    private static final int MAX_MINUTES = 60 * 24 * 30;
    private static final String LISTEN = "0.0.0.0:2222";
    private static final String PUBLIC = "bellhop.example:22";

    private SshReader() {}

    /** @param data the folder for host keys if the section names none */
    static Optional<SshSettings> read(Setting section, Path data) {
        Optional<InetSocketAddress> listen = section.get("listen")
                .required("an address and a port, such as " + LISTEN)
                .address(LISTEN);
        SshSettings.PublicAddress publicAddress = section.get("publicAddress")
                .text(
                        "a name or an address, and a port, such as " + PUBLIC,
                        text -> Setting.fit(SshSettings.PublicAddress.parse(text)))
                .orElse(null);
        Path hostKeys = section.get("hostKeys")
                .text("the absolute path of a folder", Setting::absolute)
                .orElse(data.resolve(SshSettings.HOST_KEYS));
        boolean passwords = section.get("passwords").bool(false);
        SshSettings.Limits limits = limits(section);
        return listen.map(address ->
                new SshSettings(address, publicAddress, hostKeys, passwords, limits, DoorMemory.Size.ofHeap()));
    }

    private static SshSettings.Limits limits(Setting section) {
        int sessions = SshSettings.Limits.sessionsInHeap();
        return new SshSettings.Limits(
                section.get("sessions").integer(1, MAX_COUNT, sessions),
                section.get("sessionsPerAddress").integer(1, MAX_COUNT, SshSettings.Limits.sessionsPerAddressInHeap()),
                section.get("channelsPerSession").integer(1, 1_000, SshSettings.Limits.CHANNELS_PER_SESSION),
                section.get("loginTries").integer(1, MAX_TRIES, SshSettings.Limits.LOGIN_TRIES),
                Duration.ofSeconds(
                        section.get("loginSeconds").integer(1, MAX_SECONDS, SshSettings.Limits.LOGIN_SECONDS)),
                Duration.ofMinutes(
                        section.get("idleMinutes").integer(1, MAX_MINUTES, SshSettings.Limits.IDLE_MINUTES)));
    }
}
