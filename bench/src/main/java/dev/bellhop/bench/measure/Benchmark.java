// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.measure;

import java.util.List;

/** One benchmark: sets up what it needs, measures, and ends everything it started. */
public interface Benchmark {
    List<Measurement> run(Setting setting) throws Exception;
}
