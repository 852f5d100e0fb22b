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

/**
 * Saves commands under a name, lists, shows and deletes them, by default those of the caller's account. Thread safe.
 */
public final class SavedCommandAdmin {
    private static final String OPERATOR_SAVES = "operatorSaves";

    private final SavedCommands commands;
    private final Accounts accounts;
    private final FairTurns turns;
    private final BiConsumer<Tenant, String> onDeleted;

    /** @param onDeleted is told whose and which was deleted */
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
        // Whichever key of the account runs it does what is saved here, in whichever VM.
        Authority.requireAllOfAccount(caller, Scope.WRITE_VM, "save this command");
        // Defaults are matched against patterns.
        IntFunction<SavedCommand> made = turns.of(caller.holder())
                .take(() -> SavedCommandValidator.check(wanted, tenant, caller, now.truncatedTo(ChronoUnit.MILLIS)));
        permit.note().about(wanted.name());
        return accounts.withExisting(tenant, () -> {
                    requireMaySave(permit, caller, tenant);
                    return commands.save(tenant, wanted.name(), condition, made);
                })
                .orElseThrow(SavedCommandAdmin::noSuchAccount);
    }

    /** What is saved gets past the rules that the operator has for an account, and is all that its wall lets through. */
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

    /** The newest version of each, by name. */
    public List<SavedCommand> list(Permit permit, Optional<String> named) {
        Key caller = permit.callerOf(UseCase.SAVED_COMMAND_LIST).key();
        return sees(caller, named) ? commands.newest(tenant(caller, named)) : List.of();
    }

    /** All versions of one, oldest first; throws {@code NOT_FOUND}. */
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

    /** Deletes all versions of one. */
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

    /** Whether a key sees what a saved command runs, which can hold secrets: one that may only look does not. */
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
