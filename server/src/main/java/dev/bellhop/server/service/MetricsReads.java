// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import java.util.function.Supplier;

/**
 * Shows the server's metrics to holders of a key. Thread safe.
 *
 * @param scrape returns all metrics in Prometheus' text format
 */
public record MetricsReads(Supplier<String> scrape) {
    public String read(Permit permit) {
        permit.callerOf(UseCase.METRICS_READ);
        return scrape.get();
    }
}
