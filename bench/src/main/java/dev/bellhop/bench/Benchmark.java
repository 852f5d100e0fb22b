// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench;

import java.util.List;

/** One benchmark: sets up what it needs, measures, and ends everything it started. */
interface Benchmark {
    List<Measurement> run(Setting setting) throws Exception;
}
