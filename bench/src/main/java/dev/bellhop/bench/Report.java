// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench;

import dev.bellhop.bench.measure.Measurement;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The results of a run, for people and for programs.
 *
 * @param startedAt ISO 8601, UTC
 */
record Report(String startedAt, Machine machine, String loadBefore, String loadAfter, List<Measurement> measurements) {

    void print(PrintStream out) {
        out.printf(
                Locale.ROOT,
                "%n%s%n%s, %d cores, %d MB, Linux %s, JDK %s%n%s; %s; %s%nLoad %s before, %s after%n%n",
                startedAt,
                machine.cpu(),
                machine.cores(),
                machine.memoryMegabytes(),
                machine.kernel(),
                machine.jdk(),
                machine.qemu(),
                machine.qemuGa(),
                machine.disk(),
                loadBefore,
                loadAfter);
        out.printf(
                "%-3s %-42s %12s %12s %8s %9s %7s %7s%n", "", "", "floor", "bellhop", "ratio", "target", "", "noise");
        measurements.forEach(m -> out.println(line(m)));
        out.println();
    }

    private static String line(Measurement m) {
        Measurement.Target target = m.target();
        Boolean met = m.met();
        return String.format(
                Locale.ROOT,
                "%-3s %-42s %12s %12s %8s %9s %7s %7s",
                m.benchmark(),
                m.what(),
                amount(m.floor(), m.unit()),
                amount(m.value(), m.unit()),
                m.ratio() == null ? "" : String.format(Locale.ROOT, "%.2f", m.ratio()),
                target == null ? "" : (target.atMost() ? "<= " : ">= ") + number(target.limit()),
                met == null ? "" : met ? "met" : "MISSED",
                m.floorSpread() == null ? "" : String.format(Locale.ROOT, "±%.0f%%", 50 * m.floorSpread()));
    }

    private static String amount(@Nullable Double value, String unit) {
        return value == null ? "" : number(value) + " " + unit;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }

    void writeTo(Path file) {
        JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValue(file.toFile(), asJson());
    }

    private Map<String, Object> asJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("startedAt", startedAt);
        json.put("machine", machine);
        json.put("loadBefore", loadBefore);
        json.put("loadAfter", loadAfter);
        json.put("measurements", measurements.stream().map(Report::asJson).toList());
        return json;
    }

    private static Map<String, Object> asJson(Measurement m) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("benchmark", m.benchmark());
        json.put("what", m.what());
        json.put("unit", m.unit());
        putIfKnown(json, "floor", m.floor());
        json.put("value", m.value());
        putIfKnown(json, "ratio", m.ratio());
        Measurement.Target target = m.target();
        if (target != null) {
            json.put(target.atMost() ? "atMost" : "atLeast", target.limit());
        }
        putIfKnown(json, "met", m.met());
        putIfKnown(json, "floorSpread", m.floorSpread());
        return json;
    }

    private static void putIfKnown(Map<String, Object> json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }
}
