// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import java.util.function.Supplier;

/**
 * Shows the server's metrics to those who hold a key. Thread safe.
 *
 * @param scrape gives all of them as the text that Prometheus reads
 */
public record MetricsReads(Supplier<String> scrape) {
    public String read(Permit permit) {
        permit.callerOf(UseCase.METRICS_READ);
        return scrape.get();
    }
}
