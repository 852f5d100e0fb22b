// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.api.v2.admin.CreateKey;
import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.api.v2.admin.RegisterSshKey;
import dev.bellhop.api.v2.admin.Scope;
import dev.bellhop.api.v2.admin.UpdateAccount;
import dev.bellhop.api.v2.admin.UpdateKey;
import dev.bellhop.server.access.ssh.SshKeyStoreContract;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.service.admin.AccountAdmin;
import dev.bellhop.server.service.admin.KeyAdmin;
import dev.bellhop.server.service.admin.PolicyAdmin;
import dev.bellhop.server.service.admin.SshKeyAdmin;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Use cases of accounts, keys and their policies, and of SSH keys. */
final class AccountRows {
    private static final AtomicInteger SSH_KEYS = new AtomicInteger();

    private static final KeyAdmin.Filter ANY_KEY = new KeyAdmin.Filter(null, null, null, null);

    private final UseCaseScene scene;
    private final AccountAdmin accountAdmin;
    private final KeyAdmin keyAdmin;
    private final SshKeyAdmin sshKeyAdmin;
    private final PolicyAdmin policyAdmin;

    AccountRows(UseCaseScene scene) {
        this.scene = scene;
        accountAdmin = scene.useCases.accounts();
        keyAdmin = scene.useCases.keys();
        sshKeyAdmin = scene.useCases.sshKeys();
        policyAdmin = scene.useCases.policies();
    }

    List<Row> rows() {
        return List.of(
                new Row(UseCase.ACCOUNT_LIST, "+fffffff", p -> accountAdmin.list(p, null)),
                new Row(UseCase.ACCOUNT_CREATE, "+fffffff", p -> accountAdmin.create(p, "n")),
                new Row(UseCase.ACCOUNT_FIND, "+ff+ffff", p -> accountAdmin.find(p, scene.owner())),
                new Row(UseCase.ACCOUNT_FIND, "+ffnffff", p -> accountAdmin.find(p, scene.newAccount())),
                new Row(
                        UseCase.ACCOUNT_UPDATE,
                        "+fffffff",
                        p -> accountAdmin.update(
                                p, scene.newAccount(), () -> new UpdateAccount("n"), Precondition.none())),
                new Row(
                        UseCase.ACCOUNT_DELETE,
                        "+fffffff",
                        p -> accountAdmin.delete(p, scene.newAccount(), Precondition.none())),
                new Row(UseCase.ACCOUNT_POLICY_READ, "nffnffff", p -> policyAdmin.ofAccount(p, scene.owner())),
                new Row(UseCase.ACCOUNT_POLICY_READ, "nffnffff", p -> policyAdmin.ofAccount(p, scene.newAccount())),
                new Row(
                        UseCase.ACCOUNT_POLICY_SET,
                        "+fffffff",
                        p -> policyAdmin.setOfAccount(p, scene.newAccount(), AccountRows::policy, Precondition.none())),
                new Row(
                        UseCase.ACCOUNT_POLICY_DELETE,
                        "+fffffff",
                        p -> policyAdmin.deleteOfAccount(p, scene.newAccount(), Precondition.none())),
                new Row(UseCase.KEY_LIST, "+ff+ffff", p -> keyAdmin.list(p, ANY_KEY)),
                new Row(UseCase.KEY_CREATE, "+ff+ffff", p -> keyAdmin.create(p, wantedKey(), Instant.now())),
                new Row(UseCase.KEY_FIND, "+ff+ffff", p -> keyAdmin.find(p, scene.newKey(scene.owner()))),
                new Row(UseCase.KEY_FIND, "+ffnffff", p -> keyAdmin.find(p, scene.newKey(scene.newAccount()))),
                new Row(UseCase.KEY_UPDATE, "+ff+ffff", p -> update(p, scene.newKey(scene.owner()))),
                new Row(UseCase.KEY_UPDATE, "+ffnffff", p -> update(p, scene.newKey(scene.newAccount()))),
                new Row(
                        UseCase.KEY_REVOKE,
                        "+ff+ffff",
                        p -> keyAdmin.revoke(p, scene.newKey(scene.owner()), Precondition.none())),
                new Row(
                        UseCase.KEY_REVOKE,
                        "+ffnffff",
                        p -> keyAdmin.revoke(p, scene.newKey(scene.newAccount()), Precondition.none())),
                new Row(
                        UseCase.KEY_ROTATE,
                        "+ff+ffff",
                        p -> keyAdmin.rotate(p, scene.newKey(scene.owner()), () -> null, Precondition.none())),
                new Row(UseCase.KEY_POLICY_READ, "nffnffff", p -> policyAdmin.ofKey(p, scene.newKey(scene.owner()))),
                new Row(
                        UseCase.KEY_POLICY_SET,
                        "+ff+ffff",
                        p -> policyAdmin.setOfKey(
                                p, scene.newKey(scene.owner()), AccountRows::policy, Precondition.none())),
                new Row(
                        UseCase.KEY_POLICY_DELETE,
                        "+ff+ffff",
                        p -> policyAdmin.deleteOfKey(p, scene.newKey(scene.owner()), Precondition.none())),
                new Row(
                        UseCase.SSH_DOOR_FIND,
                        "nnnnnnnn",
                        p -> scene.useCases.sshDoor().find(p)),
                new Row(UseCase.SSH_KEY_LIST, "+ff+ffff", p -> sshKeyAdmin.list(p, scene.newKey(scene.owner()))),
                new Row(UseCase.SSH_KEY_LIST, "+ffnffff", p -> sshKeyAdmin.list(p, scene.newKey(scene.newAccount()))),
                new Row(
                        UseCase.SSH_KEY_REGISTER,
                        "+ff+ffff",
                        p -> sshKeyAdmin.register(p, scene.newKey(scene.owner()), AccountRows::sshKey, Instant.now())),
                new Row(
                        UseCase.SSH_KEY_REGISTER,
                        "+ffnffff",
                        p -> sshKeyAdmin.register(
                                p, scene.newKey(scene.newAccount()), AccountRows::sshKey, Instant.now())),
                new Row(
                        UseCase.SSH_KEY_REMOVE,
                        "nffnffff",
                        p -> sshKeyAdmin.remove(p, scene.newKey(scene.owner()), "none")));
    }

    private void update(Permit permit, String id) {
        UpdateKey wanted = new UpdateKey("n", null, null, null, null, null, null, null, null);
        keyAdmin.update(permit, id, () -> wanted, Precondition.none(), Instant.now());
    }

    private static CreateKey wantedKey() {
        return CreateKey.named("n").scopes(Scope.READ_VM).build();
    }

    private static RegisterSshKey sshKey() {
        return new RegisterSshKey(
                SshKeyStoreContract.publicKey(SSH_KEYS.incrementAndGet()).line(), null, null, null, null);
    }

    private static PolicyDocument policy() {
        return new PolicyDocument(true, null, null, null, null, null);
    }
}
