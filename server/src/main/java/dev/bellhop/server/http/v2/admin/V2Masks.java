// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.admin;

import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.MaskPattern;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.admin.MaskAdmin;
import java.util.List;

/** {@code /api/v2/masks}: what is masked in all output of an account, or of the operator's own commands. */
public record V2Masks(MaskAdmin masks) {
    private static final String PATH = "/api/v2/masks";

    public List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.MASK_LIST, this::list).query("account"),
                new Route("POST", PATH, UseCase.MASK_SET, this::put).query("account"),
                new Route("DELETE", PATH + "/{name}", UseCase.MASK_DELETE, this::delete).query("account"));
    }

    private HttpResponse list(Call call) {
        List<MaskPattern> items = masks.list(call.permit(), call.query("account")).stream()
                .map(V2Masks::view)
                .toList();
        return HttpResponse.json(200, new Page<>(items, null));
    }

    private HttpResponse put(Call call) {
        Mask mask = masks.put(call.permit(), call.query("account"), () -> {
            MaskPattern wanted = call.strictBody(MaskPattern.class);
            return new Mask(wanted.name(), wanted.pattern());
        });
        return HttpResponse.json(201, view(mask));
    }

    private HttpResponse delete(Call call) {
        masks.delete(call.permit(), call.query("account"), call.pathParameter("name"));
        return HttpResponse.noContent();
    }

    private static MaskPattern view(Mask mask) {
        return new MaskPattern(mask.name(), mask.pattern());
    }
}
