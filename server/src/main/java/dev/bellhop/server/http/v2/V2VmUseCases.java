// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.Json;
import dev.bellhop.server.guest.question.QuestionKind.Done;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.VmUseCase;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The routes below {@code /api/v2/vps/{vmid}} that follow from declared use cases. */
public record V2VmUseCases(VmAccess access, List<VmUseCase<?, ?>> useCases) {
    private static final String VM = "/api/v2/vps/{vmid}";

    public List<Route> routes() {
        return useCases.stream().map(this::route).toList();
    }

    private <I extends Record, O extends Record> Route route(VmUseCase<I, O> useCase) {
        return new Route(
                        useCase.method(),
                        VM + "/" + useCase.path(),
                        useCase.useCase(),
                        call -> response(
                                call,
                                useCase.carryOut(
                                        access, call.permit(), Parameters.vmid(call), () -> input(call, useCase))))
                .query(takesBody(useCase) ? new String[0] : parameters(useCase.input()));
    }

    private static boolean takesBody(VmUseCase<?, ?> useCase) {
        return useCase.method().equals("POST");
    }

    private static String[] parameters(Class<? extends Record> input) {
        return Arrays.stream(input.getRecordComponents())
                .map(RecordComponent::getName)
                .toArray(String[]::new);
    }

    private static <I extends Record> I input(Call call, VmUseCase<I, ?> useCase) {
        if (takesBody(useCase)) {
            I omitted = useCase.omitted();
            I body = omitted != null && call.isBodyAbsent() ? omitted : call.strictBody(useCase.input());
            call.bodyIsRead();
            return body;
        }
        Map<String, String> query = new HashMap<>();
        for (String name : parameters(useCase.input())) {
            call.query(name).ifPresent(value -> query.put(name, value));
        }
        return Json.requestMapper().convertValue(query, useCase.input());
    }

    private static HttpResponse response(Call call, Record answer) {
        return switch (answer) {
            case Done _ -> HttpResponse.noContent();
            case VmUseCase.Created<?>(String path, Record view) ->
                HttpResponse.json(201, view)
                        .with(Map.of(
                                "Location",
                                VM.replace("{vmid}", Parameters.vmid(call).toString()) + "/" + path));
            default -> HttpResponse.json(200, answer);
        };
    }
}
