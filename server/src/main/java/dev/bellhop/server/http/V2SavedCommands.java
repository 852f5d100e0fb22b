// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.CreateSavedCommand;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.SavedCommandView;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.policy.Decision.Whose;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.service.PatternThrottle;
import dev.bellhop.server.service.PolicyCheck;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.tenant.Tenant;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;

/** {@code /api/v2/saved-commands}: save commands under a name, list, show and delete them. */
final class V2SavedCommands {
    private static final String PATH = "/api/v2/saved-commands";

    private static final String OPERATOR_SAVES = "operatorSaves";

    private final SavedCommands commands;
    private final Accounts accounts;
    private final PatternThrottle turns;
    private final BiConsumer<Tenant, String> onDeleted;

    /** @param onDeleted is told whose and which was deleted */
    V2SavedCommands(
            SavedCommands commands, Accounts accounts, PatternThrottle turns, BiConsumer<Tenant, String> onDeleted) {
        this.commands = commands;
        this.accounts = accounts;
        this.turns = turns;
        this.onDeleted = onDeleted;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.SAVED_COMMAND_LIST, this::list),
                new Route("POST", PATH, UseCase.SAVED_COMMAND_SAVE, this::save),
                new Route("GET", PATH + "/{name}", UseCase.SAVED_COMMAND_FIND, this::show),
                new Route("DELETE", PATH + "/{name}", UseCase.SAVED_COMMAND_DELETE, this::delete));
    }

    private Answer save(Call call) {
        CreateSavedCommand wanted = call.strictBody(CreateSavedCommand.class);
        Key caller = call.caller();
        Tenant tenant = wanted.account() == null ? caller.tenant() : Tenant.account(wanted.account());
        if (!caller.allows(Scope.ADMIN) && !tenant.equals(caller.tenant())) {
            throw noSuchAccount();
        }
        // Whichever key of the account runs it does what is saved here, in whichever VM.
        Authority.requireAllOfAccount(caller, Scope.WRITE_VM, "save this command");
        Instant now = call.receivedAt().truncatedTo(ChronoUnit.MILLIS);
        // Defaults are matched against patterns.
        IntFunction<SavedCommand> made =
                turns.take(caller, () -> WantedSavedCommand.check(wanted, tenant, caller, now));
        call.note().aboutSavedCommand(wanted.name());
        SavedCommand saved = accounts.withExisting(tenant, () -> {
                    requireMaySave(call, tenant);
                    return commands.save(tenant, wanted.name(), made);
                })
                .orElseThrow(V2SavedCommands::noSuchAccount);
        return Answer.json(201, SavedCommandViews.view(saved, caller))
                .with(Map.of("Location", PATH + "/" + saved.name()));
    }

    /** What is saved gets past the rules that the operator has for an account, and is all that its wall lets through. */
    private void requireMaySave(Call call, Tenant tenant) {
        Policy policy = accounts.policyOf(tenant);
        if (policy == null || call.caller().allows(Scope.ADMIN)) {
            return;
        }
        if (policy.onlySavedCommands()) {
            throw PolicyCheck.refused(call.permit(), Whose.ACCOUNT, Policy.ONLY_SAVED_COMMANDS);
        }
        if (!policy.rules().isEmpty()) {
            throw PolicyCheck.refused(call.permit(), Whose.ACCOUNT, OPERATOR_SAVES);
        }
    }

    private static BellhopException noSuchAccount() {
        return new BellhopException(
                "Cannot save this command because some of its fields are not valid",
                List.of(new FieldFault("/account", "The id of an account", Fault.UNKNOWN_VALUE)));
    }

    private Answer list(Call call) {
        List<SavedCommand> all = seesOwn(call) ? commands.newest(tenant(call)) : List.of();
        return Answer.json(
                200,
                Paging.of(call)
                        .page(
                                all,
                                SavedCommand::name,
                                page -> page.stream()
                                        .map(command -> SavedCommandViews.view(command, call.caller()))
                                        .toList()));
    }

    /** All versions, newest first. */
    private Answer show(Call call) {
        List<SavedCommandView> versions = versions(call).reversed().stream()
                .map(command -> SavedCommandViews.view(command, call.caller()))
                .toList();
        return Answer.json(200, new Page<>(versions, null));
    }

    private Answer delete(Call call) {
        String name = versions(call).getLast().name();
        call.note().aboutSavedCommand(name);
        Authority.requireAllOfAccount(call.caller(), Scope.WRITE_VM, "delete this command");
        Tenant tenant = tenant(call);
        if (!commands.delete(tenant, name)) {
            throw notFound();
        }
        onDeleted.accept(tenant, name);
        return Answer.noContent();
    }

    private List<SavedCommand> versions(Call call) {
        List<SavedCommand> versions =
                seesOwn(call) ? commands.versions(tenant(call), call.pathParameter("name")) : List.of();
        if (versions.isEmpty()) {
            throw notFound();
        }
        return versions;
    }

    /** Whether the account that is asked for, where one is, is one that the caller sees. */
    private static boolean seesOwn(Call call) {
        return call.caller().allows(Scope.ADMIN)
                || tenant(call).equals(call.caller().tenant());
    }

    private static Tenant tenant(Call call) {
        return call.query("account")
                .<Tenant>map(Tenant::account)
                .orElse(call.caller().tenant());
    }

    private static BellhopException notFound() {
        return new BellhopException(
                ErrorCode.NOT_FOUND, "Cannot find a saved command with this name; list them to see their names");
    }
}
