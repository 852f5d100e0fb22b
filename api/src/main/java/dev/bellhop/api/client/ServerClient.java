// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.Health;
import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v2.admin.EncryptionView;
import dev.bellhop.api.v2.admin.SshDoorView;
import dev.bellhop.api.v2.guest.ServerCheckupView;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The server itself, with the errors of {@link BellhopClient}. Thread safe. */
public final class ServerClient {

    private final Calls calls;

    ServerClient(Calls calls) {
        this.calls = calls;
    }

    /** The server's version, and what the key of this client may do. */
    public ServerCheckupView checkup() throws InterruptedException {
        return calls.get("/api/v2/doctor", ServerCheckupView.class);
    }

    /** Whether the server accepts requests. A server that does not is a {@code BellhopApiException} with status 503. */
    public Health health() throws InterruptedException {
        return calls.get("/healthz", Health.class);
    }

    /** The metrics in the text format of Prometheus. */
    public String metrics() throws InterruptedException {
        return text("/metrics");
    }

    /** The server's OpenAPI document, in YAML. */
    public String openApi() throws InterruptedException {
        return text("/openapi.yaml");
    }

    /** The same document in JSON. */
    public String openApiJson() throws InterruptedException {
        return text("/openapi.json");
    }

    /** The explanation of a {@link dev.bellhop.api.client.error.BellhopApiException#code code} of v2, in Markdown. */
    public String explain(String code) throws InterruptedException {
        return text("/problems/" + PathAndQuery.encode(code));
    }

    private String text(String path) throws InterruptedException {
        return new String(calls.transport().get(path).body(), StandardCharsets.UTF_8);
    }

    /** Where the SSH door is, and its host keys. */
    public SshDoorView sshDoor() throws InterruptedException {
        return calls.get("/api/v2/ssh", SshDoorView.class);
    }

    /** What the server encrypts with, and whether a rotation is under way. */
    public EncryptionView encryption() throws InterruptedException {
        return calls.get("/api/v2/encryption", EncryptionView.class);
    }

    /** Has the server encrypt with a new key; what is stored is encrypted anew after the answer. */
    public EncryptionView rotateEncryption() throws InterruptedException {
        return calls.post("/api/v2/encryption/actions/rotate", Map.of(), EncryptionView.class);
    }
}
