// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Instant;
import java.util.function.Supplier;

/**
 * What a process shows NATS: its key, and the token that says what the key may do.
 *
 * @param jwt asked at each connect, so that a renewed token is used from the next one on
 * @param inboxPrefix where its answers come; it may read nothing else of that kind. It ends with a dot
 */
public record UserCredentials(Nkey key, Supplier<String> jwt, String inboxPrefix) implements MeterBinder {

    /** A node's. */
    public static UserCredentials ofNode(NodeId node, Nkey key, Supplier<String> jwt) {
        return new UserCredentials(key, jwt, Subjects.inbox(node));
    }

    /** When the token expires, which is read anew each time. */
    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("bellhop.node.credentials.expiry.timestamp", this::expiry)
                .description("When the node's credentials expire, in seconds since 1970")
                .baseUnit("seconds")
                .register(registry);
    }

    private double expiry() {
        Instant expiry = NatsJwt.expiry(jwt.get());
        return expiry == null ? Double.NaN : expiry.getEpochSecond();
    }

    @Override
    public String toString() {
        return "UserCredentials[" + key + "]";
    }
}
