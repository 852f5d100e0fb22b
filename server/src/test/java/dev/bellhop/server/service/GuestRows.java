// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.login.NewPassword;
import dev.bellhop.server.service.vm.Checkups;
import dev.bellhop.server.service.vm.GuestClock;
import dev.bellhop.server.service.vm.GuestUsers;
import java.util.List;

/** Use cases of what is done to a guest beside commands, and of checkups. */
final class GuestRows {
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";
    private static final String FINGERPRINT = "SHA256:" + "A".repeat(43);

    private final UseCaseScene scene;
    private final GuestUsers guestUsers;
    private final GuestClock guestClock;
    private final Checkups checkups;

    GuestRows(UseCaseScene scene) {
        this.scene = scene;
        guestUsers = new GuestUsers(scene.guests, scene.clock);
        guestClock = new GuestClock(scene.guests);
        checkups = new Checkups(scene.guests, scene.vms, scene.clock);
    }

    List<Row> rows() {
        return List.of(
                new Row(
                        UseCase.GUEST_PASSWORD_SET,
                        "+fffffff",
                        p -> guestUsers.setPassword(scene.vm(p), "root", new NewPassword("x", false))),
                new Row(UseCase.VM_DOCTOR, "+++++nn+", p -> checkups.examine(scene.vm(p))),
                new Row(UseCase.SERVER_DOCTOR, "++++++++", p -> checkups.key(p)),
                new Row(UseCase.GUEST_TIME_SYNC, "+fffffff", p -> guestClock.sync(scene.vm(p), GuestClock.from(null))),
                new Row(UseCase.GUEST_KEY_LIST, "+fffffff", p -> guestUsers.keys(scene.vm(p), "root")),
                new Row(UseCase.GUEST_KEY_ADD, "+fffffff", p -> guestUsers.addKey(scene.vm(p), "root", KEY, null)),
                new Row(
                        UseCase.GUEST_KEY_REMOVE,
                        "+fffffff",
                        p -> guestUsers.removeKey(scene.vm(p), "root", FINGERPRINT)));
    }
}
