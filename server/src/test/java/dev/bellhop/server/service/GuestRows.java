// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.guest.AddAuthorizedKey;
import dev.bellhop.api.v2.guest.SetPassword;
import dev.bellhop.server.access.Scope;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Rows of the declared use cases in a VM: who may call one follows from its scope. */
final class GuestRows {
    private static final Map<UseCase, Record> BODIES = Map.of(
            UseCase.GUEST_PASSWORD_SET,
            new SetPassword("root", "x", null),
            UseCase.GUEST_KEY_ADD,
            new AddAuthorizedKey(
                    "root", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g", null));

    private static final Map<UseCase, Map<String, String>> QUERIES =
            Map.of(UseCase.GUEST_KEY_REMOVE, Map.of("fingerprint", "SHA256:" + "A".repeat(43)));

    private final UseCaseScene scene;

    GuestRows(UseCaseScene scene) {
        this.scene = scene;
    }

    List<Row> rows() {
        return Stream.concat(
                        scene.useCases.inVms().stream().map(this::row),
                        Stream.of(new Row(
                                UseCase.SERVER_DOCTOR,
                                "++++++++",
                                p -> scene.useCases.checkups().key(p))))
                .toList();
    }

    private <I extends Record> Row row(VmUseCase<I, ?> declared) {
        return new Row(
                declared.useCase(),
                declared.useCase().scope() == Scope.READ_VM ? "+++++nn+" : "+fffffff",
                permit -> declared.carryOut(scene.useCases.vms(), permit, UseCaseScene.VM, () -> input(declared)));
    }

    private static <I extends Record> I input(VmUseCase<I, ?> declared) {
        if (declared.method().equals("POST")) {
            return declared.omitted() != null
                    ? declared.omitted()
                    : declared.input().cast(Objects.requireNonNull(BODIES.get(declared.useCase()), "no body"));
        }
        return Json.requestMapper().convertValue(QUERIES.getOrDefault(declared.useCase(), Map.of()), declared.input());
    }
}
