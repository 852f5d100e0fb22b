// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.document;

import dev.bellhop.api.Health;
import dev.bellhop.api.Json;
import dev.bellhop.server.digest.Digests;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * {@code openapi.yaml}, as YAML or as JSON.
 *
 * @param etag a hash of the bytes, in quotes
 */
@SuppressWarnings("ArrayRecordComponent") // Made once and never changed.
public record ApiDocument(String contentType, byte[] bytes, String etag) {
    private static final String RESOURCE = "/openapi.yaml";
    private static final int ETAG_BYTES = 16;

    private static ApiDocument of(String contentType, byte[] bytes) {
        String hash = HexFormat.of().formatHex(Digests.sha256(bytes), 0, ETAG_BYTES);
        return new ApiDocument(contentType, bytes, '"' + hash + '"');
    }

    /** Returns the file unchanged. */
    public static ApiDocument yaml() {
        return Yaml.DOCUMENT;
    }

    /** Returns the same as JSON. */
    public static ApiDocument json() {
        return Converted.DOCUMENT;
    }

    private static final class Yaml {
        private static final ApiDocument DOCUMENT = of("application/yaml", read());

        private static byte[] read() {
            try (InputStream document = Health.class.getResourceAsStream(RESOURCE)) {
                return Objects.requireNonNull(document, "the api module ships openapi.yaml")
                        .readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Made on first use, once in a process: parsing takes a tenth of a second, and most servers never need it. */
    private static final class Converted {
        private static final ApiDocument DOCUMENT = of(
                "application/json",
                Json.mapper()
                        .writeValueAsBytes(new Load(LoadSettings.builder()
                                        .setLabel(RESOURCE)
                                        .build())
                                .loadFromString(new String(Yaml.DOCUMENT.bytes(), StandardCharsets.UTF_8))));
    }

    @Override
    public String toString() {
        return "ApiDocument[" + contentType + "]";
    }
}
