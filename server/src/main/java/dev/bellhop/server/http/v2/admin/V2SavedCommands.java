// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.admin;

import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.CreateSavedCommand;
import dev.bellhop.api.v2.admin.SavedCommandView;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.v2.EntityTags;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.admin.SavedCommandAdmin;
import java.util.List;

/** {@code /api/v2/saved-commands}: saves commands under a name, lists, shows and deletes them. */
public record V2SavedCommands(SavedCommandAdmin commands) {
    private static final String PATH = "/api/v2/saved-commands";
    private static final String ONE = PATH + "/{name}";

    public List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.SAVED_COMMAND_LIST, this::list).query("account", "limit", "cursor"),
                new Route("POST", PATH, UseCase.SAVED_COMMAND_SAVE, this::save),
                new Route("GET", ONE, UseCase.SAVED_COMMAND_FIND, this::show).query("account"),
                new Route("DELETE", ONE, UseCase.SAVED_COMMAND_DELETE, this::delete).query("account"));
    }

    private HttpResponse save(Call call) {
        CreateSavedCommand wanted = call.strictBody(CreateSavedCommand.class);
        SavedCommand saved = commands.save(call.permit(), wanted, condition(call), call.receivedAt());
        SavedCommandView view = SavedCommandViews.view(saved, call.caller());
        String location = PATH + "/" + saved.name() + (wanted.account() == null ? "" : "?account=" + wanted.account());
        return saved.isFirst()
                ? EntityTags.created(location, view, etag(call, saved))
                : EntityTags.changed(view, etag(call, saved));
    }

    /** The newest version identifies the state of a saved command: each version has a different number or time. */
    private static String etag(Call call, SavedCommand newest) {
        return EntityTags.of(SavedCommandViews.view(newest, call.caller()));
    }

    /** Returns the condition of a request. In a POST, it applies to the command with the name in the body. */
    private static Precondition<SavedCommand> condition(Call call) {
        return EntityTags.ofChange(call, newest -> etag(call, newest));
    }

    private HttpResponse list(Call call) {
        List<SavedCommand> all = commands.list(call.permit(), call.query("account"));
        return HttpResponse.json(
                200, Paging.of(call, "saved-commands").page(all, SavedCommand::name, page -> views(call, page)));
    }

    /** Returns all versions, newest first. */
    private HttpResponse show(Call call) {
        List<SavedCommand> versions =
                commands.versions(call.permit(), call.query("account"), call.pathParameter("name"));
        return EntityTags.read(
                call, new Page<>(views(call, versions.reversed()), null), etag(call, versions.getLast()));
    }

    private static List<SavedCommandView> views(Call call, List<SavedCommand> commands) {
        return commands.stream()
                .map(command -> SavedCommandViews.view(command, call.caller()))
                .toList();
    }

    private HttpResponse delete(Call call) {
        commands.delete(call.permit(), call.query("account"), call.pathParameter("name"), condition(call));
        return HttpResponse.noContent();
    }
}
