// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The checker must see each kind of difference; the answers come from a real server through the real client. */
class ContractCheckerTest {

    private static final String ID = "0b0e6a9c-3c7e-4f56-9a57-2f3f0f6c1f11";
    private static final String EXEC = "/api/vm/10000/agent/exec";
    private static final String ENVELOPE =
            "{\"success\":true,\"timestamp\":\"2026-01-31T09:30:00.000Z\",\"requestId\":\"" + ID + "\",\"data\":";
    private static final String RUNNING = "{\"success\":true,\"pid\":7,\"exited\":false}";
    private static final String NOT_FOUND = "{\"error\":\"Not Found\",\"message\":\"Cannot find VM 10000\","
            + "\"code\":\"NOT_FOUND\",\"timestamp\":\"2026-01-31T09:30:00.000Z\",\"requestId\":\"" + ID + "\"}";

    private int status = 200;
    private String body = ENVELOPE + RUNNING + "}";
    private final Map<String, String> headers =
            new LinkedHashMap<>(Map.of("X-Request-Id", ID, "Content-Type", "application/json"));

    @Test
    void anAnswerThatIsAsDocumentedPasses() {
        passes("GET", EXEC + "?pid=7");
    }

    @Test
    void aFieldThatIsNotDocumentedIsFound() {
        body = body.replace("\"exited\"", "\"extra\":[1],\"exited\"");
        fails("GET", EXEC + "?pid=7", "extra");
    }

    @Test
    void aMissingFieldIsFound() {
        body = body.replace("\"exited\":false", "\"other\":false");
        fails("GET", EXEC + "?pid=7", "exited");
    }

    @Test
    void aFieldOfAnotherTypeIsFound() {
        body = body.replace("\"pid\":7", "\"pid\":\"7\"");
        fails("GET", EXEC + "?pid=7", "/data/pid", "integer");
    }

    @Test
    void aNullIsNotAbsent() {
        body = body.replace("\"exited\":false", "\"exited\":false,\"stdout\":null");
        fails("GET", EXEC + "?pid=7", "/data/stdout", "null");
    }

    @Test
    void anExitCodeBeforeTheEndIsFound() {
        body = body.replace("\"exited\":false", "\"exited\":false,\"exitcode\":0");
        fails("GET", EXEC + "?pid=7", "exitcode");
    }

    @Test
    void aTimeWithoutMillisecondsIsFound() {
        body = body.replace("09:30:00.000Z", "09:30:00Z");
        fails("GET", EXEC + "?pid=7", "/timestamp");
    }

    @Test
    void aBodyThatIsNotJsonIsFound() {
        body = "<html>";
        fails("GET", EXEC, "not JSON");
    }

    @Test
    void aStatusThatIsNotDocumentedIsFound() {
        status = 418;
        fails("GET", EXEC, "418", "does not document");
    }

    @Test
    void aStatusOfAnotherOperationIsFound() {
        status = 409;
        fails("GET", EXEC, "409", "does not document");
    }

    @Test
    void aPathThatIsNotDocumentedIsFound() {
        fails("GET", "/api/nothing", "does not document");
    }

    @Test
    void aMethodThatIsNotDocumentedIsFound() {
        fails("PUT", EXEC, "does not document");
    }

    @Test
    void anotherContentTypeIsFound() {
        headers.put("Content-Type", "text/html");
        fails("GET", EXEC, "text/html", "application/json");
    }

    @Test
    void aMissingHeaderIsFound() {
        headers.remove("X-Request-Id");
        fails("GET", EXEC, "header X-Request-Id: is missing");
    }

    @Test
    void aHeaderThatIsNotWhatItsSchemaSaysIsFound() {
        headers.put("X-Request-Id", "7");
        fails("GET", EXEC, "header X-Request-Id");
    }

    @Test
    void aRequestIdThatDiffersFromTheHeaderIsFound() {
        headers.put("X-Request-Id", ID.replace('0', '1'));
        fails("GET", EXEC, "body/requestId");
    }

    @Test
    void anErrorMayNotComeInTheShapeOfASuccess() {
        status = 404;
        fails("GET", EXEC, "code");
    }

    @Test
    void theCodeMustBeTheOneOfTheStatus() {
        status = 400;
        body = NOT_FOUND;
        fails("GET", EXEC, "/code");
    }

    @Test
    void anUnknownPathAnswersAsDocumented() {
        status = 404;
        body = NOT_FOUND;
        passes("GET", "/nothing");
        fails("GET", "/api/v2/nothing", "application/problem+json");
    }

    @Test
    void anotherMethodAnswersWithAllow() {
        status = 405;
        body = NOT_FOUND.replace("NOT_FOUND", "METHOD_NOT_ALLOWED").replace("Not Found", "Method Not Allowed");
        fails("PUT", EXEC, "Allow");
        headers.put("Allow", "GET, POST");
        passes("PUT", EXEC);
    }

    @Test
    void anAnswerWithoutContentHasNoBody() {
        status = 204;
        headers.remove("Content-Type");
        body = "";
        passes("DELETE", "/api/v2/keys/k1");
        headers.put("Content-Type", "application/json");
        fails("DELETE", "/api/v2/keys/k1", "there must be none");
    }

    @Test
    void rawOutputIsCheckedByItsHeadersAlone() {
        headers.put("Content-Type", "application/octet-stream");
        headers.put("Cache-Control", "no-store");
        headers.put("X-Content-Type-Options", "nosniff");
        headers.put("Accept-Ranges", "bytes");
        headers.put("X-Next-Offset", "3");
        headers.put("X-Complete", "true");
        body = "abc";
        passes("GET", "/api/v2/executions/e1/output?stream=stderr");
        headers.put("X-Next-Offset", "-3");
        headers.put("X-Complete", "yes");
        fails("GET", "/api/v2/executions/e1/output", "X-Next-Offset", "X-Complete");
    }

    @Test
    void aPartOfARawOutputSaysWhichItIs() {
        status = 206;
        headers.put("Content-Type", "application/octet-stream");
        headers.put("Cache-Control", "no-store");
        headers.put("X-Content-Type-Options", "nosniff");
        headers.put("Accept-Ranges", "bytes");
        headers.put("X-Next-Offset", "3");
        headers.put("X-Complete", "false");
        fails("GET", "/api/v2/executions/e1/output", "Content-Range");
        headers.put("Content-Range", "bytes 0-2/*");
        passes("GET", "/api/v2/executions/e1/output");
    }

    @Test
    void eventsAreCheckedByTheirName() {
        String path = "/api/v2/executions/e1/events";
        assertThatCode(() -> ContractChecker.checkEvent(
                        path, "output", "{\"stream\":\"stdout\",\"offset\":0,\"text\":\"a\"}"))
                .doesNotThrowAnyException();
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> ContractChecker.checkEvent(path, "output", "{\"stream\":\"stdout\",\"offset\":0}"))
                .withMessageContaining("text");
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> ContractChecker.checkEvent(path, "other", "{}"))
                .withMessageContaining("does not document");
    }

    private void passes(String method, String path) {
        assertThatCode(() -> ContractChecker.check(method, path, exchange(method, path)))
                .doesNotThrowAnyException();
    }

    private void fails(String method, String path, String... messageParts) {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> ContractChecker.check(method, path, exchange(method, path)))
                .withMessageContainingAll(messageParts);
    }

    private HttpResponse<byte[]> exchange(String method, String path) throws IOException, InterruptedException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            headers.forEach(exchange.getResponseHeaders()::set);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
            HttpRequest request = HttpRequest.newBuilder(uri)
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .build();
            return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } finally {
            server.stop(0);
        }
    }
}
