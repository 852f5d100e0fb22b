// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import dev.bellhop.server.digest.Digests;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A token of NATS: a JWT that an {@link Nkey} signs, and that says who the subject is and what it may do. */
public final class NatsJwt {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String HEADER = base64("{\"typ\":\"JWT\",\"alg\":\"ed25519-nkey\"}");

    /** Of the forms of claims. */
    private static final int VERSION = 2;

    private NatsJwt() {}

    /**
     * Signs one.
     *
     * @param subject the public key of whom it is about
     * @param expires null: never
     * @param type operator, account or user
     * @param claims what NATS itself reads, without type and version
     */
    static String sign(
            Nkey issuer,
            String subject,
            String name,
            Instant issued,
            @Nullable Instant expires,
            String type,
            Map<String, ?> claims) {
        Map<String, Object> nats = new LinkedHashMap<>(claims);
        nats.put("type", type);
        nats.put("version", VERSION);
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("jti", "");
        body.put("iat", issued.getEpochSecond());
        body.put("iss", issuer.publicKey());
        body.put("name", name);
        body.put("sub", subject);
        if (expires != null) {
            body.put("exp", expires.getEpochSecond());
        }
        body.put("nats", nats);
        body.put("jti", Base32.encode(Digests.sha256(JSON.writeValueAsBytes(body))));
        String signed = HEADER + "." + base64(JSON.writeValueAsString(body));
        return signed + "." + base64(issuer.sign(signed.getBytes(StandardCharsets.US_ASCII)));
    }

    /**
     * What one says. It is not checked who signed it.
     *
     * @throws IllegalArgumentException where the text is none; it does not quote the text
     */
    public static JsonNode body(String jwt) {
        String[] parts = jwt.strip().split("\\.", -1);
        if (parts.length == 3) {
            try {
                return JSON.readTree(Base64.getUrlDecoder().decode(parts[1]));
            } catch (IllegalArgumentException | JacksonException e) {
                // Said below.
            }
        }
        throw new IllegalArgumentException("no token of NATS");
    }

    /** The public key that signed it, as it says itself. */
    public static String issuer(String jwt) {
        return body(jwt).path("iss").asString("");
    }

    /** When one ends to hold; null: never. */
    public static @Nullable Instant expiry(String jwt) {
        JsonNode expires = body(jwt).path("exp");
        return expires.isNumber() ? Instant.ofEpochSecond(expires.asLong()) : null;
    }

    private static String base64(String text) {
        return base64(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
