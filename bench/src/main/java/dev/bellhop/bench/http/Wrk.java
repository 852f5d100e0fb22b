// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.http;

import dev.bellhop.bench.server.Children;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The HTTP load generator wrk. */
final class Wrk {
    private static final Pattern ANSWERS = Pattern.compile("([0-9]+) requests in");
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s*([0-9.]+)");
    private static final Pattern P99 = Pattern.compile("99%\\s*([0-9.]+)(us|ms|s)");

    private Wrk() {}

    /** Its result: how many answers, how many a second, and the 99th percentile of their times in milliseconds. */
    record Load(long answers, double perSecond, double p99Millis) {}

    static Load run(InetSocketAddress address, String path, String key, int connections, int seconds)
            throws IOException {
        String output = Children.output(List.of(
                "wrk",
                "-t1",
                "-c" + connections,
                "-d" + seconds + "s",
                "--latency",
                "--timeout",
                "10s",
                "-H",
                "X-API-Key: " + key,
                "http://" + address.getAddress().getHostAddress() + ":" + address.getPort() + path));
        Matcher answers = ANSWERS.matcher(output);
        Matcher rate = RATE.matcher(output);
        Matcher p99 = P99.matcher(output);
        if (!answers.find()
                || !rate.find()
                || !p99.find()
                || output.contains("Non-2xx")
                || output.contains("Socket errors")) {
            throw new IOException("Cannot use what wrk found: " + output);
        }
        double scale = switch (p99.group(2)) {
            case "us" -> 0.001;
            case "ms" -> 1;
            default -> 1000;
        };
        return new Load(
                Long.parseLong(answers.group(1)),
                Double.parseDouble(rate.group(1)),
                Double.parseDouble(p99.group(1)) * scale);
    }
}
