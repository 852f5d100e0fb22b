// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.api.v2.admin.CreateSavedCommand;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.policy.Decision.Whose;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.PolicyCheck;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.tenant.Tenant;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;

/** Saves, lists, shows and deletes named commands, by default in the caller's account. Thread safe. */
public final class SavedCommandAdmin {
    private static final String OPERATOR_SAVES = "operatorSaves";

    private final SavedCommands commands;
    private final Accounts accounts;
    private final FairTurns turns;
    private final BiConsumer<Tenant, String> onDeleted;

    /** @param onDeleted receives the tenant and the name of each deleted command */
    public SavedCommandAdmin(
            SavedCommands commands, Accounts accounts, FairTurns turns, BiConsumer<Tenant, String> onDeleted) {
        this.commands = commands;
        this.accounts = accounts;
        this.turns = turns;
        this.onDeleted = onDeleted;
    }

    public SavedCommand save(
            Permit permit, CreateSavedCommand wanted, Precondition<SavedCommand> condition, Instant now) {
        Key caller = permit.callerOf(UseCase.SAVED_COMMAND_SAVE).key();
        Tenant tenant = wanted.account() == null ? caller.tenant() : Tenant.account(wanted.account());
        if (!caller.allows(Scope.ADMIN) && !tenant.equals(caller.tenant())) {
            throw noSuchAccount();
        }
        // The caller decides here what every key of the account runs with this command, in any VM.
        Authority.requireAllOfAccount(caller, Scope.WRITE_VM, "save this command");
        // In a turn, because defaults are matched against patterns.
        IntFunction<SavedCommand> made = turns.of(caller.holder())
                .take(() -> SavedCommandValidator.check(wanted, tenant, caller, now.truncatedTo(ChronoUnit.MILLIS)));
        permit.note().about(wanted.name());
        return accounts.withExisting(tenant, () -> {
                    requireMaySave(permit, caller, tenant);
                    return commands.save(tenant, wanted.name(), condition, made);
                })
                .orElseThrow(SavedCommandAdmin::noSuchAccount);
    }

    /**
     * Refuses if the operator has set rules for the account: saved commands bypass rules, and can be the only commands
     * that a policy allows.
     */
    private void requireMaySave(Permit permit, Key caller, Tenant tenant) {
        Policy policy = accounts.policyOf(tenant);
        if (policy == null || caller.allows(Scope.ADMIN)) {
            return;
        }
        if (policy.onlySavedCommands()) {
            throw PolicyCheck.refused(permit, Whose.ACCOUNT, Policy.ONLY_SAVED_COMMANDS);
        }
        if (!policy.rules().isEmpty()) {
            throw PolicyCheck.refused(permit, Whose.ACCOUNT, OPERATOR_SAVES);
        }
    }

    private static BellhopException noSuchAccount() {
        return new BellhopException(
                "Cannot save this command because some of its fields are not valid",
                List.of(new FieldFault("/account", "The id of an account", Fault.UNKNOWN_VALUE)));
    }

    /** Returns the newest version of each command, sorted by name. */
    public List<SavedCommand> list(Permit permit, Optional<String> named) {
        Key caller = permit.callerOf(UseCase.SAVED_COMMAND_LIST).key();
        return sees(caller, named) ? commands.newest(tenant(caller, named)) : List.of();
    }

    /** Returns all versions of a command, oldest first; throws {@code NOT_FOUND}. */
    public List<SavedCommand> versions(Permit permit, Optional<String> named, String name) {
        return versions(permit.callerOf(UseCase.SAVED_COMMAND_FIND).key(), named, name);
    }

    private List<SavedCommand> versions(Key caller, Optional<String> named, String name) {
        List<SavedCommand> versions = sees(caller, named) ? commands.versions(tenant(caller, named), name) : List.of();
        if (versions.isEmpty()) {
            throw notFound();
        }
        return versions;
    }

    /** Deletes all versions of a command. */
    public void delete(Permit permit, Optional<String> named, String name, Precondition<SavedCommand> condition) {
        Key caller = permit.callerOf(UseCase.SAVED_COMMAND_DELETE).key();
        versions(caller, named, name);
        permit.note().about(name);
        Authority.requireAllOfAccount(caller, Scope.WRITE_VM, "delete this command");
        Tenant tenant = tenant(caller, named);
        if (!commands.delete(tenant, name, condition)) {
            throw notFound();
        }
        onDeleted.accept(tenant, name);
    }

    /**
     * Checks whether a key sees the content of a saved command. It can hold secrets, so a key that can only look does
     * not see it.
     */
    public static boolean showsTemplate(Key caller) {
        return caller.allows(Scope.WRITE_VM) || caller.allows(Scope.ADMIN_ACCOUNT);
    }

    private static boolean sees(Key caller, Optional<String> named) {
        return caller.allows(Scope.ADMIN) || tenant(caller, named).equals(caller.tenant());
    }

    private static Tenant tenant(Key caller, Optional<String> named) {
        return named.<Tenant>map(Tenant::account).orElse(caller.tenant());
    }

    private static BellhopException notFound() {
        return new BellhopException(
                ErrorCode.NOT_FOUND, "Cannot find a saved command with this name; list them to see their names");
    }
}
