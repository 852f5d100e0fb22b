// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.admin;

import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.MaskPattern;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.failure.Written;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.v2.EntityTags;
import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.admin.MaskAdmin;
import java.util.List;
import java.util.Optional;

/** {@code /api/v2/masks}: the masks for all output of an account, or of the operator's own commands. */
public record V2Masks(MaskAdmin masks) {
    private static final String PATH = "/api/v2/masks";

    public List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.MASK_LIST, this::list).query("account"),
                new Route("POST", PATH, UseCase.MASK_SET, this::put).query("account"),
                new Route("GET", PATH + "/{name}", UseCase.MASK_FIND, this::find).query("account"),
                new Route("DELETE", PATH + "/{name}", UseCase.MASK_DELETE, this::delete).query("account"));
    }

    private HttpResponse list(Call call) {
        List<MaskPattern> items = masks.list(call.permit(), call.query("account")).stream()
                .map(V2Masks::view)
                .toList();
        return HttpResponse.json(200, new Page<>(items, null));
    }

    private HttpResponse put(Call call) {
        Optional<String> account = call.query("account");
        MaskAdmin.Stored stored = masks.put(
                call.permit(),
                account,
                () -> {
                    MaskPattern wanted = call.strictBody(MaskPattern.class);
                    return new Mask(wanted.name(), wanted.pattern());
                },
                condition(call));
        MaskPattern view = view(stored.mask());
        String etag = EntityTags.of(view);
        String location =
                PATH + "/" + view.name() + account.map(id -> "?account=" + id).orElse("");
        return stored.written() == Written.CREATED
                ? EntityTags.created(location, view, etag)
                : EntityTags.changed(view, etag);
    }

    private HttpResponse find(Call call) {
        return EntityTags.read(
                call, view(masks.find(call.permit(), call.query("account"), call.pathParameter("name"))));
    }

    /** Returns the condition of a request. In a POST, it applies to the mask with the name in the body. */
    private static Precondition<Mask> condition(Call call) {
        return EntityTags.ofChange(call, mask -> EntityTags.of(view(mask)));
    }

    private HttpResponse delete(Call call) {
        masks.delete(call.permit(), call.query("account"), call.pathParameter("name"), condition(call));
        return HttpResponse.noContent();
    }

    private static MaskPattern view(Mask mask) {
        return new MaskPattern(mask.name(), mask.pattern());
    }
}
